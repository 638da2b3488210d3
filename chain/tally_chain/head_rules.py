"""Which heads a log of heads takes, and what must hold of a head that stands in one. Verdict-critical: no IO.

`judge`, for an aggregator, in this order:

    1  the log is registered: origin and kid are those of the registration
    2  the proof key signed the head
    3  a head that is held already keeps its place, under whatever signature; another root at its size is a fork
    4  it is larger than the newest head held
    5  an RFC 9162 consistency path leads from that one to it; the first head of a log needs none

`check_standing`, for whoever is shown a head's place: the proof is the aggregator's, and of this very entry.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tally_chain import tree
from tally_chain.errors import HeadRefusal, HeadRefusedError, TreeError
from tally_chain.head_entry import HeadEntry
from tally_edge.errors import CoseError, SignatureError
from tally_edge.keys import PublicKey
from tally_edge.proof import Proof


@dataclass(frozen=True, slots=True)
class KnownLog:
    """A log whose heads may be taken."""

    origin: str
    proof_key: PublicKey


@dataclass(frozen=True, slots=True)
class HeldHead:
    """A head that stands in the log of heads, and where."""

    index: int
    entry: HeadEntry

    @property
    def size(self) -> int:
        """The tree size that it names."""
        return self.entry.head.size


def judge(
    entry: HeadEntry,
    path: Sequence[bytes],
    known: KnownLog,
    newest: HeldHead | None,
    held_at: Callable[[int], HeldHead | None],
) -> int | None:
    """The place of a head that is held already, or None for one that is to be appended. Raises HeadRefusedError.

    `newest` is the largest head held of the log, `held_at` finds one by its size.
    """
    head = entry.head
    if (head.origin, head.kid) != (known.origin, known.proof_key.kid):
        raise HeadRefusedError(HeadRefusal.UNREGISTERED, f"it is a head of {head.origin}, or of another key")
    try:
        entry.verify(known.proof_key)
    except SignatureError as error:
        raise HeadRefusedError(HeadRefusal.SIGNATURE, str(error)) from None
    if newest is None:
        return None
    if head.size <= newest.size:
        same = newest if head.size == newest.size else held_at(head.size)
        if same is None:
            text = f"size {head.size} is behind {newest.size}, the newest head held"
            raise HeadRefusedError(HeadRefusal.BEHIND, text)
        if same.entry.root != entry.root:
            text = f"at size {head.size} the root {same.entry.root.hex()} is held, under a signature of the same key"
            raise HeadRefusedError(HeadRefusal.FORK, text)
        return same.index
    try:
        tree.verify_consistency(newest.size, newest.entry.root, head.size, entry.root, path)
    except TreeError as error:
        text = f"it is not shown to continue the head of size {newest.size}: {error}"
        raise HeadRefusedError(HeadRefusal.INCONSISTENT, text) from None
    return None


def check_standing(encoded: bytes, shown: Proof, origin: str, key: PublicKey) -> bytes:
    """That the head entry `encoded` stands in the log of heads `origin`, by `key`; the root of the log of heads.

    Raises CoseError for the proof of another log, of several entries, or with a path that cannot be; SignatureError
    where entry and path do not lead to what was signed.
    """
    if shown.head.origin != origin:
        raise CoseError(f"it is the proof of {shown.head.origin}, not of {origin}")
    if len(shown.paths) != 1 or shown.run is not None:
        raise CoseError("it is not the proof of one entry")
    return shown.verify([encoded], key)
