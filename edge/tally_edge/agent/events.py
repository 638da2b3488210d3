"""What comes from the transport's thread into the agent's: a queue, bounded by forgetting what is repeated anyway."""

from __future__ import annotations

import queue
from dataclasses import dataclass
from typing import Final

MAX_EVENTS: Final = 10_000
"""Messages from below that wait. A confirmation that is dropped here comes again when its entries are sent again."""


@dataclass(frozen=True, slots=True)
class Connected:
    """Able to publish."""


@dataclass(frozen=True, slots=True)
class Disconnected:
    """Not able to publish any more."""


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """An answer to a publish."""

    token: int
    reason: int


@dataclass(frozen=True, slots=True)
class CameDown:
    """A message from the gateway."""

    payload: bytes


@dataclass(frozen=True, slots=True)
class Wake:
    """Look at the stop flag."""


Event = Connected | Disconnected | Acknowledged | CameDown | Wake


class EventQueue:
    """A `TransportListener` that only queues. `put` may be called from a signal handler too."""

    def __init__(self) -> None:
        """Empty."""
        self._queue: queue.SimpleQueue[Event] = queue.SimpleQueue()

    def on_state(self, connected: bool) -> None:
        """See `TransportListener`."""
        self._queue.put(Connected() if connected else Disconnected())

    def on_puback(self, token: int, reason: int) -> None:
        """See `TransportListener`."""
        self._queue.put(Acknowledged(token, reason))

    def on_down(self, client: str, payload: bytes) -> None:
        """See `TransportListener`. Dropped when the agent can not keep up."""
        del client  # one transport, one client
        if self._queue.qsize() < MAX_EVENTS:
            self._queue.put(CameDown(payload))

    def wake(self) -> None:
        """Let a waiting agent look around."""
        self._queue.put(Wake())

    def next(self, timeout_s: float) -> Event | None:
        """The next event; None after `timeout_s` without one."""
        try:
            return self._queue.get(timeout=timeout_s) if timeout_s > 0 else self._queue.get_nowait()
        except queue.Empty:
            return None
