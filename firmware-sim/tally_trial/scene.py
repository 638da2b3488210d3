"""A plant as its instruments show it over some days: what a play begins with. The same for every attack of one seed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from tally_edge.authority import FactsEvent, MeterFacts, RegisterFacts
from tally_sim.plant.interface import Happening, Plant
from tally_trial.drafts import CUMULATIVE, Plate, Polled, Poller
from tally_trial.parties import BASE

DAY_S: Final = 86_400


@dataclass(frozen=True, slots=True)
class Scene:
    """Polled instruments by name, and what really happened to them."""

    seed: int
    plant: str
    begins: int
    ends: int
    polled: Mapping[str, Polled]
    happenings: Sequence[Happening]
    stocks: Mapping[str, frozenset[str]]
    """The metering points that show each stock of goods, by its name."""

    @property
    def days(self) -> int:
        """Whole days."""
        return (self.ends - self.begins) // DAY_S

    def cumulative(self) -> list[str]:
        """The instruments that have a cumulative register, in order of their names: what most frauds are about."""
        return [
            name
            for name in sorted(self.polled)
            if {register for register, _ in self.polled[name].units} & CUMULATIVE & self.polled[name].regular
        ]


def point_of(name: str) -> str:
    """The metering point of an instrument; of a stock, the place of its goods."""
    return f"{BASE}:{name.replace('/', '.')}"


def look_at(plant: Plant, seed: int, hidden: Collection[str] = (), only: Collection[str] = ()) -> Scene:
    """Poll every instrument of `plant`, or `only` some. Exchanges of the meters in `hidden` are told to nobody."""
    polled = {}
    for name in sorted(only or plant.instruments):
        instrument = plant.instruments[name]
        parent = instrument.facts(plant.begins).parent
        parent = parent if not only or parent in only else ""
        poller = Poller(instrument, point_of(name), point_of(parent) if parent else "", hidden=name in hidden)
        polled[name] = poller.poll(plant.begins, plant.ends)
    stocks = {
        stock: frozenset(point_of(name) for name in names if name in polled) for stock, names in plant.stocks.items()
    }
    return Scene(seed, plant.name, plant.begins, plant.ends, polled, tuple(plant.happenings), stocks)


def facts_of(polled: Polled, plate: Plate, event: FactsEvent) -> MeterFacts:
    """What the authority states of a plate."""
    modulus = dict(plate.modulus)
    registers = tuple(
        RegisterFacts(
            name,
            unit,
            cumulative=name in CUMULATIVE,
            modulus=_plain(modulus[name]) if name in modulus and name in CUMULATIVE else None,
            per_event=None if name in polled.regular else True,
        )
        for name, unit in polled.units
    )
    return MeterFacts(
        point=polled.point,
        event=event,
        effective_at=plate.since,
        serial=plate.serial,
        accuracy_class=plate.accuracy_class,
        multiplier=plate.multiplier,
        registers=registers,
        certificate=f"CERT-{plate.serial}" if plate.calibrated_until else None,
        certificate_expires_at=plate.calibrated_until or None,
        closing=plate.closing or None,
        opening=plate.opening or None,
    )


def _plain(number: Decimal) -> int | Decimal:
    return int(number) if number == number.to_integral_value() else number
