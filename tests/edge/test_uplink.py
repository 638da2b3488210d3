"""The uplink against the gateway's listener and a real Mosquitto."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_edge.agent.uplink import (
    CONNECTION_LOST,
    NO_MATCHING_SUBSCRIBERS,
    Uplink,
    UplinkSettings,
    backoff_s,
    delivered,
)
from tally_edge.errors import ConfigError
from tally_edge.pinned_tls import client_context
from tally_gateway.intake.clients import ClientFile
from tally_gateway.intake.listener import MqttListener
from tally_gateway.intake.settings import ListenerSettings
from tally_gateway.tls import TlsFiles, create_ca, issue_server, server_context
from tests.gateway.intake.support import ListSink, eventually
from tests.mosquitto import Mosquitto
from tests.mosquitto import mosquitto as mosquitto  # noqa: PLC0414  a fixture


@pytest.fixture(scope="module")
def tls_files(tmp_path_factory: pytest.TempPathFactory) -> TlsFiles:
    files = TlsFiles(tmp_path_factory.mktemp("tls"))
    now = datetime.datetime.now(datetime.UTC)
    create_ca(files, now)
    issue_server(files, [], now)
    return files


@dataclass
class Agent:
    states: list[bool] = field(default_factory=list)
    pubacks: list[tuple[int, int]] = field(default_factory=list)
    downs: list[tuple[str, bytes]] = field(default_factory=list)

    def on_state(self, connected: bool) -> None:
        self.states.append(connected)

    def on_puback(self, token: int, reason: int) -> None:
        self.pubacks.append((token, reason))

    def on_down(self, client: str, payload: bytes) -> None:
        self.downs.append((client, payload))


@dataclass
class Gateway:
    listener: MqttListener
    sink: ListSink
    token: str
    port: int
    task: asyncio.Task[None]

    async def stop(self) -> None:
        self.task.cancel()
        await asyncio.wait({self.task})

    def restart(self) -> None:
        self.listener.bind()
        self.task = asyncio.create_task(self.listener.serve(self.sink))


@pytest.fixture
async def gateway(tmp_path: Path, tls_files: TlsFiles) -> AsyncIterator[Gateway]:
    store = ClientFile(tmp_path / "clients.toml")
    token = store.add("plant-7")
    first = MqttListener(ListenerSettings(port=0, tls=server_context(tls_files)), store)
    _, port = first.bind()
    assert first._socket is not None
    first._socket.close()
    listener = MqttListener(ListenerSettings(port=port, tls=server_context(tls_files)), store)
    listener.bind()
    sink = ListSink()
    running = Gateway(listener, sink, token, port, asyncio.create_task(listener.serve(sink)))
    yield running
    await running.stop()


def settings(port: int, token: str, tls_files: TlsFiles) -> UplinkSettings:
    return UplinkSettings(
        "localhost",
        port,
        "plant-7",
        token,
        tls=client_context(tls_files.ca_cert),
        first_wait_s=0.05,
        longest_wait_s=0.2,
        connect_timeout_s=3,
    )


@contextlib.asynccontextmanager
async def uplink(how: UplinkSettings, agent: Agent) -> AsyncIterator[Uplink]:
    link = Uplink(how, agent)
    link.start()
    try:
        yield link
    finally:
        await asyncio.to_thread(link.stop)


async def test_up_and_down(gateway: Gateway, tls_files: TlsFiles) -> None:
    agent = Agent()
    async with uplink(settings(gateway.port, gateway.token, tls_files), agent) as link:
        await eventually(lambda: agent.states == [True])
        assert link.publish(41, "plant-7", b"x")
        await eventually(lambda: agent.pubacks == [(41, 0)])
        assert gateway.sink.payloads == [b"x"]
        assert await gateway.listener.send("plant-7", b"down")
        await eventually(lambda: agent.downs == [("plant-7", b"down")])
    assert agent.states == [True, False]


async def test_the_largest_payload_passes_the_listener(gateway: Gateway, tls_files: TlsFiles) -> None:
    agent = Agent()
    how = settings(gateway.port, gateway.token, tls_files)
    async with uplink(how, agent) as link:
        await eventually(lambda: link.connected)
        assert link.publish(1, "plant-7", bytes(how.max_payload_bytes))
        await eventually(lambda: agent.pubacks == [(1, 0)])
        assert gateway.sink.payloads == [bytes(how.max_payload_bytes)]


async def test_a_full_window_pushes_back(gateway: Gateway, tls_files: TlsFiles) -> None:
    agent = Agent()
    gateway.sink.gate.clear()
    async with uplink(replace(settings(gateway.port, gateway.token, tls_files), window=5), agent) as link:
        assert not link.publish(0, "plant-7", b"too early")
        await eventually(lambda: link.connected)
        assert [link.publish(number, "plant-7", b"%d" % number) for number in range(7)] == [True] * 5 + [False] * 2
        gateway.sink.gate.set()
        await eventually(lambda: agent.pubacks == [(number, 0) for number in range(5)])
        assert link.publish(7, "plant-7", b"7")
        await eventually(lambda: agent.pubacks[-1] == (7, 0))


async def test_the_gateways_window_applies_when_smaller(gateway: Gateway, tls_files: TlsFiles) -> None:
    agent = Agent()
    gateway.sink.gate.clear()
    async with uplink(replace(settings(gateway.port, gateway.token, tls_files), window=500), agent) as link:
        await eventually(lambda: link.connected)
        assert sum(link.publish(number, "plant-7", b"x") for number in range(300)) == 200
        gateway.sink.gate.set()
        await eventually(lambda: len(agent.pubacks) == 200)


async def test_every_publish_is_answered_once_across_a_restart(gateway: Gateway, tls_files: TlsFiles) -> None:
    agent = Agent()
    async with uplink(settings(gateway.port, gateway.token, tls_files), agent) as link:
        await eventually(lambda: link.connected)
        gateway.sink.gate.clear()
        taken = [number for number in range(10) if link.publish(number, "plant-7", b"%d" % number)]
        await eventually(lambda: gateway.sink.running == 1)
        gateway.sink.unavailable = 1
        gateway.sink.gate.set()
        await gateway.stop()
        await eventually(lambda: len(agent.pubacks) == len(taken))
        assert not link.publish(99, "plant-7", b"down")
        gateway.sink.unavailable = 0
        gateway.restart()
        await eventually(lambda: agent.states == [True, False, True])
        again = [token for token, reason in agent.pubacks if not delivered(reason)]
        assert again
        for token in again:
            assert link.publish(token, "plant-7", b"%d" % token)
        await eventually(lambda: {token for token, reason in agent.pubacks if delivered(reason)} == set(taken))
        assert {int(payload) for payload in gateway.sink.payloads} == set(taken)


async def test_stop_reports_what_is_in_flight(gateway: Gateway, tls_files: TlsFiles) -> None:
    agent = Agent()
    gateway.sink.gate.clear()
    async with uplink(settings(gateway.port, gateway.token, tls_files), agent) as link:
        await eventually(lambda: link.connected)
        assert link.publish(1, "plant-7", b"x")
    assert agent.pubacks == [(1, CONNECTION_LOST)]
    assert agent.states == [True, False]
    gateway.sink.gate.set()


async def test_a_wrong_token_is_named_and_tried_again(gateway: Gateway, tls_files: TlsFiles) -> None:
    agent = Agent()
    async with uplink(settings(gateway.port, "0" * 64, tls_files), agent) as link:
        await eventually(lambda: gateway.listener.counters.refused_auth >= 2)
        assert "refused" in link.last_error or "disconnected" in link.last_error
    assert agent.states == []


# paho leaves the socket of a failed handshake to the garbage collector.
@pytest.mark.filterwarnings("ignore:unclosed <ssl.SSLSocket:ResourceWarning")
async def test_a_foreign_authority_is_not_trusted(gateway: Gateway, tls_files: TlsFiles, tmp_path: Path) -> None:
    other = TlsFiles(tmp_path / "other")
    create_ca(other, datetime.datetime.now(datetime.UTC))
    agent = Agent()
    how = replace(settings(gateway.port, gateway.token, tls_files), tls=client_context(other.ca_cert))
    async with uplink(how, agent) as link:
        await eventually(lambda: "certificate" in link.last_error.lower())
    assert gateway.listener.counters.sessions == 0


@pytest.mark.mosquitto
async def test_a_message_that_nobody_hears_is_not_delivered(mosquitto: Mosquitto) -> None:
    mosquitto.add_user("plant-7", "word")
    mosquitto.start()
    agent = Agent()
    async with uplink(settings(mosquitto.port, "word", mosquitto.tls_files), agent) as link:
        await eventually(lambda: link.connected)
        assert link.publish(5, "plant-7", b"x")
        await eventually(lambda: agent.pubacks == [(5, NO_MATCHING_SUBSCRIBERS)])
    assert not delivered(NO_MATCHING_SUBSCRIBERS)


@pytest.mark.mosquitto
async def test_the_uplink_survives_a_killed_broker(mosquitto: Mosquitto) -> None:
    mosquitto.add_user("plant-7", "word")
    mosquitto.start()
    agent = Agent()
    async with uplink(settings(mosquitto.port, "word", mosquitto.tls_files), agent) as link:
        await eventually(lambda: link.connected)
        mosquitto.kill()
        await eventually(lambda: agent.states == [True, False])
        mosquitto.start()
        await eventually(lambda: agent.states == [True, False, True])


def test_what_cannot_be_sent_is_said_at_once() -> None:
    how = UplinkSettings("127.0.0.1", 1, "plant-7", "t")
    link = Uplink(how, Agent())
    with pytest.raises(ConfigError, match="not for plant-8"):
        link.publish(1, "plant-8", b"")
    with pytest.raises(ConfigError, match="bytes"):
        link.publish(1, "plant-7", bytes(how.max_payload_bytes + 1))
    with pytest.raises(ConfigError, match="TLS"):
        replace(how, host="gateway.example")
    for name in ("", "A", "a/b", "a" * 65, "+"):
        with pytest.raises(ConfigError, match="transport name"):
            replace(how, name=name)


@given(st.integers(0, 10_000), st.floats(0, 1))
def test_back_off_is_fully_jittered_and_bounded(attempt: int, chance: float) -> None:
    how = UplinkSettings("127.0.0.1", 1, "plant-7", "t")
    wait = backoff_s(attempt, how, lambda: chance)
    assert 0 <= wait <= min(how.longest_wait_s, how.first_wait_s * 2 ** min(attempt, 30))
    assert wait == chance * backoff_s(attempt, how, lambda: 1.0)
