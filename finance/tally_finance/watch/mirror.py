"""A log as its follower has checked it: what it shows now continues what it showed before. No IO.

    1  the checkpoint is signed by the log's key and names its origin
    2  it is no smaller than the one before, and of one size only one root
    3  the leaf hashes up to its size, appended to those before, make its root (RFC 9162 §2.1)
    4  an entry hashes to its leaf

The right edge of the tree is kept, so step 3 also proves that the log was only appended to. Leaf hashes are kept until
their entries are read: 32 bytes each, however long the log is.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence

from tally_chain import checkpoint, tree
from tally_chain.checkpoint import Checkpoint
from tally_chain.note import VerifierKey
from tally_chain.tiles import TILE_WIDTH, TileName
from tally_chain.tree import CompactRange
from tally_edge.proof import HASH_BYTES
from tally_finance.errors import LogContradictsError, WatchError
from tally_finance.watch.memory import Place


class Mirror:
    """What is proven of a log, and how much of it was read."""

    def __init__(self, key: VerifierKey) -> None:
        """`key` is the log's checkpoint key; its name is the origin."""
        self._key = key
        self._edge = CompactRange()
        self._leaves: deque[bytes] = deque()
        self.checkpoint = b""
        """The newest checkpoint that was proven, a signed note; empty before the first."""

    @property
    def origin(self) -> str:
        """The log's name, which its key's note carries."""
        return self._key.name

    @property
    def size(self) -> int:
        """How many entries are proven to stand in the log."""
        return self._edge.size

    @property
    def read(self) -> int:
        """How many of them were read; the next one has this index."""
        return self._edge.size - len(self._leaves)

    @property
    def root(self) -> bytes:
        """The root over the entries that are proven."""
        return self._edge.root()

    def place(self) -> Place | None:
        """How far it is proven, to go on from; None before the first checkpoint, and while entries are unread."""
        if not self.checkpoint or self._leaves:
            return None
        return Place(self.checkpoint, self._edge.size, tuple(self._edge.peaks))

    def recall(self, place: Place) -> None:
        """Go on from a place. Raises NoteError or WatchError unless the log's key signed just this tree."""
        head = checkpoint.open_signed(place.checkpoint, self._key)
        edge = CompactRange(place.size, list(place.peaks))
        if len(place.peaks) != place.size.bit_count() or (head.size, head.root) != (edge.size, edge.root()):
            raise WatchError("what was remembered of the log is not what its checkpoint says")
        self._edge, self.checkpoint = edge, place.checkpoint

    def open(self, data: bytes) -> Checkpoint:
        """Steps 1 and 2. Raises NoteError, or LogContradictsError for a log that went back or forked."""
        head = checkpoint.open_signed(data, self._key)
        if head.size < self.size:
            raise LogContradictsError(f"it has {head.size} entries, and had {self.size}")
        if head.size == self.size and head.root != self.root:
            raise LogContradictsError(f"of {self.size} entries it shows two roots")
        return head

    def extend(self, data: bytes, head: Checkpoint, leaves: Sequence[bytes]) -> None:
        """Step 3, with the leaf hashes from `size` up to the head's. Raises LogContradictsError, and keeps nothing.

        `data` is the note that `head` was opened from.
        """
        edge = CompactRange(self._edge.size, list(self._edge.peaks))
        for leaf in leaves:
            edge.append(leaf)
        if edge.size != head.size or edge.root() != head.root:
            raise LogContradictsError(f"its {edge.size} leaves do not make the root of its checkpoint of {head.size}")
        self._edge, self.checkpoint = edge, data
        self._leaves.extend(leaves)

    def take(self, entries: Iterable[bytes]) -> list[tuple[int, bytes]]:
        """Step 4: the next entries with their indexes. Raises WatchError, and keeps nothing."""
        taken = []
        for offset, entry in enumerate(entries):
            if offset >= len(self._leaves) or tree.leaf_hash(entry) != self._leaves[offset]:
                raise WatchError(f"entry {self.read + offset} is not the one that the log's tree holds")
            taken.append((self.read + offset, entry))
        for _ in taken:
            self._leaves.popleft()
        return taken


def tiles_between(level: int | None, start: int, end: int) -> Iterator[tuple[TileName, int]]:
    """The tiles that hold [start, end) of a tree of `end` entries, each with how many of its first ones are known."""
    for number in range(start // TILE_WIDTH, -(-end // TILE_WIDTH) if start < end else 0):
        first = number * TILE_WIDTH
        yield TileName(level, number, min(TILE_WIDTH, end - first)), max(0, start - first)


def leaves_of(data: bytes, width: int) -> list[bytes]:
    """The first `width` leaf hashes of a tile of level 0. Raises WatchError."""
    if len(data) < width * HASH_BYTES:
        raise WatchError(f"a tile of {width} hashes has {len(data)} bytes")
    return [data[at : at + HASH_BYTES] for at in range(0, width * HASH_BYTES, HASH_BYTES)]
