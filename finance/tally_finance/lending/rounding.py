"""Rounding, once, where a number is told: what is owed upwards, what may be drawn or released downwards. Exact, no IO.

Between, numbers stay fractions: a third of a coin that is cut off and added three times would make a coin more or less.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from typing import Final

FEN: Final = Decimal("0.01")
"""One hundredth: of a yuan, a euro, a dollar."""


def up(number: Fraction, step: Decimal = FEN) -> Decimal:
    """To a whole number of steps, upwards."""
    return Decimal(ceil(number / Fraction(step))) * step


def down(number: Fraction, step: Decimal = FEN) -> Decimal:
    """To a whole number of steps, downwards."""
    return Decimal(floor(number / Fraction(step))) * step
