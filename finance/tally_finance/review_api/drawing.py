"""What pages draw of a report (绘图数据): loads as columns, gaps by their kind, series of the cross-checks. No IO.

All of it follows from evidence that was verified, and never changes; it is worked out once and kept beside the report
(`drawn`). A *missing statement*, a *declared gap* and an *uncovered interval* are three things and stay three.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any, Final

from tally_chain.findings import Code, Finding
from tally_chain.verify.verifier import Examined
from tally_finance.activity.comparing import Compared
from tally_finance.activity.invoices import Held
from tally_finance.activity.load import Load
from tally_finance.activity.sub_meters import Balance
from tally_finance.exact_json import plain
from tally_finance.report import telling_meters
from tally_finance.report.making import Report

FORMAT: Final = 1
MOST_GAPS: Final = 5_000
"""Of a report: a meter off the air by the minute has more, and no drawing shows them apart."""

KINDS: Final = {
    Code.MISSING_STATEMENT: "missing-statement",
    Code.DECLARED_GAP: "declared-gap",
    Code.UNCOVERED_INTERVAL: "uncovered-interval",
    Code.SILENT_METER: "uncovered-interval",
}


def loads(report: Report) -> dict[str, Load]:
    """Each load once, by the id that the report has for it."""
    every = {one.load.digest: one.load for _, one in telling_meters.metered(report.activity.site)}
    return {f"load-{number}": load for number, load in enumerate(every.values(), 1)}


def index(report: Report, examined: Examined) -> dict[str, Any]:
    """All but the loads' columns, as JSON takes it."""
    named = loads(report)
    site = report.activity.site
    lines = {one.load.digest: one.line for _, one in telling_meters.metered(site)}
    told = {
        name: {
            "name": lines[load.digest].name,
            "medium": lines[load.digest].medium,
            "role": lines[load.digest].role.value,
            "parent": lines[load.digest].parent,
            "total": plain(load.total),
            "point": load.point,
            "register": load.register,
            "unit": load.unit,
            "places": load.places,
            "from": load.from_at,
            "to": load.to_at,
            "intervals": int(load.quantity.size),
        }
        for name, load in named.items()
    }
    most = {
        line.name: line.unmetered_most
        for term in site.terms
        for line in term.version.lines
        if line.unmetered_most is not None
    }
    media = {line.name: line.medium for term in site.terms for line in term.version.lines}
    gaps = [one for finding in examined.verdict.findings for one in _gaps(finding, named, _points(examined))]
    activity = report.activity
    return {
        "format": FORMAT,
        "timezone": site.boundary.zone.key,
        "loads": told,
        "gaps": gaps[:MOST_GAPS],
        "more_gaps": max(len(gaps) - MOST_GAPS, 0),
        "comparisons": [_compared(one) for one in activity.compared],
        "balances": [_balance(one, media[one.meter], most.get(one.meter)) for one in activity.balances],
        "invoices": [_invoice(one) for one in activity.invoices],
    }


def _points(examined: Examined) -> Mapping[str, set[str]]:
    """The metering points that each device speaks for."""
    found: dict[str, set[str]] = {}
    for one in (*examined.statements, *examined.gapped):
        claims = one.statement.claims
        found.setdefault(f"device {claims.issuer}", set()).add(claims.subject)
    return found


def _gaps(finding: Finding, named: Mapping[str, Load], points: Mapping[str, set[str]]) -> Iterator[dict[str, Any]]:
    kind = KINDS.get(finding.code)
    if kind is None:
        return
    of_device = points.get(finding.touches, set())
    touched = [
        name
        for name, load in named.items()
        if finding.touches in (load.point, f"{load.point}/{load.register}") or load.point in of_device
    ]
    for from_at, to_at in finding.times:
        yield {
            "kind": kind,
            "code": finding.code.number,
            "touches": finding.touches,
            "loads": touched,
            "from": from_at,
            "to": to_at,
        }


def _compared(one: Compared) -> dict[str, Any]:
    unusual = {month.from_at for month in one.unusual}
    return {
        "name": one.comparison.name,
        "used": list(one.comparison.used),
        "made": list(one.comparison.made),
        "unit": one.unit,
        "usual": None if one.usual is None else [plain(each) for each in one.usual],
        "is_stated": one.comparison.usual is not None,
        "months": [
            {
                "from": month.from_at,
                "to": month.to_at,
                "used": plain(month.used),
                "made": plain(month.made),
                "ratio": None if month.ratio is None else plain(month.ratio),
                "why": month.why,
                "is_unusual": month.from_at in unusual,
            }
            for month in one.months
        ],
        "doubts": [{"from": each.from_at, "to": each.to_at, "text": each.sentence} for each in one.doubts],
    }


def _balance(one: Balance, medium: str, most: object) -> dict[str, Any]:
    share: Fraction | None = one.unmetered_share
    return {
        "meter": one.meter,
        "medium": medium,
        "from": one.from_at,
        "to": one.to_at,
        "unit": one.unit,
        "went_in": plain(one.went_in),
        "sub_metered": plain(one.sub_metered),
        "unmetered": plain(one.unmetered),
        "share": None if share is None else plain(share),
        "most": None if most is None else plain(most),
        "judged": one.judged,
    }


def _invoice(one: Held) -> dict[str, Any]:
    bill = one.invoice
    return {
        "number": bill.number,
        "meter": bill.meter,
        "from": bill.from_at,
        "to": bill.to_at,
        "unit": one.unit,
        "quantity": plain(bill.quantity),
        "tolerance": plain(bill.tolerance),
        "metered": None if one.metered is None else plain(one.metered),
        "difference": None if one.difference is None else plain(one.difference),
        "opening": None if bill.opening is None else plain(bill.opening),
        "closing": None if bill.closing is None else plain(bill.closing),
        "shown_opening": None if one.opening is None else plain(one.opening),
        "shown_closing": None if one.closing is None else plain(one.closing),
        "state": one.state.word,
        "agrees": one.agrees,
    }
