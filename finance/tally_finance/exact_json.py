"""Frozen dataclasses as JSON: every name they have, exact numbers as text, ids in hexadecimal. No IO."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import Any, Final

_DECIMAL_BITS: Final = 4096
"""1,233 decimal digits; Python refuses to write more than 4,300, because that takes long."""


def plain(value: Any) -> Any:
    """A value as JSON has it; whole numbers stay, an exact number that is none becomes text."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {plain(name): plain(one) for name, one in value.items()}
    if isinstance(value, tuple | list | frozenset):
        return [plain(one) for one in value]
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Enum):
        return value.value if isinstance(value.value, str) else value.name.lower()
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, Fraction):
        return _fraction(value)
    return value.isoformat() if isinstance(value, date) else value


def _fraction(value: Fraction) -> str:
    """In decimal digits as far as Python writes them, beyond in hexadecimal."""
    if max(value.numerator.bit_length(), value.denominator.bit_length()) <= _DECIMAL_BITS:
        return str(value)
    return f"{value.numerator:#x}/{value.denominator:#x}"
