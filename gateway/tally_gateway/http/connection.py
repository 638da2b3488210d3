"""One connection: uvicorn's HTTP/1.1, and a clock on what its peer owes.

uvicorn has a deadline for a connection between two requests and for nothing else. Here the peer is given a time for
TLS, for a whole request head, for a body and for taking its answer; time that the gateway needs itself does not count.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable
from enum import Enum

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from tally_gateway.http.door import HttpLimits


class Owed(Enum):
    """What the peer is waited for."""

    HANDSHAKE = "handshake"
    HEAD = "head"
    """The head of its first or next request."""
    BODY = "body"
    """The rest of its request."""
    TAKING = "taking"
    """That it takes the answer."""


class Connection(H11Protocol):
    """A Visitor (see http.door)."""

    def __init__(
        self,
        config: uvicorn.Config,
        state: ServerState,
        accepted: tuple[socket.socket, str],
        limits: HttpLimits,
        on_lost: Callable[[Connection], None],
    ) -> None:
        """`accepted` is the socket and what counts as its address."""
        super().__init__(config, state, {})
        self._socket, self.address = accepted
        self._limits, self._on_lost = limits, on_lost
        self._received_bytes = 0
        # What is owed, since which moment, and how much had been received, or was unsent, then.
        self._owed: tuple[Owed, object] | None = (Owed.HANDSHAKE, None)
        self._since_s = self.loop.time()
        self._mark_bytes = 0

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        self._received_bytes += len(data)
        super().data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio.Protocol."""
        super().connection_lost(exc)
        self._on_lost(self)

    def timeout_keep_alive_handler(self) -> None:
        """A peer that still takes its last answer is not idle; under TLS, closing would cut it off."""
        if not self._unsent_bytes():
            super().timeout_keep_alive_handler()

    def waited_s(self, now_s: float) -> float | None:
        """See Visitor."""
        owed = self._owes()
        if owed != self._owed:
            self._owed, self._since_s = owed, now_s
            self._mark_bytes = self._moved_bytes(owed)
        return None if owed is None else now_s - self._since_s

    def overdue(self, now_s: float) -> bool:
        """See Visitor."""
        waited = self.waited_s(now_s)
        if waited is None or self._owed is None:
            return False
        if self._owed[0] in (Owed.HANDSHAKE, Owed.HEAD):
            return waited > self._limits.request_s
        moved = self._moved_bytes(self._owed) - self._mark_bytes
        return waited > self._limits.stall_s + max(0, moved) / self._limits.bytes_per_s

    def drop(self) -> None:
        """See Visitor. During TLS there is no transport of ours yet; the end of the socket ends the handshake."""
        if self.transport is not None:
            self.transport.abort()
        else:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def _owes(self) -> tuple[Owed, object] | None:
        """What the peer owes now, and for which request; None while the gateway is at work."""
        if self.transport is None:
            return Owed.HANDSHAKE, None
        if self._unsent_bytes():
            return Owed.TAKING, self.cycle
        if self.cycle is None or self.cycle.response_complete:
            return Owed.HEAD, self.cycle
        return (Owed.BODY, self.cycle) if self.cycle.more_body else None

    def _moved_bytes(self, owed: tuple[Owed, object] | None) -> int:
        """Grows with what the peer does of what it owes."""
        return -self._unsent_bytes() if owed is not None and owed[0] is Owed.TAKING else self._received_bytes

    def _unsent_bytes(self) -> int:
        """Bytes of answers that the peer has not taken. A TLS transport that is closing has its own deadline."""
        if self.transport is None or (self.scheme == "https" and self.transport.is_closing()):
            return 0
        return self.transport.get_write_buffer_size()
