"""The first entry of a log: who it is, under which keys, and what it continues. Verdict-critical: no IO."""

from __future__ import annotations

from dataclasses import dataclass

from tally_edge.wire import COUNT, DIGEST, TIME, nested, octets, text, wire


@dataclass(frozen=True, slots=True)
class Predecessor:
    """The last anchored head of the log that this one continues after a loss."""

    log_id: bytes = wire(1, DIGEST)
    size: int = wire(2, COUNT)
    root: bytes = wire(3, DIGEST)


@dataclass(frozen=True, slots=True)
class LogOpening:
    """Kind log-opening, signed by the proof key. `checkpoint_key` is a C2SP verifier key line."""

    log_id: bytes = wire(1, DIGEST)
    origin: str = wire(2, text(255))
    checkpoint_key: str = wire(3, text(400))
    proof_key: bytes = wire(4, octets(1, 128))
    opened_at: int = wire(5, TIME)
    predecessor: Predecessor | None = wire(6, nested(Predecessor), optional=True)
