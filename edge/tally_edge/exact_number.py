"""Exact numbers as people write them and as statements carry them: an integer, or a decimal with its places."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

_NUMBER: Final = re.compile(r"-?\d{1,18}(\.\d{1,18})?", re.ASCII)


def parse(text: str) -> int | Decimal:
    """`text` exactly: "12" is 12, "1.50" stays 1.50. Raises ValueError for anything but plain decimal notation."""
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"{text!r} is not a plain decimal number")
    return Decimal(text) if "." in text else int(text)


def reduced(value: int | Decimal) -> int | Decimal:
    """The same value with no trailing zeros behind the point, and an integer where nothing is left there."""
    number = Decimal(value)
    whole = number.to_integral_value()
    if number == whole:
        return int(whole)
    return number.normalize()
