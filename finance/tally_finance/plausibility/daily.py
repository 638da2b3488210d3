"""Quantities by the day: register differences between site-local midnights. Exact, no IO.

A difference over an exchange or a change of the ratio is (closing - before) + (after - opening), each times its own
multiplier, where both registers were stated; else it is unknown, and never a number.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby, pairwise
from typing import Final

from tally_finance.plausibility.doubt import Unjudged
from tally_finance.plausibility.observed import Break, Point, Series

NEAR_S: Final = 3_600
"""A day that is an hour longer or shorter than its neighbours is another quantity."""

NO_READING: Final = "there is no reading of {} within a cadence of a midnight"
NO_THREAD: Final = "the register of {} fell, or was exchanged and not read"
NOT_STATED: Final = "nobody stated the multiplier of {}"
ABSENT: Final = "there are no readings of {}"
NO_WHOLE: Final = "it is no whole {} of the site, or nobody stated its time zone"
LEARNING: Final = "these days are learnt from: a change that began before or in them is not seen"


@dataclass(frozen=True, slots=True)
class Course:
    """A counter's course: when it was read, how much was counted since the first reading, and how often the thread
    was lost until then. A difference is known where `threads` are the same."""

    times: tuple[int, ...]
    totals: tuple[Decimal, ...]
    threads: tuple[int, ...]

    def risen(self, first: int, last: int) -> Decimal | None:
        """What was counted between the readings with these numbers."""
        return self.totals[last] - self.totals[first] if self.threads[first] == self.threads[last] else None


def segments(series: Series, points: Sequence[Point]) -> list[list[Point]]:
    """`points` cut at the breaks of a series: one part more than breaks, some perhaps empty.

    What was read in the very second of a change is the new meter's where it can not be the old one's.
    """
    parts: list[list[Point]] = [[]]
    left = list(series.breaks)
    for point in points:
        while left and _over(left[0], point, parts[-1]):
            left.pop(0)
            parts.append([])
        parts[-1].append(point)
    return [*parts, *([] for _ in left)]


def _over(change: Break, point: Point, before: Sequence[Point]) -> bool:
    at, value = point
    if at != change.at:
        return at > change.at
    begun = value == change.opening != change.closing
    beyond = change.closing is not None and value > change.closing
    return begun or beyond or bool(before and value < before[-1][1])


def course(series: Series) -> Course:
    """The course of a counter, settlements with it."""
    times: list[int] = []
    totals: list[Decimal] = []
    threads: list[int] = []
    total, thread = Decimal(0), 0
    last: Decimal | None = None
    multipliers = [*(change.before for change in series.breaks), series.multiplier]
    for number, part in enumerate(segments(series, sorted((*series.points, *series.settled)))):
        if number and last is not None:
            change = series.breaks[number - 1]
            if change.closing is None or change.opening is None or change.closing < last:
                thread, last = thread + 1, None
            else:
                total, last = total + (change.closing - last) * change.before, change.opening
        for at, value in part:
            if last is not None and value < last:
                thread += 1
            elif last is not None:
                total += (value - last) * multipliers[number]
            last = value
            times.append(at)
            totals.append(total)
            threads.append(thread)
    return Course(tuple(times), tuple(totals), tuple(threads))


def nearest(times: Sequence[int], at: int, cadence_s: int) -> int | None:
    """The number of the time that stands for `at`: the same, else the nearest within a cadence and within NEAR_S."""
    number = bisect_left(times, at)
    near = [one for one in (number - 1, number) if 0 <= one < len(times)]
    best = min(near, key=lambda one: abs(times[one] - at), default=None)
    if best is None or (times[best] != at and abs(times[best] - at) >= min(cadence_s, NEAR_S)):
        return None
    return best


@dataclass(frozen=True, slots=True)
class Ends:
    """A counter between some times: its course, and the reading that stands for each time, None where there is none."""

    of: Course
    readings: tuple[int | None, ...]
    stated: bool

    def risen(self, first: int, last: int) -> Decimal | None:
        """What was counted between the times with these numbers, None where nobody knows."""
        start, end = self.readings[first], self.readings[last]
        return None if start is None or end is None or not self.stated else self.of.risen(start, end)

    def why(self, first: int, last: int) -> str:
        """Why `risen` does not know, with a place for a name; empty where it does."""
        start, end = self.readings[first], self.readings[last]
        if not self.stated:
            return NOT_STATED
        if start is None or end is None:
            return NO_READING
        return "" if self.of.threads[start] == self.of.threads[end] else NO_THREAD


def ends_of(series: Series, times: Sequence[int]) -> Ends:
    """A counter between `times`."""
    of = course(series)
    return Ends(of, tuple(nearest(of.times, at, series.cadence_s) for at in times), series.stated)


def rises(series: Series, times: Sequence[int]) -> list[Decimal | None]:
    """How much a counter rose between consecutive times, times its multiplier, None where nobody knows.

    Unknown is what has no reading near either end, lies around a fall of the register, or has no stated multiplier.
    """
    ends = ends_of(series, times)
    return [ends.risen(number, number + 1) for number in range(len(times) - 1)]


def whys(series: Series, times: Sequence[int], name: str) -> list[str]:
    """Why `rises` does not know, between consecutive times; empty where it does."""
    ends = ends_of(series, times)
    return [ends.why(number, number + 1).format(name) for number in range(len(times) - 1)]


def level_at(series: Series, at: int) -> Decimal | None:
    """What a state was at a time, by the reading then or the nearest within a cadence."""
    number = bisect_left(series.points, at, key=lambda point: point[0])
    around = series.points[max(0, number - 1) : number + 1]
    best = nearest([time for time, _ in around], at, series.cadence_s)
    return None if best is None else around[best][1]


def first_of(reasons: Sequence[Sequence[str]]) -> list[str]:
    """For each stretch the first reason that any of several has."""
    return [next(filter(None, of_stretch), "") for of_stretch in zip(*reasons, strict=True)]


def spans(name: str, touches: str, times: Sequence[int], reasons: Sequence[str]) -> Iterator[Unjudged]:
    """One for each run of stretches between consecutive `times` with the same reason; empty reasons are none."""
    stretches = zip(pairwise(times), reasons, strict=True)
    for reason, group in groupby(stretches, key=lambda one: one[1]):
        if reason:
            run = [stretch for stretch, _ in group]
            yield Unjudged(name, touches, run[0][0], run[-1][1], reason)


def outside(
    period: tuple[int, int], times: Sequence[int], name: str, touches: str, what: str = "day"
) -> Iterator[Unjudged]:
    """What of a period (from, to) lies before the first and after the last of `times`, the ends of days (weeks)."""
    (from_at, to_at), reason = period, NO_WHOLE.format(what)
    if len(times) < 2:
        yield Unjudged(name, touches, from_at, to_at, reason)
        return
    if from_at < times[0]:
        yield Unjudged(name, touches, from_at, times[0], reason)
    if times[-1] < to_at:
        yield Unjudged(name, touches, times[-1], to_at, reason)
