"""From an external broker (Mosquitto, EMQX) by paho in its own thread, acknowledging by hand after the commit.

One paho client per connection. Its thread only appends to the event loop's inbox; when the inbox is full it blocks
there and so stops reading the socket.
"""

from __future__ import annotations

import asyncio
import threading

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
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

# The paho thread looks this often whether its connection is over while it waits for room.
_LOOK_S = 0.2
# The byte bound of the inbox follows from the two others.
_NO_BYTE_BOUND = 1 << 62


class _Connection:
    """One connection to the broker: its paho client, its inbox, and whether it has ended."""

    def __init__(self, settings: BrokerSettings, counters: BrokerCounters, watch: SessionWatch) -> None:
        self._settings, self._counters, self.watch = settings, counters, watch
        self._loop = asyncio.get_running_loop()
        self._room = threading.Semaphore(settings.inbox_messages)
        self._over = threading.Event()
        self._starting = threading.Lock()
        self.inbox: Inbox[Arrived] = Inbox(settings.inbox_messages, _NO_BYTE_BOUND)
        self.ready: asyncio.Future[None] = self._loop.create_future()
        self.lost: asyncio.Future[str] = self._loop.create_future()
        self.client = self._new_client()

    def open(self) -> None:
        """Connect and start paho's thread. Blocks; raises OSError."""
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho leaves it unannotated
        properties.SessionExpiryInterval = self._settings.session_expiry_s
        properties.ReceiveMaximum = self._settings.receive_max
        properties.MaximumPacketSize = self._settings.max_packet_bytes
        self.client.connect(
            self._settings.host,
            self._settings.port,
            keepalive=self._settings.keep_alive_s,
            clean_start=self.watch.stand_stills.want_new_session,
            properties=properties,
        )
        with self._starting:
            if self._over.is_set():  # told to close while connecting
                self.client.disconnect()
            else:
                self.client.loop_start()

    def close(self) -> None:
        """Disconnect and join paho's thread. Blocks. The broker keeps the session and what is not acknowledged."""
        self._over.set()
        with self._starting:
            self.client.disconnect()
            self.client.loop_stop()
            self.client.reinitialise()  # closes paho's wake-up sockets now, not when the garbage is collected

    def send_canary(self, payload: bytes) -> int | None:
        """Its packet identifier, None where paho did not take it."""
        sent = self.client.publish(self.watch.stand_stills.topic, payload, qos=1)
        return sent.mid if sent.rc == MQTTErrorCode.MQTT_ERR_SUCCESS else None

    def made_room(self, messages: int) -> None:
        """So many messages have been dealt with."""
        self._room.release(messages)

    def end(self, why: str) -> None:
        """On the event loop: the connection is over."""
        self._over.set()
        if not self.ready.done():
            self.ready.set_exception(BrokerLost(why))
        if not self.lost.done():
            self.lost.set_result(why)

    def _from_thread_end(self, why: str) -> None:
        self._loop.call_soon_threadsafe(self.end, why)

    def _become_ready(self) -> None:
        if not self.ready.done():
            self.ready.set_result(None)

    def _receive(self, message: MQTTMessage) -> None:
        """In paho's thread: wait for room, then hand over."""
        while not self._room.acquire(timeout=_LOOK_S):
            if self._over.is_set():
                return
        self._loop.call_soon_threadsafe(self._arrive, message)

    def _arrive(self, message: MQTTMessage) -> None:
        if message.dup:
            self._counters.redelivered += 1
        client, packet_id, qos = client_of_up(message.topic, self._settings.prefix), message.mid, message.qos
        if message.topic == self.watch.stand_stills.topic:
            self.made_room(1)
            self._acknowledge(packet_id, qos)
            self.watch.returned(bytes(message.payload))
            return
        self.watch.arrived()
        if client is None:
            self._counters.foreign_topic += 1
            self.made_room(1)
            self._answer(packet_id, qos)
            return
        delivery = Delivery(client, message.topic, bytes(message.payload), told_beside(message.properties))
        self.inbox.put_now(Arrived(delivery, lambda: self._answer(packet_id, qos)), len(delivery.payload))

    def _answer(self, packet_id: int, qos: int) -> None:
        self._acknowledge(packet_id, qos)
        self.watch.answered()

    def _acknowledge(self, packet_id: int, qos: int) -> None:
        if qos and not self._over.is_set():
            self.client.ack(packet_id, qos)

    def _new_client(self) -> Client:
        settings = self._settings
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=settings.client_id,
            protocol=MQTTProtocolVersion.MQTTv5,
            reconnect_on_failure=False,
            manual_ack=True,
        )
        client.connect_timeout = settings.connect_timeout_s
        client.max_queued_messages_set(settings.down_queue)
        client.username_pw_set(settings.username, settings.password)
        if settings.tls is not None:
            client.tls_set_context(settings.tls)
        # All callbacks stand before connect: a session that is resumed delivers at once, and what meets no callback
        # is never acknowledged.
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        client.on_disconnect = self._on_disconnect
        client.on_publish = self._on_publish
        return client

    def _on_connect(
        self, client: Client, _data: object, _flags: ConnectFlags, reason: ReasonCode, _properties: Properties | None
    ) -> None:
        if reason.is_failure:
            self._from_thread_end(f"refused: {reason}")
        else:
            client.subscribe([(every_up(self._settings.prefix), 1), (self.watch.stand_stills.topic, 1)])

    def _on_subscribe(
        self, _client: Client, _data: object, _mid: int, reasons: list[ReasonCode], _properties: Properties | None
    ) -> None:
        if reasons[0].is_failure:
            self._from_thread_end(f"subscription refused: {reasons[0]}")
        else:
            if reasons[-1].is_failure:
                self._loop.call_soon_threadsafe(self.watch.stand_stills.do_not_pass, str(reasons[-1]))
            self._loop.call_soon_threadsafe(self._become_ready)

    def _on_message(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        self._receive(message)

    def _on_publish(
        self, _client: Client, _data: object, packet_id: int, reason: ReasonCode, _properties: Properties
    ) -> None:
        if reason.is_failure and not self._over.is_set():
            self._loop.call_soon_threadsafe(self.watch.refused, packet_id, str(reason))

    def _on_disconnect(
        self,
        _client: Client,
        _data: object,
        _flags: DisconnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        # After close() nobody waits for this, and the loop may be gone.
        if not self._over.is_set():
            self._from_thread_end(f"disconnected: {reason}")


class BrokerIntake:
    """An Intake (see intake.interface)."""

    def __init__(self, settings: BrokerSettings) -> None:
        self.counters = BrokerCounters()
        self._settings = settings
        self._stand_stills = StandStills(settings, self.counters)
        self._connection: _Connection | None = None

    @property
    def connected(self) -> bool:
        """Whether the subscription stands."""
        return self._connection is not None

    async def serve(self, sink: Sink) -> None:
        """See Intake."""
        await reconnect_forever(lambda: self._serve_once(sink), self._settings, self.counters)

    async def send(self, client: str, payload: bytes) -> bool:
        """See Intake. The broker does not tell in time whether the client is there: True means that paho took it."""
        connection = self._connection
        sent = connection is not None and (
            connection.client.publish(down(client, self._settings.prefix), payload, qos=1).rc
            == MQTTErrorCode.MQTT_ERR_SUCCESS
        )
        if sent:
            self.counters.down_sent += 1
        else:
            self.counters.down_dropped += 1
        return sent

    async def _serve_once(self, sink: Sink) -> None:
        connection = _Connection(self._settings, self.counters, SessionWatch(self._stand_stills))
        try:
            try:
                await asyncio.to_thread(connection.open)
                async with asyncio.timeout(self._settings.connect_timeout_s):
                    await connection.ready
            except (OSError, ValueError, BrokerLost) as error:
                self.counters.connect_failures += 1
                raise BrokerLost(str(error)) from error
            self.counters.connects += 1
            self._connection = connection
            await commit_until_lost(
                connection.inbox,
                sink,
                settings=self._settings,
                counters=self.counters,
                lost=connection.lost,
                stands_still=connection.watch.until_stand_still(connection.send_canary),
                done=connection.made_room,
            )
        finally:
            self._connection = None
            connection.end("closed")
            await asyncio.shield(asyncio.to_thread(connection.close))
            if connection.ready.done() and not connection.ready.cancelled():
                connection.ready.exception()
