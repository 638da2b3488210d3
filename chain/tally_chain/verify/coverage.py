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


def holes_as_planned(times: Sequence[int], cadences: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The holes where the cadence changed: `cadences` are (from when on, seconds), ascending; the first holds before.

    A plan that asks for less from some time on does not excuse the silence before that time.
    """
    found = holes(times, min(cadence_s for _, cadence_s in cadences))
    if len(cadences) == 1:
        return found
    return [hole for hole in found if _too_long(hole, cadences)]


def _too_long(hole: tuple[int, int], cadences: Sequence[tuple[int, int]]) -> bool:
    """Whether the part of a hole under one cadence is too long for that cadence."""
    after, before = hole
    for number, (start, cadence_s) in enumerate(cadences):
        begin = max(after, start) if number else after
        end = min(before, cadences[number + 1][0]) if number + 1 < len(cadences) else before
        if holes((begin, end), cadence_s):
            return True
    return False


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
