"""What goes into the log and what comes back."""

from __future__ import annotations

from dataclasses import dataclass

from tally_edge.proof import HeadSignature

COUNTED_ONLY = -1
"""`Place.index` of a statement that is the third or a later one at its (kid, seq): not stored, only counted."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A verified statement: its key's id (32 bytes), its seq (None: it stands alone), its encoding."""

    kid: bytes
    seq: int | None
    encoded: bytes


@dataclass(frozen=True, slots=True)
class Place:
    """Where a statement stands. `duplicate`: the same bytes stood there already, under this index."""

    index: int
    duplicate: bool


@dataclass(frozen=True, slots=True)
class Head:
    """A sealed head: size, root (32 bytes), the signed checkpoint, the proof key's signature, Unix seconds."""

    size: int
    root: bytes
    checkpoint: bytes
    signed: HeadSignature
    at: int


@dataclass(frozen=True, slots=True)
class Fork:
    """Two statements of one key in one place: both indexes, and how many offers of a further one were only counted."""

    kid: bytes
    seq: int
    first: int
    second: int
    further: int
