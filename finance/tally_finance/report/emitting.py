"""From the loads of a site to its emissions: each medium of the inventory by the factors that the rule chose. No IO.

Only main meters count, for sub-meters are parts of them, and what a site makes itself was not bought. What nobody read
counts with its ceiling; where nothing bounds it, there is no line and no report.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from tally_chain.verify.facts import Facts
from tally_edge.authority import SigningPlace
from tally_finance.activity.boundary import Role
from tally_finance.activity.site import Metered, Site
from tally_finance.errors import FootprintError
from tally_finance.factors.choice import Choice, choose
from tally_finance.factors.factor import Basis
from tally_finance.factors.registry import Registry
from tally_finance.footprint import energy, loads, scope2, spans, steps, water
from tally_finance.footprint.certificates import Admitted, Claim, Contract, admitted
from tally_finance.footprint.emission import Emission
from tally_finance.footprint.line import Line, joined
from tally_finance.footprint.loads import Piece
from tally_finance.footprint.metering import Kind
from tally_finance.report.inventory import As, Drain, Inventory, MeterExtra, Use

DEVICES, CEILINGS, STATED = "devices", "ceilings", "stated"
"""What a line rests on: registers alone, a ceiling in place of some of them, or a number too that somebody
states or enters by hand."""

_KINDS = {As.ELECTRICITY: Kind.ELECTRICITY, As.WATER: Kind.WATER, As.FUEL: Kind.GAS, As.HEAT: Kind.GAS}


@dataclass(frozen=True, eq=False)
class Part:
    """A line of the report: an emission, the factor and the loads that it was made of, and what it rests on."""

    use: Use
    emission: Emission
    choice: Choice
    loads: tuple[bytes, ...]
    rests: str


@dataclass(frozen=True, eq=False)
class Emitted:
    """Everything that a site emitted. `market` and `instruments` are None where it bought no electricity."""

    parts: tuple[Part, ...]
    market: scope2.Market | None
    instruments: Admitted | None


@dataclass(frozen=True, eq=False)
class _Amount:
    line: Line
    loads: tuple[bytes, ...]
    rests: str

    def stated(self, line: Line) -> _Amount:
        """The same loads after a step that rests on what somebody states."""
        return _Amount(line, self.loads, CEILINGS if self.rests == CEILINGS else STATED)


@dataclass(frozen=True, slots=True)
class Emitting:
    """What the steps of an inventory need. `year`: of the factors."""

    site: Site
    facts: Facts
    inventory: Inventory
    registry: Registry
    year: int

    def all(self) -> Emitted:
        """Every use of the inventory, in its order. Raises FootprintError, FactorError for what can not be counted."""
        parts: list[Part] = []
        market, instruments = None, None
        for use in self.inventory.uses:
            if use.of is As.ELECTRICITY:
                found, market, instruments = self._electricity(use)
                parts += found
            else:
                parts += {As.HEAT: self._heat, As.FUEL: self._fuel, As.WATER: self._water}[use.of](use)
        return Emitted(tuple(parts), market, instruments)

    def _electricity(self, use: Use) -> tuple[list[Part], scope2.Market, Admitted]:
        bought = self._amount(use.name, use.medium, _KINDS[use.of])
        by_place = self._choose(use, use.activity, Basis.LOCATION, bought)
        residual = self._choose(use, use.activity, Basis.RESIDUAL, bought)
        instruments = admitted(self.inventory.market.certificates, self._contracts(), self._claim())
        market = scope2.market(bought.line, instruments, residual)
        factors = [one.factor for one in instruments.contracts if one.factor is not None]
        parts = [self._part(use, scope2.location(bought.line, by_place), by_place, bought)]
        for emission, choice in zip(market.emissions, [*factors, residual], strict=True):
            parts.append(self._part(use, emission, choice, bought))
        if use.losses is not None:
            lost = self._choose(use, use.losses, Basis.UPSTREAM, bought)
            parts.append(self._part(use, scope2.losses(bought.line, lost), lost, bought))
        return parts, market, instruments

    def _heat(self, use: Use) -> Iterator[Part]:
        bought = self._amount(use.name, use.medium, _KINDS[use.of])
        if use.steam is not None:
            source = {"stated": use.steam.stated}
            carried = steps.given(use.steam.enthalpy_kj_kg, "kJ/kg", f"{use.name}: enthalpy", source)
            feed = steps.given(use.steam.feed_kj_kg, "kJ/kg", f"{use.name}: enthalpy of feed water", source)
            bought = bought.stated(energy.steam(bought.line, carried, feed))
        choice = self._choose(use, use.activity, Basis.LOCATION, bought)
        for emission in scope2.heat(bought.line, choice):
            yield self._part(use, emission, choice, bought)

    def _fuel(self, use: Use) -> Iterator[Part]:
        burned = self._amount(use.name, use.medium, _KINDS[use.of])
        if use.gas is not None:
            gas, source = use.gas, {"stated": use.gas.stated}
            conditions = energy.Conditions(
                steps.given(gas.pressure_kpa, "kPa", f"{use.name}: pressure", source),
                steps.given(gas.temperature_k, "K", f"{use.name}: temperature", source),
                steps.given(gas.compressibility, "1", f"{use.name}: Zn/Z", source),
            )
            burned = burned.stated(energy.at_reference(burned.line, conditions, gas.reference))
        if use.calorific is not None:
            stated = {"stated": use.calorific.stated}
            value = steps.given(use.calorific.value, use.calorific.unit, f"{use.name}: calorific value", stated)
            burned = burned.stated(energy.in_energy(burned.line, value))
        choice = self._choose(use, use.activity, Basis.COMBUSTION, burned)
        yield self._part(use, energy.burned(burned.line, choice), choice, burned)

    def _water(self, use: Use) -> Iterator[Part]:
        taken = self._amount(use.name, use.medium, _KINDS[use.of])
        supply = self._choose(use, use.activity, Basis.UPSTREAM, taken)
        yield self._part(use, water.supplied(taken.line, supply), supply, taken)
        if use.treatment is None or use.drain is None:
            return
        drained = self._drained(use, use.drain, taken)
        treatment = self._choose(use, use.treatment, Basis.UPSTREAM, drained)
        yield self._part(use, water.treated(drained.line, treatment), treatment, drained)

    def _drained(self, use: Use, drain: Drain, taken: _Amount) -> _Amount:
        if drain.medium is not None:
            return self._amount(f"{use.name}: drained", drain.medium, Kind.WATER)
        if drain.share is None:
            raise FootprintError(f"{use.name}: nobody states what leaves by the drain")
        return taken.stated(water.drained(taken.line, drain.share, drain.reason))

    def _amount(self, name: str, medium: str, kind: Kind) -> _Amount:
        """The main meters of a medium over all versions of the boundary."""
        meters = [one for term in self.site.terms for one in term.of(medium, Role.MAIN)]
        if not meters:
            raise FootprintError(f"{name}: the boundary has no main meter of {medium}")
        found = [self._metered(one, kind) for one in meters]
        line = replace(found[0].line, name=name) if len(found) == 1 else joined(name, [one.line for one in found])
        by_hand = any(is_by_hand(self.facts, one.load.point) for one in meters)
        rests = CEILINGS if any(one.estimated for one in found) else STATED if by_hand else DEVICES
        return _Amount(line, tuple(one.data for one in found), rests)

    def _metered(self, meter: Metered, kind: Kind) -> loads.Metered:
        load = meter.load
        extra = self.inventory.meters.get(meter.line.name, MeterExtra())
        period = load.from_at, load.to_at
        found = [
            replace(
                span,
                instrument=replace(span.instrument, limit_percent=extra.limit_percent, flow=extra.flow),
            )
            for span in spans.spans(self.facts, load.point, kind, period, transformers=extra.transformers)
        ]
        if len(found) == 1:
            return loads.metered(load, found)
        edges = np.array([load.from_at, *(span.to_at for span in found)], dtype=np.int64)
        pieces = [
            Piece(one.from_at, one.to_at, {state.word: share for state, share in one.shares.items()})
            for one in load.between(edges)
        ]
        return loads.metered(load, found, pieces)

    def _part(self, use: Use, emission: Emission, choice: Choice, amount: _Amount) -> Part:
        return Part(use, emission, choice, amount.loads, amount.rests)

    def _choose(self, use: Use, activity: str, basis: Basis, amount: _Amount) -> Choice:
        per = use.per or amount.line.amount.unit
        return choose(self.registry, activity, self.inventory.regions, self.year, basis, per=per)

    def _contracts(self) -> Iterator[Contract]:
        for one in self.inventory.market.contracts:
            choice = None
            if one.factor is not None:
                factor = self.registry.get(one.factor)
                rule = f"named by contract {one.number}"
                choice = Choice(
                    factor, rule, fallback=False, alternatives=(), owner=self.registry.owners.get(one.factor)
                )
            yield Contract(one.number, one.kwh, one.from_at, one.to_at, choice)

    def _claim(self) -> Claim:
        market, begin = self.inventory.market, self.site.from_at
        oldest = begin if market.oldest_at is None else market.oldest_at
        return Claim(
            self.inventory.entity, begin, self.site.to_at, market.regions, oldest, market.closed_at, market.taken
        )


def is_by_hand(facts: Facts, point: str) -> bool:
    """Whether a key that was enrolled for a metering point signs what people enter (人工录入)."""
    return any(
        enrolment.place is SigningPlace.BY_HAND and point in enrolment.points
        for known in facts.keys.values()
        for _, enrolment in known.enrolments
    )


def year_of(site: Site, inventory: Inventory) -> tuple[int, int]:
    """The year of the activity on the site's clock, and that of its factors. Raises FootprintError where the period
    lies in more than one year and the inventory states none."""
    zone = site.boundary.zone
    first, last = (datetime.fromtimestamp(at, zone).year for at in (site.from_at, site.to_at - 1))
    if inventory.year is None and first != last:
        raise FootprintError(f"the period lies in {first} and {last}: the inventory states the factors' year")
    return first, inventory.year or first
