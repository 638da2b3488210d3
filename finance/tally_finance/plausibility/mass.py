"""Mass balance (物料平衡): what lies in store changes by what was weighed in and out, or dries off. Exact, no IO."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Final

from tally_finance.plausibility.cusum import BASELINE, Chart
from tally_finance.plausibility.daily import ABSENT, LEARNING, NO_READING, Ends, ends_of, level_at, outside, spans, whys
from tally_finance.plausibility.doubt import Doubt, Said, Unjudged
from tally_finance.plausibility.observed import DAY_S, Observed, Place, Series

NAME: Final = "mass-balance"

UNWEIGHED: Final = Chart(slack=Decimal("0.75"), limit=Decimal(6), floor=Decimal("0.0004"), clip=Decimal(10))
"""Of what came or went unweighed in a day, as a share of the capacity. A single day can be enough: a works may have an
odd day, but what left a store does not come back."""

DENSITY: Final = Decimal("0.06")
"""Of what is weighed: how much more or less room it may take than its mass says. The bulk density of one lot is known
to about 3 % (standard uncertainty), twice that covers it."""

DRIES: Final = Decimal("0.001")
"""Of what lies in store, a day: grain that is dried from 10 % to 8 % over three weeks loses as much in water. Natural
loss (自然损耗) is far less: 0.1 % in half a year (粮油仓储管理办法, annex 2)."""


@dataclass(frozen=True, slots=True)
class Stores:
    """Level gauges over stores whose goods all pass the scale `scale_in`/`scale_out`; capacities in kg.

    `gauge_error`: how far one reading of a gauge may be off, as a share of the capacity. Without a better word it is
    that of one radar over a cone, 5 %; several points hold half a percent, a laser scan one and a half.
    """

    levels: tuple[tuple[Place, Decimal], ...]
    scale_in: Place
    scale_out: Place
    gauge_error: Decimal = Decimal("0.05")

    @property
    def touches(self) -> str:
        """The gauges: the scale does not say which store a load went to, so the balance is that of the group."""
        return ", ".join(place[0] for place, _ in self.levels)


@dataclass(frozen=True, slots=True)
class _Books:
    """A group over its midnights `days`: what lay there, and what was weighed in and out by the day. Kilograms."""

    days: Sequence[int]
    held: list[Decimal | None]
    came: Ends
    went: Ends
    whole: Decimal

    def unweighed(self, first: int, last: int) -> tuple[Decimal, Decimal] | None:
        """What came (or went, negative) unweighed between two midnights, and what was weighed; None: nobody knows."""
        inward, outward = self.came.risen(first, last), self.went.risen(first, last)
        before, after = self.held[first], self.held[last]
        if inward is None or outward is None or before is None or after is None:
            return None
        return after - before - inward + outward, inward + outward


def check(observed: Observed, stores: tuple[Stores, ...]) -> Iterator[Said]:
    """One doubt per group of stores at most.

    Two things are doubted: more than gauges, density and drying explain, at once and from the first day on; and a
    change against the first days that stays.
    """
    for group in stores:
        came, went = observed.of(*group.scale_in), observed.of(*group.scale_out)
        gauges = [(place[0], observed.of(*place), capacity) for place, capacity in group.levels]
        absent = [point for point, series, _ in gauges if series is None]
        absent += [group.scale_in[0]] if came is None or went is None else []
        if came is None or went is None or absent:
            text = ABSENT.format(absent[0])
            yield Unjudged(NAME, group.touches, observed.from_at, observed.to_at, text)
            continue
        days = observed.midnights
        yield from outside((observed.from_at, observed.to_at), days, NAME, group.touches)
        if len(days) < 2:
            continue
        known = [(point, series, capacity) for point, series, capacity in gauges if series is not None]
        yield from spans(NAME, group.touches, days, _reasons(group, known, came, went, days))
        whole = sum((capacity for _, _, capacity in known), Decimal(0))
        books = _Books(days, [_held(known, at) for at in days], ends_of(came, days), ends_of(went, days), whole)
        yield from _judge(observed, group, books)


def _reasons(
    group: Stores, gauges: Sequence[tuple[str, Series, Decimal]], came: Series, went: Series, days: Sequence[int]
) -> list[str]:
    """Why single days can not be judged by the chart; the bound goes on over a midnight without a level."""
    silent = [next((point for point, series, _ in gauges if level_at(series, at) is None), "") for at in days]
    of_scale = zip(whys(came, days, group.scale_in[0]), whys(went, days, group.scale_out[0]), strict=True)
    return [
        NO_READING.format(before or after) if before or after else inward or outward
        for (before, after), (inward, outward) in zip(pairwise(silent), of_scale, strict=True)
    ]


def _held(gauges: Sequence[tuple[str, Series, Decimal]], at: int) -> Decimal | None:
    total = Decimal(0)
    for _, series, capacity in gauges:
        level = level_at(series, at)
        if level is None:
            return None
        total += level * capacity
    return total


def _judge(observed: Observed, group: Stores, books: _Books) -> Iterator[Said]:
    found = [*_bounded(group, books)]
    shares = [
        (books.days[number + 1], moved[0] / books.whole)
        for number in range(len(books.days) - 1)
        if (moved := books.unweighed(number, number + 1)) is not None
    ]
    if shares:
        yield Unjudged(NAME, group.touches, books.days[0], shares[:BASELINE][-1][0], LEARNING)
    alarm = UNWEIGHED.alarm([share for _, share in shares])
    if alarm is not None:
        way = "came" if alarm[1] > 0 else "went"
        text = f"more {way} unweighed than in the first days"
        found.append(Doubt(NAME, group.touches, observed.from_at, shares[alarm[0]][0], text))
    yield from sorted(found, key=lambda doubt: doubt.to_at)[:1]


def _bounded(group: Stores, books: _Books) -> Iterator[Doubt]:
    """The first stretch in which more moved unweighed than anything honest explains; gauges and scale may have been
    silent at midnights inside it."""
    known = [number for number in range(len(books.days)) if books.unweighed(number, number) is not None]
    begun, fullest = known[:1], Decimal(0)
    for before, last in pairwise(known):
        if books.unweighed(begun[0], last) is None:
            begun, fullest = [last], Decimal(0)
            continue
        fullest = max(fullest, books.held[before] or Decimal(0))
        # Night by night, and what many nights come to since the first.
        stretches = ((before, books.held[before] or Decimal(0)), (begun[0], fullest))
        for first, held in stretches:
            doubt = _beyond(group, books, first, last, held)
            if doubt is not None:
                yield doubt
                return


def _beyond(group: Stores, books: _Books, first: int, last: int, held: Decimal) -> Doubt | None:
    """A doubt where more moved unweighed than explained; `held`: the most that lay there meanwhile."""
    moved = books.unweighed(first, last)
    if moved is None:
        return None
    start, end = books.days[first], books.days[last]
    most = 2 * group.gauge_error * books.whole + DENSITY * moved[1] + DRIES * held * (end - start) / DAY_S
    if abs(moved[0]) <= most:
        return None
    way = "came" if moved[0] > 0 else "went"
    tonnes = (abs(moved[0]) / 1000).quantize(Decimal("0.1"))
    text = f"{tonnes:f} t {way} unweighed: more than gauges, density and drying explain"
    return Doubt(NAME, group.touches, start, end, text)
