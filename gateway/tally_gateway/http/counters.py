"""What the HTTP side counts. Nothing that strangers do is logged, so they cannot fill a disk with log lines."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class HttpCounters:
    """Counted since the service started, by its event loop."""

    connections: int = 0
    """Sockets accepted, refused ones included."""
    overdue: int = 0
    """Connections dropped because their peer took too long: over TLS, a request, or an answer."""
    pushed_out: int = 0
    """Connections dropped while their peer was waited for, to make room for a new one."""
    refused: int = 0
    """Sockets closed at once: no room, and every other connection had a request under way."""
    over_rate: int = 0
    """Requests answered 429."""
