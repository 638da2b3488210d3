"""The gaps of one metering point that have begun and are not declared yet. In memory alone; no IO.

They follow each other without a hole: the second begins one second before the first slot that it left out, and the
first ends there. So every slot that was left out lies in exactly one of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from tally_edge.agent.point_state import OpenGap
from tally_edge.device import GapReason

MAX_OPEN_GAPS: Final = 64
"""A line that comes and goes for weeks changes the reason all the time; beyond these, gaps are declared at once."""

FROM_RECORD: Final = frozenset({GapReason.AGENT_DOWN, GapReason.METER_SILENT})
"""Where the meter itself may have gone on. A reading that was refused, or had no room, is not fetched again."""


class OpenGaps:
    """The open gaps, oldest first. `slots`: how many slots lie in `after` < t < `before`."""

    def __init__(self, slots: Callable[[int, int], int]) -> None:
        """None are open."""
        self._slots = slots
        self._gaps: list[OpenGap] = []

    def __len__(self) -> int:
        """How many are open."""
        return len(self._gaps)

    @property
    def reason(self) -> GapReason | None:
        """Why the newest began."""
        return self._gaps[-1].reason if self._gaps else None

    def leave_out(self, slot: int, missed: int) -> None:
        """The newest goes on: `missed` more slots up to `slot` were left out."""
        newest = self._gaps[-1]
        self._gaps[-1] = replace(newest, seen_at=slot, missing=newest.missing + missed)

    def begin(self, reason: GapReason, after: int, slot: int, missed: int) -> None:
        """Another begins, behind `after`."""
        self._gaps.append(OpenGap(after, reason, missed, slot, ()))

    def oldest(self, before: int) -> tuple[OpenGap, int]:
        """The oldest, and where it ends; `before` is where the newest does."""
        return self._gaps[0], (self._gaps[1].after + 1 if len(self._gaps) > 1 else before)

    def drop_oldest(self) -> None:
        """It has been declared."""
        del self._gaps[0]

    def recoverable(self, before: int) -> list[tuple[int, int]]:
        """What the meter may have recorded: spans `after` < t < `before`, in order."""
        ends = [*(gap.after + 1 for gap in self._gaps), before][1:]
        return [(gap.after, end) for gap, end in zip(self._gaps, ends, strict=False) if gap.reason in FROM_RECORD]

    def part_before(self, at: int) -> tuple[OpenGap, int] | None:
        """What must be declared before a reading of `at` can be said, and where it ends; None when nothing is left."""
        if not self._gaps:
            return None
        gap, end = self.oldest(at + 1)
        if end <= at:
            return gap, end
        missing = self._slots(gap.after, at)
        return (replace(gap, missing=missing), at) if missing else None

    def declared_before(self, end: int, before: int) -> None:
        """What the oldest left out at t < `end` is declared: it begins there."""
        gap, its_end = self.oldest(before)
        if end >= its_end:
            self.drop_oldest()
        else:
            self._gaps[0] = replace(gap, after=end - 1, missing=self._slots(end - 1, its_end))

    def covered_at(self, at: int, before: int) -> None:
        """There is a reading of `at` after all: the oldest goes on behind it, or is none any more."""
        if not self._gaps or at <= self._gaps[0].after:
            return  # where summer time begins, a meter may store more than the slots that are counted
        gap, end = self.oldest(before)
        missing = self._slots(at, end)
        if missing:
            self._gaps[0] = replace(gap, after=at, missing=missing)
        else:
            self.drop_oldest()
