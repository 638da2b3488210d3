"""From an external broker by aiomqtt, acknowledging by hand after the commit.

aiomqtt 2.5 has no public way to acknowledge by hand: it acknowledges a message when it enters its own queue, and
loses what a killed gateway had there (measured: 16,728 of 20,000). The paho client inside it can; the two private
steps that reach it stand in `_inner` below and nowhere else, and a test fails when the names they rest on vanish.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any

import aiomqtt
from paho.mqtt.client import Client
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from tally_gateway.intake.broker_run import Arrived, BrokerLost, commit_until_lost, reconnect_forever, told_beside
from tally_gateway.intake.broker_settings import BrokerSettings
from tally_gateway.intake.canary import SessionWatch, StandStills
from tally_gateway.intake.counters import BrokerCounters
from tally_gateway.intake.inbox import Inbox
from tally_gateway.intake.interface import Delivery, Sink
from tally_gateway.intake.topics import client_of_up, down, every_up

_INBOX_BYTES = 64 << 20


def _inner(client: aiomqtt.Client) -> Client:
    """The paho client inside. Private to aiomqtt: `_client`, with paho's public `manual_ack_set` and `ack`."""
    inner: Client = client._client
    return inner


def _tell_refusals(client: aiomqtt.Client, watch: SessionWatch) -> None:
    """aiomqtt keeps the reason codes of PUBACK to itself; listen beside it."""
    inner = _inner(client)
    theirs: Any = inner.on_publish

    def on_publish(paho: Client, data: object, packet_id: int, reason: ReasonCode, properties: Properties) -> None:
        if theirs is not None:
            theirs(paho, data, packet_id, reason, properties)
        if reason.is_failure:
            watch.refused(packet_id, str(reason))

    inner.on_publish = on_publish


async def _leave(client: aiomqtt.Client) -> None:
    """Disconnect. aiomqtt hands on whatever its reader met meanwhile; the connection has ended either way."""
    with suppress(Exception):
        await client.__aexit__(None, None, None)


class AioBrokerIntake:
    """An Intake (see intake.interface).

    aiomqtt reads its socket whether or not its messages are taken, so what waits in its queue is bounded by the
    broker's in-flight window alone; prefer `BrokerIntake` where the broker is not trusted with that.
    """

    def __init__(self, settings: BrokerSettings) -> None:
        self.counters = BrokerCounters()
        self._settings = settings
        self._stand_stills = StandStills(settings, self.counters)
        self._client: aiomqtt.Client | None = None

    @property
    def connected(self) -> bool:
        """Whether the subscription stands."""
        return self._client is not None

    async def serve(self, sink: Sink) -> None:
        """See Intake."""
        await reconnect_forever(lambda: self._serve_once(sink), self._settings, self.counters)

    async def send(self, client: str, payload: bytes) -> bool:
        """See Intake. Waits for the broker's PUBACK no longer than it takes to hand the message over."""
        sent = False
        if self._client is not None:
            result = _inner(self._client).publish(down(client, self._settings.prefix), payload, qos=1)
            sent = result.rc == 0
        if sent:
            self.counters.down_sent += 1
        else:
            self.counters.down_dropped += 1
        return sent

    def _new_client(self) -> aiomqtt.Client:
        settings = self._settings
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho leaves it unannotated
        properties.SessionExpiryInterval = settings.session_expiry_s
        properties.ReceiveMaximum = settings.receive_max
        properties.MaximumPacketSize = settings.max_packet_bytes
        client = aiomqtt.Client(
            settings.host,
            settings.port,
            identifier=settings.client_id,
            username=settings.username,
            password=settings.password,
            protocol=aiomqtt.ProtocolVersion.V5,
            tls_context=settings.tls,
            clean_start=self._stand_stills.want_new_session,
            properties=properties,
            keepalive=settings.keep_alive_s,
            timeout=settings.connect_timeout_s,
            max_queued_outgoing_messages=settings.down_queue,
        )
        _inner(client).manual_ack_set(on=True)
        return client

    async def _serve_once(self, sink: Sink) -> None:
        lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        inbox: Inbox[Arrived] = Inbox(self._settings.inbox_messages, _INBOX_BYTES)
        async with self._connection() as client:
            self.counters.connects += 1
            self._client = client
            watch = SessionWatch(self._stand_stills)
            _tell_refusals(client, watch)
            reader = asyncio.ensure_future(self._read(client, inbox, lost, watch))
            try:
                await commit_until_lost(
                    inbox,
                    sink,
                    settings=self._settings,
                    counters=self.counters,
                    lost=lost,
                    stands_still=watch.until_stand_still(lambda payload: self._send_canary(client, payload)),
                    done=lambda _: None,
                )
            finally:
                self._client = None
                reader.cancel()
                await asyncio.wait({reader})

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[aiomqtt.Client]:
        """A client whose subscription stands. Raises BrokerLost."""
        async with AsyncExitStack() as leaving:
            try:
                client = self._new_client()
                await client.__aenter__()
                leaving.push_async_callback(_leave, client)
                up, canary = await client.subscribe(
                    [(every_up(self._settings.prefix), 1), (self._stand_stills.topic, 1)]
                )
                if isinstance(up, ReasonCode) and up.is_failure:
                    raise BrokerLost(f"subscription refused: {up}")
                if isinstance(canary, ReasonCode) and canary.is_failure:
                    self._stand_stills.do_not_pass(str(canary))
            except (OSError, ValueError, aiomqtt.MqttError, BrokerLost) as error:
                self.counters.connect_failures += 1
                raise BrokerLost(str(error)) from error
            yield client

    def _send_canary(self, client: aiomqtt.Client, payload: bytes) -> int | None:
        sent = _inner(client).publish(self._stand_stills.topic, payload, qos=1)
        return sent.mid if sent.rc == 0 else None

    async def _read(
        self, client: aiomqtt.Client, inbox: Inbox[Arrived], lost: asyncio.Future[str], watch: SessionWatch
    ) -> None:
        """Move messages to the inbox until the connection ends."""
        paho, why = _inner(client), "nothing reads it any more"
        try:
            async for message in client.messages:
                await self._arrive(message, paho, inbox, watch)
        except aiomqtt.MqttError as error:
            why = str(error)
        finally:
            lost.set_result(why)

    async def _arrive(self, message: aiomqtt.Message, paho: Client, inbox: Inbox[Arrived], watch: SessionWatch) -> None:
        topic, packet_id, qos = str(message.topic), message.mid, message.qos
        name, payload = client_of_up(topic, self._settings.prefix), message.payload

        def acknowledge() -> None:
            if qos:
                paho.ack(packet_id, qos)
            watch.answered()

        watch.arrived()
        if topic == self._stand_stills.topic and isinstance(payload, bytes):
            acknowledge()
            watch.returned(payload)
        elif name is None or not isinstance(payload, bytes):
            self.counters.foreign_topic += 1
            acknowledge()
        else:
            delivery = Delivery(name, topic, payload, told_beside(message.properties))
            await inbox.put(Arrived(delivery, acknowledge), len(payload))
