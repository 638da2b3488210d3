"""Meters that are too still to be true. Exact, no IO.

    frozen      a counter stands for hours and then makes up for them at once; a level shows the same to the last digit
    too-even    a counter rises as evenly as a lamp's for hours, at a rate that it never shows otherwise

A works that stands still is neither: afterwards its counters go on as usual, and its idle load is that of other stops.
A level's run ends where its readings do: nothing tells what it showed meanwhile. A counter that shows the same before
and after a silence stood all the while. Each meter, and each ratio, is looked at alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Final

from tally_finance.plausibility.daily import segments
from tally_finance.plausibility.doubt import Doubt, Said, Unjudged
from tally_finance.plausibility.observed import DAY_S, Observed, Place, Point, Series

SHARE: Final = "/"
"""The SenML unit of a share: a level between empty and full."""

FROZEN: Final = "frozen"
TOO_EVEN: Final = "too-even"

STILL_S: Final = 6 * 3_600
"""A counter that stands for six hours."""

EVEN_S: Final = 12 * 3_600
"""A shift can be as even by chance; night and day are not."""

EVEN_DIGITS: Final = 2
"""Steps of an even load differ by rounding alone: by at most so many of the last digit."""

LEAP: Final = 3
"""Times a usual step: what was not counted meanwhile comes at once."""

MADE_UP: Final = 2
"""The leap is half of what the idle load comes to meanwhile, at least. A vessel that is filled again after a stop takes
a few steps' worth, a meter that hung for hours owes dozens."""

IDLE: Final = 10
"""The idle load is what a tenth of the steps that are any do not exceed."""

HISTORY_S: Final = 15 * DAY_S
"""Two weeks hold two of every weekday, so that a stop's idle load is seen more than once."""

_COUNTERS: Final = ("energy_import", "volume")
_STATES: Final = ("level",)
_ALIKE: Final = 8
"""So many even steps in a row make a stretch; one elsewhere shows that a rate is this meter's own."""
_EVER: Final = 20
"""Of a hundred steps so many are zero at least: then standing still is this meter's way, and says nothing."""

_AT_AN_END: Final = "it stands at the end of its range: empty, full, or dead"
_SHORT: Final = "a meter's own idle load is known after fifteen days of it under one ratio"


@dataclass(frozen=True, slots=True)
class _Step:
    """Between two readings that follow one another at the cadence; `silent` where they do not."""

    start: int
    end: int
    rise: Decimal
    value: Decimal
    silent: bool


def check(observed: Observed) -> Iterator[Said]:
    """At most one doubt of each name per register."""
    for place, series in sorted(observed.series.items()):
        parts = [part for part in segments(series, series.points) if len(part) > 1]
        if place[1] in _COUNTERS:
            for part in parts:
                if part[-1][0] - part[0][0] < HISTORY_S:
                    yield Unjudged(TOO_EVEN, place[0], part[0][0], part[-1][0], _SHORT)
            yield from _first(doubt for part in parts for doubt in _frozen(place, part, series.cadence_s))
            yield from _first(doubt for part in parts for doubt in _even(place, part, series.cadence_s))
        elif place[1] in _STATES:
            for part in parts:
                yield from _stuck(place, series, part)


def _first(doubts: Iterator[Doubt]) -> Iterator[Doubt]:
    yield from (doubt for doubt, _ in zip(doubts, range(1), strict=False))


def _steps(points: Sequence[Point], cadence_s: int) -> list[_Step]:
    return [
        _Step(before[0], after[0], after[1] - before[1], after[1], after[0] - before[0] >= 2 * cadence_s)
        for before, after in pairwise(points)
    ]


def _still(steps: Sequence[_Step], over_silence: bool) -> Iterator[tuple[int, int]]:
    """(first, last) of every run of steps without a rise that lasts STILL_S at least; silences end it, or not."""
    begun: int | None = None
    for number, step in enumerate(steps):
        if step.rise == 0 and (over_silence or not step.silent):
            begun = number if begun is None else begun
            continue
        if begun is not None and steps[number - 1].end - steps[begun].start >= STILL_S:
            yield begun, number - 1
        begun = None
    if begun is not None and steps[-1].end - steps[begun].start >= STILL_S:
        yield begun, len(steps) - 1


def _frozen(place: Place, points: Sequence[Point], cadence_s: int) -> Iterator[Doubt]:
    """A stop of the works looks the same while it lasts; but after it a meter goes on, and after this one it leaps."""
    steps = _steps(points, cadence_s)
    moves = sorted(step.rise for step in steps if step.rise > 0 and not step.silent)
    if not moves:
        return
    usual, idle = moves[len(moves) // 2], moves[len(moves) // IDLE]
    zeros = sum(step.rise == 0 for step in steps)
    for first, last in _still(steps, over_silence=True):
        if last + 1 == len(steps):
            continue  # it stands until the end: nothing tells it from a stop
        within, leap = last - first + 1, steps[last + 1]
        seldom = (zeros - within) * 100 <= _EVER * max(1, len(steps) - within)
        # After a silence the step is that of all its cadences together.
        at_once = leap.rise * cadence_s >= usual * LEAP * (leap.end - leap.start)
        made_up = leap.rise * MADE_UP * cadence_s >= idle * (steps[last].end - steps[first].start)
        if seldom and at_once and made_up:
            text = f"{place[1]} stands still, and then makes up for it at once"
            yield Doubt(FROZEN, place[0], steps[first].start, steps[last].end, text)


def _stuck(place: Place, series: Series, points: Sequence[Point]) -> Iterator[Said]:
    """A gauge flickers in its last digit: dust, a cone that slides, the temperature. At the ends of its range it can
    not."""
    if len({value for _, value in points}) < 3:
        yield Unjudged(FROZEN, place[0], points[0][0], points[-1][0], f"{place[1]} shows no three different values")
        return
    steps = _steps(points, series.cadence_s)
    for first, last in _still(steps, over_silence=False):
        start, end, value = steps[first].start, steps[last].end, steps[first].value
        if value <= 0 or (value >= 1 and series.unit == SHARE):
            yield Unjudged(FROZEN, place[0], start, end, _AT_AN_END)
            continue
        yield Doubt(FROZEN, place[0], start, end, f"{place[1]} shows the same to the last digit")
        return


def _even(place: Place, points: Sequence[Point], cadence_s: int) -> Iterator[Doubt]:
    if points[-1][0] - points[0][0] < HISTORY_S:
        return
    digit = min(Decimal(1).scaleb(min(0, int(value.as_tuple().exponent))) for _, value in points)
    stretches = list(_even_stretches(points, EVEN_DIGITS * digit, cadence_s))
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


def _even_stretches(points: Sequence[Point], slack: Decimal, cadence_s: int) -> Iterator[tuple[int, int, Decimal]]:
    """(first, last, step) of every stretch whose steps are alike within `slack`, and their times, too.

    Where one reading is missing the step is that of two cadences.
    """
    first, usual, rate = 0, 0, Decimal(0)
    for number, (before, after) in enumerate(pairwise(points)):
        span, step = after[0] - before[0], after[1] - before[1]
        missing = 1 if span == 2 * cadence_s else 0
        span, step = span // (1 + missing), step / (1 + missing)
        if number and (abs(step - rate) > slack or span != usual):
            yield first, number, rate
            first = number
        if first == number:
            usual, rate = span, step
    yield first, len(points) - 1, rate
