"""What was used for what was made (单耗), by the month, beside its usual range: energy, water, output must fit. No IO.

Where the sheet states no range, the months themselves do: from the lower quartile less one and a half times the
distance of the quartiles to the upper one and as much above (Tukey's fences), with LEAST_MONTHS months at least. What
changes slowly is the matter of the plausibility check by the week (`plausibility.ratio`), which is asked too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

import numpy as np

from tally_chain.verify.figures import EXACT
from tally_finance.activity.bins import days
from tally_finance.activity.boundary import Comparison
from tally_finance.activity.column import decimal_of, summed
from tally_finance.activity.remark import Name, Remark
from tally_finance.activity.site import Metered, Site, Term
from tally_finance.activity.state import State
from tally_finance.plausibility import ratio
from tally_finance.plausibility.doubt import Doubt
from tally_finance.plausibility.observed import Break, Observed, Series

LEAST_MONTHS: Final = 6
_FENCE: Final = Fraction(3, 2)


@dataclass(frozen=True, slots=True)
class Month:
    """What was used and made over [`from_at`, `to_at`); `why` there is no ratio, empty where there is one."""

    from_at: int
    to_at: int
    used: Decimal
    made: Decimal
    why: str

    @property
    def ratio(self) -> Fraction | None:
        """Used for each unit made."""
        return None if self.why else Fraction(self.used) / Fraction(self.made)


@dataclass(frozen=True, slots=True)
class Compared:
    """A comparison's months, its usual range (None where there are too few months to know), and doubts by the week."""

    comparison: Comparison
    unit: str
    months: tuple[Month, ...]
    usual: tuple[Fraction, Fraction] | None
    doubts: tuple[Doubt, ...]

    @property
    def unusual(self) -> tuple[Month, ...]:
        """Months whose ratio lies outside the range."""
        if self.usual is None:
            return ()
        low, high = self.usual
        return tuple(one for one in self.months if one.ratio is not None and not low <= one.ratio <= high)


def compared(site: Site) -> tuple[Compared, ...]:
    """Every comparison of the sheet."""
    return tuple(_compared(site, one) for one in site.boundary.comparisons)


def _compared(site: Site, comparison: Comparison) -> Compared:
    months = tuple(month for term in site.terms for month in _months(site, term, comparison))
    ratios = sorted(one.ratio for one in months if one.ratio is not None)
    stated = comparison.usual
    usual = (Fraction(stated[0]), Fraction(stated[1])) if stated is not None else fences(ratios)
    lines = {line.name: line for term in site.terms for line in term.version.lines}
    unit = f"{lines[comparison.used[0]].unit}/{lines[comparison.made[0]].unit}"
    return Compared(comparison, unit, months, usual, tuple(_doubts(site, comparison)))


def _months(site: Site, term: Term, comparison: Comparison) -> Iterator[Month]:
    names = (*comparison.used, *comparison.made)
    if any(name not in term.meters for name in names):
        yield Month(term.from_at, term.to_at, Decimal(0), Decimal(0), "not every meter is part of the site")
        return
    bins = {name: list(term.meters[name].load.monthly(site.boundary.zone)) for name in names}
    for at, month in enumerate(bins[names[0]]):
        used, made = (summed(bins[name][at].quantity for name in of) for of in (comparison.used, comparison.made))
        worst = max(bins[name][at].state for name in names)
        why = f"not measured throughout: {worst.word}" if worst > State.BRIDGED else "" if made else "nothing was made"
        yield Month(month.from_at, month.to_at, used, made, why)


def fences(ratios: Sequence[Fraction]) -> tuple[Fraction, Fraction] | None:
    """Around ascending ratios; quartiles between two of them lie on the line between."""
    if len(ratios) < LEAST_MONTHS:
        return None
    low, high = _quartile(ratios, 1), _quartile(ratios, 3)
    reach = _FENCE * (high - low)
    return low - reach, high + reach


def _quartile(ratios: Sequence[Fraction], quarter: int) -> Fraction:
    place, rest = divmod(quarter * (len(ratios) - 1), 4)
    after = ratios[min(place + 1, len(ratios) - 1)]
    return ratios[place] + (after - ratios[place]) * Fraction(rest, 4)


def _doubts(site: Site, comparison: Comparison) -> Iterator[Doubt]:
    """By the week, term by term, where one meter works for counters that keep registers."""
    if len(comparison.used) != 1:
        return
    for term in site.terms:
        meters = [term.meters.get(name) for name in (*comparison.used, *comparison.made)]
        known = [one for one in meters if one is not None and one.believed and one.line.interval_s is None]
        if len(known) < len(meters):
            continue
        places = [(one.line.point, one.line.register) for one in known]
        series = {place: _series(one) for place, one in zip(places, known, strict=True)}
        midnights = tuple(days(site.boundary.zone, term.from_at, term.to_at).tolist())
        whole = _on_the_clock(site, midnights)
        observed = Observed(term.from_at, term.to_at, series, {}, {}, whole)
        for said in ratio.check(observed, (ratio.Drive(places[0], tuple(places[1:])),)):
            if isinstance(said, Doubt):
                yield said


def _on_the_clock(site: Site, midnights: tuple[int, ...]) -> tuple[int, ...]:
    """The ends of a period are no midnights, unless they are."""
    around = days(site.boundary.zone, midnights[0] - 1, midnights[-1] + 1).tolist()[1:-1]
    return tuple(around)


def _series(one: Metered) -> Series:
    """A meter's readings as plausibility takes them."""
    column, meter = one.column, one.meter
    inside = (column.at >= one.load.from_at) & (column.at <= one.load.to_at)
    points = tuple(
        (at, decimal_of(value, column.places))
        for at, value in zip(column.at[inside].tolist(), column.value[inside].tolist(), strict=True)
    )
    steps, counts = np.unique(np.diff(column.at[inside]), return_counts=True)
    return Series(
        column.unit,
        points,
        meter.stretches[-1].multiplier,
        int(steps[np.argmax(counts)]) if steps.size else 0,
        tuple(
            Break(turn.at, stretch.multiplier, turn.closing, turn.opening, turn.other_meter)
            for turn, stretch in zip(meter.turns, meter.stretches, strict=False)
        ),
    )


def remarks(found: Sequence[Compared]) -> Iterator[Remark]:
    """Unusual months, and what the weeks doubt."""
    for one in found:
        for month in one.unusual:
            if month.ratio is not None and one.usual is not None:
                low, high, at = (f"{six_places(part)}" for part in (*one.usual, month.ratio))
                text = f"from {month.from_at} to {month.to_at} it is {at} {one.unit}, usual are {low} to {high}"
                yield Remark(Name.RATIO_UNUSUAL, one.comparison.name, text)
        for doubt in one.doubts:
            text = f"from {doubt.from_at} to {doubt.to_at}: {doubt.sentence}"
            yield Remark(Name.DOUBT, one.comparison.name, text)


def six_places(number: Fraction) -> str:
    """Six decimal places, for people."""
    scaled = round(number * 10**6)
    return f"{EXACT.scaleb(Decimal(scaled), -6):f}"
