"""A paho client that records what it is told, sinks, raw sockets, and waiting for something to become true."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from tally_edge.newest_told import NEWEST_SEQ
from tally_gateway.errors import SinkUnavailable
from tally_gateway.intake.interface import MAX_UNDER_WAY, Delivery, Outcome


async def eventually(holds: Callable[[], bool], within_s: float = 60.0) -> None:
    """Return once `holds()` is true; fail after `within_s`."""
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, "it never became true"
        await asyncio.sleep(0.02)


class ListSink:
    """Keeps everything; outcomes by a rule; can be held, be unavailable, or break."""

    def __init__(self, rule: Callable[[Delivery], Outcome] = lambda _: Outcome.COMMITTED) -> None:
        self.rule = rule
        self.batches: list[list[Delivery]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.unavailable = 0
        self.broken: Exception | None = None
        self.running = 0
        self.overlaps = 0
        """Calls beyond the number that the contract allows at a time."""

    @property
    def deliveries(self) -> list[Delivery]:
        return [delivery for batch in self.batches for delivery in batch]

    @property
    def payloads(self) -> list[bytes]:
        return [delivery.payload for delivery in self.deliveries]

    async def deliver(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        self.overlaps += self.running >= MAX_UNDER_WAY
        self.running += 1
        try:
            await self.gate.wait()
            if self.broken is not None:
                raise self.broken
            if self.unavailable:
                self.unavailable -= 1
                raise SinkUnavailable("told to be")
            self.batches.append(list(deliveries))
            return [self.rule(delivery) for delivery in deliveries]
        finally:
            self.running -= 1


class Recorder:
    """A paho client (its own thread) that writes down every answer."""

    def __init__(
        self,
        name: str,
        token: str,
        tls: ssl.SSLContext | None = None,
        *,
        protocol: MQTTProtocolVersion = MQTTProtocolVersion.MQTTv5,
        client_id: str | None = None,
    ) -> None:
        self.connacks: list[int] = []
        self.pubacks: dict[int, int] = {}
        self.subacks: list[int] = []
        self.downs: list[tuple[str, bytes]] = []
        self.disconnects: list[int] = []
        self.connect_properties: Any = None
        self.client = client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=name if client_id is None else client_id,
            protocol=protocol,
            reconnect_on_failure=False,
        )
        client.username_pw_set(name, token)
        if tls is not None:
            client.tls_set_context(tls)
        client.on_connect = self._on_connect
        client.on_publish = lambda _c, _d, mid, reason, _p: self.pubacks.update({mid: int(reason.value)})
        client.on_subscribe = lambda _c, _d, _mid, reasons, _p: self.subacks.extend(int(r.value) for r in reasons)
        client.on_message = lambda _c, _d, message: self.downs.append((message.topic, bytes(message.payload)))
        client.on_disconnect = lambda _c, _d, _f, reason, _p: self.disconnects.append(int(reason.value))

    def _on_connect(self, _client: Client, _data: object, _flags: object, reason: Any, properties: Any) -> None:
        self.connect_properties = properties
        self.connacks.append(int(reason.value))

    async def connect(self, port: int, host: str = "127.0.0.1", keepalive: int = 60) -> Recorder:
        await asyncio.to_thread(self.client.connect, host, port, keepalive)
        self.client.loop_start()
        await eventually(lambda: bool(self.connacks) or bool(self.disconnects))
        return self

    def publish(self, payload: bytes, topic: str | None = None, qos: int = 1, newest: str | None = None) -> int:
        name, beside = self.client._client_id.decode(), None
        if newest is not None:
            beside = Properties(PacketTypes.PUBLISH)
            beside.UserProperty = [("other", "x"), (NEWEST_SEQ, newest)]
        return self.client.publish(topic or f"tally/1/{name}/up", payload, qos=qos, properties=beside).mid

    async def close(self) -> None:
        self.client.disconnect()
        await asyncio.to_thread(self.client.loop_stop)
        self.client.reinitialise()  # closes its wake-up sockets


def recv_until_closed(sock: socket.socket, within_s: float = 5.0) -> bytes:
    """Everything the peer sends until it closes."""
    sock.settimeout(within_s)
    received = b""
    try:
        while chunk := sock.recv(4096):
            received += chunk
    except ConnectionError:
        pass
    return received


def resident_bytes() -> int:
    """This process's resident memory."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * 4096
