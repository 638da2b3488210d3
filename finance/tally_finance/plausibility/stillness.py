"""Meters that are too still to be true. Exact, no IO.

    frozen      a counter stands for hours and then leaps; a level shows the same to the last digit for hours
    too-even    a counter rises as evenly as a lamp's for hours, at a rate that it never shows otherwise

A works that stands still is neither: afterwards its counters go on as usual, and its idle load is that of other stops.
"""

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
"""A counter that stands for six hours."""

EVEN_S: Final = 8 * 3_600
EVEN_DIGITS: Final = 2
"""Steps of an even load differ by rounding alone: by at most so many of the last digit."""

_LEAP: Final = 3
"""Times a usual step: what was not counted meanwhile comes at once."""

HISTORY_S: Final = 15 * 86_400
"""Two weeks hold two of every weekday, so that a stop's idle load is seen more than once."""

_COUNTERS: Final = ("energy_import", "volume")
_STATES: Final = ("level",)
_ALIKE: Final = 8
"""So many even steps in a row make a stretch; one elsewhere shows that a rate is this meter's own."""
_EVER: Final = 20
"""Of a hundred steps so many are zero at least: then standing still is this meter's way, and says nothing."""


def check(observed: Observed) -> list[Doubt]:
    """At most one doubt of each name per register."""
    doubts = []
    for place, series in sorted(observed.series.items()):
        if place[1] in _COUNTERS:
            doubts += [*_frozen(place, series), *_even(place, series)]
        elif place[1] in _STATES:
            doubts += _stuck(place, series)
    return doubts


def _frozen(place: Place, series: Series) -> Iterator[Doubt]:
    """A stop of the works looks the same while it lasts; but after it a meter goes on, and after this one it leaps."""
    steps = [(before[0], after[0], after[1] - before[1]) for before, after in pairwise(series.points)]
    moves = sorted(step for _, _, step in steps if step > 0)
    if not moves:
        return
    usual = moves[len(moves) // 2]
    for start, end in _runs([(start, end, step == 0) for start, end, step in steps]):
        if end - start < STILL_S:
            continue
        within = sum(start <= begun < end for begun, _, _ in steps)
        others = sum(step == 0 and not start <= begun < end for begun, _, step in steps)
        leap = next((step for begun, _, step in steps if begun == end), Decimal(0))
        seldom = others * 100 <= _EVER * max(1, len(steps) - within)
        if seldom and leap >= usual * _LEAP:
            yield Doubt(FROZEN, place[0], start, end, f"{place[1]} stands still, and then makes up for it at once")
            return


def _stuck(place: Place, series: Series) -> Iterator[Doubt]:
    """A gauge flickers in its last digit: dust, a cone that slides, the temperature."""
    if len({value for _, value in series.points}) < 3:
        return
    steps = [(before[0], after[0], after[1] == before[1]) for before, after in pairwise(series.points)]
    for start, end in _runs(steps):
        if end - start >= STILL_S:
            yield Doubt(FROZEN, place[0], start, end, f"{place[1]} shows the same to the last digit")
            return


def _even(place: Place, series: Series) -> Iterator[Doubt]:
    points = series.points
    if points[-1][0] - points[0][0] < HISTORY_S:
        return
    digit = min(Decimal(1).scaleb(min(0, int(value.as_tuple().exponent))) for _, value in points)
    stretches = list(_even_stretches(points, EVEN_DIGITS * digit))
    for first, last, rate in stretches:
        span = points[last][0] - points[first][0]
        if span < EVEN_S or last - first < _ALIKE or rate < 10 * EVEN_DIGITS * digit:
            continue
        elsewhere = any(
            end - begin >= _ALIKE and abs(other - rate) <= EVEN_DIGITS * digit and (begin >= last or end <= first)
            for begin, end, other in stretches
        )
        if not elsewhere:
            text = f"{place[1]} rises as evenly as a lamp's, at a rate of its own"
            yield Doubt(TOO_EVEN, place[0], points[first][0], points[last][0], text)
            return


def _even_stretches(points: tuple[tuple[int, Decimal], ...], slack: Decimal) -> Iterator[tuple[int, int, Decimal]]:
    """(first, last, step) of every stretch whose steps are alike within `slack`, and their times, too."""
    first = 0
    for number in range(1, len(points)):
        step = points[number][1] - points[number - 1][1]
        span = points[number][0] - points[number - 1][0]
        rate = points[first + 1][1] - points[first][1]
        if abs(step - rate) > slack or span != points[first + 1][0] - points[first][0]:
            yield first, number - 1, rate
            first = number - 1
    yield first, len(points) - 1, points[first + 1][1] - points[first][1]


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
