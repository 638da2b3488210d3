"""A report as plain data: numbers as text, everything that can be opened with its `id` and the ids it `opens`. No IO.

A figure opens to lines, a line to factors and loads, a load to its intervals with the statements at their ends: three
steps. Format page: docs/formats/report.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from tally_chain.verify.figures import EXACT
from tally_finance.activity.boundary import Role
from tally_finance.activity.state import State
from tally_finance.activity.totals import Totals, shares
from tally_finance.factors.choice import Choice
from tally_finance.footprint.sheet import PARTS, Told
from tally_finance.footprint.trace import written
from tally_finance.report import checking, marking, resources, telling_market, telling_meters, telling_products
from tally_finance.report.rounding import losses

if TYPE_CHECKING:
    from tally_finance.report.making import Report


class Ids:
    """The ids of a report's loads and factors: numbers in the order of the document."""

    def __init__(self, report: Report) -> None:
        """Number the loads by term and name, the factors as lines name them."""
        loads = [one.load.digest for _, one in telling_meters.metered(report.activity.site)]
        self.loads = {digest: f"load-{number}" for number, digest in enumerate(dict.fromkeys(loads), 1)}
        choices: dict[bytes, Choice] = {}
        for part in report.emitted.parts:
            choices.setdefault(part.choice.factor.digest, part.choice)
        for row in (row for one in report.emitted.resources for row in one.rows):
            if row.choice is not None:
                choices.setdefault(row.choice.factor.digest, row.choice)
        self.choices = choices
        self.factors = {digest: f"factor-{number}" for number, digest in enumerate(choices, 1)}

    def of_meter(self, report: Report, name: str) -> list[str]:
        """The loads of a meter of the boundary, all versions."""
        every = telling_meters.metered(report.activity.site)
        return unique(self.loads[one.load.digest] for _, one in every if one.line.name == name)


def unique(ids: Any) -> list[str]:
    """Each once, in their order."""
    return list(dict.fromkeys(ids))


def plain(report: Report) -> dict[str, Any]:
    """Everything but format and method."""
    site, inventory, ids = report.activity.site, report.inventory, Ids(report)
    return {
        "entity": inventory.entity,
        "site": site.boundary.name,
        "from": str(site.from_at),
        "to": str(site.to_at),
        "timezone": site.boundary.zone.key,
        "year": str(report.years[0]),
        "factor_year": str(report.years[1]),
        "warming": inventory.warming,
        "figures": {name: _figure(report, name, told) for name, told in report.footprint.figures.items()},
        "lines": _lines(report, ids),
        "products": telling_products.products(report, ids.loads),
        "outputs": telling_products.outputs(report),
        "passed_on": telling_products.passed_on(report, ids.loads),
        "resources": resources.told(report.emitted.resources, ids.loads, ids.factors),
        "factors": [_factor(ids.factors[digest], choice) for digest, choice in ids.choices.items()],
        "instruments": telling_market.instruments(report.emitted, inventory.market, ids.loads),
        "media": [_medium(report, ids, number) for number in range(len(report.activity.media))],
        "meters": telling_meters.meters(report, ids.loads),
        "versions": telling_meters.versions(site),
        "rounded": losses(report, ids.loads),
        "checks": checking.checks(report, ids),
        "integrity": _integrity(report),
        "remarks": [
            {"name": one.name.text, "blocks": one.name.blocks, "touches": one.touches, "text": one.sentence}
            for one in report.activity.remarks
        ],
        "marks": marking.marks(report),
        "trace": report.trace.digest.hex(),
        "registry": report.registry.digest.hex(),
        "activity": report.activity.digest.hex(),
        "roots": [{"log_id": one.log_id.hex(), "size": str(one.size), "root": one.root.hex()} for one in report.roots],
        "evidence": [digest.hex() for digest in report.evidence],
        "sheets": {name: sha256(data).hexdigest() for name, data in sorted(inventory.sources.items())},
    }


def _figure(report: Report, name: str, told: Told) -> dict[str, Any]:
    parts = [number for number, part in enumerate(report.emitted.parts, 1) if part.emission.scope in PARTS[name]]
    return {
        "id": name,
        "kg": f"{told.kg:f}",
        "u95_kg": f"{told.u95_kg:f}",
        "conservative_kg": f"{told.conservative_kg:f}",
        "u95_percent": "" if told.u95_percent is None else f"{told.u95_percent:f}",
        "by_gas": [list(pair) for pair in told.by_gas],
        "drivers": [[driver, f"{share:f}"] for driver, share in told.drivers],
        "unstated": list(told.unstated),
        "marks": list(told.marks),
        "opens": [f"line-{number}" for number in parts],
    }


def _lines(report: Report, ids: Ids) -> list[dict[str, Any]]:
    return [
        {
            "id": f"line-{number}",
            "name": part.emission.name,
            "use": part.use.name,
            "scope": part.emission.scope.value,
            "gas": part.emission.gas.value,
            "gas_kg": written(part.emission.kg.number),
            "kg": written(kg.number),
            "factor": part.choice.factor.digest.hex(),
            "rests": part.rests,
            "marks": list(part.emission.marks),
            "unstated": list(part.emission.unstated),
            "opens": [ids.factors[part.choice.factor.digest], *unique(ids.loads[one] for one in part.loads)],
        }
        for number, (part, kg) in enumerate(zip(report.emitted.parts, report.lines_kg, strict=True), 1)
    ]


def _factor(name: str, choice: Choice) -> dict[str, Any]:
    factor = choice.factor
    return {
        "id": name,
        "digest": factor.digest.hex(),
        "activity": factor.activity,
        "region": factor.region,
        "data_year": str(factor.data_year),
        "reporting_year": "" if factor.reporting_year is None else str(factor.reporting_year),
        "basis": factor.basis.value,
        "value": f"{factor.value:f}",
        "unit": str(factor.unit),
        "rule": choice.rule,
        "fallback": choice.fallback,
        "owner": choice.owner or "",
        "mark": factor.mark,
        "licence": factor.licence,
        "sources": [{"title": one.title, "locator": one.locator, "read": one.read.value} for one in factor.sources],
        "alternatives": [
            {
                "digest": one.factor.digest.hex(),
                "region": one.factor.region,
                "data_year": str(one.factor.data_year),
                "basis": one.factor.basis.value,
                "value": f"{one.factor.value:f}",
                "unit": str(one.factor.unit),
                "why_not": one.why_not,
            }
            for one in choice.alternatives
        ],
        "opens": [],
    }


def _medium(report: Report, ids: Ids, number: int) -> dict[str, Any]:
    medium, site = report.activity.media[number], report.activity.site
    counted = {Role.MAIN, Role.GENERATION, Role.EXPORT}
    meters = [
        (term, one)
        for term, one in telling_meters.metered(site)
        if one.line.medium == medium.name and one.line.role in counted
    ]
    opens = unique(ids.loads[one.load.digest] for _, one in meters)
    states = {state.word: share.quantity for state, share in shares(site, medium.name).items()}
    return {
        "name": medium.name,
        **_totals(medium.total, f"medium-{number + 1}", opens),
        **_completeness(states),
        "longest_gap_s": str(max((telling_meters.longest_gap_s(one.load) for _, one in meters), default=0)),
        "months": [
            _totals(
                row,
                f"medium-{number + 1}-month-{at}",
                unique(ids.loads[one.load.digest] for term, one in meters if term.from_at <= row.from_at < term.to_at),
            )
            for at, row in enumerate(medium.months, 1)
        ],
    }


def _totals(row: Totals, name: str, opens: list[str]) -> dict[str, Any]:
    sums = {"bought": row.bought, "made": row.made, "fed_in": row.fed_in, "used": row.used}
    return {
        "id": name,
        "from": str(row.from_at),
        "to": str(row.to_at),
        "unit": row.unit,
        **{word: f"{number:f}" for word, number in sums.items()},
        "state": row.state.word,
        "opens": opens,
    }


def _completeness(states: Mapping[str, Decimal]) -> dict[str, Any]:
    """Quantity by state, and in percent of everything bought and made."""
    whole = sum((Fraction(one) for one in states.values()), Fraction(0))
    found = {state.word: states.get(state.word, Decimal(0)) for state in State}
    return {
        **{word: f"{quantity:f}" for word, quantity in found.items()},
        "percent": {word: percent(Fraction(one) / whole) if whole else "" for word, one in found.items()},
    }


def percent(share: Fraction) -> str:
    """A share in percent, to a thousandth, half to even."""
    return f"{EXACT.scaleb(Decimal(round(share * 100_000)), -3):f}"


def _integrity(report: Report) -> dict[str, Any]:
    verdict = report.verdict
    return {
        "holds": verdict.holds,
        "content": verdict.content,
        "statements": str(verdict.statements),
        "findings": [
            {
                "code": str(one.code.number),
                "name": one.code.name,
                "severity": one.severity.name.lower(),
                "touches": one.touches,
                "text": one.sentence,
            }
            for one in verdict.findings
        ],
        "logs": [
            {
                "origin": one.origin,
                "size": str(one.size),
                "root": one.root.hex(),
                "carried": str(one.carried),
                "vouched_by": list(one.vouched_by),
            }
            for one in verdict.logs
        ],
    }
