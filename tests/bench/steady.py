"""Clients that publish at a steady rate over MQTT and TLS, and write down when they hear what.

A time counts from the moment at which a statement was due, not from when it could be sent: a publisher that is held up
would otherwise leave out the very waits that are to be measured.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from tally_edge.agent.uplink import Uplink, UplinkSettings

PER_CLIENT_PER_S = 100
"""Half of what the listener allows one client."""
_WINDOW = 200
_RETRY_S = 0.002
_CONNECT_S = 20.0


@dataclass
class Client:
    """An uplink and what it heard. The lists belong to the uplink's thread."""

    name: str
    connected: threading.Event = field(default_factory=threading.Event)
    acknowledged: dict[int, tuple[float, int]] = field(default_factory=dict)
    """Token: when, and the reason code."""
    heard: list[tuple[float, bytes]] = field(default_factory=list)
    """When, and the message on the down topic."""

    def open(self, token: str, port: int, tls: ssl.SSLContext) -> Uplink:
        """Connect."""
        uplink = Uplink(UplinkSettings("127.0.0.1", port, self.name, token, tls=tls, window=_WINDOW), self)
        uplink.start()
        assert self.connected.wait(_CONNECT_S), uplink.last_error
        return uplink

    def on_state(self, connected: bool) -> None:
        """See UplinkListener."""
        if connected:
            self.connected.set()

    def on_puback(self, token: int, reason: int) -> None:
        """See UplinkListener."""
        self.acknowledged[token] = time.monotonic(), reason

    def on_down(self, client: str, payload: bytes) -> None:
        """See UplinkListener."""
        self.heard.append((time.monotonic(), payload))


@dataclass(frozen=True, slots=True)
class Published:
    """When each message was due, when it was acknowledged, and how long publishing took in all."""

    due: list[float]
    acknowledged: list[float]
    seconds: float


def publish(
    uplinks: Sequence[Uplink], clients: Sequence[Client], messages: Sequence[tuple[int, bytes]], rate: float
) -> Published:
    """Publish (client's number, payload) at `rate` a second; returns when all are acknowledged. None may be refused."""
    start = time.monotonic()
    due = [start + number / rate for number in range(len(messages))]
    for token, (number, payload) in enumerate(messages):
        wait_s = due[token] - time.monotonic()
        if wait_s > 0:
            time.sleep(wait_s)
        while not uplinks[number].publish(token, clients[number].name, payload):
            time.sleep(_RETRY_S)
    sent = time.monotonic()
    acknowledged = []
    for token, (number, _) in enumerate(messages):
        heard = clients[number].acknowledged
        while token not in heard:
            assert time.monotonic() < sent + _CONNECT_S, "an acknowledgement never came"
            time.sleep(0.01)
        at, reason = heard[token]
        assert reason == 0, f"refused with {reason:#x}"
        acknowledged.append(at)
    return Published(due, acknowledged, sent - start)
