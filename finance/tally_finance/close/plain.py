"""A close as JSON: every name of the body, money and ratios as exact text, ids in hexadecimal. No IO."""

from __future__ import annotations

import dataclasses
from datetime import date
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import Any

from tally_finance.close.body import Body, FacilityLine
from tally_finance.close.telling import Remark, remarks


def body(one: Body) -> dict[str, Any]:
    """All of it, and what stands out."""
    told = {field.name: plain(getattr(one, field.name)) for field in dataclasses.fields(one)}
    return {**told, "remarks": [remark(each) for each in remarks(one)]}


def facility(one: FacilityLine) -> dict[str, Any]:
    """A facility without its days and lots."""
    left_out = {"days", "lots"}
    return {
        field.name: plain(getattr(one, field.name)) for field in dataclasses.fields(one) if field.name not in left_out
    }


def remark(one: Remark) -> dict[str, Any]:
    """One thing that stands out."""
    return {"touches": one.touches, "says": one.english, "chinese": one.chinese, "differs": one.differs}


def plain(value: Any) -> Any:
    """A value of a frozen dataclass as JSON has it; integers stay, everything exact that is none is text."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, tuple):
        return [plain(one) for one in value]
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Enum):
        return value.value if isinstance(value.value, str) else value.name.lower()
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, Fraction):
        return str(value)
    return value.isoformat() if isinstance(value, date) else value
