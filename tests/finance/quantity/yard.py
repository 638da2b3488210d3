"""Evidence made by hand: a scale's packs and a gauge's, as a verified bundle hands them out."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from tally_chain.verify.facts import Facts, StatedFacts
from tally_chain.verify.figures import Basis, Figure
from tally_edge.authority import FactsEvent, MeterFacts
from tally_edge.senml import Reading
from tally_finance.quantity.attested import Rules
from tally_finance.quantity.evidence import Evidence, Pack, Source
from tally_finance.quantity.loss import QUOTAS
from tally_finance.quantity.moisture import Moisture
from tally_finance.quantity.stocktake import Density, Gauge
from tally_finance.quantity.store import Bridge, Opening, Store

D = Decimal
SCALE = "urn:example:scale"
GAUGE = "urn:example:gauge"
BEGINS, ENDS = 1_000_000_000, 1_000_086_400
SURE = Gauge("gauge", D(1_000), D(0), D(0), D(0))
"""A thousand cubic metres, and never wrong."""


def source(number: int) -> Source:
    return Source(f"entry {number}", bytes([number]) * 32)


def weighing(at: int, number: int, begun: int, ended: int, **changes: object) -> list[Reading]:
    """The records of one weighing; `changes` replaces values, None leaves one out."""
    values: dict[str, object] = {
        "ticket": f"W{number}",
        "first": begun,
        "second": ended,
        "net": begun - ended,
        "stable": True,
        "alibi": number,
        **changes,
    }
    units = dict.fromkeys(("first", "second", "net"), "kg")
    return [Reading(SCALE, name, at, value, units.get(name, "")) for name, value in values.items() if value is not None]


def sums(at: int, kg_in: int, kg_out: int) -> list[Reading]:
    return [Reading(SCALE, "kg_in", at, kg_in, "kg"), Reading(SCALE, "kg_out", at, kg_out, "kg")]


def level(at: int, share: str, moisture: str | None = None) -> list[Reading]:
    """To nine places, so that next to nothing is rounded off."""
    of_level = [Reading(GAUGE, "level", at, D(share).quantize(D("1E-9")), "/")]
    if moisture is None:
        return of_level
    return [*of_level, Reading(GAUGE, "moisture", at, D(moisture).quantize(D("1E-9")), "/")]


def evidence(
    scale: Sequence[Sequence[Reading]],
    gauge: Sequence[Sequence[Reading]] = (),
    *,
    certified_until: int | None = ENDS,
    to_at: int = ENDS,
) -> Evidence:
    """Figures are the differences of the sums between first and last reading, as the verification makes them."""
    facts = Facts()
    certificate = "C1" if certified_until else None
    for point in (SCALE, GAUGE):
        stated = MeterFacts(point, FactsEvent.INSTALL, 0, "S1", "III", 1, (), certificate, certified_until)
        facts.meters[point] = [StatedFacts(bytes(32), stated)]
    packs = {SCALE: [Pack(source(n), tuple(readings)) for n, readings in enumerate(scale)]}
    if gauge:
        packs[GAUGE] = [Pack(source(100 + n), tuple(readings)) for n, readings in enumerate(gauge)]
    every = [one for pack in packs[SCALE] for one in pack.readings]
    figures = {(SCALE, name): figure for name in ("kg_in", "kg_out") if (figure := _figure(name, every)) is not None}
    return Evidence(packs, figures, facts, BEGINS, to_at)


def _figure(register: str, readings: Sequence[Reading]) -> Figure | None:
    shown = sorted((one.taken_at, D(one.value)) for one in readings if one.register == register)
    if len(shown) < 2:
        return None
    (first, opened), (last, closed) = shown[0], shown[-1]
    return Figure(SCALE, register, "kg", first, last, closed - opened, Basis.COMPLETE, "", "", len(shown))


def store(
    *,
    gauged: bool = False,
    moisture: Moisture | None = None,
    opening: Opening | None = None,
    repeatability: int = 0,
    quota: str = "none",
    stored_s: int = 86_400,
    book_alone: bool = True,
) -> Store:
    """e = 20 kg; with a gauge: 1,000 cubic metres of 1,000 kg each."""
    return Store(
        name="yard",
        bridge=Bridge(SCALE, D(20), D(repeatability)),
        gauges={GAUGE: SURE} if gauged else {},
        density=Density("goods", D(1_000), D(0)) if gauged else None,
        quota=QUOTAS[quota],
        stored_s=stored_s,
        moisture=moisture,
        opening=opening,
        rules=Rules(book_alone=book_alone),
    )
