"""A bundle with less in it: what an owner withholds is cut from the tree, and the root stays the same. Core: no IO.

A bundle that was exported for one reader, or for the owner's own shelf, becomes one for another reader with fewer
metering points, a shorter period, or totals only, without the gateway. Nothing is changed that a key signed: the head,
its links and anchors stay as they are, and the hashes of what is cut take its place. A grant and its documents belong
to the bundle before, so they go.
"""

from __future__ import annotations

import dataclasses
from bisect import bisect_left
from collections.abc import Sequence

from tally_chain import bundling
from tally_chain.bundle import Bundle, Content, Section
from tally_chain.bundling import Placed
from tally_chain.errors import BundleError, TreeError
from tally_chain.tree import split
from tally_edge import statement
from tally_edge.errors import DecodeError
from tally_edge.proof import leaf_hash, node_hash


def narrowed(
    bundle: Bundle,
    *,
    points: frozenset[str] = frozenset(),
    from_at: int | None = None,
    to_at: int | None = None,
    content: Content | None = None,
) -> Bundle:
    """The bundle for `points` (none: all) over [from_at, to_at), Unix seconds; what is None stays as it is.

    Raises BundleError for what the bundle does not hold: another period, totals without settlements at its edges, a
    point of which nothing is left, or the statements between where it carries totals.
    """
    start = bundle.from_at if from_at is None else from_at
    end = bundle.to_at if to_at is None else to_at
    kept = bundle.content if content is None else content
    if not bundle.from_at <= start < end <= bundle.to_at:
        raise BundleError("the period is not inside the bundle's own")
    if bundle.content is Content.TOTALS and (kept is Content.FULL or (start, end) != (bundle.from_at, bundle.to_at)):
        raise BundleError("the bundle carries totals of its own period, and no statements between")
    sections = []
    spoken: set[str] = set()
    for section in bundle.sections:
        placed = _placed(section)
        spoken |= {one.statement.claims.subject for one in placed}
        of_log = points & {one.statement.claims.subject for one in placed} if points else points
        if points and not of_log:
            indexes = [one.index for one in placed if bundling.is_key_fact(one)]
        else:
            select = bundling.select_full if kept is Content.FULL else bundling.select_totals
            indexes = select(placed, of_log, start, end)
        sections.append(cut(section, indexes))
    if points - spoken:
        raise BundleError(f"the bundle says nothing of {sorted(points - spoken)[0]}")
    return dataclasses.replace(
        bundle, content=kept, from_at=start, to_at=end, sections=tuple(sections), grant=None, attachments=None
    )


def cut(section: Section, indexes: Sequence[int]) -> Section:
    """The section with the entries at `indexes` alone (strictly ascending, all carried). Raises BundleError."""
    carried = [entry.index for entry in section.entries]
    if not set(indexes) <= set(carried):
        raise BundleError(f"log {section.origin}: an entry to keep is not carried")
    known = [leaf_hash(entry.statement) for entry in section.entries]
    rest = iter(section.hashes)
    hashes: list[bytes] = []

    def walk(start: int, stop: int, low: int, high: int, *, hidden: bool) -> bytes:
        """The root of [start, stop), as pruned.py walks. `hidden`: under a hash that was put down already."""
        keeps = bisect_left(indexes, start) < bisect_left(indexes, stop)
        if low == high:
            node = next(rest, None)
            if node is None:
                raise TreeError(f"no hash left for leaves {start}..{stop - 1}")
        elif stop - start == 1:
            node = known[low]
        else:
            middle = start + split(stop - start)
            parted = bisect_left(carried, middle, low, high)
            left = walk(start, middle, low, parted, hidden=hidden or not keeps)
            right = walk(middle, stop, parted, high, hidden=hidden or not keeps)
            node = node_hash(left, right)
        if not keeps and not hidden:
            hashes.append(node)  # behind nothing of its own: below a hidden branch none is put down
        return node

    try:
        walk(0, section.size, 0, len(carried), hidden=False)
        if next(rest, None) is not None:
            raise TreeError("more hashes than the tree has cut branches")
    except TreeError as error:
        raise BundleError(f"log {section.origin}: {error}") from None
    wanted = set(indexes)
    entries = tuple(entry for entry in section.entries if entry.index in wanted)
    return dataclasses.replace(section, entries=entries, hashes=tuple(hashes))


def _placed(section: Section) -> list[Placed]:
    try:
        return [Placed(entry.index, statement.decode(entry.statement)) for entry in section.entries]
    except DecodeError as error:
        raise BundleError(f"log {section.origin}: a statement can not be read: {error}") from None
