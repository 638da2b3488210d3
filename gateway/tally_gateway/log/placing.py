"""Where a batch goes: indexes, duplicates and forks, decided before anything is written. No IO of its own.

Most statements continue their stream: a seq above the highest known one is new, and costs no look-up. The rest is
looked up: the same bytes at the same place are a duplicate; a second content is a fork and is kept; a third is only
counted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from tally_chain.tiles import MAX_ENTRY_BYTES
from tally_gateway.errors import LogError
from tally_gateway.log.records import COUNTED_ONLY, Entry, Place
from tally_gateway.log.store import Rows

MAX_CACHED_STREAMS: Final = 16_384
"""Keys whose number and highest seq stay in memory: about 5 MB. Beyond it, one look-up per key and batch."""

_NOTHING_YET: Final = -1


class Book(Protocol):
    """What is committed."""

    def stream(self, kid: bytes) -> int | None:
        """The number of a key."""
        ...

    def next_stream(self) -> int:
        """The number that the next new key gets."""
        ...

    def last_place(self, stream: int) -> tuple[int, int] | None:
        """(seq, index) of the highest seq."""
        ...

    def first_at(self, stream: int, seq: int) -> int | None:
        """The index of the first statement at a place."""
        ...

    def second_at(self, stream: int, seq: int) -> int | None:
        """The index of the second statement at a place."""
        ...

    def alone_at(self, leaf: bytes) -> int | None:
        """The index of a statement that stands alone."""
        ...


class Leaves(Protocol):
    """Leaf hashes of what is committed."""

    def node(self, level: int, index: int) -> bytes:
        """The leaf hash at `index`, for level 0."""
        ...


@dataclass(slots=True)
class Plan:
    """The rows of one commit, the places to answer, and the highest seq per key after it."""

    size: int
    """Of the log before it."""
    places: list[Place] = field(default_factory=list)
    rows: Rows = field(default_factory=Rows)
    streams: dict[bytes, tuple[int, int]] = field(default_factory=dict)
    fresh: dict[tuple[int, int], int] = field(default_factory=dict)
    fresh_forks: dict[tuple[int, int], int] = field(default_factory=dict)
    fresh_alone: dict[bytes, int] = field(default_factory=dict)


class Placing:
    """Plans batches against a book; remembers the streams it met last."""

    def __init__(self, book: Book, leaves: Leaves) -> None:
        """Neither argument is written to."""
        self._book = book
        self._leaves = leaves
        self._streams: dict[bytes, tuple[int, int]] = {}

    def plan(self, entries: Sequence[Entry], size: int) -> Plan:
        """Decide for `entries` on top of a log of `size`. Raises LogError for an entry that no log can hold."""
        plan = Plan(size)
        staged, answers, places = plan.rows.staged, plan.places, plan.rows.places
        index = size
        for entry in entries:
            encoded, seq = entry.encoded, entry.seq
            if not 0 < len(encoded) <= MAX_ENTRY_BYTES:
                raise LogError(f"an entry has 1..{MAX_ENTRY_BYTES} bytes, not {len(encoded)}")
            leaf = hashlib.sha256(b"\x00" + encoded).digest()
            if seq is None:
                place = self._alone(plan, leaf, index)
            else:
                known = plan.streams.get(entry.kid) or self._stream(plan, entry.kid)
                number, top = known
                if seq > top:
                    plan.streams[entry.kid] = (number, seq)
                    plan.fresh[number, seq] = index
                    places.append((number, seq, index))
                    place = Place(index, duplicate=False)
                else:
                    place = self._behind(plan, (number, seq), leaf, index)
            answers.append(place)
            if place.index == index:
                staged.append((index, leaf, encoded))
                index += 1
        return plan

    def keep(self, plan: Plan) -> None:
        """The plan was committed: remember its streams."""
        if len(self._streams) + len(plan.streams) > MAX_CACHED_STREAMS:
            self._streams.clear()
        self._streams.update(plan.streams)

    def _stream(self, plan: Plan, kid: bytes) -> tuple[int, int]:
        known = self._streams.get(kid)
        if known is None:
            number = self._book.stream(kid)
            if number is None:
                number = self._book.next_stream() + len(plan.rows.streams)
                plan.rows.streams.append((number, kid))
                known = number, _NOTHING_YET
            else:
                last = self._book.last_place(number)
                known = number, last[0] if last else _NOTHING_YET
        plan.streams[kid] = known
        return known

    def _behind(self, plan: Plan, spot: tuple[int, int], leaf: bytes, index: int) -> Place:
        """A seq at or below the highest one: a late arrival, a duplicate, a fork, or more of a fork."""
        first = plan.fresh.get(spot)
        if first is None:
            first = self._book.first_at(*spot)
        if first is None:
            plan.fresh[spot] = index
            plan.rows.places.append((*spot, index))
            return Place(index, duplicate=False)
        if self._leaf_at(plan, first) == leaf:
            return Place(first, duplicate=True)
        second = plan.fresh_forks.get(spot)
        if second is None:
            second = self._book.second_at(*spot)
        if second is None:
            plan.fresh_forks[spot] = index
            plan.rows.forks.append((*spot, index))
            return Place(index, duplicate=False)
        if self._leaf_at(plan, second) == leaf:
            return Place(second, duplicate=True)
        plan.rows.further.append(spot)
        return Place(COUNTED_ONLY, duplicate=False)

    def _alone(self, plan: Plan, leaf: bytes, index: int) -> Place:
        known = plan.fresh_alone.get(leaf)
        if known is None:
            known = self._book.alone_at(leaf)
        if known is not None:
            return Place(known, duplicate=True)
        plan.fresh_alone[leaf] = index
        plan.rows.alone.append((leaf, index))
        return Place(index, duplicate=False)

    def _leaf_at(self, plan: Plan, index: int) -> bytes:
        fresh = index - plan.size
        return plan.rows.staged[fresh][1] if fresh >= 0 else self._leaves.node(0, index)
