"""What a bundle's devices said, as series: what plausibility is judged by. Pure: no IO.

Verify first: these checks believe what they read, and ask only whether it can be true together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from tally_chain.bundle import Bundle
from tally_edge import senml, statement, wire
from tally_edge.authority import MeterFacts, SitePlan
from tally_edge.errors import DecodeError
from tally_edge.senml import Reading
from tally_edge.statement import Kind

Place = tuple[str, str]
"""A metering point and a register."""


@dataclass(frozen=True, slots=True)
class Series:
    """One register's readings: (Unix seconds, value), times strictly ascending; a quantity is a difference times
    `multiplier`. `unit` is the SenML unit."""

    unit: str
    points: tuple[tuple[int, Decimal], ...]
    multiplier: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True)
class Observed:
    """Everything that was read over [`from_at`, `to_at`], Unix seconds.

    `events` are the texts of a register with their times, in order: serials, tickets, slots. `parents` names the meter
    above a meter.
    """

    from_at: int
    to_at: int
    series: Mapping[Place, Series]
    events: Mapping[Place, tuple[tuple[int, str], ...]]
    parents: Mapping[str, str]

    def of(self, point: str, register: str) -> Series | None:
        """The series of a register, if it was read."""
        return self.series.get((point, register))


def gather(
    readings: Iterable[Reading], multipliers: Mapping[str, Decimal], parents: Mapping[str, str], period: tuple[int, int]
) -> Observed:
    """Sort readings into series and events. Of two values of one register at one time the first counts."""
    numbers: dict[Place, dict[int, Decimal]] = {}
    units: dict[Place, str] = {}
    texts: dict[Place, list[tuple[int, str]]] = {}
    for reading in readings:
        place = reading.point, reading.register
        if isinstance(reading.value, str):
            texts.setdefault(place, []).append((reading.taken_at, reading.value))
        elif isinstance(reading.value, int | Decimal) and not isinstance(reading.value, bool):
            numbers.setdefault(place, {}).setdefault(reading.taken_at, Decimal(reading.value))
            units[place] = reading.unit
    series = {
        place: Series(units[place], tuple(sorted(values.items())), multipliers.get(place[0], Decimal(1)))
        for place, values in numbers.items()
    }
    events = {place: tuple(sorted(said, key=lambda one: one[0])) for place, said in texts.items()}
    return Observed(period[0], period[1], series, events, dict(parents))


def observe(bundle: Bundle, without: frozenset[str] = frozenset()) -> Observed:
    """What the devices of a verified bundle said, but for the metering points `without`, which a failure touches.

    A statement whose payload does not decode says nothing; one that stands in the log twice says it once.

    The multiplier is that of the newest meter facts: where a ratio changed inside the period, look at each part alone.
    """
    readings: list[Reading] = []
    multipliers: dict[str, Decimal] = {}
    parents: dict[str, str] = {}
    seen: set[bytes] = set()
    for section in bundle.sections:
        for entry in section.entries:
            if entry.statement in seen:
                continue
            seen.add(entry.statement)
            try:
                signed = statement.decode(entry.statement)
                if signed.claims.kind is Kind.READINGS and signed.claims.subject not in without:
                    readings += senml.decode(signed.payload)
                elif signed.claims.kind is Kind.METER_FACTS:
                    facts = wire.decode(MeterFacts, signed.payload)
                    multipliers[facts.point] = Decimal(facts.multiplier)
                elif signed.claims.kind is Kind.SITE_PLAN:
                    plan = wire.decode(SitePlan, signed.payload)
                    parents.update({point.point: point.parent for point in plan.points if point.parent})
            except DecodeError:
                continue
    inside = (one for one in readings if bundle.from_at <= one.taken_at <= bundle.to_at)
    return gather(inside, multipliers, parents, (bundle.from_at, bundle.to_at))
