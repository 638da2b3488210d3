"""What a report held against each other, check by check. No IO.

Every check says whether it holds; one that could not be made is listed as not made, and never as one that holds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from tally_finance.activity.comparing import Compared
from tally_finance.activity.remark import Name
from tally_finance.activity.sub_meters import Balance
from tally_finance.footprint.claiming import Standing
from tally_finance.footprint.trace import written
from tally_finance.report import checking_factors, checking_outputs, telling

if TYPE_CHECKING:
    from tally_finance.activity.invoices import Held
    from tally_finance.report.making import Report
    from tally_finance.report.telling import Ids

_BOUNDARY = {Name.LEFT_OUT, Name.PARENT_DIFFERS}


def checks(report: Report, ids: Ids) -> list[dict[str, Any]]:
    """What was held against what, analyses of fuel, outputs: name, whether it was made and holds, a sentence."""
    found = [*_sub_meters(report, ids), *_invoices(report, ids), *_compared(report, ids), *_others(report, ids)]
    found += [*checking_factors.rows(report), *checking_outputs.rows(report, ids)]
    return [{"id": f"check-{number}", **one} for number, one in enumerate(found, 1)]


def _row(kind: str, name: str, text: str, opens: list[str], *, holds: bool, made: bool = True) -> dict[str, Any]:
    return {"kind": kind, "name": name, "made": made, "holds": holds and made, "text": text, "opens": opens}


def _sub_meters(report: Report, ids: Ids) -> Iterator[dict[str, Any]]:
    rows = report.activity.balances
    wrong = {Name.SUBS_EXCEED, Name.UNMETERED}
    for meter in sorted({one.meter for one in rows}):
        of = [one for one in rows if one.meter == meter]
        against = [one for one in report.activity.remarks if one.name in wrong and one.touches == meter]
        judged = [one for one in of if one.judged]
        text = against[0].sentence if against else _unmetered(judged)
        below = [
            line.name
            for version in report.activity.site.boundary.versions
            for line in version.lines
            if line.parent == meter
        ]
        opens = telling.unique(load for name in (meter, *below) for load in ids.of_meter(report, name))
        yield _row("sub-meters", f"sub-meters of {meter}", text, opens, holds=not against, made=bool(judged))
    if not rows:
        yield _row("sub-meters", "sub-meters", "no meter has sub-meters", [], holds=False, made=False)


def _unmetered(judged: list[Balance]) -> str:
    """How much of what went in reached no sub-meter."""
    went_in = sum((Fraction(one.went_in) for one in judged), Fraction(0))
    if not went_in:
        return "nothing that went in could be judged"
    rest = sum((Fraction(one.unmetered) for one in judged), Fraction(0))
    return f"{telling.percent(rest / went_in)} % reached no sub-meter"


def _invoices(report: Report, ids: Ids) -> Iterator[dict[str, Any]]:
    for one in report.activity.invoices:
        opens = ids.of_meter(report, one.invoice.meter)
        touches = f"{one.invoice.meter}, invoice {one.invoice.number}"
        against = [each for each in report.activity.remarks if each.touches == touches]
        text = against[0].sentence if against else _agreed(one)
        name = f"invoice {one.invoice.number} of {one.invoice.meter}"
        yield _row("invoice", name, text, opens, holds=not against and one.agrees, made=one.is_held)
    for remark in report.activity.remarks:
        if remark.name is Name.INVOICES_APART:
            opens = ids.of_meter(report, remark.touches)
            yield _row("invoice", f"invoices of {remark.touches}", remark.sentence, opens, holds=False)
    if not report.activity.invoices:
        yield _row("invoice", "invoices", "the boundary sheet has none", [], holds=False, made=False)


def _agreed(one: Held) -> str:
    return f"it says {one.invoice.quantity:f} {one.unit}, and so does the meter within {one.invoice.tolerance:f}"


def _compared(report: Report, ids: Ids) -> Iterator[dict[str, Any]]:
    for one in report.activity.compared:
        names = (*one.comparison.used, *one.comparison.made)
        opens = telling.unique(load for name in names for load in ids.of_meter(report, name))
        made = one.usual is not None
        holds = made and not one.unusual and not one.doubts
        yield _row("comparison", one.comparison.name, _usual(one), opens, holds=holds, made=made)
    if not report.activity.compared:
        yield _row("comparison", "comparisons", "the boundary sheet has none", [], holds=False, made=False)


def _usual(one: Compared) -> str:
    if one.usual is None:
        return "too few months to know what is usual, and nobody states it"
    return f"{len(one.unusual)} of {len(one.months)} months are unusual, {len(one.doubts)} doubts by the week"


def _others(report: Report, ids: Ids) -> Iterator[dict[str, Any]]:
    remarks = report.activity.remarks
    named = (
        ("boundary", "site plan and boundary sheet", _BOUNDARY),
        ("ceiling", "nothing above its ceiling", {Name.CEILING_EXCEEDED}),
        ("correction", "corrections have their place", {Name.CORRECTION_UNPLACED}),
    )
    for kind, name, wrong in named:
        against = [f"{one.touches}: {one.sentence}" for one in remarks if one.name in wrong]
        yield _row(kind, name, "; ".join(against) or "nothing against it", [], holds=not against)
    for name, judged in report.analyses.items():
        yield _row("analyses", f"calorific value of {name}", judged.text, [], holds=judged.holds, made=judged.made)
    yield from _drained(report)
    yield from _instruments(report, ids)


def _drained(report: Report) -> Iterator[dict[str, Any]]:
    """What left by a drain that is metered, of the water that came in and was not passed on."""
    bought = {one.name: Fraction(one.total.bought) for one in report.activity.media}
    names = {one.name: f"medium-{number}" for number, one in enumerate(report.activity.media, 1)}
    for use in report.inventory.uses:
        if use.drain is None or use.drain.medium is None:
            continue
        passed = (one.line.amount.number for one in report.emitted.passed if one.use is use)
        came, left = bought[use.medium] - sum(passed, Fraction(0)), bought[use.drain.medium]
        share = telling.percent(left / came) if came else "?"
        text = f"{share} % of what came in left by the drain, and nothing says where the rest went"
        opens = [names[use.medium], names[use.drain.medium]]
        yield _row("water", f"water balance of {use.name}", text, opens, holds=left <= came)


def _instruments(report: Report, ids: Ids) -> Iterator[dict[str, Any]]:
    """Certificates and contracts, hours, claims in the registry: as far as the inventory has them."""
    market, certified, hourly = report.emitted.market, report.emitted.certified, report.emitted.hourly
    if market is None or certified is None:
        return
    found = certified.admitted
    if found.certificates or found.contracts or found.refused:
        text = f"{len(found.refused)} of the certificates and contracts do not count"
        lines = [
            f"line-{number}"
            for number, part in enumerate(report.emitted.parts, 1)
            if part.emission.scope.value == "2 market-based"
        ]
        yield _row("instruments", "certificates and contracts", text, lines, holds=not found.refused)
    if hourly is not None:
        matched, claimed = hourly.matching.matched, market.covered
        text = (
            f"{telling.percent(hourly.matching.told.number)} % are matched hour by hour, {written(matched.number)} kWh"
        )
        text += f"; the period claims {written(claimed.number)} kWh"
        opens = telling.unique(ids.loads[digest] for digest in hourly.loads)
        yield _row(
            "hourly",
            "the annual claim is not below the hours",
            text,
            opens,
            holds=not hourly.matching.contradicts(claimed),
        )
    elif report.inventory.market.grid is not None:
        text = "nothing is matched by the hour: which hours of it were passed on is not worked out"
        yield _row("hourly", "the annual claim is not below the hours", text, [], holds=False, made=False)
    if certified.claimed is not None:
        standing = Counter(certified.claimed.standing(number) for number in report.inventory.market.claimable)
        text = ", ".join(f"{count} {one.value}" for one in Standing if (count := standing[one])) or "no certificate"
        yield _row("claims", "claims in the registry", text, [], holds=set(standing) <= {Standing.HELD})
