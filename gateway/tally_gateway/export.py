"""Making a bundle from a log folder, beside the running gateway or without it.

A bundle stands at a head that readers can believe: by default the newest anchored one. The proof key signs that head
anew, and the checkpoint key its checkpoint; both are the log's own words about a tree that it published before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tally_chain import bundle, bundling, checkpoint
from tally_chain.bundle import AnchorClaim, Bundle, Content, Via
from tally_chain.bundling import Placed
from tally_chain.errors import TreeError
from tally_chain.tree import CompactRange, Nodes
from tally_edge import proof, statement
from tally_edge.keys import Signer
from tally_edge.proof import HeadSignature
from tally_gateway.errors import LogMissing
from tally_gateway.log.reader import LogReader

Progress = Callable[[int, int], None]
"""Called with (entries looked at, entries in all)."""


@dataclass(frozen=True, slots=True)
class LogKeys:
    """The two keys that speak for a log."""

    checkpoint: Signer
    proof: Signer


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a bundle is to hold: metering points (none: all) over [from_at, to_at), Unix seconds.

    An edge that is None is where the evidence of the points begins or ends. `link_sizes` are sizes of heads that the
    reader holds, to be linked with the bundle's.
    """

    content: Content
    from_at: int | None = None
    to_at: int | None = None
    points: frozenset[str] = frozenset()
    link_sizes: tuple[int, ...] = ()


class LogAt:
    """A log as it stood at `size`: a `bundling.LogSource`."""

    def __init__(self, reader: LogReader, size: int, keys: LogKeys, now: int) -> None:
        """Raises LogMissing when the log has not reached `size`."""
        if not 0 < size <= reader.size:
            raise LogMissing(f"the log holds {reader.size} entries, not {size}")
        origin = reader.checkpoint.origin
        root = CompactRange.load(size, reader.nodes).root()
        self._reader = reader
        self._head = proof.sign_head(origin, size, root, now, keys.proof)
        self._checkpoint = checkpoint.sign(checkpoint.Checkpoint(origin, size, root), keys.checkpoint)
        self.root = root

    @property
    def head(self) -> HeadSignature:
        """See LogSource."""
        return self._head

    @property
    def checkpoint(self) -> bytes:
        """See LogSource."""
        return self._checkpoint

    @property
    def nodes(self) -> Nodes:
        """See LogSource."""
        return self._reader.nodes

    def reached(self, sizes: Iterable[int]) -> list[int]:
        """The sizes, each of which the log has reached by now. Raises LogMissing."""
        checked = list(sizes)
        for size in checked:
            if not 0 < size <= self._reader.size:
                raise LogMissing(f"the log holds {self._reader.size} entries: it has no head of size {size} to link")
        return checked

    def entry(self, index: int) -> bytes:
        """See LogSource."""
        if index >= self._head.size:
            raise TreeError(f"entry {index} lies past the head of size {self._head.size}")
        return self._reader.entry(index)


def make_bundle(
    folder: Path,
    keys: LogKeys,
    wanted: Wanted,
    *,
    size: int,
    anchors: Sequence[AnchorClaim],
    now: int,
    progress: Progress | None = None,
    via: Via | None = None,
) -> Bundle:
    """The bundle of the log in `folder` at `size`.

    The newest anchor at or below `size` is claimed with it, and every anchored head that a statement in it names as its
    beacon; these and the heads that the reader holds are linked to the bundle's. `via` is how a log of heads vouches
    for the head of `size`. Raises LogMissing, LogDamaged, BundleError.
    """
    source = LogAt(LogReader(folder), size, keys, now)
    held = source.reached(wanted.link_sizes)
    placed = []
    for index in range(size):
        placed.append(Placed(index, statement.decode(source.entry(index))))
        if progress is not None:
            progress(index + 1, size)
    first, last = (0, 0) if None not in (wanted.from_at, wanted.to_at) else bundling.span(placed, wanted.points)
    from_at = first if wanted.from_at is None else wanted.from_at
    to_at = last if wanted.to_at is None else wanted.to_at
    select = bundling.select_full if wanted.content is Content.FULL else bundling.select_totals
    indexes = select(placed, wanted.points, from_at, to_at)
    known = sorted((anchor for anchor in anchors if anchor.size <= size), key=lambda anchor: anchor.size)
    said = set(indexes)
    beacons = {one.statement.claims.beacon for one in placed if one.index in said}
    shown = [anchor for anchor in known if anchor.root in beacons or anchor is known[-1]]
    shown = shown[-bundle.MAX_ANCHORS :]
    links = [anchor.size for anchor in shown] + held
    section = replace(bundling.section(source, indexes, anchors=shown, link_sizes=links), via=via)
    return Bundle(bundle.MEDIA_TYPE, wanted.content, now, from_at, to_at, (section,))
