"""Which numbers of a stream stand in the log: the next one expected, and the holes below it. No IO.

A hole is what a reader would call a missing statement, seen early: most holes close by themselves when an outbox
drains. A second statement in one place is a fork.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

MAX_HOLES: Final = 1_024
"""Holes kept of one stream; more means that the stream began elsewhere, and then their number says nothing new."""


@dataclass(slots=True)
class Sequence:
    """The numbers of one stream. `holes` are ranges with both ends included, ascending."""

    next_seq: int = 0
    holes: list[tuple[int, int]] = field(default_factory=list)
    forks: int = 0
    overflowed: bool = False
    """Whether there were more holes than are kept: then `missing` is a lower bound."""

    @property
    def missing(self) -> int:
        """How many numbers below the next one are not in the log."""
        return sum(last - first + 1 for first, last in self.holes)

    def note(self, seq: int) -> None:
        """A statement with this number was appended (not a repeat of one that stands already)."""
        if seq == self.next_seq:
            self.next_seq += 1
        elif seq > self.next_seq:
            self._open(self.next_seq, seq - 1)
            self.next_seq = seq + 1
        else:
            self._fill(seq)

    def note_range(self, first: int, last: int, present: Iterable[int]) -> None:
        """Numbers `first` to `last` were looked up, in order after what is known; `present` of them stand there."""
        expected = first
        for seq in present:
            if seq > expected:
                self._open(expected, seq - 1)
            expected = max(expected, seq + 1)
        if expected <= last:
            self._open(expected, last)
        self.next_seq = max(self.next_seq, last + 1)

    def _open(self, first: int, last: int) -> None:
        if len(self.holes) >= MAX_HOLES:
            self.overflowed = True
            return
        if self.holes and self.holes[-1][1] + 1 == first:
            first = self.holes.pop()[0]
        self.holes.append((first, last))

    def _fill(self, seq: int) -> None:
        at = bisect_right(self.holes, (seq, self.next_seq)) - 1
        if at < 0 or not self.holes[at][0] <= seq <= self.holes[at][1]:
            # In a stream of too many holes it may have filled one that is not kept.
            self.forks += not self.overflowed
            return
        first, last = self.holes[at]
        self.holes[at : at + 1] = [part for part in ((first, seq - 1), (seq + 1, last)) if part[0] <= part[1]]
