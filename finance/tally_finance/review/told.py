"""Exact numbers for people: six places, half to even, without the zeros that say nothing. No IO."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Final

_PLACES: Final = 6


def decimals(value: Fraction | Decimal | int) -> str:
    """A number in plain digits; what lies behind the sixth place is rounded off."""
    scaled = round(Fraction(value) * 10**_PLACES)
    digits = str(abs(scaled)).rjust(_PLACES + 1, "0")
    text = f"{digits[:-_PLACES]}.{digits[-_PLACES:]}".rstrip("0").rstrip(".")
    return f"-{text}" if scaled < 0 else text
