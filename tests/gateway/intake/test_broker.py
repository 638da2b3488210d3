"""The broker intakes against a real Mosquitto with TLS, passwords and access rules."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import ssl
from collections.abc import AsyncIterator
from dataclasses import replace

import aiomqtt
import paho.mqtt.client
import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.reasoncodes import ReasonCode

from tally_edge.pinned_tls import client_context
from tally_gateway.intake import broker_aio
from tally_gateway.intake.broker import BrokerIntake
from tally_gateway.intake.broker_aio import AioBrokerIntake
from tally_gateway.intake.broker_settings import BrokerSettings, backoff_s
from tally_gateway.intake.choose import open_intake
from tally_gateway.intake.commit import CommitSettings
from tally_gateway.intake.interface import Delivery, Outcome
from tests.gateway.intake.support import ListSink, Recorder, eventually
from tests.mosquitto import Mosquitto

AnyBrokerIntake = BrokerIntake | AioBrokerIntake
WINDOW = 20
"""What the broker may have in flight; Mosquitto's own default for clients that do not ask."""


@pytest.fixture(params=["paho", "aiomqtt"])
def library(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def broker_settings(broker: Mosquitto, **changes: object) -> BrokerSettings:
    settings = BrokerSettings(
        "127.0.0.1",
        broker.port,
        "gateway-1",
        "gateway",
        "gateway-password",
        tls=client_context(broker.tls_files.ca_cert),
        first_wait_s=0.05,
        longest_wait_s=0.3,
    )
    return replace(settings, **changes)  # type: ignore[arg-type]  # each test names fields of its own


@contextlib.asynccontextmanager
async def serving(broker: Mosquitto, library: str, sink: ListSink, **changes: object) -> AsyncIterator[AnyBrokerIntake]:
    intake = open_intake(broker_settings(broker, **changes), library=library)
    assert isinstance(intake, BrokerIntake | AioBrokerIntake)
    task = asyncio.create_task(intake.serve(sink))
    try:
        await eventually(lambda: intake.connected)
        yield intake
    finally:
        task.cancel()
        await asyncio.wait({task})
        assert task.cancelled()
        assert sink.overlaps == 0


async def plant(broker: Mosquitto) -> Recorder:
    return await Recorder("plant-7", "word", client_context(broker.tls_files.ca_cert)).connect(broker.port)


@pytest.fixture
def broker(mosquitto: Mosquitto) -> Mosquitto:
    mosquitto.add_user("plant-7", "word")
    mosquitto.start("max_queued_messages 0")
    return mosquitto


@pytest.mark.mosquitto
async def test_up_and_down(broker: Mosquitto, library: str) -> None:
    sink = ListSink()
    async with serving(broker, library, sink) as intake:
        client = await plant(broker)
        client.client.subscribe("tally/1/plant-7/down", qos=1)
        await eventually(lambda: client.subacks == [1])
        mid = client.publish(b"x", newest="7")
        await eventually(lambda: sink.deliveries == [Delivery("plant-7", "tally/1/plant-7/up", b"x", 7)])
        await eventually(lambda: client.pubacks == {mid: 0})
        assert await intake.send("plant-7", b"down")
        await eventually(lambda: client.downs == [("tally/1/plant-7/down", b"down")])
        await eventually(lambda: intake.counters.acked == 1)
        await client.close()


@pytest.mark.mosquitto
async def test_a_batch_larger_than_the_brokers_window_does_not_hang(broker: Mosquitto, library: str) -> None:
    sink = ListSink()
    async with serving(
        broker, library, sink, receive_max=WINDOW, commit=CommitSettings(batch_messages=WINDOW + 1, batch_wait_s=0.1)
    ):
        client = await plant(broker)
        sent = [b"%d" % number for number in range(4 * WINDOW)]
        for payload in sent:
            client.publish(payload)
        await eventually(lambda: sink.payloads == sent)
        # The broker held the rest back until the first acknowledgement: only the timer could end this batch.
        assert len(sink.batches[0]) <= WINDOW
        await client.close()


@pytest.mark.mosquitto
async def test_nothing_is_acknowledged_before_the_commit(broker: Mosquitto, library: str) -> None:
    sink = ListSink()
    sink.gate.clear()
    async with serving(broker, library, sink, receive_max=WINDOW) as intake:
        client = await plant(broker)
        for number in range(WINDOW + 5):
            client.publish(b"%d" % number)
        await eventually(lambda: sink.running > 0)
        await asyncio.sleep(0.3)
        assert intake.counters.acked == 0
        # The broker waits for the first acknowledgement: its window is full and nothing beyond it has come.
        assert 0 < intake.counters.delivered <= WINDOW
        sink.gate.set()
        await eventually(lambda: intake.counters.acked == WINDOW + 5)
        await client.close()


@pytest.mark.mosquitto
@pytest.mark.parametrize("how", ["unavailable", "try-later"])
async def test_what_was_not_stored_comes_again_with_dup_and_in_order(broker: Mosquitto, library: str, how: str) -> None:
    fails = [b"3"]

    def rule(delivery: Delivery) -> Outcome:
        if how == "try-later" and delivery.payload in fails:
            fails.remove(delivery.payload)
            return Outcome.TRY_LATER
        return Outcome.COMMITTED

    sink = ListSink(rule)
    sink.unavailable = 2 if how == "unavailable" else 0
    async with serving(broker, library, sink) as intake:
        client = await plant(broker)
        sent = [b"%d" % number for number in range(10)]
        for payload in sent:
            client.publish(payload)
        await eventually(lambda: intake.counters.forced_redeliveries > 0)
        await eventually(lambda: set(sink.payloads) >= set(sent) and intake.counters.acked >= 10)
        await eventually(lambda: sink.payloads[-1] == b"9")
        last_seen = {payload: place for place, payload in enumerate(sink.payloads)}
        assert sorted(sent, key=last_seen.__getitem__) == sent
        if library == "paho":
            assert intake.counters.redelivered > 0
        await client.close()


@pytest.mark.mosquitto
async def test_refused_and_over_quota_are_acknowledged_and_hold_nobody_up(broker: Mosquitto, library: str) -> None:
    rule = {b"a": Outcome.REFUSED, b"b": Outcome.OVER_QUOTA, b"c": Outcome.COMMITTED}
    sink = ListSink(lambda delivery: rule[delivery.payload])
    async with serving(broker, library, sink) as intake:
        client = await plant(broker)
        for payload in rule:
            client.publish(payload)
        await eventually(lambda: intake.counters.acked == 3)
        assert intake.counters.forced_redeliveries == 0
        await client.close()


@pytest.mark.mosquitto
async def test_a_killed_broker_is_found_again(mosquitto: Mosquitto, library: str) -> None:
    mosquitto.add_user("plant-7", "word")
    mosquitto.start("max_queued_messages 0")
    sink = ListSink()
    async with serving(mosquitto, library, sink) as intake:
        client = await plant(mosquitto)
        client.publish(b"before")
        await eventually(lambda: sink.payloads == [b"before"])
        mosquitto.kill()
        await eventually(lambda: not intake.connected)
        assert not await intake.send("plant-7", b"x")
        await client.close()
        mosquitto.start("max_queued_messages 0")
        await eventually(lambda: intake.connected)
        client = await plant(mosquitto)
        client.publish(b"after")
        await eventually(lambda: sink.payloads == [b"before", b"after"])
        await client.close()


@pytest.mark.mosquitto
async def test_the_session_queues_for_a_gateway_that_is_away(broker: Mosquitto, library: str) -> None:
    sink = ListSink()
    async with serving(broker, library, sink):
        pass
    client = await plant(broker)
    mid = client.publish(b"while away")
    await eventually(lambda: client.pubacks == {mid: 0})
    async with serving(broker, library, sink):
        await eventually(lambda: sink.payloads == [b"while away"])
    await client.close()


@pytest.mark.mosquitto
async def test_a_broken_sink_ends_serve_without_an_ack(broker: Mosquitto, library: str) -> None:
    sink = ListSink()
    sink.broken = RuntimeError("disk gone")
    intake = open_intake(broker_settings(broker), library=library)
    task = asyncio.create_task(intake.serve(sink))
    client = await plant(broker)
    await eventually(lambda: intake.connected)  # type: ignore[attr-defined]  # both have it
    client.publish(b"x")
    with pytest.raises(RuntimeError, match="disk gone"):
        await asyncio.wait_for(task, 8)
    whole = ListSink()
    async with serving(broker, library, whole):
        await eventually(lambda: whole.payloads == [b"x"])
    await client.close()


@pytest.mark.mosquitto
async def test_a_wrong_password_is_tried_again_and_can_be_stopped(broker: Mosquitto, library: str) -> None:
    intake = open_intake(broker_settings(broker, password="wrong"), library=library)
    task = asyncio.create_task(intake.serve(ListSink()))
    await eventually(lambda: intake.counters.connect_failures >= 2)  # type: ignore[attr-defined]  # both have it
    task.cancel()
    await asyncio.wait({task}, timeout=5)
    assert task.cancelled()


async def test_a_host_that_no_resolver_takes_is_tried_again(library: str) -> None:
    """A name with too long a label is a ValueError, not an OSError."""
    host = "x" * 64 + ".example"
    settings = BrokerSettings(
        host, 1, "g", "u", "p", tls=ssl.create_default_context(), first_wait_s=0.01, longest_wait_s=0.02
    )
    intake = open_intake(settings, library=library)
    task = asyncio.create_task(intake.serve(ListSink()))
    await eventually(lambda: task.done() or intake.counters.connect_failures >= 2)  # type: ignore[attr-defined]  # both have it
    assert not task.done()
    task.cancel()
    await asyncio.wait({task})
    assert task.cancelled()


@pytest.mark.mosquitto
@pytest.mark.parametrize("ending", ["redelivery", "cancellation"])
async def test_what_goes_wrong_while_leaving_a_broker_is_of_no_use(
    broker: Mosquitto, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    real = aiomqtt.Client.__aexit__

    async def leave(client: aiomqtt.Client, *given: object) -> None:
        await real(client, *given)  # type: ignore[arg-type]  # passed on as it came
        raise OSError("connection reset while leaving")

    monkeypatch.setattr(aiomqtt.Client, "__aexit__", leave)
    sink = ListSink()
    sink.unavailable = int(ending == "redelivery")
    async with serving(broker, "aiomqtt", sink):
        client = await plant(broker)
        client.publish(b"x")
        await eventually(lambda: sink.payloads == [b"x"])
        await client.close()


@pytest.mark.mosquitto
async def test_a_refused_subscription_is_no_connection(broker: Mosquitto, monkeypatch: pytest.MonkeyPatch) -> None:
    """aiomqtt returns the refusal like any other answer. Mosquitto's access file refuses no subscription by itself."""

    async def subscribe(*_: object, **__: object) -> list[ReasonCode]:
        return [ReasonCode(PacketTypes.SUBACK, "Not authorized")] * 2

    monkeypatch.setattr(aiomqtt.Client, "subscribe", subscribe)
    intake = open_intake(broker_settings(broker), library="aiomqtt")
    assert isinstance(intake, AioBrokerIntake)
    task = asyncio.create_task(intake.serve(ListSink()))
    await eventually(lambda: intake.counters.connect_failures >= 2 or intake.connected)
    assert not intake.connected
    task.cancel()
    await asyncio.wait({task})


@pytest.mark.parametrize("chance", [0.0, 0.5, 1.0])
def test_waits_grow_to_their_bound(chance: float) -> None:
    settings = BrokerSettings("127.0.0.1", 1, "g", "u", "p", first_wait_s=0.5, longest_wait_s=30.0)
    waits = [backoff_s(attempt, settings, lambda: chance) for attempt in range(100)]
    assert waits == sorted(waits)
    assert 0.25 <= waits[0] <= 0.5
    assert 15 <= waits[-1] <= 30


async def test_the_private_names_that_broker_aio_rests_on_are_still_there() -> None:
    client = aiomqtt.Client("127.0.0.1", protocol=aiomqtt.ProtocolVersion.V5)
    assert isinstance(client._client, paho.mqtt.client.Client)
    assert broker_aio._inner(client) is client._client
    assert set(inspect.signature(paho.mqtt.client.Client.ack).parameters) == {"self", "mid", "qos"}
    assert set(inspect.signature(paho.mqtt.client.Client.manual_ack_set).parameters) == {"self", "on"}
    assert inspect.getsource(broker_aio).count("client._client") == 1, "private access stands in one place"
