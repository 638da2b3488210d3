"""Meters that are too still to be true: a value that never changes, or a load as even as a lamp's. Exact, no IO."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from typing import Final

from tally_finance.plausibility.doubt import Doubt
from tally_finance.plausibility.observed import Observed, Place, Series

FROZEN: Final = "frozen"
TOO_EVEN: Final = "too-even"

STILL_S: Final = 6 * 3_600
"""A counter that moved before and then stands for six hours."""

EVEN_S: Final = 8 * 3_600
EVEN_DIGITS: Final = 2
"""Steps of an even load differ by rounding alone: by at most so many of the last digit."""

_COUNTERS: Final = ("energy_import", "volume")
_EVER: Final = 20
"""Of a hundred steps so many are zero at least: then standing still is this meter's way, and says nothing."""


def check(observed: Observed) -> list[Doubt]:
    """At most one doubt of each name per register."""
    doubts = []
    for place, series in sorted(observed.series.items()):
        if place[1] in _COUNTERS:
            doubts += [*_frozen(place, series), *_even(place, series)]
    return doubts


def _frozen(place: Place, series: Series) -> Iterator[Doubt]:
    steps = [(before[0], after[0], after[1] - before[1]) for before, after in pairwise(series.points)]
    standing = sum(step == 0 for _, _, step in steps)
    runs = list(_runs([(start, end, step == 0) for start, end, step in steps]))
    longest = max(runs, key=lambda run: run[1] - run[0], default=None)
    if longest is None or longest[1] - longest[0] < STILL_S:
        return
    within = sum(step == 0 and longest[0] <= start < longest[1] for start, _, step in steps)
    if (standing - within) * 100 > _EVER * max(1, len(steps) - within):
        return
    yield Doubt(FROZEN, place[0], longest[0], longest[1], f"{place[1]} stands still, and never did so long before")


def _even(place: Place, series: Series) -> Iterator[Doubt]:
    digit = min((Decimal(1).scaleb(int(value.as_tuple().exponent)) for _, value in series.points), default=Decimal(1))
    points = series.points
    first = 0
    for number in range(2, len(points)):
        step = points[number][1] - points[number - 1][1]
        span = points[number][0] - points[number - 1][0]
        start = points[first + 1][1] - points[first][1]
        even = step > EVEN_DIGITS * 10 * digit and span == points[first + 1][0] - points[first][0]
        if not even or abs(step - start) > EVEN_DIGITS * digit:
            first = number - 1
        elif points[number][0] - points[first][0] >= EVEN_S:
            yield Doubt(
                TOO_EVEN, place[0], points[first][0], points[number][0], f"{place[1]} rises as evenly as a lamp"
            )
            return


def _runs(steps: list[tuple[int, int, bool]]) -> Iterator[tuple[int, int]]:
    begun: int | None = None
    ended = 0
    for start, end, still in steps:
        if still:
            begun = start if begun is None else begun
            ended = end
        elif begun is not None:
            yield begun, ended
            begun = None
    if begun is not None:
        yield begun, ended
