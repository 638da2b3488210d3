"""Who may have a socket to the HTTP side: so many in all, so many from one address, and nobody for doing nothing.

Whoever opens sockets and says nothing must not keep others out. So a full house makes room for a new connection by
dropping one whose peer is being waited for: of the address that has most sockets, the one that has kept us waiting
longest. A connection whose request is being answered is never dropped for another. No IO but `drop`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from tally_gateway.http.counters import HttpCounters
from tally_gateway.intake.admission import address_key


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """Bounds on connections and on their peers' time."""

    sockets: int = 128
    """In all; each has at most one request under way, so it bounds those too. Proofs share the log's thread with the
    commits, and 128 of them take it a fraction of a second."""
    sockets_per_address: int = 32
    """A quarter of the house: more than a browser or a mirror opens. A reverse proxy on this machine stands for
    everybody, so loopback is bounded by `sockets` alone."""
    request_s: int = 15
    """For TLS, and again for a complete request head, however it trickles in."""
    stall_s: int = 20
    """For a request's body, and for an answer to be taken, on top of what `bytes_per_s` allows for its size."""
    bytes_per_s: int = 1024
    """A slow mobile line gives several times that."""
    look_every_s: float = 1.0


class Visitor(Protocol):
    """A connection, as the door sees it."""

    @property
    def address(self) -> str:
        """What counts as one address (`address_key`)."""
        ...

    def waited_s(self, now_s: float) -> float | None:
        """How long its peer has kept us waiting; None while its request is being answered."""
        ...

    def overdue(self, now_s: float) -> bool:
        """Whether the peer has had all the time it gets."""
        ...

    def drop(self) -> None:
        """Close it now."""
        ...


class Door:
    """The connections that are open, and the decision who is let in."""

    def __init__(self, limits: HttpLimits, counters: HttpCounters) -> None:
        self._limits, self._counters = limits, counters
        self._inside: set[Visitor] = set()

    def __len__(self) -> int:
        """Connections open now."""
        return len(self._inside)

    def enter(self, visitor: Visitor, now_s: float) -> bool:
        """Let `visitor` in, at another's cost where it must be. False: there is no room, and nothing was done."""
        self._counters.connections += 1
        company = [other for other in self._inside if other.address == visitor.address]
        crowd: Iterable[Visitor] | None = None
        if not _is_loopback(visitor.address) and len(company) >= self._limits.sockets_per_address:
            crowd = company
        elif len(self._inside) >= self._limits.sockets:
            crowd = self._inside
        if crowd is not None:
            idle = self._idlest(crowd, now_s)
            if idle is None:
                self._counters.refused += 1
                return False
            self._counters.pushed_out += 1
            self._throw_out(idle)
        self._inside.add(visitor)
        return True

    def leave(self, visitor: Visitor) -> None:
        """`visitor` has gone."""
        self._inside.discard(visitor)

    def look(self, now_s: float) -> None:
        """Drop those whose peers have had their time."""
        for visitor in list(self._inside):
            if visitor.overdue(now_s):
                self._counters.overdue += 1
                self._throw_out(visitor)

    def drop_all(self) -> None:
        """Drop everybody: the end."""
        for visitor in list(self._inside):
            self._throw_out(visitor)

    def _throw_out(self, visitor: Visitor) -> None:
        self._inside.discard(visitor)
        visitor.drop()

    def _idlest(self, crowd: Iterable[Visitor], now_s: float) -> Visitor | None:
        sockets = Counter(other.address for other in self._inside)
        waited = [(sockets[one.address], seconds, one) for one in crowd if (seconds := one.waited_s(now_s)) is not None]
        return max(waited, key=lambda found: found[:2])[2] if waited else None


_LOOPBACK_6 = address_key("::1")


def _is_loopback(address: str) -> bool:
    return address.startswith("127.") or address == _LOOPBACK_6
