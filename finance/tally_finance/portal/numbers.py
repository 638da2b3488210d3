"""Exact numbers as a page writes them: a fraction that ends is its decimal, one that does not is rounded and says so.

No IO.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Final

from tally_chain.verify.figures import EXACT
from tally_finance.export.words import QUOTIENT, ROUNDED
from tally_gateway.pages.shown import number

_PLACES: Final = 6


def exact(text: object) -> str:
    """A number of the desk, its thousands in groups; anything that is none as it came."""
    if QUOTIENT.fullmatch(str(text)) is None:
        return number(text)
    value = Fraction(str(text))
    scaled = value * 10**_PLACES
    rounded = EXACT.scaleb(Decimal(round(scaled)), -_PLACES)
    whole, _, rest = f"{rounded:f}".partition(".")
    told = number(whole + (f".{rest.rstrip('0')}" if rest.rstrip("0") else ""))
    return told if scaled.denominator == 1 else f"{ROUNDED} {told}"
