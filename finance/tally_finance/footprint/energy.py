"""From what a meter shows to what a factor counts: gas at reference conditions, steam, fuel, coal equivalent. Exact.

A gas meter shows volume as it flows: at 4 bar and 10 °C a cubic metre holds five times the gas of a cubic metre of the
table. Steam is counted by what it carries, its enthalpy less that of the water that it was made of; enthalpies come
from whoever knows pressure and temperature, with their source. No IO.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from tally_finance.errors import FootprintError
from tally_finance.factors.choice import Choice
from tally_finance.factors.factor import Basis
from tally_finance.footprint import steps
from tally_finance.footprint.emission import Emission, Scope, emitted, factor_node
from tally_finance.footprint.line import Line, converted, times
from tally_finance.footprint.trace import Node
from tally_finance.footprint.uncertainty import Cause


class Reference(Enum):
    """Conditions that a cubic metre of gas is stated at: kPa and kelvin."""

    CHINA = (Decimal("101.325"), Decimal("293.15"))
    NORMAL = (Decimal("101.325"), Decimal("273.15"))
    STANDARD_15 = (Decimal("101.325"), Decimal("288.15"))


@dataclass(frozen=True, eq=False)
class Conditions:
    """How gas stood in the meter: absolute pressure in kPa, temperature in K, Zn/Z of the compressibilities."""

    pressure: Node
    temperature: Node
    compressibility: Node
    causes: tuple[Cause, ...] = ()


def at_reference(flowed: Line, conditions: Conditions, reference: Reference = Reference.CHINA) -> Line:
    """Cubic metres at reference conditions (标准状态): V times p/pn, Tn/T and Zn/Z.

    Raises FootprintError, TraceError.
    """
    kpa, kelvin = reference.value
    if min(conditions.pressure.number, conditions.temperature.number, conditions.compressibility.number) <= 0:
        raise FootprintError(f"{flowed.name}: pressure, temperature and compressibility lie above zero")
    pressed = steps.quotient(f"{flowed.name}: p/pn", conditions.pressure, steps.constant(kpa, "kPa", "pn"))
    warmed = steps.quotient(f"{flowed.name}: Tn/T", steps.constant(kelvin, "K", "Tn"), conditions.temperature)
    factor = steps.product(f"{flowed.name}: conversion", pressed, warmed)
    factor = steps.product(f"{flowed.name}: conversion with Zn/Z", factor, conditions.compressibility)
    label = f"{flowed.name} at reference conditions"
    return times(flowed, factor, label, conditions.causes, f"conditions of {flowed.name}")


def in_energy(fuel: Line, calorific: Node, causes: tuple[Cause, ...] = ()) -> Line:
    """A fuel by its calorific value (热值), gross or net as its unit says: `GJ_net/m3`, `kWh_gross/m3`, `GJ_net/kg`."""
    return times(fuel, calorific, f"{fuel.name}: energy", causes, f"calorific value of {fuel.name}")


def burned(fuel: Line, choice: Choice) -> Emission:
    """Scope 1 (范围一): fuel times its combustion factor, per what the line is counted in."""
    return emitted(fuel, choice, Scope.DIRECT, Basis.COMBUSTION)


def steam(mass: Line, enthalpy: Node, feed: Node, causes: tuple[Cause, ...] = ()) -> Line:
    """GJ that steam carried: kg times the difference of enthalpies in kJ/kg. Raises FootprintError, TraceError."""
    if enthalpy.number <= feed.number:
        raise FootprintError(f"{mass.name}: steam carries more than the water that it was made of")
    rise = steps.difference(f"{mass.name}: enthalpy above feed water", enthalpy, feed)
    carried = times(mass, rise, f"{mass.name}: energy", causes, f"enthalpy of {mass.name}")
    in_gj = steps.constant(Decimal("0.000001"), "GJ/kJ", "GJ in one kJ")
    return converted(carried, in_gj, f"{mass.name}: GJ")


def coal_equivalent(used: Line, choice: Choice) -> Node:
    """Kilograms of coal equivalent (折标准煤): what a loan for saving energy counts. It is no emission."""
    return steps.product(f"{used.name}: coal equivalent", used.amount, factor_node(choice, Basis.ENERGY))
