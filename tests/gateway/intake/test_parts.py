"""The parts without IO: framing, quotas, admission, inbox, topics, settings."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import mqtt5
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_gateway.errors import IntakeConfigError, PacketError, SinkContractBroken
from tally_gateway.intake.admission import Admission, address_key
from tally_gateway.intake.broker_settings import BrokerSettings
from tally_gateway.intake.choose import open_intake
from tally_gateway.intake.commit import CommitSettings, commit_forever
from tally_gateway.intake.counters import IntakeCounters
from tally_gateway.intake.framing import FrameSplitter, decode
from tally_gateway.intake.inbox import Inbox
from tally_gateway.intake.interface import Delivery
from tally_gateway.intake.quota import ClientQuota, Rate, TokenBucket
from tally_gateway.intake.settings import ListenerLimits, ListenerSettings
from tally_gateway.intake.topics import client_of_up, down, is_name, is_prefix, up

NAMES = st.from_regex(r"[a-z0-9-]{1,64}", fullmatch=True)
SECOND = 1_000_000_000


@given(st.lists(st.binary(max_size=300), max_size=8), st.data())
def test_frames_come_out_as_they_went_in_however_they_are_cut(payloads: list[bytes], data: st.DataObject) -> None:
    packets = [mqtt5.PublishPacket("t", payload).write() for payload in payloads]
    stream = b"".join(packets)
    splitter, seen, place = FrameSplitter(1000), [], 0
    while place < len(stream):
        size = data.draw(st.integers(1, 200))
        splitter.feed(stream[place : place + size])
        place += size
        while (frame := splitter.next_frame()) is not None:
            seen.append(frame)
    assert seen == packets
    assert splitter.held_bytes == 0


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (b"\x30\xff\xff\xff\xff\x01", 0x81),
        (b"\x30\x80\x00", 0x81),
        (b"\x30\xff\x7f", 0x95),
        (b"\x30\xff\xff\xff\x7f", 0x95),
    ],
)
def test_a_bad_length_is_refused_by_its_header(header: bytes, reason: int) -> None:
    splitter = FrameSplitter(1000)
    splitter.feed(header)
    with pytest.raises(PacketError) as refused:
        splitter.next_frame()
    assert refused.value.reason == reason


def test_the_limit_counts_the_header() -> None:
    packet = mqtt5.PublishPacket("t", bytes(95)).write()
    for limit, passes in ((len(packet), True), (len(packet) - 1, False)):
        splitter = FrameSplitter(limit)
        splitter.feed(packet)
        if passes:
            assert splitter.next_frame() == packet
        else:
            with pytest.raises(PacketError):
                splitter.next_frame()


@given(
    st.text(st.characters(codec="utf-8", exclude_characters="\0+#$"), min_size=1, max_size=50), st.binary(max_size=100)
)
def test_what_the_codec_writes_is_read_back(text: str, payload: bytes) -> None:
    packets: list[mqtt5.Packet] = [
        mqtt5.ConnectPacket(text, username=text, password=payload, user_properties=[(text, text)]),
        mqtt5.PublishPacket(
            text, payload, qos=mqtt5.QoS.AT_LEAST_ONCE, packet_id=9, content_type=text, message_expiry_interval=5
        ),
        mqtt5.SubscribePacket(7, [mqtt5.TopicFilter(text)], subscription_id=300),
        mqtt5.UnsubscribePacket(7, [text, text]),
        mqtt5.PubAckPacket(7, reason_str=text),
        mqtt5.DisconnectPacket(reason_str=text, session_expiry_interval=3),
        mqtt5.PingReqPacket(),
    ]
    for packet in packets:
        assert decode(packet.write()).write() == packet.write()


@pytest.mark.parametrize("kind", [0, 2, 5, 6, 7, 9, 11, 13])
def test_packets_that_only_a_server_sends_are_refused(kind: int) -> None:
    with pytest.raises(PacketError) as refused:
        decode(bytes((kind << 4, 0)))
    assert refused.value.reason == 0x82


def test_packet_identifier_zero_is_refused() -> None:
    packet = bytearray(mqtt5.PubAckPacket(1).write())
    packet[3] = 0
    with pytest.raises(PacketError, match="identifier 0"):
        decode(bytes(packet))


@given(
    st.integers(1, 100),
    st.integers(1, 100),
    st.lists(st.tuples(st.integers(0, 3 * SECOND), st.integers(1, 50)), max_size=40),
)
def test_a_bucket_never_gives_more_than_burst_and_rate(
    per_second: int, burst: int, requests: list[tuple[int, int]]
) -> None:
    bucket, now, given_out = TokenBucket(Rate(per_second, burst), 0), 0, 0
    for wait, amount in requests:
        now += wait
        if bucket.has(amount, now):
            bucket.spend(amount)
            given_out += amount
        elif amount <= burst:
            missing = bucket.wait_ns(amount)
            assert not bucket.has(amount, now + missing - 1)
            now += missing
            assert bucket.has(amount, now)
        assert given_out * SECOND <= burst * SECOND + now * per_second


def test_a_message_passes_both_buckets_or_spends_neither() -> None:
    quota = ClientQuota(Rate(1, 2), Rate(100, 100), 0)
    assert not quota.take(101, 0)
    assert quota.take(60, 0)
    assert not quota.take(60, 0)
    assert quota.take(40, 0)
    assert not quota.take(1, 0)
    assert quota.wait_ns(1) == SECOND


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("10.0.0.1", "::ffff:10.0.0.1", True),
        ("10.0.0.1", "10.0.0.2", False),
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("fe80::1%eth0", "fe80::2%eth1", True),
        ("", "", True),
    ],
)
def test_what_counts_as_one_address(one: str, other: str, same: bool) -> None:
    assert (address_key(one) == address_key(other)) is same


@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=60))
def test_admission_counts_what_is_open(steps: list[tuple[str, bool]]) -> None:
    admission, open_now = Admission(4, 2), []
    for key, arrives in steps:
        if arrives:
            may = len(open_now) < 4 and open_now.count(key) < 2
            assert admission.admit(key) is may
            if may:
                open_now.append(key)
        elif key in open_now:
            admission.release(key)
            open_now.remove(key)
        assert admission.total == len(open_now)


async def test_an_inbox_bounds_bytes_but_passes_one_large_item() -> None:
    inbox: Inbox[bytes] = Inbox(10, 100)
    await inbox.put(bytes(500), 500)
    waiting = asyncio.ensure_future(inbox.put(b"x", 1))
    await asyncio.sleep(0.01)
    assert not waiting.done()
    assert await inbox.take(5, 0) == [bytes(500)]
    await waiting
    assert (len(inbox), inbox.held_bytes) == (1, 1)


async def test_a_cancelled_put_or_take_changes_nothing() -> None:
    inbox: Inbox[int] = Inbox(1, 100)
    await inbox.put(1, 1)
    waiting = asyncio.ensure_future(inbox.put(2, 1))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait({waiting})
    assert await inbox.take(9, 0.5) == [1]
    taking = asyncio.ensure_future(inbox.take(9, 0.5))
    await asyncio.sleep(0)
    taking.cancel()
    await asyncio.wait({taking})
    await inbox.put(3, 1)
    assert await inbox.take(1, 0) == [3]


async def test_take_ends_by_count_or_by_time() -> None:
    inbox: Inbox[int] = Inbox(100, 1000)
    for number in range(3):
        inbox.put_now(number, 1)
    assert await asyncio.wait_for(inbox.take(3, 60), 1) == [0, 1, 2]
    inbox.put_now(3, 1)
    assert await asyncio.wait_for(inbox.take(3, 0.05), 1) == [3]
    full: Inbox[int] = Inbox(2, 1000)
    full.put_now(1, 1)
    full.put_now(2, 1)
    assert await asyncio.wait_for(full.take(500, 60), 1) == [1, 2]


async def test_a_sink_that_miscounts_is_a_bug_and_not_an_ack() -> None:
    class Miscounts:
        async def deliver(self, deliveries: object) -> list[object]:
            return []

    class Waiting:
        delivery = Delivery("a", "tally/1/a/up", b"")

    inbox: Inbox[Waiting] = Inbox(1, 100)
    inbox.put_now(Waiting(), 1)
    answers: list[object] = []
    with pytest.raises(SinkContractBroken, match="0 outcomes for 1"):
        await commit_forever(
            inbox,
            Miscounts(),  # type: ignore[arg-type]
            lambda batch, outcomes: answers.append(outcomes),
            CommitSettings(),
            IntakeCounters(),
        )
    assert answers == []


@given(NAMES)
def test_topics_name_their_client(name: str) -> None:
    assert is_name(name)
    assert client_of_up(up(name)) == name
    assert client_of_up(up(name, "other/9"), "other/9") == name
    assert client_of_up(down(name)) is None
    assert client_of_up(up(name), "other/9") is None


@pytest.mark.parametrize(
    "topic", ["tally/1//up", "tally/1/a/b/up", "tally/1/A/up", "tally/1/up", "tally/1/+/up", "x", "tally/1/a\n/up"]
)
def test_other_topics_name_nobody(topic: str) -> None:
    assert client_of_up(topic) is None


def test_settings_that_cannot_work_are_refused() -> None:
    with pytest.raises(IntakeConfigError, match="TLS"):
        ListenerSettings(host="0.0.0.0")
    with pytest.raises(IntakeConfigError, match="TLS"):
        BrokerSettings("broker.example", 8883, "g", "u", "p")
    with pytest.raises(IntakeConfigError, match="client id"):
        BrokerSettings("127.0.0.1", 8883, "", "u", "p")
    with pytest.raises(IntakeConfigError, match="longest packet"):
        replace(ListenerLimits(), max_packet_bytes=32 << 20)
    with pytest.raises(IntakeConfigError, match="waits between"):
        CommitSettings(batch_wait_s=0.3)
    for prefix in ("", "a/", "/a", "a//b", "a/+", "#"):
        assert not is_prefix(prefix)
        with pytest.raises(IntakeConfigError, match="prefix"):
            ListenerSettings(prefix=prefix)
    with pytest.raises(IntakeConfigError, match="clients"):
        open_intake(ListenerSettings())
    with pytest.raises(IntakeConfigError, match="gmqtt"):
        open_intake(BrokerSettings("127.0.0.1", 1, "g", "u", "p"), library="gmqtt")
    assert "secret" not in repr(BrokerSettings("127.0.0.1", 1, "g", "u", "secret"))
