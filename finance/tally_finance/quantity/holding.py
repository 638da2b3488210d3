"""What a store holds at a time and what each truck changes, in masses that can be added: of goods that dry, their dry
matter. No IO.

At a time a gauge is read as the mean of what it shows while no truck comes or goes, so its flicker counts less.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, localcontext
from typing import Final

from tally_finance.errors import QuantityError
from tally_finance.estimate import EXACT, Estimate, total
from tally_finance.quantity.certificates import certified_until, widening
from tally_finance.quantity.evidence import NEAR_S, Evidence, Shown, near
from tally_finance.quantity.moisture import Moisture
from tally_finance.quantity.scale import Scale
from tally_finance.quantity.store import Bridge, Store
from tally_finance.quantity.tickets import Ticket

SETTLES_S: Final = 1_800
"""So long after a truck's second weighing goods have slid to rest."""

TRUCK_S: Final = 3_600
"""So long before its second weighing a truck may have begun to unload or to load."""


def scale_at(evidence: Evidence, bridge: Bridge, at: int) -> Scale:
    """The scale in the verification period of a time, by what the authority states: each has an error of its own."""
    stated = evidence.facts.facts_at(bridge.point, at)
    certificate = "none" if stated is None else stated.facts.certificate
    name = f"{bridge.point}/{evidence.serial(bridge.point, at)}/{certificate}"
    until = certified_until(evidence, bridge.point, at) or 0
    return Scale(name, bridge.interval_kg, bridge.repeatability_kg, until, bridge.standards)


@dataclass(frozen=True, slots=True)
class Seen:
    """What the gauges see at a time: the mass, the same as it can be added, and what each gauge showed."""

    mass: Estimate
    comparable: Estimate
    dry_share: Estimate
    """1 of goods that hold no water."""
    shown: Mapping[str, Sequence[Shown]]

    def weighed(self, comparable: Estimate) -> Estimate:
        """A comparable mass as it would be weighed then: with the water of that time."""
        with localcontext(EXACT):
            wet = 1 / self.dry_share.value
            parts = {cause: -part * wet * wet for cause, part in self.dry_share.shared.items()}
        return comparable.by(Estimate(wet, parts))


@dataclass(frozen=True, slots=True)
class Holding:
    """A store with what its gauges and its scale say. Every method raises QuantityError where that is not enough."""

    evidence: Evidence
    store: Store
    tickets: Sequence[Ticket]
    """By time."""
    levels: Mapping[str, Sequence[Shown]]
    moistures: Mapping[str, Sequence[Shown]]

    def seen(self, at: int) -> Seen:
        """What lies there at a time by the gauges."""
        store = self.store
        if store.density is None:
            raise QuantityError(f"{store.name}: neither gauges nor an opening say what lies there")
        quiet = self._quiet(at)
        masses: list[Estimate] = []
        dry: list[Estimate] = []
        shown: dict[str, Sequence[Shown]] = {}
        for point, gauge in store.gauges.items():
            shown[point] = near(self.levels[point], at, f"{point}/level", quiet)
            limit = gauge.limit * widening(self.evidence, point, at)
            hung = replace(gauge, name=f"{point}/{self.evidence.serial(point, at)}", limit=limit)
            mass = hung.volume([one.value for one in shown[point]]).by(store.density.estimate)
            masses.append(mass)
            if store.moisture is not None:
                moist = near(self.moistures[point], at, f"{point}/moisture", quiet)
                dry.append(mass.by(store.moisture.of_gauge(moist, store.name)))
        whole = total(masses)
        if store.moisture is None:
            return Seen(whole, whole, Estimate(Decimal(1)), shown)
        comparable = total(dry)
        with localcontext(EXACT):
            share = comparable.value / whole.value if whole.value else Decimal(1)
        return Seen(whole, comparable, store.moisture.of_store(share, store.name), shown)

    def added(self, ticket: Ticket) -> Estimate:
        """What a truck added, less where it took; comparable."""
        scale = scale_at(self.evidence, self.store.bridge, ticket.at)
        load = scale.net(ticket.full_kg, ticket.empty_kg, ticket.at)
        if self.store.moisture is not None:
            load = load.by(self._dry_share(ticket, self.store.moisture))
        return load if ticket.came else -load

    def between(self, after: int, until: int) -> Estimate:
        """What all trucks of `after` < t <= `until` added; comparable."""
        first, last = (bisect_right(self.tickets, at, key=lambda one: one.at) for at in (after, until))
        return total(self.added(ticket) for ticket in self.tickets[first:last])

    def _dry_share(self, ticket: Ticket, moisture: Moisture) -> Estimate:
        """By the sample; without one by the store that the load left, or by the range of what comes."""
        if ticket.moisture is not None:
            return moisture.of_sample(ticket.moisture, self.store.name)
        if ticket.came:
            return moisture.at_intake(self.store.name)
        always = (self.evidence.from_at, self.evidence.to_at)
        try:
            shown = [one for point, series in self.moistures.items() for one in near(series, ticket.at, point, always)]
        except QuantityError:
            return moisture.at_intake(self.store.name)
        return moisture.of_gauge(shown, self.store.name)

    def _quiet(self, at: int) -> tuple[int, int]:
        """The time around `at` in which no truck came or went. Beyond the period nobody knows of trucks."""
        after = bisect_right(self.tickets, at, key=lambda one: one.at)
        since = self.tickets[after - 1].at + SETTLES_S if after else at - NEAR_S
        until = self.tickets[after].at - TRUCK_S if after < len(self.tickets) else at + NEAR_S
        return max(since, self.evidence.from_at), min(until, self.evidence.to_at)


def holding(evidence: Evidence, store: Store, tickets: Sequence[Ticket]) -> Holding:
    """The holding of a store. Raises QuantityError where an instrument has no evidence that holds."""
    for point in (store.bridge.point, *store.gauges):
        if point not in evidence.packs:
            raise QuantityError(f"{point}: the bundle has no readings of it that hold")
    levels = {point: evidence.series(point, "level", "/") for point in store.gauges}
    moist = store.gauges if store.moisture is not None else ()
    moistures = {point: evidence.series(point, "moisture", "/") for point in moist}
    return Holding(evidence, store, sorted(tickets, key=lambda one: one.at), levels, moistures)
