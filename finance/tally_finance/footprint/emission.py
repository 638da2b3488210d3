"""Consumption times a factor: one line of a footprint, in one gas, with what makes it uncertain. Exact, no IO."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, unique

from tally_chain.verify.figures import EXACT
from tally_finance.errors import FootprintError
from tally_finance.factors.choice import Choice, choose
from tally_finance.factors.factor import LAST_YEAR, Basis
from tally_finance.factors.registry import Registry
from tally_finance.factors.unit import Gas
from tally_finance.footprint import steps
from tally_finance.footprint.line import Line
from tally_finance.footprint.trace import Node
from tally_finance.footprint.uncertainty import Cause, Contribution


@unique
class Scope(Enum):
    """Where an emission belongs (范围). Location-based and market-based answer one question twice: never added."""

    DIRECT = "1"
    LOCATION = "2 location-based"
    MARKET = "2 market-based"
    UPSTREAM = "3"


@dataclass(frozen=True, eq=False)
class Emission:
    """Kilograms of one gas. `marks`: what is written beside it; `unstated`: whose uncertainty nobody states."""

    name: str
    scope: Scope
    gas: Gas
    kg: Node
    contributions: tuple[Contribution, ...]
    marks: tuple[str, ...]
    unstated: tuple[str, ...]


def emitted(line: Line, choice: Choice, scope: Scope, basis: Basis) -> Emission:
    """A line times its factor. `basis`: what the scope asks for. Raises FootprintError, TraceError.

    A factor on another basis is refused, whoever chose it; a factor per another unit than the line's has no product.
    """
    ef = factor_node(choice, basis)
    kg = steps.product(line.name, line.amount, ef)
    metered = tuple(one.times(ef, line.name) for one in line.contributions)
    stated, unstated = of_factor(choice, kg, line.name)
    gas, missing = choice.factor.gas, (*line.unstated, *unstated)
    return Emission(line.name, scope, gas, kg, (*metered, *stated), choice.marks, missing)


def factor_node(choice: Choice, basis: Basis) -> Node:
    """The chosen factor as a step. Raises FootprintError for one on another basis."""
    factor = choice.factor
    if factor.basis is not basis:
        raise FootprintError(f"{factor.activity} {factor.region} counts {factor.basis.value}, not {basis.value}")
    return steps.of_factor(factor, f"{factor.activity} {factor.region} {factor.data_year} {factor.basis.value}")


def of_factor(choice: Choice, kg: Node, about: str) -> tuple[tuple[Contribution, ...], tuple[str, ...]]:
    """What a factor's own uncertainty does to kilograms, in one group per factor; or that nobody states one."""
    factor = choice.factor
    name = f"factor {factor.activity} {factor.region} {factor.data_year}"
    if factor.u_percent is None:
        return (), (name,)
    cause = Cause(name, EXACT.scaleb(factor.u_percent, -2), f"factor {factor.digest.hex()}")
    return (Contribution.of(cause, kg, about),), ()


@dataclass(frozen=True, eq=False)
class Together:
    """Emissions of one scope: gas by gas, and as carbon dioxide equivalent at the end (二氧化碳当量)."""

    by_gas: Mapping[Gas, Node]
    co2e: Node
    contributions: tuple[Contribution, ...]
    marks: tuple[str, ...]
    unstated: tuple[str, ...]


def together(label: str, emissions: Iterable[Emission], warming: Mapping[Gas, Choice]) -> Together:
    """The sum of emissions. `warming`: the potential of each gas but carbon dioxide, of one assessment report.

    Gases stay apart until the end, so that another report is another last step. Raises FootprintError where a potential
    is missing, where market-based and location-based would be added, and for nothing to add.
    """
    every = tuple(emissions)
    if not every:
        raise FootprintError(f"{label}: there is nothing to add")
    if {Scope.LOCATION, Scope.MARKET} <= {one.scope for one in every}:
        raise FootprintError(f"{label}: location-based and market-based are two answers, and not added")
    gases = sorted({one.gas for one in every}, key=lambda gas: gas.value)
    potentials = {gas: _potential(gas, warming) for gas in gases}
    by_gas = {
        gas: steps.total(f"{label}: {gas.value}", [one.kg for one in every if one.gas is gas]) for gas in potentials
    }
    parts = [_in_co2e(f"{label}: {gas.value}", node, potentials[gas]) for gas, node in by_gas.items()]
    contributions = [
        part if potential is None else part.times(potential, f"{label}: CO2e")
        for one in every
        for potential in (potentials[one.gas],)
        for part in one.contributions
    ]
    return Together(
        by_gas,
        steps.total(f"{label}: CO2e", parts),
        tuple(contributions),
        tuple(sorted({mark for one in every for mark in one.marks} | _marks(warming, by_gas))),
        tuple(sorted({name for one in every for name in one.unstated})),
    )


def warming_of(registry: Registry, report: str) -> dict[Gas, Choice]:
    """The potentials over a hundred years of an assessment report, `ar5` or `ar6`. Raises FactorError.

    They are of no activity's year: a footprint names the report, and all of its gases come from that one.
    """
    names = {gas: f"gwp100.{gas.value.lower()}.{report}" for gas in (Gas.CH4, Gas.N2O)}
    return {gas: choose(registry, name, ("GLOBAL",), LAST_YEAR, Basis.WARMING) for gas, name in names.items()}


def _marks(warming: Mapping[Gas, Choice], used: Iterable[Gas]) -> set[str]:
    return {f"warming of {gas.value}: {mark}" for gas in used if gas in warming and (mark := warming[gas].factor.mark)}


def _potential(gas: Gas, warming: Mapping[Gas, Choice]) -> Node | None:
    """What one kilogram of a gas is in carbon dioxide; None where it is that already."""
    if gas is Gas.CO2E:
        return None
    if gas is Gas.CO2:
        return steps.constant(Decimal(1), "kgCO2e/kgCO2", "carbon dioxide, by definition")
    if gas not in warming:
        raise FootprintError(f"no warming potential of {gas.value} was chosen")
    node = factor_node(warming[gas], Basis.WARMING)
    if node.unit != f"kgCO2e/kg{gas.value}":
        raise FootprintError(f"{node.label} is the potential of another gas than {gas.value}")
    return node


def _in_co2e(label: str, node: Node, potential: Node | None) -> Node:
    return node if potential is None else steps.product(f"{label} in CO2e", node, potential)
