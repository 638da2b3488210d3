"""The agent's publisher: MQTT 5 over TLS, QoS 1, bounded in flight, reconnecting with back-off and jitter.

The uplink keeps nothing. The outbox does: an entry is done only when its confirmation comes on the down topic, never
on PUBACK, because brokers lose what they acknowledged when they are killed. PUBACK only frees a place in the window.
"""

from __future__ import annotations

import logging
import queue
import random
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from tally_edge import newest_told
from tally_edge.errors import ConfigError

_LOG = logging.getLogger(__name__)

SUCCESS = 0x00
NO_MATCHING_SUBSCRIBERS = 0x10
"""A broker took the message and gave it to nobody, because no gateway has subscribed yet. It is not delivered."""
QUOTA_EXCEEDED = 0x97
PAYLOAD_FORMAT_INVALID = 0x99
CONNECTION_LOST = -1
"""Not a code of MQTT: the connection ended before PUBACK came. The message may have been stored, or not."""

_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_MAX_NAME_LENGTH = 64
_NAME_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")


def delivered(reason: int) -> bool:
    """Whether a PUBACK reason means that somebody has the message. 0x10 (nobody was listening) and every error do
    not."""
    return reason == SUCCESS


@dataclass(frozen=True, slots=True)
class UplinkSettings:
    """Where to publish, as whom, and how patiently."""

    host: str
    port: int
    name: str
    """Transport name: MQTT user name, client id and the `<client>` of the topics. 1 to 64 of a-z, 0-9 and '-'."""
    token: str
    """The MQTT password, as `tallystick gateway` printed it."""
    tls: ssl.SSLContext | None = None
    """See `tally_edge.pinned_tls.client_context`. None only towards the loopback address."""
    prefix: str = "tally/1"
    window: int = 32
    """Messages without PUBACK; the gateway's own limit, when lower, applies."""
    max_payload_bytes: int = (256 << 10) - 256
    """The gateway's listener accepts packets of 256 KiB; topic and header need less than 256 bytes of that."""
    keep_alive_s: int = 60
    session_expiry_s: int = 7 * 24 * 3600
    """How long a broker keeps confirmations for an agent that is away. The gateway's own listener keeps none."""
    connect_timeout_s: float = 10.0
    first_wait_s: float = 1.0
    longest_wait_s: float = 120.0
    """Back-off doubles from the first to the longest, and each wait is drawn between 0 and that (full jitter), so
    that a thousand agents do not come back in the same second after an outage."""

    def __post_init__(self) -> None:
        if not 1 <= len(self.name) <= _MAX_NAME_LENGTH or set(self.name) - _NAME_CHARACTERS:
            raise ConfigError(f"transport name {self.name!r} is not 1 to 64 of a-z, 0-9 and '-'")
        if self.tls is None and self.host not in _LOOPBACK:
            raise ConfigError(f"publishing to {self.host} needs TLS: the token would cross the network in the clear")
        if not 1 <= self.window <= 65535:
            raise ConfigError("the window is between 1 and 65535 messages")


class UplinkListener(Protocol):
    """Told what happens. Called one at a time from the uplink's own thread, with no lock held; it must not block for
    long."""

    def on_state(self, connected: bool) -> None:
        """Subscribed and able to publish, or not any more."""

    def on_puback(self, token: int, reason: int) -> None:
        """The one answer to each publish that returned True; `delivered(reason)` tells what it means."""

    def on_down(self, client: str, payload: bytes) -> None:
        """A message on the client's down topic. Unauthenticated: check what is signed in it."""


@dataclass(frozen=True, slots=True)
class _Acked:
    mid: int
    reason: int


@dataclass(frozen=True, slots=True)
class _Down:
    payload: bytes


@dataclass(frozen=True, slots=True)
class _Ready:
    receive_max: int


@dataclass(frozen=True, slots=True)
class _Ended:
    why: str


_Event = _Acked | _Down | _Ready | _Ended


def _beside(newest: int | None) -> Properties | None:
    if newest is None:
        return None
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]  # paho leaves it unannotated
    properties.UserProperty = newest_told.told(newest)
    return properties


def backoff_s(attempt: int, settings: UplinkSettings, chance: Callable[[], float] = random.random) -> float:
    """The wait before connection attempt `attempt` (0 is the first repeat): full jitter over a doubling bound."""
    bound = min(settings.longest_wait_s, settings.first_wait_s * 2.0 ** min(attempt, 30))
    return bound * chance()


class Uplink:
    """Publishes for one agent. `publish` may be called from any thread; everything else happens in the uplink's own.

    A new MQTT client is made for every connection: what was in flight on the old one is reported as CONNECTION_LOST
    instead of being sent again behind the outbox's back, and packet identifiers of two connections are never mixed up.
    """

    def __init__(self, settings: UplinkSettings, listener: UplinkListener) -> None:
        self._settings, self._listener = settings, listener
        self._up = f"{settings.prefix}/{settings.name}/up"
        self._down = f"{settings.prefix}/{settings.name}/down"
        self._lock = threading.Lock()
        self._client: Client | None = None  # set only while publishing is possible
        self._tokens: dict[int, int] = {}
        self._window = settings.window
        self._stop = threading.Event()
        self._events: queue.SimpleQueue[_Event] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self.last_error = ""
        """Why the last connection ended or failed, for the status page."""

    @property
    def connected(self) -> bool:
        """Whether publishing is possible now."""
        return self._client is not None

    def start(self) -> None:
        """Begin to connect, in the background."""
        if self._thread is not None:
            raise ConfigError("the uplink has been started already")
        self._thread = threading.Thread(target=self._run, name="tally-uplink", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Disconnect and end; returns when no more callbacks come. What is in flight is reported as CONNECTION_LOST."""
        self._stop.set()
        self._events.put(_Ended("stopped"))
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def publish(self, token: int, client: str, payload: bytes, newest: int | None = None) -> bool:
        """Send `payload` on the client's up topic; `on_puback(token, ...)` answers. False: not connected, or the
        window is full. `newest`: see newest_told; None beside what is no statement of a stream.

        Raises ConfigError: not this uplink's client, or a payload that the gateway could never accept.
        """
        if client != self._settings.name:
            raise ConfigError(f"this uplink publishes for {self._settings.name}, not for {client}")
        if len(payload) > self._settings.max_payload_bytes:
            raise ConfigError(f"{len(payload)} bytes, {self._settings.max_payload_bytes} can be sent")
        with self._lock:
            if self._client is None or len(self._tokens) >= self._window:
                return False
            sent = self._client.publish(self._up, payload, qos=1, properties=_beside(newest))
            # Without a connection paho still queues the message; its fate is then reported with the connection's.
            if sent.rc not in (MQTTErrorCode.MQTT_ERR_SUCCESS, MQTTErrorCode.MQTT_ERR_NO_CONN):
                return False
            self._tokens[sent.mid] = token
            return True

    def _run(self) -> None:
        attempt = 0
        while not self._stop.is_set():
            if self._one_connection():
                attempt = 0
            if self._stop.wait(backoff_s(attempt, self._settings)):
                return
            attempt += 1

    def _one_connection(self) -> bool:
        """Connect, serve until the connection ends, clean up. Returns whether publishing was ever possible."""
        events: queue.SimpleQueue[_Event] = queue.SimpleQueue()
        self._events = events
        if self._stop.is_set():
            return False
        client = self._new_client(events)
        ready = False
        try:
            client.connect(
                self._settings.host,
                self._settings.port,
                keepalive=self._settings.keep_alive_s,
                clean_start=False,
                properties=self._connect_properties(),
            )
            client.loop_start()
            ready = self._serve(client, events)
        except (OSError, ValueError) as error:
            self._note(f"cannot connect: {error}")
        finally:
            client.disconnect()
            client.loop_stop()
            self._forget(ready=ready, events=events)
            client.reinitialise()  # closes paho's wake-up sockets now; the garbage collector would find them in a cycle
        return ready

    def _serve(self, client: Client, events: queue.SimpleQueue[_Event]) -> bool:
        """Hand out events until the connection ends. The first must come within the connect timeout."""
        ready = False
        while not self._stop.is_set():
            try:
                event = events.get(timeout=None if ready else self._settings.connect_timeout_s)
            except queue.Empty:
                self._note("no answer to CONNECT and SUBSCRIBE")
                return ready
            match event:
                case _Ready(receive_max):
                    ready = True
                    with self._lock:
                        self._window = min(self._settings.window, receive_max)
                        self._client = client
                    self._listener.on_state(connected=True)
                case _Ended(why):
                    self._note(why)
                    return ready
                case _:
                    self._hand_out(event)
        return ready

    def _hand_out(self, event: _Acked | _Down) -> None:
        if isinstance(event, _Down):
            self._listener.on_down(self._settings.name, event.payload)
            return
        with self._lock:  # waits for a publish that has not written its token down yet
            token = self._tokens.pop(event.mid, None)
        if token is not None:
            self._listener.on_puback(token, event.reason)

    def _forget(self, *, ready: bool, events: queue.SimpleQueue[_Event]) -> None:
        """Report what came before the end, then what is lost with the connection, then the state."""
        with self._lock:
            self._client = None
        while not events.empty():
            event = events.get()
            if isinstance(event, (_Acked, _Down)):
                self._hand_out(event)
        with self._lock:
            lost = list(self._tokens.values())
            self._tokens.clear()
        for token in lost:
            self._listener.on_puback(token, CONNECTION_LOST)
        if ready:
            self._listener.on_state(connected=False)

    def _note(self, why: str) -> None:
        self.last_error = why
        _LOG.info("uplink %s: %s", self._settings.name, why)

    def _connect_properties(self) -> Properties:
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho leaves it unannotated
        properties.SessionExpiryInterval = self._settings.session_expiry_s
        return properties

    def _new_client(self, events: queue.SimpleQueue[_Event]) -> Client:
        """A paho client whose callbacks only queue events: they run under paho's locks, so they must not take ours."""
        settings = self._settings
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=settings.name,
            protocol=MQTTProtocolVersion.MQTTv5,
            reconnect_on_failure=False,
        )
        client.connect_timeout = settings.connect_timeout_s
        client.max_inflight_messages_set(settings.window)
        client.username_pw_set(settings.name, settings.token)
        if settings.tls is not None:
            client.tls_set_context(settings.tls)
        receive_max = 65535

        def on_connect(
            client: Client, _data: object, _flags: ConnectFlags, reason: ReasonCode, properties: Properties | None
        ) -> None:
            nonlocal receive_max
            if reason.is_failure:
                events.put(_Ended(f"refused: {reason}"))
                return
            receive_max = int(getattr(properties, "ReceiveMaximum", 65535))
            client.subscribe(self._down, qos=1)

        def on_subscribe(
            _client: Client, _data: object, _mid: int, reasons: list[ReasonCode], _properties: Properties | None
        ) -> None:
            refused = [str(reason) for reason in reasons if reason.is_failure]
            events.put(_Ended(f"subscription refused: {refused[0]}") if refused else _Ready(receive_max))

        def on_publish(
            _client: Client, _data: object, mid: int, reason: ReasonCode, _properties: Properties | None
        ) -> None:
            events.put(_Acked(mid, int(reason.value)))

        def on_message(_client: Client, _data: object, message: MQTTMessage) -> None:
            if message.topic == self._down:
                events.put(_Down(bytes(message.payload)))

        def on_disconnect(
            _client: Client,
            _data: object,
            _flags: DisconnectFlags,
            reason: ReasonCode,
            _properties: Properties | None,
        ) -> None:
            events.put(_Ended(f"disconnected: {reason}"))

        client.on_connect = on_connect
        client.on_subscribe = on_subscribe
        client.on_publish = on_publish
        client.on_message = on_message
        client.on_disconnect = on_disconnect
        return client
