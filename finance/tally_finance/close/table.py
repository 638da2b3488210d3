"""A table of a close for people, before it is a sheet or a page: exact values, and how they are written. No IO."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import Final

from tally_finance.book.forms import scaled_down
from tally_finance.lending.rounding import down

_PER_CENT_STEP: Final = Decimal("0.0001")
_ID: Final = re.compile(r"\b[0-9a-f]{64}\b")
_MOST_PLACES: Final = 12
_MOST_DIGITS: Final = 15
_READABLE_BITS: Final = 128

Names = Mapping[bytes, str]
"""The reader's own names for ids."""


class Measure(Enum):
    """What a column holds, and so how it is aligned and written."""

    TEXT = "text"
    MONEY = "yuan"
    TONNES = "t"
    PER_CENT = "%"
    COUNT = "count"


Value = str | Decimal | int | None


@dataclass(frozen=True, slots=True)
class Column:
    """A heading in both languages, and what stands below it."""

    english: str
    chinese: str
    measure: Measure = Measure.TEXT


@dataclass(frozen=True, slots=True)
class Table:
    """One table. `note` says how figures are rounded, where they are."""

    name: str
    english: str
    chinese: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    note: str = ""


def written(value: Value, measure: Measure) -> str:
    """A value as people read it."""
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    if measure in (Measure.MONEY, Measure.PER_CENT):
        return f"{value:,.2f}"  # no more places than that are in it
    if measure is Measure.TONNES:
        whole, _, places = f"{value:,f}".partition(".")
        return f"{whole}.{places}".rstrip("0").rstrip(".") if places else whole
    return f"{value:,f}" if isinstance(value, Decimal) else f"{value:,}"


def short(value: bytes | None, names: Names) -> str:
    """An id by its name, or by its first and last four bytes."""
    if value is None:
        return "–"
    return names.get(value) or f"{value[:4].hex()}…{value[-4:].hex()}"


def moment(at: int | None, utc_offset_s: int, timespec: str = "seconds") -> str:
    """A time in the close's own zone."""
    if at is None:
        return "–"
    zone = timezone(timedelta(seconds=utc_offset_s)) if utc_offset_s else UTC
    return datetime.fromtimestamp(at, zone).isoformat(sep=" ", timespec=timespec)


def named(subject: str, names: Names) -> str:
    """A subject that is an id in hexadecimal, by its name or shortened; any other as it is."""
    if len(subject) != 64 or not set(subject) <= set("0123456789abcdef"):
        return subject
    return short(bytes.fromhex(subject), names)


def named_in(text: str, names: Names) -> str:
    """A sentence with every id in it by its name, or shortened."""
    return _ID.sub(lambda found: short(bytes.fromhex(found[0]), names), text)


def exact(value: Fraction) -> str:
    """An exact figure: as a decimal where it ends, else as a fraction; one that nobody reads begins with its decimals.

    A loan that was repaid many times owes fractions of many hundred digits.
    """
    places = next((places for places in range(_MOST_PLACES + 1) if 10**places % value.denominator == 0), None)
    if places is not None and abs(value) < 10**_MOST_DIGITS:
        return f"{scaled_down(int(value * 10**places), places):f}"
    if value.denominator.bit_length() <= _READABLE_BITS and abs(value) < 10**_MOST_DIGITS:
        return str(value)
    return f"{down(value, Decimal(1).scaleb(-_MOST_PLACES)):f}… = 0x{value.numerator:x}/{value.denominator:x}"


def yuan(fen: int) -> Decimal:
    """Fen as yuan."""
    return scaled_down(fen, 2)


def tonnes(grams: int) -> Decimal:
    """Grams as tonnes."""
    return scaled_down(grams, 6)


def per_cent(ratio: Fraction | None, rounded: Callable[[Fraction, Decimal], Decimal]) -> Decimal | None:
    """A ratio in per cent, to a hundredth of one."""
    return None if ratio is None else rounded(ratio, _PER_CENT_STEP).scaleb(2)
