"""How much was made (产量), from weighings or from the boundary's counters, with its uncertainty. Exact, no IO.

    in       what a store's scale weighed in                                    Σ tickets, `quantity.tickets`
    out      what it weighed out, and what more lies there than before          Σ tickets + stocktake - stocktake
    pieces   how many serials were weighed in, each once

A weighing counts that stands in a statement of the verified bundle, once, under its ticket and alibi number. Where the
scale's running sum rose by less than its tickets say, the lower of the two counts: a lower output makes the footprint
of a unit higher. Remarks of the scale are told, and the check of the output does not hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_FLOOR, ROUND_UP, Decimal, localcontext
from hashlib import sha256
from pathlib import Path
from typing import Final

from tally_chain.verify.verifier import Examined
from tally_edge.errors import ConfigError
from tally_finance.activity.site import Metered, Site
from tally_finance.activity.state import State
from tally_finance.errors import FootprintError, QuantityError
from tally_finance.estimate import EXACT, Estimate, total
from tally_finance.footprint import steps
from tally_finance.footprint.metering import Kind
from tally_finance.footprint.trace import Node
from tally_finance.footprint.uncertainty import Contribution
from tally_finance.quantity import certificates, sheet
from tally_finance.quantity.attested import stepped
from tally_finance.quantity.evidence import Evidence, Source, evidence_of
from tally_finance.quantity.holding import scale_at
from tally_finance.quantity.position import position
from tally_finance.quantity.remark import Remark
from tally_finance.quantity.store import Bridge, Pieces, Store
from tally_finance.quantity.tickets import Ticket, weighed
from tally_finance.report.amounts import Amounts, is_by_hand
from tally_finance.report.inventory import Attesting, Inventory, MeterExtra, Product, Way

_KG: Final = "kg"
_GRAM: Final = Decimal("0.001")
_STEP_KG: Final = Decimal("0.000001")
"""Standard uncertainties of weighings hold roots: they are rounded up to a milligram."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A number that an output was made of, and the statement that it stands in."""

    name: str
    at: int
    amount: Decimal
    source: Source


@dataclass(frozen=True, eq=False)
class Attested:
    """An output from a store's evidence. `points`: its instruments; `remarks`: of those that say so."""

    store: str
    way: Way
    points: frozenset[str]
    shown: tuple[Shown, ...]
    remarks: tuple[Remark, ...]


@dataclass(frozen=True, eq=False)
class Output:
    """What was made of a product. `counted`: what its counters say where weighings count before them, None: nothing.

    `contributions` are in the unit of `amount`; `loads`: of the counters.
    """

    product: Product
    amount: Node
    contributions: tuple[Contribution, ...]
    unstated: tuple[str, ...]
    loads: tuple[bytes, ...]
    attested: Attested | None
    counted: Node | None


def outputs(products: Sequence[Product], examined: Examined, site: Site, inventory: Inventory) -> dict[str, Output]:
    """The output of each product, by name.

    Raises FootprintError, QuantityError, ConfigError for what the evidence or a store's sheet does not say, and where
    one instrument would say what was made of two products: by the unit of either there would be less.
    """
    found = {one.name: _output(one, examined, site, inventory) for one in products}
    weighs: dict[str, str] = {}
    for name, one in found.items():
        for point in () if one.attested is None else sorted(one.attested.points):
            if weighs.setdefault(point, name) != name:
                raise FootprintError(f"{name}: {point} weighs {weighs[point]} already")
    for name, one in found.items():
        for meter in _counters(one.product, site):
            if weighs.get(meter.load.point, name) != name:
                raise FootprintError(f"{name}: {meter.line.name} is of what weighs {weighs[meter.load.point]} already")
    return found


def _counters(product: Product, site: Site) -> list[Metered]:
    return [meter for term in site.terms for name, meter in sorted(term.meters.items()) if name in product.made]


def _output(product: Product, examined: Examined, site: Site, inventory: Inventory) -> Output:
    meters = _counters(product, site)
    loads = tuple(meter.load.digest for meter in meters)
    counted = steps.total(f"{product.name}: made", [_counted(one, product.name) for one in meters]) if meters else None
    if product.attested is None:
        if counted is None:
            raise FootprintError(f"{product.name}: nothing in the period counts what was made")
        wrong, unstated = _of_counters(product, meters, Amounts(site, examined.facts, inventory))
        return Output(product, counted, wrong, unstated, loads, None, None)
    node, wrong, attested = _attested(product, product.attested, examined, inventory)
    return Output(product, node, wrong, (), loads, attested, counted)


def _counted(meter: Metered, name: str) -> Node:
    load = meter.load
    if max(load.by_state()) > State.BRIDGED:
        raise FootprintError(f"{name}: {meter.line.name} was not read throughout, and no output is estimated")
    source = {
        "load": load.digest.hex(),
        "point": load.point,
        "register": load.register,
        "from": str(load.from_at),
        "to": str(load.to_at),
    }
    return steps.given(load.total, load.unit, f"{name}: {meter.line.name}", source)


def _of_counters(
    product: Product, meters: Sequence[Metered], amounts: Amounts
) -> tuple[tuple[Contribution, ...], tuple[str, ...]]:
    """By the limit that the inventory states of a counter; one that has none is told by name, and so is one that no
    limit covers, for people enter what it counts or put another quantity in its place."""
    wrong: list[Contribution] = []
    unstated: list[str] = []
    for meter in meters:
        stated = amounts.inventory.meters.get(meter.line.name, MeterExtra()).limit_percent
        if stated is None:
            unstated.append(f"output of {product.name}: {meter.line.name}")
        else:  # with a limit in place of a class it does not matter of what kind the counter is
            wrong += amounts.metered(meter, Kind.ELECTRICITY).line.contributions
        if is_by_hand(amounts.facts, meter.load.point):
            unstated.append(f"output of {product.name}: {meter.line.name}, entered by hand")
        if any(one.placed and one.before != one.quantity for one in meter.corrections):
            unstated.append(f"output of {product.name}: {meter.line.name}, corrected")
    return tuple(wrong), tuple(unstated)


def _attested(
    product: Product, by: Attesting, examined: Examined, inventory: Inventory
) -> tuple[Node, tuple[Contribution, ...], Attested]:
    store = _store(inventory.sources[by.sheet], Path(f"sheet of the {by.sheet}"), examined.verdict.to_at)
    evidence = evidence_of(examined, store.points)
    bridges = [store.bridge] if isinstance(store, Store) else [hall.scale for hall in store.halls]
    for bridge in bridges:
        if bridge.point not in evidence.packs:
            raise QuantityError(f"{product.name}: {bridge.point}: the bundle has no weighings of it that hold")
    known: set[str] = set()
    scales = [_weighings(evidence, bridge, known, came=by.way is not Way.OUT) for bridge in bridges]
    remarks = [remark for one in scales for remark in one.remarks]
    tickets = [ticket for one in scales for ticket in one.tickets]
    shown = [Shown(f"ticket {one.number}", one.at, one.net_kg, one.source) for one in tickets]
    if by.way is Way.PIECES:
        serials = {one.serial for one in tickets if one.serial is not None}
        estimate, unit = Estimate(Decimal(len(serials))), "piece"
    else:
        estimate, unit = total(one.estimate for one in scales), _KG
    if by.way is Way.OUT:
        stock, levels = _stock(evidence, store, product)
        estimate, shown = _to_grams(estimate + stock), [*shown, *levels]
    name = f"{product.name}: made, by {store.name}"
    source = {
        "store": store.name,
        "way": by.way.value,
        "sheet": sha256(inventory.sources[by.sheet]).hexdigest(),
        "statements": sha256(b"".join(sorted({one.source.statement_id for one in shown}))).hexdigest(),
    }
    node = steps.given(estimate.value, unit, name, source)
    attested = Attested(store.name, by.way, frozenset(store.points), tuple(shown), tuple(remarks))
    return node, tuple(_contributions(name, node, estimate)), attested


def _store(data: bytes, file: Path, ends: int) -> Store | Pieces:
    try:
        return sheet.parse(data.decode("utf-8-sig"), file, ends)
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file}: {error}") from None


@dataclass(frozen=True, slots=True)
class _Weighings:
    tickets: tuple[Ticket, ...]
    estimate: Estimate
    remarks: tuple[Remark, ...]


def _weighings(evidence: Evidence, bridge: Bridge, known: set[str], *, came: bool) -> _Weighings:
    """What a scale weighed one way, and never more than its running sum rose by. `known`: serials of other scales."""
    found = weighed(evidence, bridge.point)
    tickets = tuple(_once((one for one in found.tickets if one.came is came), known))
    sums = total(scale_at(evidence, bridge, one.at).net(one.full_kg, one.empty_kg, one.at) for one in tickets)
    figure = evidence.figures.get((bridge.point, "kg_in" if came else "kg_out"))
    if figure is not None and figure.unit == _KG and figure.quantity < sums.value:
        sums += Estimate(figure.quantity - sums.value)
    remarks = (*found.remarks, *certificates.of_scale(evidence, bridge.point, tickets))
    return _Weighings(tickets, sums, remarks)


def _once(tickets: Iterable[Ticket], known: set[str]) -> Iterator[Ticket]:
    """A piece that comes again was made once, over whichever scale of the store."""
    for one in tickets:
        if one.serial is None or one.serial not in known:
            yield one
        if one.serial is not None:
            known.add(one.serial)


def _stock(evidence: Evidence, store: Store | Pieces, product: Product) -> tuple[Estimate, list[Shown]]:
    """What more lies there at the end than at the beginning, by the store's gauges; what both ends share cancels."""
    if not isinstance(store, Store) or store.moisture is not None:
        raise QuantityError(f"{product.name}: the change of stock is told of goods in bulk that do not dry")
    if store.opening is not None and store.gauges:
        raise QuantityError(f"{product.name}: what lay in {store.name} before is stated, and not what its gauges saw")
    found = position(evidence, store)
    if found.measured is None:
        raise QuantityError(f"{product.name}: no gauge of {store.name} sees what lies there at the end")
    ends = zip(("stock before", "stock after"), range(2), strict=True)
    levels = [
        Shown(f"{name}: level of {point}", one.at, one.value, one.source)
        for name, end in ends
        for point, both in sorted(found.levels.items())
        for one in both[end]
    ]
    return found.measured - found.opening, levels


def _to_grams(estimate: Estimate) -> Estimate:
    """What gauges see is a mean with many digits: rounded down to the gram."""
    with localcontext(EXACT):
        return replace(estimate, value=stepped(estimate.value, _GRAM, ROUND_FLOOR))


def _contributions(name: str, node: Node, estimate: Estimate) -> Iterator[Contribution]:
    """Shared causes as groups, and what is each weighing's own as one that stands alone."""
    own = estimate.own_variance.sqrt(EXACT)
    parts = [(cause, u, cause) for cause, u in sorted(estimate.shared.items())]
    for cause, u, group in [*parts, ("each weighing's own", own, None)]:
        up = EXACT.copy()
        up.rounding = ROUND_UP
        exact = up.quantize(u, _STEP_KG)
        if exact:
            label = f"{name}: {cause}"
            yield Contribution(label, node, steps.constant(exact, node.unit, f"standard uncertainty: {label}"), group)
