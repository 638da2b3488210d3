"""From the unit that a report counts a product in to the unit that a document declares it in. Exact, no IO."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Final

from tally_finance.errors import PactError

_COUNTED: Final = {
    "kg": ("mass", Fraction(1)),
    "t": ("mass", Fraction(1000)),
    "l": ("volume", Fraction(1, 1000)),
    "L": ("volume", Fraction(1, 1000)),
    "m3": ("volume", Fraction(1)),
    "Wh": ("energy", Fraction(1, 1000)),
    "kWh": ("energy", Fraction(1)),
    "MWh": ("energy", Fraction(1000)),
    "J": ("energy", Fraction(1, 3_600_000)),
    "min": ("time", Fraction(1, 60)),
    "h": ("time", Fraction(1)),
    "count": ("pieces", Fraction(1)),
}
"""Units of registers (`tally_edge.units`): what they measure, and how many kg, m3, kWh, h or pieces one is."""

_DECLARED: Final = {
    "kilogram": ("mass", Fraction(1)),
    "liter": ("volume", Fraction(1, 1000)),
    "cubic meter": ("volume", Fraction(1)),
    "kilowatt hour": ("energy", Fraction(1)),
    "megajoule": ("energy", Fraction(10, 36)),
    "hour": ("time", Fraction(1)),
    "piece": ("pieces", Fraction(1)),
}
"""Declared units of measurement that a register can count; any other is reached by the mass of the declared unit."""


def per_declared_unit(counted: str, declared: str, amount: Decimal, mass_kg: Decimal) -> Fraction:
    """How many of the units in which a product was counted are in its declared unit.

    `amount`: units of measurement `declared` in a declared unit; `mass_kg`: what it weighs. A product that was weighed
    is told by the piece, or by any other unit, through what that weighs. Raises PactError where nothing leads from the
    one to the other.
    """
    what, each = _COUNTED.get(counted, ("", Fraction(1)))
    wanted, size = _DECLARED.get(declared, (None, Fraction(1)))
    if what == wanted:
        return Fraction(amount) * size / each
    if what == "mass" and mass_kg > 0:
        return Fraction(mass_kg) / each
    raise PactError(f"unit.of: the report counts this product in {counted}, and nothing leads from there to {declared}")
