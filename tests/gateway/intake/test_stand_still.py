"""A session to which the broker sends nothing more is noticed by the canary and renewed, against a real Mosquitto. What
Mosquitto 2.0.11 does now and then, a proxy before it does on demand: it lets no message through to the session."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from tally_gateway.intake.broker import BrokerIntake
from tally_gateway.intake.broker_aio import AioBrokerIntake
from tally_gateway.intake.broker_settings import BrokerSettings
from tally_gateway.intake.choose import open_intake
from tally_gateway.intake.topics import canary
from tests.gateway.intake.support import ListSink, eventually
from tests.gateway.intake.test_broker import plant
from tests.mosquitto import Mosquitto
from tests.ports import free_port

CONNECT, PUBLISH = 1, 3
CLEAN_START = 0x02


@pytest.fixture(params=["paho", "aiomqtt"])
def library(request: pytest.FixtureRequest) -> str:
    return str(request.param)


class StillProxy:
    """Passes packets on; while `still`, no PUBLISH reaches the gateway. A new connection ends that if `resuming_helps`,
    a new session always."""

    def __init__(self, upstream_port: int) -> None:
        self.port = free_port()
        self.still = False
        self.still_for_ever = False
        self.resuming_helps = False
        self.clean_starts = 0
        self._upstream_port = upstream_port
        self._open = 0

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            from_broker, to_broker = await asyncio.open_connection("127.0.0.1", self._upstream_port)
        except OSError:  # the broker is being started again; who asks comes back
            writer.close()
            return
        self._open += 1
        ways = (
            asyncio.create_task(self._pass_on(reader, to_broker)),
            asyncio.create_task(self._pass_on(from_broker, writer)),
        )
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        await asyncio.wait(ways)
        for end in (to_broker, writer):
            end.close()
            with contextlib.suppress(OSError):
                await end.wait_closed()
        self._open -= 1

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while True:
                packet = await _packet(reader)
                kind = packet[0] >> 4
                if kind == CONNECT:
                    clean = bool(packet[packet.index(b"MQTT") + 5] & CLEAN_START)
                    self.clean_starts += clean
                    self.still = self.still and not clean and not self.resuming_helps
                still = self.still or self.still_for_ever
                if not (kind == PUBLISH and still and writer.get_extra_info("peername")[1] != self._upstream_port):
                    writer.write(packet)
                    await writer.drain()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with await asyncio.start_server(self._serve, "127.0.0.1", self.port):
            yield
            await eventually(lambda: not self._open)


async def _packet(reader: asyncio.StreamReader) -> bytes:
    """One MQTT packet, whole."""
    head = await reader.readexactly(2)
    while head[-1] & 0x80:
        head += await reader.readexactly(1)
    length = sum((byte & 0x7F) << 7 * place for place, byte in enumerate(head[1:]))
    return head + await reader.readexactly(length)


@pytest.fixture
async def proxy(mosquitto: Mosquitto) -> AsyncIterator[StillProxy]:
    mosquitto.add_user("plant-7", "word")
    plain = free_port()
    mosquitto.start("max_queued_messages 0", f"listener {plain} 127.0.0.1")
    proxy = StillProxy(plain)
    async with proxy.running():
        yield proxy


@contextlib.asynccontextmanager
async def serving(
    proxy: StillProxy, library: str, sink: ListSink, **changes: Any
) -> AsyncIterator[BrokerIntake | AioBrokerIntake]:
    settings = BrokerSettings(
        "127.0.0.1",
        proxy.port,
        "Gateway.1",
        "gateway",
        "gateway-password",
        first_wait_s=0.05,
        longest_wait_s=0.3,
        canary_every_s=0.2,
        canary_patience_s=0.5,
    )
    intake = open_intake(replace(settings, **changes), library=library)
    assert isinstance(intake, BrokerIntake | AioBrokerIntake)
    task = asyncio.create_task(intake.serve(sink))
    try:
        await eventually(lambda: intake.connected)
        yield intake
    finally:
        task.cancel()
        await asyncio.wait({task})
        assert task.cancelled()


@pytest.mark.mosquitto
async def test_a_session_that_stands_still_for_good_is_begun_anew(
    mosquitto: Mosquitto, proxy: StillProxy, library: str
) -> None:
    sink = ListSink()
    async with serving(proxy, library, sink) as intake:
        client = await plant(mosquitto)
        client.publish(b"before")
        await eventually(lambda: sink.payloads == [b"before"])
        proxy.still = True
        await eventually(lambda: proxy.clean_starts == 1 and intake.connected)
        client.publish(b"after")
        await eventually(lambda: sink.payloads == [b"before", b"after"])
        assert (intake.counters.stand_stills, intake.counters.new_sessions) == (2, 1)
        await client.close()


@pytest.mark.mosquitto
async def test_resuming_is_tried_first_and_loses_nothing(mosquitto: Mosquitto, proxy: StillProxy, library: str) -> None:
    sink = ListSink()
    async with serving(proxy, library, sink) as intake:
        client = await plant(mosquitto)
        proxy.still = proxy.resuming_helps = True
        client.publish(b"while it stands still")
        await eventually(lambda: sink.payloads == [b"while it stands still"])
        await asyncio.sleep(1)  # canaries come and go
        assert (intake.counters.stand_stills, intake.counters.new_sessions) == (1, 0)
        assert proxy.clean_starts == 0
        assert intake.counters.foreign_topic == 0
        await client.close()


@pytest.mark.mosquitto
async def test_a_broker_that_waits_for_the_gateway_does_not_stand_still(
    mosquitto: Mosquitto, proxy: StillProxy, library: str
) -> None:
    """The sink takes its time, and the broker's window is full: nothing comes, and rightly so."""
    sink = ListSink()
    sink.gate.clear()
    async with serving(proxy, library, sink) as intake:
        client = await plant(mosquitto)
        client.publish(b"slow")
        await eventually(lambda: sink.running > 0)
        proxy.still = True
        await asyncio.sleep(1.5)
        assert intake.counters.stand_stills == 0
        sink.gate.set()
        await eventually(lambda: intake.counters.stand_stills == 1)
        await client.close()


@pytest.mark.mosquitto
async def test_where_access_rules_stop_canaries_it_is_said_and_the_session_is_left_alone(
    proxy: StillProxy, library: str, caplog: pytest.LogCaptureFixture
) -> None:
    sink = ListSink()
    async with serving(proxy, library, sink, username="plant-7", password="word") as intake:
        await eventually(lambda: not intake._stand_stills.watched)
        await asyncio.sleep(1.5)
        # With max_queued_messages 0, Mosquitto 2.0.11 answers a forbidden PUBLISH and then disconnects its sender.
        assert intake.connected
        assert intake.counters.connects <= 2
        assert (intake.counters.stand_stills, proxy.clean_starts) == (0, 0)
        assert f"write and read {canary('Gateway.1')} (Not authorized)" in caplog.text


@pytest.mark.mosquitto
async def test_canaries_that_never_come_back_cost_one_new_session_and_no_more(
    proxy: StillProxy, library: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Access rules that let the gateway write its canary and not read it: no broker says so."""
    proxy.still_for_ever = True
    sink = ListSink()
    async with serving(proxy, library, sink) as intake:
        await eventually(lambda: not intake._stand_stills.watched)
        await asyncio.sleep(1.5)
        assert intake.connected
        assert intake.counters.connects == 3  # the first, the one that resumed, the one with a new session
        assert (intake.counters.stand_stills, proxy.clean_starts) == (2, 1)
        assert "none ever came back" in caplog.text


def test_a_canarys_topic_is_one_whatever_the_client_id() -> None:
    assert canary("tallystick-gateway") == "tally/1/tallystick-gateway/canary"
    assert canary("Works/+#") == "tally/1/works---/canary"
