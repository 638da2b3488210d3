"""Peers that do not mean well: the listener stays up, its memory stays bounded, and none of them reaches the sink."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket

import mqtt5
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tally_gateway.errors import PacketError
from tally_gateway.intake.framing import decode
from tally_gateway.intake.quota import Rate
from tests.gateway.intake.conftest import Running, Start
from tests.gateway.intake.support import eventually, recv_until_closed, resident_bytes

_MEBIBYTE = 1 << 20


def connect_packet(token: str, name: str = "plant-7") -> bytes:
    return mqtt5.ConnectPacket(name, username=name, password=token.encode()).write()


def dial(running: Running) -> socket.socket:
    return socket.create_connection(("127.0.0.1", running.port), timeout=5)


async def still_serves(running: Running) -> bool:
    """A well-behaved client gets in and is acknowledged."""

    def talk() -> bytes:
        with dial(running) as sock:
            sock.sendall(connect_packet(running.token))
            assert sock.recv(4096)[0] >> 4 == 2
            publish = mqtt5.PublishPacket("tally/1/plant-7/up", b"ok", qos=mqtt5.QoS.AT_LEAST_ONCE, packet_id=1)
            sock.sendall(publish.write())
            return sock.recv(4096)

    return await asyncio.to_thread(talk) == mqtt5.PubAckPacket(1).write()


async def exchange(running: Running, data: bytes) -> bytes:
    """Send bytes on a new connection; everything that comes back until the listener closes it."""

    def talk() -> bytes:
        with dial(running) as sock:
            with contextlib.suppress(ConnectionError):
                sock.sendall(data)
            return recv_until_closed(sock)

    return await asyncio.to_thread(talk)


async def test_older_versions_get_the_refusal_of_their_version(start: Start) -> None:
    async with start(tls=False) as running:
        old = b"\x10\x0e\x00\x04MQTT\x04\x02\x00\x3c\x00\x02ab"
        assert await exchange(running, old) == b"\x20\x02\x00\x01"
        older = b"\x10\x10\x00\x06MQIsdp\x03\x02\x00\x3c\x00\x02ab"
        assert await exchange(running, older) == b"\x20\x02\x00\x01"
        newer = bytearray(connect_packet(running.token))
        newer[8] = 6
        assert (
            await exchange(running, bytes(newer))
            == mqtt5.ConnAckPacket(reason_code=mqtt5.ConnAckReasonCode.UNSUPPORTED_PROTOCOL_VERSION).write()
        )
        assert running.listener.counters.refused_version == 3


async def test_a_flood_of_silent_connections_is_capped_and_passes(start: Start) -> None:
    async with start(tls=False, max_unauthenticated=20, max_unauthenticated_per_address=10, handshake_s=0.8) as running:
        before = resident_bytes()
        flood = [dial(running) for _ in range(120)]
        await eventually(lambda: running.listener.counters.connections == 120)
        assert running.listener.unauthenticated == 10
        assert running.listener.counters.refused_admission == 110
        await eventually(lambda: running.listener.unauthenticated == 0)
        assert running.listener.counters.refused_handshake == 10
        assert await still_serves(running)
        assert resident_bytes() - before < 20 * _MEBIBYTE
        for sock in flood:
            sock.close()
        assert running.sink.payloads == [b"ok"]


async def test_a_silent_tls_handshake_meets_the_same_deadline_and_cap(start: Start) -> None:
    async with start(max_unauthenticated_per_address=3, handshake_s=0.5) as running:
        silent = [dial(running) for _ in range(5)]
        await eventually(lambda: running.listener.counters.refused_admission == 2)
        await eventually(lambda: running.listener.counters.refused_handshake == 3)
        for sock in silent:
            sock.close()


async def test_a_connect_sent_byte_by_byte_meets_the_deadline(start: Start) -> None:
    async with start(tls=False, handshake_s=0.5) as running:
        packet = connect_packet(running.token)
        with dial(running) as sock:
            for place in range(len(packet) - 1):
                with contextlib.suppress(ConnectionError):
                    sock.sendall(packet[place : place + 1])
                await asyncio.sleep(0.03)
                if running.listener.counters.refused_handshake:
                    break
        assert running.listener.counters.refused_handshake == 1
        assert await still_serves(running)


@pytest.mark.parametrize("header", [b"\x10\xff\xff\xff\x7f", b"\x10\x81\x20"])
async def test_an_oversized_connect_is_refused_by_its_header_alone(start: Start, header: bytes) -> None:
    async with start(tls=False) as running:
        answer = await exchange(running, header)  # no body follows
        assert answer == mqtt5.ConnAckPacket(reason_code=mqtt5.ConnAckReasonCode.PACKET_TOO_LARGE).write()
        assert running.listener.counters.oversized == 1


async def test_an_oversized_publish_is_refused_by_its_header_alone(start: Start) -> None:
    async with start(tls=False) as running:
        before = resident_bytes()
        with dial(running) as sock:
            sock.sendall(connect_packet(running.token))
            await eventually(lambda: running.listener.counters.sessions == 1)
            with contextlib.suppress(ConnectionError):
                sock.sendall(b"\x32\xff\xff\xff\x7f")
            answer = await asyncio.to_thread(recv_until_closed, sock)
        assert answer.endswith((b"\xe0\x02\x95\x00", b"\xe0\x01\x95"))
        assert running.listener.counters.oversized == 1
        assert resident_bytes() - before < 20 * _MEBIBYTE
        assert await still_serves(running)


async def test_text_that_is_not_utf_8_is_refused_without_a_word_on_stderr(
    start: Start, capfd: pytest.CaptureFixture[str]
) -> None:
    async with start(tls=False) as running:
        packet = connect_packet(running.token).replace(b"plant-7", b"plant-\xff")
        answer = await exchange(running, packet)
        assert answer == mqtt5.ConnAckPacket(reason_code=mqtt5.ConnAckReasonCode.MALFORMED_PACKET).write()
        assert running.listener.counters.malformed == 1
    assert capfd.readouterr().err == ""


async def test_malformed_after_connect_is_disconnected_0x81(start: Start) -> None:
    async with start(tls=False) as running:
        answer = await exchange(running, connect_packet(running.token) + b"\x32\x04\x00\x09ab")
        assert answer[-2:] == b"\x01\x81" or answer[-3:] == b"\x02\x81\x00"
        assert running.listener.counters.malformed == 1


async def test_a_second_connect_and_a_publish_before_connect(start: Start) -> None:
    async with start(tls=False) as running:
        answer = await exchange(running, connect_packet(running.token) * 2)
        assert 0x82 in answer[-3:]
        publish = mqtt5.PublishPacket("tally/1/plant-7/up", b"x", qos=mqtt5.QoS.AT_LEAST_ONCE, packet_id=1).write()
        assert await exchange(running, publish) == b""
        assert running.sink.deliveries == []


async def test_a_client_that_never_reads_its_answers_is_dropped(start: Start) -> None:
    async with start(tls=False, drain_s=0.5, messages=Rate(10**9, 10**9)) as running:
        before = resident_bytes()
        with socket.socket() as sock:
            sock.setsockopt(
                socket.SOL_SOCKET, socket.SO_RCVBUF, 4096
            )  # before connecting, or the window is large already
            sock.connect(("127.0.0.1", running.port))
            sock.sendall(connect_packet(running.token))
            sock.settimeout(0.2)
            pings = mqtt5.PingReqPacket().write() * 5000
            for _ in range(2000):
                try:
                    await asyncio.to_thread(sock.sendall, pings)
                except OSError:
                    break
                if running.listener.counters.slow_readers:
                    break
            await eventually(lambda: running.listener.counters.slow_readers == 1)
        assert resident_bytes() - before < 20 * _MEBIBYTE
        assert await still_serves(running)


async def test_packets_that_store_nothing_are_charged_too(start: Start) -> None:
    async with start(tls=False, messages=Rate(per_second=2, burst=5)) as running:
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
        writer.write(connect_packet(running.token) + mqtt5.PingReqPacket().write() * 500)
        await eventually(lambda: running.listener.counters.quota > 0)
        answers = 0
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1.5):
                while chunk := await reader.read(4096):
                    answers += chunk.count(mqtt5.PingRespPacket().write())
        assert 0 < answers < 50
        writer.close()
        assert running.sink.deliveries == []


async def test_more_in_flight_than_granted_is_disconnected(start: Start) -> None:
    async with start(tls=False, receive_max=3) as running:
        running.sink.gate.clear()
        flood = b"".join(
            mqtt5.PublishPacket("tally/1/plant-7/up", b"x", qos=mqtt5.QoS.AT_LEAST_ONCE, packet_id=number).write()
            for number in range(1, 6)
        )
        answer = await exchange(running, connect_packet(running.token) + flood)
        assert 0x93 in answer[-3:]
        running.sink.gate.set()


def _samples(token: str) -> list[bytes]:
    return [
        connect_packet(token),
        mqtt5.PublishPacket(
            "tally/1/plant-7/up", b"xx", qos=mqtt5.QoS.AT_LEAST_ONCE, packet_id=5, content_type="a/b"
        ).write(),
        mqtt5.SubscribePacket(3, [mqtt5.TopicFilter("tally/1/plant-7/down")]).write(),
        mqtt5.UnsubscribePacket(4, ["tally/1/plant-7/down"]).write(),
        mqtt5.PubAckPacket(3).write(),
        mqtt5.PingReqPacket().write(),
        mqtt5.DisconnectPacket(reason_str="bye").write(),
    ]


def _mutated(seed: int, token: str) -> bytes:
    chance = random.Random(seed)
    packet = bytearray(chance.choice(_samples(token)))
    for _ in range(chance.randrange(1, 4)):
        place = chance.randrange(len(packet))
        if chance.random() < 0.3 and len(packet) > 3:
            del packet[place]
        else:
            packet[place] = chance.randrange(256)
    if 2 <= len(packet) < 130 and chance.random() < 0.8:
        packet[1] = len(packet) - 2
    return bytes(packet)


async def test_fuzzed_bytes_never_stop_the_listener(start: Start, capfd: pytest.CaptureFixture[str]) -> None:
    seed = random.randrange(1 << 32)
    print("seed", seed)
    async with start(tls=False, handshake_s=2) as running:
        before = resident_bytes()
        for number in range(300):
            fuzz = _mutated(seed + number, running.token)
            reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
            writer.write(fuzz if number % 2 else connect_packet(running.token) + fuzz)
            writer.write_eof()
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(5):
                    await reader.read()
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
        assert await still_serves(running)
        assert resident_bytes() - before < 20 * _MEBIBYTE
    assert "panicked" not in capfd.readouterr().err


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 1 << 32))
def test_the_decoder_raises_nothing_but_packet_error(seed: int) -> None:
    frame = _mutated(seed, "0" * 64)
    if len(frame) >= 2:
        with contextlib.suppress(PacketError):
            decode(frame)


@settings(max_examples=300, deadline=None)
@given(st.binary(min_size=2, max_size=60), st.sampled_from([1, 3, 4, 8, 10, 12, 14, 15]), st.integers(0, 15))
def test_the_decoder_bears_random_bodies(body: bytes, kind: int, flags: int) -> None:
    with contextlib.suppress(PacketError):
        decode(bytes((kind << 4 | flags, len(body))) + body)
