"""The listener against paho over TLS."""

from __future__ import annotations

import asyncio
import socket
import ssl

import pytest
from paho.mqtt.enums import MQTTProtocolVersion

from tally_gateway.intake.interface import Delivery, Outcome
from tally_gateway.intake.quota import Rate
from tests.gateway.intake.conftest import Start
from tests.gateway.intake.support import ListSink, eventually


async def test_puback_comes_only_after_the_sink_has_returned(start: Start) -> None:
    async with start() as running:
        running.sink.gate.clear()
        client = await running.recorder().connect(running.port)
        mid = client.publish(b"one")
        await eventually(lambda: running.sink.running == 1)
        await asyncio.sleep(0.2)
        assert client.pubacks == {}
        running.sink.gate.set()
        await eventually(lambda: client.pubacks == {mid: 0})
        client.publish(b"two", newest="7")
        client.publish(b"three", newest="seven")
        await eventually(lambda: len(client.pubacks) == 3)
        told = [(b"one", None), (b"two", 7), (b"three", None)]
        assert running.sink.deliveries == [Delivery("plant-7", "tally/1/plant-7/up", *one) for one in told]
        await client.close()


async def test_order_of_a_client_is_kept_and_commits_are_grouped(start: Start) -> None:
    async with start(messages=Rate(100_000, 100_000)) as running:
        client = await running.recorder().connect(running.port)
        sent = [str(number).encode() for number in range(1000)]
        for payload in sent:
            client.publish(payload)
        await eventually(lambda: len(client.pubacks) == 1000)
        assert running.sink.payloads == sent
        assert len(running.sink.batches) < 500
        assert running.listener.counters.acked == running.listener.counters.committed == 1000
        await client.close()


async def test_each_outcome_has_its_reason_code(start: Start) -> None:
    rule = {b"a": Outcome.COMMITTED, b"b": Outcome.REFUSED, b"c": Outcome.OVER_QUOTA, b"d": Outcome.TRY_LATER}
    async with start(sink=ListSink(lambda delivery: rule[delivery.payload])) as running:
        client = await running.recorder().connect(running.port)
        mids = [client.publish(payload) for payload in rule]
        await eventually(lambda: len(client.pubacks) == 4)
        assert [client.pubacks[mid] for mid in mids] == [0x00, 0x99, 0x97, 0x80]
        await client.close()


async def test_an_unavailable_sink_is_answered_try_later_and_the_listener_goes_on(start: Start) -> None:
    async with start() as running:
        running.sink.unavailable = 1
        client = await running.recorder().connect(running.port)
        first = client.publish(b"x")
        await eventually(lambda: first in client.pubacks)
        second = client.publish(b"x")
        await eventually(lambda: second in client.pubacks)
        assert (client.pubacks[first], client.pubacks[second]) == (0x80, 0)
        await client.close()


async def test_a_broken_sink_ends_the_listener_without_an_ack(start: Start) -> None:
    async with start() as running:
        running.sink.broken = RuntimeError("disk gone")
        client = await running.recorder().connect(running.port)
        client.publish(b"x")
        with pytest.raises(RuntimeError, match="disk gone"):
            await asyncio.wait_for(asyncio.shield(running.task), 5)
        await eventually(lambda: client.disconnects == [0x8B])
        assert client.pubacks == {}
        await client.close()


async def test_down_reaches_the_subscribed_client_only(start: Start) -> None:
    async with start() as running:
        assert not await running.listener.send("plant-7", b"nobody")
        client = await running.recorder().connect(running.port)
        assert not await running.listener.send("plant-7", b"not subscribed")
        client.client.subscribe("tally/1/plant-7/down", qos=2)
        await eventually(lambda: client.subacks == [1])
        full = 0
        for number in range(100):  # three windows: the client must answer for the later ones to pass
            while not await running.listener.send("plant-7", b"%d" % number):
                full += 1
                await asyncio.sleep(0.01)
        await eventually(lambda: len(client.downs) == 100)
        assert client.downs == [("tally/1/plant-7/down", b"%d" % number) for number in range(100)]
        assert not await running.listener.send("plant-8", b"x")
        assert running.listener.counters.down_dropped == 3 + full
        await client.close()


async def test_down_is_bounded_when_the_client_does_not_answer(start: Start) -> None:
    async with start() as running:
        client = await running.recorder().connect(running.port)
        client.client.manual_ack_set(True)
        client.client.subscribe("tally/1/plant-7/down", qos=1)
        await eventually(lambda: client.subacks == [1])
        sent = [await running.listener.send("plant-7", b"x") for _ in range(50)]
        assert sent == [True] * 32 + [False] * 18
        await client.close()


@pytest.mark.parametrize(
    "topic", ["tally/1/plant-8/down", "tally/1/+/down", "#", "tally/1/plant-7/up", "$share/g/tally/1/plant-7/down"]
)
async def test_subscribing_to_anything_else_fails(start: Start, topic: str) -> None:
    async with start() as running:
        client = await running.recorder().connect(running.port)
        client.client.subscribe(topic, qos=1)
        await eventually(lambda: client.subacks == [0x87])
        assert not await running.listener.send("plant-7", b"x")
        await client.close()


async def test_publishing_to_anothers_topic_is_refused_and_never_reaches_the_sink(start: Start) -> None:
    async with start() as running:
        client = await running.recorder().connect(running.port)
        bad = client.publish(b"x", topic="tally/1/plant-8/up")
        good = client.publish(b"y")
        await eventually(lambda: client.pubacks == {bad: 0x87, good: 0})
        assert running.sink.payloads == [b"y"]
        await client.close()


async def test_qos_0_and_2_and_retain_are_disconnected(start: Start) -> None:
    async with start() as running:
        for qos, retain, reason in ((0, False, 0x9B), (1, True, 0x9A)):
            client = await running.recorder().connect(running.port)
            assert client.connect_properties.MaximumQoS == 1
            assert client.connect_properties.RetainAvailable == 0
            client.client.publish("tally/1/plant-7/up", b"x", qos=qos, retain=retain)
            await eventually(lambda client=client, reason=reason: client.disconnects == [reason])
            await client.close()
        assert running.sink.deliveries == []
        assert running.listener.counters.protocol_errors == 2


async def test_wrong_token_unknown_client_and_foreign_client_id(start: Start) -> None:
    async with start() as running:
        cases = [
            (running.recorder(token="0" * 64), 0x86),
            (running.recorder(name="plant-8"), 0x86),
            (running.recorder(name="PLANT"), 0x86),
            (running.recorder(client_id="other"), 0x85),
        ]
        for client, reason in cases:
            await client.connect(running.port)
            assert client.connacks == [reason]
            await client.close()
        assert running.listener.counters.refused_auth == 3
        assert running.listener.counters.refused_connect == 1
        assert running.listener.counters.sessions == 0


async def test_mqtt_3_1_1_gets_its_own_refusal(start: Start) -> None:
    async with start() as running:
        client = await running.recorder(protocol=MQTTProtocolVersion.MQTTv311).connect(running.port)
        assert client.connacks == []
        assert running.listener.counters.refused_version == 1
        await client.close()


async def test_the_newer_connection_takes_over(start: Start) -> None:
    async with start() as running:
        old = await running.recorder().connect(running.port)
        new = await running.recorder().connect(running.port)
        await eventually(lambda: old.disconnects == [0x8E])
        mid = new.publish(b"x")
        await eventually(lambda: new.pubacks == {mid: 0})
        assert running.listener.clients == ["plant-7"]
        await old.close()
        await new.close()


async def test_a_removed_client_is_disconnected(start: Start) -> None:
    async with start(recheck_s=0.1) as running:
        client = await running.recorder().connect(running.port)
        await asyncio.sleep(0.3)
        assert client.disconnects == []
        running.store.remove("plant-7")
        await eventually(lambda: client.disconnects == [0x87])
        again = await running.recorder().connect(running.port)
        assert again.connacks == [0x86]
        await client.close()
        await again.close()


async def test_quota_refuses_and_slows_the_client_but_not_others(start: Start) -> None:
    async with start(messages=Rate(per_second=10, burst=5)) as running:
        other_token = running.store.add("plant-8")
        greedy = await running.recorder().connect(running.port)
        mids = [greedy.publish(b"x") for _ in range(12)]
        other = await running.recorder(name="plant-8", token=other_token).connect(running.port)
        mid = other.publish(b"y")
        await eventually(lambda: other.pubacks == {mid: 0})
        await eventually(lambda: len(greedy.pubacks) == 12)
        reasons = [greedy.pubacks[mid] for mid in mids]
        assert reasons[:5] == [0] * 5
        assert reasons[5] == 0x97
        assert running.listener.counters.quota == reasons.count(0x97) > 0
        # Reconnecting does not fill the bucket.
        await greedy.close()
        again = await running.recorder().connect(running.port)
        mids = [again.publish(b"x") for _ in range(5)]
        await eventually(lambda: len(again.pubacks) == 5)
        assert 0x97 in again.pubacks.values()
        await again.close()
        await other.close()


async def test_shutdown_acknowledges_what_the_sink_has_and_says_goodbye(start: Start) -> None:
    async with start() as running:
        running.sink.gate.clear()
        client = await running.recorder().connect(running.port)
        mid = client.publish(b"x")
        await eventually(lambda: running.sink.running == 1)
        running.task.cancel()
        await asyncio.sleep(0.2)
        assert not running.task.done()
        running.sink.gate.set()
        await eventually(lambda: client.disconnects == [0x8B])
        assert client.pubacks == {mid: 0}
        with pytest.raises(asyncio.CancelledError):
            await running.task
        await client.close()


async def test_a_silent_client_is_disconnected_after_one_and_a_half_keep_alives(start: Start) -> None:
    async with start(max_keep_alive_s=1) as running:
        client = running.recorder()
        # 0 asks for no keep-alive at all; the listener grants its longest. paho obeys, so its thread is stopped from
        # writing.
        await client.connect(running.port, keepalive=0)
        assert client.connect_properties.ServerKeepAlive == 1
        client.client._keepalive = 0
        await eventually(lambda: client.disconnects == [0x8D])
        await client.close()


async def test_a_full_inbox_stops_the_reading_and_loses_nothing(start: Start) -> None:
    async with start(inbox_messages=4, messages=Rate(100_000, 100_000)) as running:
        running.sink.gate.clear()
        client = await running.recorder().connect(running.port)
        sent = [b"%d" % number for number in range(60)]
        for payload in sent:
            client.publish(payload)
        await asyncio.sleep(0.3)
        assert len(running.listener._inbox) == 4
        running.sink.gate.set()
        await eventually(lambda: len(client.pubacks) == 60)
        assert running.sink.payloads == sent
        await client.close()


async def test_the_client_trusts_only_the_pinned_authority(start: Start) -> None:
    async with start() as running:

        def shake() -> None:
            with socket.create_connection(("127.0.0.1", running.port)) as plain:
                ssl.create_default_context().wrap_socket(plain, server_hostname="localhost").close()

        with pytest.raises(ssl.SSLCertVerificationError):
            await asyncio.to_thread(shake)
        await eventually(lambda: running.listener.counters.refused_handshake == 1)


async def test_serving_again_after_a_stop(start: Start) -> None:
    async with start() as running:
        await running.stop()
        _, port = running.listener.bind()
        again = asyncio.create_task(running.listener.serve(running.sink))
        client = await running.recorder().connect(port)
        mid = client.publish(b"x")
        await eventually(lambda: client.pubacks == {mid: 0})
        again.cancel()
        with pytest.raises(asyncio.CancelledError):
            await again
        await client.close()
