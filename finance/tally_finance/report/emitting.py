"""From the loads of a site to its emissions: each medium of the inventory by the factors that the rule chose. No IO.

Only main meters count, for sub-meters are parts of them, and what a site makes itself was not bought. What nobody read
counts with its ceiling; where nothing bounds it, there is no line and no report.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from tally_chain.verify.facts import Facts
from tally_finance.activity.site import Site
from tally_finance.errors import FootprintError, NoFactorError
from tally_finance.factors.choice import Choice, choose
from tally_finance.factors.factor import Basis
from tally_finance.factors.registry import Registry
from tally_finance.footprint import energy, scope2, steps, water
from tally_finance.footprint.certificates import Contract
from tally_finance.footprint.emission import Emission
from tally_finance.footprint.metering import Kind
from tally_finance.report.amounts import Amount, Amounts, Passed
from tally_finance.report.certifying import Certified, Hourly, certified, hourly
from tally_finance.report.inventory import As, Drain, Inventory, Use
from tally_finance.report.resources import Resource, coal, used_water

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
    """Everything that a site emitted. `market` and `certified` are None where it bought no electricity.

    `hourly`: None too where the inventory has no granular certificates, or passes electricity on. `passed`: what it
    passed on, and so did not emit by; `resources`: coal equivalent and water, where there are some.
    """

    parts: tuple[Part, ...]
    market: scope2.Market | None = None
    certified: Certified | None = None
    hourly: Hourly | None = None
    passed: tuple[Passed, ...] = ()
    resources: tuple[Resource, ...] = ()


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
        bought = Emitted(())
        for use in self.inventory.uses:
            if use.of is As.ELECTRICITY:
                bought = self._electricity(use)
                parts += bought.parts
            else:
                parts += {As.HEAT: self._heat, As.FUEL: self._fuel, As.WATER: self._water}[use.of](use)
        passed = [one for use in self.inventory.uses for one in self._amounts.kept(use, _KINDS[use.of])[1]]
        return replace(bought, parts=tuple(parts), passed=tuple(passed), resources=tuple(self._resources()))

    def _electricity(self, use: Use) -> Emitted:
        bought = self._kept(use)
        by_place = self._choose(use, use.activity, Basis.LOCATION, bought)
        residual = self._residual(use, by_place, bought)
        found = certified(self.inventory, self.site, self._contracts())
        instruments = found.admitted
        annual = [one.bundle for one in found.granular if not one.not_annual]
        market = scope2.market(bought.line, instruments, residual, annual)
        factors = [one.factor for one in instruments.contracts if one.factor is not None]
        parts = [self._part(use, scope2.location(bought.line, by_place), by_place, bought)]
        settled = bought.stated(bought.line)  # what a contract supplied is what the sheet says of it
        for emission, choice in zip(market.emissions[:-1], factors, strict=True):
            parts.append(self._part(use, emission, choice, settled))
        parts.append(self._part(use, market.emissions[-1], residual, settled if factors else bought))
        if use.losses is not None:
            lost = self._choose(use, use.losses, Basis.UPSTREAM, bought)
            parts.append(self._part(use, scope2.losses(bought.line, lost), lost, bought))
        # What is passed on has no hours of its own, and certificates that met a tenant's load met none of this site's.
        hours = None if use.less else hourly(self.inventory, self.site, use.medium, found.granular)
        return Emitted(tuple(parts), market, found, hours)

    def _residual(self, use: Use, by_place: Choice, bought: Amount) -> Choice:
        """The residual factor; that of the place where its country has published none. Raises FactorError.

        A factor that is there and that the inventory's regions leave out is no reason to take another.
        """
        try:
            return self._choose(use, use.activity, Basis.RESIDUAL, bought)
        except NoFactorError:
            countries = {region.partition("-")[0] for region in self.inventory.regions}
            if any(
                one.activity == use.activity
                and one.basis is Basis.RESIDUAL
                and one.region.partition("-")[0] in countries
                and one.data_year <= self.year
                for one in self.registry
            ):
                raise
            return by_place

    def _heat(self, use: Use) -> Iterator[Part]:
        bought = self._counted(use)
        choice = self._choose(use, use.activity, Basis.LOCATION, bought)
        for emission in scope2.heat(bought.line, choice):
            yield self._part(use, emission, choice, bought)

    def _fuel(self, use: Use) -> Iterator[Part]:
        burned = self._counted(use)
        choice = self._choose(use, use.activity, Basis.COMBUSTION, burned)
        yield self._part(use, energy.burned(burned.line, choice), choice, burned)

    def _counted(self, use: Use) -> Amount:
        """What came in of a use's medium and was not passed on, in what its factor counts."""
        found = self._kept(use)
        if use.steam is not None:
            source = {"stated": use.steam.stated}
            carried = steps.given(use.steam.enthalpy_kj_kg, "kJ/kg", f"{use.name}: enthalpy", source)
            feed = steps.given(use.steam.feed_kj_kg, "kJ/kg", f"{use.name}: enthalpy of feed water", source)
            found = found.stated(energy.steam(found.line, carried, feed))
        if use.gas is not None:
            gas, source = use.gas, {"stated": use.gas.stated}
            conditions = energy.Conditions(
                steps.given(gas.pressure_kpa, "kPa", f"{use.name}: pressure", source),
                steps.given(gas.temperature_k, "K", f"{use.name}: temperature", source),
                steps.given(gas.compressibility, "1", f"{use.name}: Zn/Z", source),
            )
            found = found.stated(energy.at_reference(found.line, conditions, gas.reference))
        if use.calorific is not None:
            stated = {"stated": use.calorific.stated}
            value = steps.given(use.calorific.value, use.calorific.unit, f"{use.name}: calorific value", stated)
            found = found.stated(energy.in_energy(found.line, value))
        return found

    def _resources(self) -> Iterator[Resource]:
        """Coal equivalent of the uses that name its factor, and the water that was used."""
        counted = [(use, self._counted(use)) for use in self.inventory.uses]
        in_coal = [
            (use, amount, self._choose(use, use.coal, Basis.ENERGY, amount))
            for use, amount in counted
            if use.coal is not None
        ]
        if in_coal:
            yield coal(in_coal)
        water_used = [(use, amount) for use, amount in counted if use.of is As.WATER]
        if water_used:
            yield used_water(water_used)

    def _water(self, use: Use) -> Iterator[Part]:
        taken = self._kept(use)
        supply = self._choose(use, use.activity, Basis.UPSTREAM, taken)
        yield self._part(use, water.supplied(taken.line, supply), supply, taken)
        if use.treatment is None or use.drain is None:
            return
        drained = self._drained(use, use.drain, taken)
        treatment = self._choose(use, use.treatment, Basis.UPSTREAM, drained)
        yield self._part(use, water.treated(drained.line, treatment), treatment, drained)

    def _drained(self, use: Use, drain: Drain, taken: Amount) -> Amount:
        if drain.medium is not None:
            return self._amounts.mains(f"{use.name}: drained", drain.medium, Kind.WATER)
        if drain.share is None:
            raise FootprintError(f"{use.name}: nobody states what leaves by the drain")
        return taken.stated(water.drained(taken.line, drain.share, drain.reason))

    @property
    def _amounts(self) -> Amounts:
        return Amounts(self.site, self.facts, self.inventory)

    def _kept(self, use: Use) -> Amount:
        """What came in of a use's medium, less what is passed on of it."""
        return self._amounts.kept(use, _KINDS[use.of])[0]

    def _part(self, use: Use, emission: Emission, choice: Choice, amount: Amount) -> Part:
        return Part(use, emission, choice, amount.loads, amount.rests)

    def _choose(self, use: Use, activity: str, basis: Basis, amount: Amount) -> Choice:
        per = amount.line.amount.unit if basis is Basis.ENERGY else use.per or amount.line.amount.unit
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


def year_of(site: Site, inventory: Inventory) -> tuple[int, int]:
    """The year of the activity on the site's clock, and that of its factors. Raises FootprintError where the period
    lies in more than one year and the inventory states none."""
    zone = site.boundary.zone
    first, last = (datetime.fromtimestamp(at, zone).year for at in (site.from_at, site.to_at - 1))
    if inventory.year is None and first != last:
        raise FootprintError(f"the period lies in {first} and {last}: the inventory states the factors' year")
    return first, inventory.year or first
