"""What attested outputs and what is passed on are held against: counters, energy, what was bought. No IO."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from tally_finance.activity.column import summed
from tally_finance.activity.comparing import LEAST_MONTHS, fences, six_places
from tally_finance.activity.state import State
from tally_finance.activity.totals import Totals
from tally_finance.report import telling
from tally_finance.report.inventory import Use, Way
from tally_finance.report.outputs import Attested

if TYPE_CHECKING:
    from tally_finance.report.amounts import Passed
    from tally_finance.report.making import Report
    from tally_finance.report.producing import Made
    from tally_finance.report.telling import Ids


def rows(report: Report, ids: Ids) -> Iterator[dict[str, Any]]:
    """Checks of outputs and of what is passed on; nothing where the inventory has none."""
    yield from _counted_twice(report, ids)
    for number, one in enumerate(report.products, 1):
        attested = one.output.attested
        if attested is None:
            continue
        name = f"output-{number}"
        against = [f"{each.touches}: {each.sentence}" for each in attested.remarks if each.name.blocks]
        against += [f"{each}: is entered by hand" for each in sorted(attested.points & report.by_hand)]
        text = "; ".join(against) or f"{len(attested.shown)} numbers, each in a statement of the evidence"
        yield _row("output", f"output of {one.product.name}", text, [name], holds=not against)
        if one.output.counted is not None:
            yield _beside_counters(one, [name, *telling.unique(ids.loads[load] for load in one.output.loads)])
        if attested.way is not Way.OUT:
            yield from _beside_energy(report, one, attested, name)
    for number, passed in enumerate(report.emitted.passed, 1):
        yield _passed(report, passed, f"passed-{number}")


def _row(kind: str, name: str, text: str, opens: list[str], *, holds: bool, made: bool = True) -> dict[str, Any]:
    return {"kind": kind, "name": name, "made": made, "holds": holds and made, "text": text, "opens": opens}


def _counted_twice(report: Report, ids: Ids) -> Iterator[dict[str, Any]]:
    """A counter of two products whose shares are stated: by the unit of either there is only its share of one unit."""
    of: dict[str, list[str]] = defaultdict(list)
    for one in report.products:
        for name in sorted(set(one.product.made)):
            of[name].append(one.product.name)
    for name, products in sorted(of.items()):
        if len(products) > 1:
            text = f"it counts what was made of {' and of '.join(products)}: each is told by the unit of both"
            yield _row("output", f"output by {name}", text, ids.of_meter(report, name), holds=False)


def _beside_counters(one: Made, opens: list[str]) -> dict[str, Any]:
    """The weighings beside the boundary's counters: they may be apart by what the weighings may be wrong by."""
    name, amount, counted = f"output of {one.product.name} beside its counters", one.output.amount, one.output.counted
    if counted is None or counted.unit != amount.unit or one.output_u95 is None:
        return _row("output", name, "they count in another unit", opens, holds=False, made=False)
    apart = counted.number - amount.number
    share = telling.percent(apart / amount.number) if amount.number else "?"
    holds = abs(apart) <= one.output_u95.number
    return _row("output", name, f"the counters say {share} % more than the weighings", opens, holds=holds)


def _beside_energy(report: Report, one: Made, attested: Attested, output: str) -> Iterator[dict[str, Any]]:
    """Month by month what was used of each medium for what was weighed in: months that are unlike the others."""
    for number, medium in enumerate(report.activity.media, 1):
        made = _by_month(attested, medium.months, pieces=attested.way is Way.PIECES)
        ratios = {
            month.from_at: Fraction(month.used) / amount
            for month, amount in zip(medium.months, made, strict=True)
            if amount and month.state <= State.BRIDGED
        }
        usual = fences(sorted(ratios.values()))
        name, opens = f"{medium.name} for {one.product.name}", [output, f"medium-{number}"]
        if usual is None:
            text = f"{len(ratios)} months with an output: {LEAST_MONTHS} at least say what is usual"
            yield _row("output", name, text, opens, holds=False, made=False)
            continue
        low, high = usual
        unusual = sum(not low <= ratio <= high for ratio in ratios.values())
        unit = f"{medium.total.unit}/{one.output.amount.unit}"
        text = f"{unusual} of {len(ratios)} months are not from {six_places(low)} to {six_places(high)} {unit}"
        yield _row("output", name, text, opens, holds=not unusual)


def _by_month(attested: Attested, months: tuple[Totals, ...], *, pieces: bool) -> list[Fraction]:
    """A weighing at the very end of a month belongs to it: what it weighed was made before."""
    ends = [month.from_at for month in months]
    found = [Fraction(0) for _ in months]
    for one in attested.shown:
        place = bisect_right(ends, one.at - 1) - 1
        found[max(place, 0)] += 1 if pieces else Fraction(one.amount)
    return found


def _passed(report: Report, passed: Passed, name: str) -> dict[str, Any]:
    """No month passes on more than it brought, by all meters of the use; of what the site makes, none was bought."""
    (medium,) = (each for each in report.activity.media if each.name == passed.use.medium)
    gone = _gone(report, passed.use)
    too_much = sum(gone[month.from_at] > Fraction(month.bought) for month in medium.months)
    text = f"{too_much} of {len(medium.months)} months pass on more than was bought"
    unit = medium.total.unit
    made = summed(each.total.made for each in report.activity.media if each.total.unit == unit)
    if made:
        text += f"; the site makes {made:f} {unit} itself"
        text += ", and how much of those was passed on is not shown"
    title = f"{passed.use.name} passed on to {passed.on.to}"
    return _row("passed-on", title, text, [name], holds=not too_much and not made)


def _gone(report: Report, use: Use) -> dict[int, Fraction]:
    """What all meters that are taken off a use passed on as registers prove it, by the month's beginning."""
    site, names = report.activity.site, {one.meter for one in use.less}
    found: dict[int, Fraction] = defaultdict(Fraction)
    for meter in (meter for term in site.terms for name, meter in term.meters.items() if name in names):
        for month in meter.load.monthly(site.boundary.zone):
            found[month.from_at] += sum(
                (Fraction(share) for state, share in month.shares.items() if state <= State.BRIDGED), Fraction(0)
            )
    return found
