"""What must be written beside a report's figures: marks (标注) of factors, year, media, meters, certificates. No IO."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tally_finance.activity.column import summed
from tally_finance.report import telling_meters
from tally_finance.report.inventory import As, MeterExtra

if TYPE_CHECKING:
    from tally_finance.report.making import Report


def marks(report: Report) -> list[str]:
    """What is written beside the figures: of their factors, the year, media that no line counts, evidence."""
    found = {mark for told in report.footprint.figures.values() for mark in told.marks}
    activity, factors = report.years
    if activity != factors:
        found.add(f"factors of {factors} for an activity of {activity}: {report.inventory.year_reason}")
    counted = {use.medium for use in report.inventory.uses}
    counted |= {use.drain.medium for use in report.inventory.uses if use.drain is not None and use.drain.medium}
    for medium in report.activity.site.media:
        if medium not in counted:
            found.add(f"{medium}: metered, and in no line of the inventory")
    found |= {*_of_meters(report), *_of_counters(report), *_of_market(report)}
    if not report.verdict.holds:
        found.add("the evidence does not hold (证据不成立)")
    if not report.activity.is_bounded:
        found.add("a remark leaves a sum open")
    return sorted(found)


def _of_meters(report: Report) -> Iterator[str]:
    """What a reader stated of meters, or people entered, in place of what a device or an authority says."""
    for _, meter in telling_meters.metered(report.activity.site):
        name, facts = meter.line.name, meter.facts
        if meter.line.point in report.by_hand:
            yield f"{name}: its readings are entered by hand (人工录入)"
        limit = report.inventory.meters.get(name, MeterExtra()).limit_percent
        if limit is not None and facts is not None and meter.line.counts:
            yield f"{name}: {limit:f} % is stated as its limit of error, in place of class {facts.accuracy_class}"
    for use in report.inventory.uses:
        if use.of is As.FUEL and use.gas is None and _unit_of(report, use.medium) == "m3":
            yield f"{use.name}: nobody states how it stood in the meter, and it counts as at reference conditions"


def _of_counters(report: Report) -> Iterator[str]:
    """What counts nothing of the site, and nothing is held against it: it may be a meter that should."""
    products = () if report.inventory.products is None else report.inventory.products.every
    named = {name for one in report.activity.compared for name in (*one.comparison.used, *one.comparison.made)}
    named |= {name for one in products for name in one.made}
    attested = (one.output.attested for one in report.products)
    weighing = {point for one in attested if one is not None for point in one.points}
    for _, meter in telling_meters.metered(report.activity.site):
        line = meter.line
        if not line.counts and line.name not in named and line.point not in weighing:
            yield f"{line.name}: a counter in {line.unit} of no product, which nothing is compared with"


def _unit_of(report: Report, medium: str) -> str:
    return next(one.total.unit for one in report.activity.media if one.name == medium)


def _of_market(report: Report) -> Iterator[str]:
    """What a reader's sheet lets count beyond the period and the place."""
    market, certified, from_at = report.inventory.market, report.emitted.certified, report.activity.site.from_at
    early = 0 if certified is None else sum(one.from_at < from_at for one in certified.admitted.certificates)
    if early:
        yield f"{early} certificates that count were generated before the period"
    made = summed(one.total.made for one in report.activity.media if one.total.unit == "kWh")
    if made and certified is not None and (certified.admitted.certificates or certified.granular):
        yield f"the site makes {made:f} kWh itself, and whether certificates stand for those is not shown"
    countries = {one.partition("-")[0] for one in report.inventory.regions}
    for region in sorted(market.regions):
        if region.partition("-")[0] not in countries:
            yield f"certificates of {region} count, and no factor may be of there"
    grids = {one for one in report.inventory.regions if "grid:" in one}
    if market.grid is not None and grids and market.grid not in grids:
        yield f"{market.grid} is the grid region by the hour, and the factors' is {', '.join(sorted(grids))}"
