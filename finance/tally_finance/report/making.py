"""A footprint report (碳足迹报告) from verified evidence, a boundary and an inventory. Exact, no IO.

    1  activity data of the boundary from what the verification believes        activity.report
    2  each medium of the inventory by its factors: lines                       emitting
    3  scopes, totals, uncertainty                                              footprint.sheet
    4  products: shares of a total, by what was made                            outputs, producing
    5  everything of it as one document whose digest an opinion is bound to     telling

Equal evidence, sheets and factors give equal bytes. What makes the evidence fail is told in the report as the verifier
tells it; where nothing in it may be calculated with there is no report.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from hashlib import sha256
from typing import Final

from tally_chain.findings import Severity, printable
from tally_chain.verify.verdict import Verdict
from tally_chain.verify.verifier import Examined
from tally_edge.proof import log_id_of
from tally_finance.activity.boundary import Boundary
from tally_finance.activity.reading import Reader
from tally_finance.activity.report import Report as Activity
from tally_finance.activity.report import report_of as activity_of
from tally_finance.activity.site import Site
from tally_finance.errors import FootprintError
from tally_finance.factors.registry import Registry
from tally_finance.footprint import steps
from tally_finance.footprint.emission import together, warming_of
from tally_finance.footprint.sheet import METHOD, Footprint, footprint
from tally_finance.footprint.trace import Node, Step, Trace, canonical
from tally_finance.report import analyses, producing, telling, telling_market
from tally_finance.report.amounts import is_by_hand
from tally_finance.report.analyses import Judged
from tally_finance.report.emitting import Emitted, Emitting, year_of
from tally_finance.report.inventory import Inventory
from tally_finance.report.outputs import Output, outputs
from tally_finance.report.producing import Made
from tally_finance.review.opinions import Bound, Root

FORMAT: Final = "tallystick report 1"
_MOST_FAILURES: Final = 3
STEP_KG: Final = Decimal("0.001")
"""Of a line; a total is rounded to the kilogram, once, from what is exact."""


@dataclass(frozen=True, eq=False)
class Report:
    """The report. `lines_kg`: kgCO2e of each part of `emitted`, rounded; `evidence`: SHA-256 of each bundle."""

    inventory: Inventory
    activity: Activity
    verdict: Verdict
    emitted: Emitted
    lines_kg: tuple[Node, ...]
    footprint: Footprint
    products: tuple[Made, ...]
    registry: Registry
    years: tuple[int, int]
    trace: Trace
    evidence: tuple[bytes, ...]
    analyses: Mapping[str, Judged]
    """By the name of each use with a stated calorific value: what signed analyses say of it."""
    by_hand: frozenset[str]
    """The metering points of boundary and outputs at which people enter what is shown (人工录入)."""

    def encode(self) -> bytes:
        """Canonical JSON (RFC 8785); numbers are text. Format page: docs/formats/report.md."""
        return canonical({"format": FORMAT, "method": METHOD, **telling.plain(self)})

    @cached_property
    def digest(self) -> bytes:
        """SHA-256 of the canonical JSON."""
        return sha256(self.encode()).digest()

    @property
    def roots(self) -> tuple[Root, ...]:
        """The heads of the logs that the evidence was proven under, by log id."""
        found = [Root(log_id_of(log.origin), log.size, log.root) for log in self.verdict.logs]
        return tuple(sorted(found, key=lambda root: root.log_id))

    @property
    def bound(self) -> Bound:
        """What an opinion on this report is bound to."""
        return Bound(self.digest, self.trace.digest, self.registry.digest, METHOD, self.roots)


def _failures(verdict: Verdict) -> str:
    """Why evidence does not hold, for a person: the first failures, in their order."""
    found = [
        f"{one.code.number} {one.sentence} [{one.touches}]"
        for one in verdict.findings
        if one.severity is Severity.FAILURE
    ]
    more = f"; {len(found) - _MOST_FAILURES} more" if len(found) > _MOST_FAILURES else ""
    return printable("; ".join(found[:_MOST_FAILURES]) + more) or "it has no statement"


def report_of(
    examined: Examined,
    inventory: Inventory,
    boundary: Boundary,
    registry: Registry,
    evidence: tuple[bytes, ...],
    *,
    reader: Reader | None = None,
) -> Report:
    """The report. Raises ActivityError, FactorError, FootprintError, QuantityError for what can not be counted.

    `reader`: where readings come from, if not from the bundle's own statements (`arrow.Projected`); the report is the
    same.
    """
    if not examined.statements and not examined.gapped:
        raise FootprintError(f"nothing in the evidence may be calculated with: {_failures(examined.verdict)}")
    _check(inventory, boundary)
    activity = activity_of(examined, boundary, reader)
    site = activity.site
    years = year_of(site, inventory)
    emitted = Emitting(site, examined.facts, inventory, registry, years[1]).all()
    warming = warming_of(registry, inventory.warming)
    data = [one.load.digest for term in site.terms for one in term.meters.values()]
    emissions = [part.emission for part in emitted.parts]
    sheet = footprint(boundary.name, (site.from_at, site.to_at), emissions, warming, data)
    lines = tuple(
        steps.rounded(f"{one.name}, told", together(f"{one.name}: line", [one], warming).co2e, STEP_KG)
        for one in emissions
    )
    products = () if inventory.products is None else inventory.products.every
    output = outputs(products, examined, site, inventory)
    made = producing.made(boundary.name, inventory.products, output, emissions, warming)
    trace = _joined(sheet.trace, Trace.of(_told(lines, made, emitted)))
    return Report(
        inventory,
        activity,
        examined.verdict,
        emitted,
        lines,
        sheet,
        made,
        registry,
        years,
        trace,
        tuple(sorted(evidence)),
        _analysed(examined, inventory, site),
        frozenset(one for one in _points(boundary, output) if is_by_hand(examined.facts, one)),
    )


def _told(lines: Sequence[Node], made: Sequence[Made], emitted: Emitted) -> dict[str, Node]:
    """What the report tells beside its figures, by the names that its trace has for them."""
    nodes = {f"line-{number}": node for number, node in enumerate(lines, 1)}
    for number, one in enumerate(made, 1):
        nodes |= {f"product-{number}.{name}": node for name, node in one.nodes().items()}
    if emitted.market is not None:
        market = emitted.market
        nodes |= {
            "market.covered": market.covered,
            "market.remainder": market.remainder,
            "market.supplied": market.supplied,
            "market.unused": market.unused,
        }
    for resource in emitted.resources:
        nodes |= resource.nodes()
    for number, passed in enumerate(emitted.passed, 1):
        nodes[f"passed-{number}"] = passed.line.amount
    if emitted.hourly is not None:
        nodes |= telling_market.nodes(emitted.hourly.matching)
    return nodes


def _analysed(examined: Examined, inventory: Inventory, site: Site) -> Mapping[str, Judged]:
    """Each stated calorific value, held against the analyses that it names."""
    found = {}
    for use in inventory.uses:
        if use.calorific is not None:
            point = use.calorific.analyses
            those = () if point is None else analyses.analyses(examined, point)
            found[use.name] = analyses.judged(use.calorific, those, site.boundary.zone, (site.from_at, site.to_at))
    return found


def _points(boundary: Boundary, output: Mapping[str, Output]) -> set[str]:
    meters = {line.point for version in boundary.versions for line in version.lines}
    return meters.union(*(one.attested.points for one in output.values() if one.attested is not None))


def _joined(first: Trace, second: Trace) -> Trace:
    """Two traces as one: equal steps are one step, and each still stands after its arguments."""
    every: dict[str, Step] = {step.id: step for trace in (first, second) for step in trace.steps}
    return Trace(tuple(every.values()), {**first.results, **second.results})


def _check(inventory: Inventory, boundary: Boundary) -> None:
    """What the inventory names stands in the boundary sheet. Raises FootprintError."""
    meters = {line.name for version in boundary.versions for line in version.lines}
    media = {line.medium for version in boundary.versions for line in version.lines}
    products = () if inventory.products is None else inventory.products.every
    named = [("meter", name, meters) for name in inventory.meters]
    named += [("meter", name, meters) for one in products for name in one.made]
    named += [("meter", one.meter, meters) for use in inventory.uses for one in use.less]
    named += [("medium", use.medium, media) for use in inventory.uses]
    named += [("medium", table.medium, media) for table in inventory.rounded]
    for kind, name, known in named:
        if name not in known:
            raise FootprintError(f"the inventory names {kind} {name!r}, which the boundary sheet does not have")
