"""Step 7.4: which times no reading covers, and which of them the device declared. Verdict-critical: no IO."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

from tally_edge.device import Gap

COVERAGE_TENTHS: Final = 15
"""Two readings may lie 1.5 cadences apart: polling jitters, a missed one does not."""


def holes(times: Sequence[int], cadence_s: int) -> list[tuple[int, int]]:
    """The stretches between consecutive times that are too long for the cadence; `times` ascend."""
    limit = cadence_s * COVERAGE_TENTHS
    return [(before, after) for before, after in pairwise(times) if (after - before) * 10 > limit]


def uncovered(found: Iterable[tuple[int, int]], gaps: Iterable[Gap]) -> list[tuple[int, int]]:
    """The holes that no declared gap covers, nor several in a row."""
    merged: list[tuple[int, int]] = []
    for gap in sorted(gaps, key=lambda gap: gap.after):
        if merged and gap.after <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], gap.before))
        elif gap.after < gap.before:
            merged.append((gap.after, gap.before))
    starts = [start for start, _ in merged]
    open_holes = []
    for after, before in found:
        at = bisect_right(starts, after) - 1
        if at < 0 or merged[at][1] < before:
            open_holes.append((after, before))
    return open_holes
