"""What a store holds at a time and what each truck changes, in masses that can be added: of goods that dry, their dry
matter. No IO."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tally_finance.errors import QuantityError
from tally_finance.estimate import Estimate
from tally_finance.quantity.evidence import Evidence, Shown, near
from tally_finance.quantity.moisture import Drying
from tally_finance.quantity.scale import Scale
from tally_finance.quantity.stocktake import by_volume
from tally_finance.quantity.store import Store
from tally_finance.quantity.tickets import Ticket


def scale_at(evidence: Evidence, store: Store, at: int) -> Scale:
    """The scale in the verification period of a time, by what the authority states: each has an error of its own."""
    bridge = store.bridge
    stated = evidence.facts.facts_at(bridge.point, at)
    name = f"{bridge.point}/{'none' if stated is None else stated.facts.certificate}"
    until = 0 if stated is None else stated.facts.certificate_expires_at or 0
    return Scale(name, bridge.interval_kg, bridge.repeatability_kg, until, bridge.standards)


@dataclass(frozen=True, slots=True)
class Holding:
    """A store with the series of its gauges. Every method raises QuantityError where nothing was read near a time."""

    evidence: Evidence
    store: Store
    levels: Mapping[str, Sequence[Shown]]
    drying: Drying | None

    def shown(self, at: int) -> dict[str, Shown]:
        """What each gauge shows at a time."""
        return {point: near(series, at, f"{point}/level") for point, series in self.levels.items()}

    def seen(self, at: int) -> Estimate:
        """The mass that the gauges see at a time. Raises QuantityError where there are none."""
        if self.store.density is None:
            raise QuantityError(f"{self.store.name}: neither gauges nor an opening say what lies there")
        levels = [(self.store.gauges[point], shown.value) for point, shown in self.shown(at).items()]
        return by_volume(levels, self.store.density)

    def added(self, ticket: Ticket) -> Estimate:
        """What a truck added, less where it took; comparable."""
        scale = scale_at(self.evidence, self.store, ticket.at)
        net = scale.net(ticket.full_kg, ticket.empty_kg, ticket.at)
        load = net if self.drying is None else self.drying.dry_load(net, ticket)
        return load if ticket.came else -load

    def comparable(self, mass: Estimate, at: int) -> Estimate:
        """A mass that lies there at a time, so that it can be added to that of another time."""
        return mass if self.drying is None else self.drying.dry(mass, at)

    def mass(self, comparable: Estimate, at: int) -> Estimate:
        """The other way: as it would be weighed at a time."""
        return comparable if self.drying is None else self.drying.wet(comparable, at)


def holding(evidence: Evidence, store: Store) -> Holding:
    """The holding of a store. Raises QuantityError where an instrument has no evidence that holds."""
    for point in (store.bridge.point, *store.gauges):
        if point not in evidence.packs:
            raise QuantityError(f"{point}: the bundle has no readings of it that hold")
    levels = {point: evidence.series(point, "level") for point in store.gauges}
    drying = None
    if store.moisture is not None:
        drying = Drying(store.name, store.moisture, {one: evidence.series(one, "moisture") for one in store.gauges})
    return Holding(evidence, store, levels, drying)
