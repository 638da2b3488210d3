"""A table of a report, before it is CSV, Parquet or a workbook: exact values in named, typed columns. No IO."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum, unique
from typing import Final, TypeAlias

VERIFIED: Final = "computed again from the evidence 已由证据复算"


@unique
class Type(Enum):
    """What stands below a heading."""

    TEXT = "text"
    COUNT = "count"
    """A whole number that 64 bits hold."""
    NUMBER = "number"
    """A decimal, exact, of whatever length."""
    TIME = "time"
    """Unix seconds; written in UTC."""
    LOCAL = "local"
    """Text: a time as the site's clock reads it, with its offset from UTC."""
    YES_NO = "yes/no"


Value: TypeAlias = str | int | Decimal | bool | None
Row: TypeAlias = tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A column. `unit`: of all its values, empty where a column beside it has it; `places`: the decimal places that no
    value of it goes beyond, None where only the rows say."""

    name: str
    chinese: str
    type: Type = Type.TEXT
    unit: str = ""
    places: int | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A table. `rows` gives them anew each time, in one order, so that seven million need not be held at once."""

    name: str
    chinese: str
    columns: tuple[Column, ...]
    rows: Callable[[], Iterable[Row]]
    fits_a_sheet: bool = field(default=True)
    """False for a table that may have more rows than a sheet of a workbook has."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What every file carries: the report's digest, and whether it was computed again from its evidence.

    `mark`: what stands in the place of that where it was not, or where its evidence needs a word more; `at`: the end
    of the report's period, Unix seconds.
    """

    report: str
    mark: str
    at: int

    @property
    def standing(self) -> str:
        """For people, in both languages."""
        return self.mark or VERIFIED


def time_text(at: int) -> str:
    """A time in UTC, ISO 8601: 2026-03-01T00:00:00Z. Years 1 to 9999; other times as their seconds."""
    try:
        return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return str(at)
