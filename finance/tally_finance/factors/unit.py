"""Units of emission factors: a mass of gas per unit of an activity, and what they are in one common form. Exact, no IO.

    unit = mass gas "/" per         kgCO2/kWh, tCO2/TJ_net, lbCO2/MWh, kgCO2e/kgCH4, kgce/kWh

Billing mostly states the gross calorific value of a fuel and transport the net one, so `kWh_gross` and `kWh_net` are
two units, and neither becomes the other by arithmetic. `ce` is coal equivalent (标准煤), an amount of energy that is
written as a mass.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, unique
from typing import Final

from tally_chain.verify.figures import EXACT
from tally_finance.errors import FactorError


@unique
class Gas(Enum):
    """What is counted by mass. `CO2E` is a sum of gases, weighted by warming; `CE` is energy as coal equivalent."""

    CO2 = "CO2"
    CH4 = "CH4"
    N2O = "N2O"
    CO2E = "CO2e"
    CE = "ce"


_MASS_KG: Final = {"g": Decimal("0.001"), "kg": Decimal(1), "t": Decimal(1000), "lb": Decimal("0.45359237")}
"""Kilograms in each; the pound is the international one, exact by definition."""

_PER: Final = {
    "kWh": ("kWh", Decimal(1)),
    "MWh": ("kWh", Decimal(1000)),
    "kWh_gross": ("kWh_gross", Decimal(1)),
    "kWh_net": ("kWh_net", Decimal(1)),
    "GJ": ("GJ", Decimal(1)),
    "GJ_net": ("GJ_net", Decimal(1)),
    "TJ_net": ("GJ_net", Decimal(1000)),
    "mmBtu_gross": ("mmBtu_gross", Decimal(1)),
    "m3": ("m3", Decimal(1)),
    "L": ("L", Decimal(1)),
    "kg": ("kg", Decimal(1)),
    "t": ("kg", Decimal(1000)),
    "kgCH4": ("kgCH4", Decimal(1)),
    "kgN2O": ("kgN2O", Decimal(1)),
}
"""What an activity is counted in: the common unit, and how many of it one is."""

_UNIT: Final = re.compile(r"(kg|g|t|lb)(CO2e|CO2|CH4|N2O|ce)/(\w+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Unit:
    """A mass of `gas` per unit of an activity, as its source writes it."""

    mass: str
    gas: Gas
    per: str

    @classmethod
    def parse(cls, text: str) -> Unit:
        """A unit from `kgCO2/kWh`. Raises FactorError."""
        found = _UNIT.fullmatch(text)
        if found is None or found[3] not in _PER:
            raise FactorError(f"{text!r} is no unit of a factor; activities are counted in {', '.join(_PER)}")
        return cls(found[1], Gas(found[2]), found[3])

    def __str__(self) -> str:
        """As it is written."""
        return f"{self.mass}{self.gas.value}/{self.per}"

    @property
    def common(self) -> Unit:
        """The unit in which factors are compared and calculated with: kilograms per common unit of the activity."""
        return Unit("kg", self.gas, _PER[self.per][0])

    @property
    def to_common(self) -> Decimal:
        """What a value in this unit is multiplied by to stand in the common one. Exact: tens, and the pound."""
        return EXACT.divide(_MASS_KG[self.mass], _PER[self.per][1])
