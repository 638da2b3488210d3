"""What a reader knows of a store beside its evidence: scale, gauges, goods. No IO; `store_file` reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from tally_finance.estimate import Estimate
from tally_finance.quantity.attested import Rules
from tally_finance.quantity.loss import Quota
from tally_finance.quantity.moisture import Moisture
from tally_finance.quantity.scale import Standard
from tally_finance.quantity.stocktake import Density, Gauge


@dataclass(frozen=True, slots=True)
class Bridge:
    """The weighbridge over which all goods of the store pass. `point` is its metering point."""

    point: str
    interval_kg: Decimal
    repeatability_kg: Decimal
    standards: tuple[Standard, ...] = ()


@dataclass(frozen=True, slots=True)
class Opening:
    """What lay there at a time (Unix seconds), where no gauge says so: kg and its standard uncertainty."""

    at: int
    kg: Decimal
    u_kg: Decimal

    def estimate(self, store: str) -> Estimate:
        """As an estimate of `store`."""
        return Estimate(self.kg, {f"{store}/opening": self.u_kg})


@dataclass(frozen=True, slots=True)
class Hall:
    """A hall of pieces (库房): the scale at its door, the gate that reads tags as they pass, the readers over it, and
    where there is one what counts pieces without reading tags, a camera. Metering points.

    `opening`: what lay there at the beginning, kg by serial.
    """

    scale: Bridge
    gate: str
    reader: str
    counter: str | None
    opening: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Pieces:
    """A store of pieces with serials: coils, ingots, drums (件货).

    A piece counts that at least `witnesses` kinds of witness have seen in the last `fresh_s` seconds. The readers read
    `read_rate` of the tags that are there in one look; that an honest store has a piece missing may happen with less
    than `chance`. `opening_u_kg`: standard uncertainty of every mass of the openings, all wrong together.
    """

    name: str
    halls: tuple[Hall, ...]
    opening_u_kg: Decimal
    fresh_s: int
    witnesses: int
    read_rate: Decimal
    chance: Decimal
    rules: Rules

    @property
    def points(self) -> tuple[str, ...]:
        """Every metering point that speaks of it."""
        found = ((one.scale.point, one.gate, one.reader, one.counter) for one in self.halls)
        return tuple(point for of_hall in found for point in of_hall if point is not None)


@dataclass(frozen=True, slots=True)
class Store:
    """A store of fungible goods (散货).

    `gauges` by metering point: all that see its goods together, or none; `density` where there are some, `moisture`
    where they dry. `stored_s`: how long the goods have lain there at the period's end, for what nature takes meanwhile.
    """

    name: str
    bridge: Bridge
    gauges: Mapping[str, Gauge]
    density: Density | None
    quota: Quota
    stored_s: int
    moisture: Moisture | None
    opening: Opening | None
    rules: Rules

    @property
    def points(self) -> tuple[str, ...]:
        """Every metering point that speaks of it."""
        return self.bridge.point, *self.gauges
