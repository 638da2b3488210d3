"""Exact text into the text that a page shows: fen as yuan, grams as kilograms, shares as per cent. No IO, no floats."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_UP, Decimal
from typing import Final

_FEN_PLACES: Final = 2
_GRAM_PLACES: Final = 3
_HUNDREDTH: Final = Decimal("0.01")


def yuan(fen: object) -> str:
    """Fen as yuan, with both places."""
    return f"{Decimal(str(fen)).scaleb(-_FEN_PLACES):.2f}"


def kilograms(grams: object) -> str:
    """Grams as kilograms, without zeros at the end."""
    text = f"{Decimal(str(grams)).scaleb(-_GRAM_PLACES):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def metres(millimetres: object) -> str:
    """Millimetres as metres, without zeros at the end."""
    return kilograms(millimetres)


def plain(number: object) -> str:
    """A number without zeros at the end."""
    text = str(number)
    return text.rstrip("0").rstrip(".") if "." in text else text


def per_cent(share: object, *, upwards: bool = False) -> str | None:
    """A share as per cent with two places, cut, or rounded up where more is worse; None stays None."""
    if share is None:
        return None
    hundredfold = Decimal(str(share)) * 100
    return f"{hundredfold.quantize(_HUNDREDTH, ROUND_UP if upwards else ROUND_DOWN):f}"
