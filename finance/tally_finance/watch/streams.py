"""A stream as it comes in: what is missing so far, and what contradicts what came before. No IO.

Unlike in a bundle, nothing is missing for good: a statement that is under way fills its place when it comes. The ids of
the last RECENT statements are kept; what comes again from further back is told from a fork in a bundle alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from tally_chain.findings import Code
from tally_edge.statement import Statement
from tally_finance.watch.memory import StreamMemory

RECENT: Final = 1024
"""Two hours of a statement every seven seconds; 64 bytes each."""

MAX_RANGES: Final = 256
"""Ranges that are missing; a device that jumps about more often is told of by the ones that are kept."""


@dataclass(slots=True)
class StreamSeen:
    """One key's stream; `missing` are ranges of seq, both ends included, ascending."""

    next_seq: int
    missing: list[tuple[int, int]] = field(default_factory=list)
    _recent: dict[int, bytes] = field(default_factory=dict)

    def take(self, signed: Statement) -> Code | None:
        """Take in a statement that verified; says what is wrong with its place, if anything."""
        claims = signed.claims
        seq, known = claims.seq or 0, self._recent.get(claims.seq or 0)
        if known is not None:
            return None if known == signed.id else Code.FORK
        if seq < self.next_seq and not self._fill(seq):
            return None  # from before what is kept: a bundle tells
        if seq > self.next_seq and len(self.missing) < MAX_RANGES:
            self.missing.append((self.next_seq, seq - 1))
        self.next_seq = max(self.next_seq, seq + 1)
        before = self._recent.get(seq - 1)
        self._recent[seq] = signed.id
        if len(self._recent) > RECENT:
            del self._recent[next(iter(self._recent))]
        return Code.WRONG_LINK if before is not None and claims.prev != before else None

    def remembered(self, kid: bytes) -> StreamMemory:
        """What it takes to go on from here."""
        return StreamMemory(kid, self.next_seq, tuple(self.missing), tuple(self._recent.items()))

    @staticmethod
    def recalled(memory: StreamMemory) -> StreamSeen:
        """The stream as it was remembered."""
        return StreamSeen(memory.next_seq, list(memory.missing), dict(memory.recent))

    def missing_count(self) -> int:
        """How many statements are missing."""
        return sum(last - first + 1 for first, last in self.missing)

    def _fill(self, seq: int) -> bool:
        for number, (first, last) in enumerate(self.missing):
            if first <= seq <= last:
                self.missing[number : number + 1] = [
                    part for part in ((first, seq - 1), (seq + 1, last)) if part[0] <= part[1]
                ]
                return True
        return False
