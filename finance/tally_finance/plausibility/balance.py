"""A parent meter against its sub-meters (总分表平衡): what goes in must come out somewhere. Exact, no IO."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from tally_finance.plausibility.cusum import BASELINE, OTHER_METER, Chart
from tally_finance.plausibility.daily import ABSENT, LEARNING, course, nearest, outside, rises, spans, whys
from tally_finance.plausibility.doubt import Doubt, Said, Unjudged
from tally_finance.plausibility.observed import Observed, Series

NAME: Final = "parent-balance"
MORE_THAN_ALL: Final = Decimal("1.03")
"""Sub-meters may show this much of their parent together: the limits of class 1 on both sides (1.01 / 0.99), and a
rest."""

MORE_WATER: Final = Decimal("1.05")
"""The same of water: class 2 of OIML R 49-1 is 2 % at the usual flows, on both sides 1.02 / 0.98, and a rest."""

HARDLY: Final = 100
"""Of the parent's largest day, the part below which sub-meters are not held to it: there last digits decide."""

UNMETERED: Final = Chart(slack=Decimal("0.75"), limit=Decimal(8), floor=Decimal("0.004"))
"""Of the share that no sub-meter sees. The floor is what two meters of class 0.5 may drift apart."""

_MOST: Final = {"energy_import": MORE_THAN_ALL, "volume": MORE_WATER}


@dataclass(frozen=True, slots=True)
class _Level:
    """A parent and what was below it over [`from_at`, `to_at`]."""

    parent: str
    below: tuple[str, ...]
    from_at: int
    to_at: int


def check(observed: Observed) -> Iterator[Said]:
    """One doubt at most per parent and medium, and per hierarchy where that changed: a new one is learnt anew.

    Two things are doubted: sub-meters that show more than their parent on a day, and a share that no sub-meter sees
    which changes and stays changed.
    """
    for level in _levels(observed):
        silent = [child for child in level.below if not observed.speaks(child)]
        for child in silent:
            yield Unjudged(NAME, child, level.from_at, level.to_at, ABSENT.format(child))
        for register, most in _MOST.items():
            parts = {child: series for child in level.below if (series := observed.of(child, register)) is not None}
            whole = observed.of(level.parent, register)
            if whole is not None and parts:
                yield from _judge(observed, level, whole, parts, most)
            elif parts:
                yield Unjudged(NAME, level.parent, level.from_at, level.to_at, ABSENT.format(level.parent))


def _levels(observed: Observed) -> Iterator[_Level]:
    stretches = list(observed.hierarchies())
    for parent in sorted({above for _, _, parents in stretches for above in parents.values()}):
        found: list[_Level] = []
        for from_at, to_at, parents in stretches:
            below = tuple(sorted(child for child, above in parents.items() if above == parent))
            if found and found[-1].below == below and found[-1].to_at == from_at:
                found[-1] = _Level(parent, below, found[-1].from_at, to_at)
            else:
                found.append(_Level(parent, below, from_at, to_at))
        yield from (level for level in found if level.below)


@dataclass(frozen=True, slots=True)
class _Day:
    """Of what the parent counted until a midnight, the shares that no sub-meter saw and that other meters counted than
    on the first day, the parent among them."""

    until: int
    unmetered: Decimal
    of_others: Decimal


def _judge(observed: Observed, level: _Level, whole: Series, parts: dict[str, Series], most: Decimal) -> Iterator[Said]:
    days = [at for at in observed.midnights if level.from_at <= at <= level.to_at]
    yield from outside((level.from_at, level.to_at), days, NAME, level.parent)
    if len(days) < 2:
        return
    of_whole, of_parts = rises(whole, days), [rises(part, days) for part in parts.values()]
    reasons = [whys(series, days, point) for point, series in {level.parent: whole, **parts}.items()]
    yield from spans(
        NAME, level.parent, days, [next(filter(None, of_day), "") for of_day in zip(*reasons, strict=True)]
    )
    largest = max((risen for risen in of_whole if risen is not None), default=Decimal(0))
    exchanges = [_exchanged(series, days[0]) for series in (whole, *parts.values())]
    judged: list[_Day] = []
    for number, risen in enumerate(of_whole):
        known = [amount for one in of_parts if (amount := one[number]) is not None]
        if risen is None or len(known) < len(of_parts):
            continue
        shown = sum(known, Decimal(0))
        if shown > risen * most and shown * HARDLY > largest:
            around = _around(whole, list(parts.values()), days[number], days[number + 1])
            if around is not None and shown > around * most:
                text = f"its sub-meters show {shown:f} of {around:f}"
                yield Doubt(NAME, level.parent, days[number], days[number + 1], text)
                return
        if risen:
            until = days[number + 1]
            counted = zip(exchanges, (risen, *known), strict=True)
            others = sum((amount for at, amount in counted if at is not None and at < until), Decimal(0))
            judged.append(_Day(until, 1 - shown / risen, others / risen))
    yield from _chart(level, judged, days[0])


def _exchanged(series: Series, begins: int) -> int | None:
    return min((change.at for change in series.breaks if change.other_meter and change.at >= begins), default=None)


def _around(whole: Series, parts: Sequence[Series], start: int, end: int) -> Decimal | None:
    """What the parent counted over all that its sub-meters were read over, where they are not read at one time."""
    of_parts = [(part, course(part)) for part in parts]
    starts = [of.times[n] for part, of in of_parts if (n := nearest(of.times, start, part.cadence_s)) is not None]
    ends = [of.times[n] for part, of in of_parts if (n := nearest(of.times, end, part.cadence_s)) is not None]
    of = course(whole)
    first = max((n for n, at in enumerate(of.times) if at <= min(starts)), default=None)
    last = min((n for n, at in enumerate(of.times) if at >= max(ends)), default=None)
    return None if first is None or last is None else of.risen(first, last)


def _chart(level: _Level, days: Sequence[_Day], begins: int) -> Iterator[Said]:
    if not days:
        return
    yield Unjudged(NAME, level.parent, begins, days[:BASELINE][-1].until, LEARNING)
    allowed = [OTHER_METER * day.of_others for day in days]
    alarm = UNMETERED.alarm([day.unmetered for day in days], allowed=allowed)
    if alarm is not None:
        way = "more" if alarm[1] > 0 else "less"
        text = f"{way} of it than before reaches no sub-meter"
        yield Doubt(NAME, level.parent, level.from_at, days[alarm[0]].until, text)
