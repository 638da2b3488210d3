"""Reads a load from a CSV file of interval values, exactly: decimals stay decimals, and every doubt names its row.

What such files do, and what is done about it:

* a byte order mark at the start: taken off;
* dates as D/M/YYYY: read so, never guessed (1/2/2018 is 1 February);
* 00:00 on the date of the day that it *closes*: a midnight row that would go back in time is one day later;
* local time without a zone: the zone is given by whoever knows it; an hour that the zone repeats or skips is refused or
  resolved by order, never silently;
* thousands separators, empty cells, NaN, negative values: refused.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tally_sim.errors import LoadChoiceError, LoadError
from tally_sim.load import Interval, Load

MAX_ROWS: Final = 5_000_000
"""Nine years of minutes. Longer files are cut by whoever has them; this bounds memory."""

MAX_DIGITS: Final = 15
MAX_PLACES: Final = 9
"""Digits of one value before and after the point: more than any meter shows, and exact in 28-digit arithmetic."""

TIME_COLUMNS: Final = ("date", "time", "timestamp", "datetime", "date_time", "时间", "日期")

_NUMBER: Final = re.compile(rf"\d{{1,{MAX_DIGITS}}}(\.\d{{1,{MAX_PLACES}}})?", re.ASCII)
_DAY_FIRST: Final = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4}) (\d{1,2}):(\d{2})(?::(\d{2}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Source:
    """How a file is to be read: which columns, in which zone its clock runs, and what its rows are stamped with."""

    columns: tuple[str, ...]
    timezone: str = "UTC"
    time_column: str | None = None
    stamped_at_start: bool = False


def read(path: Path, source: Source) -> list[Load]:
    """The loads of `source.columns`, in that order. Raises LoadError naming file and row."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return parse(file, source)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise LoadError(f"{path}: cannot be read: {error}") from None
    except LoadError as error:
        raise type(error)(f"{path}: {error}") from None


def parse(lines: Iterable[str], source: Source) -> list[Load]:
    """The same from lines of text, without a byte order mark."""
    rows = csv.reader(lines, strict=True)
    header = [name.strip() for name in next(rows, [])]
    time_at = _index(header, source.time_column) if source.time_column else _time_index(header)
    values_at = [_index(header, column) for column in source.columns]
    zone = _zone(source.timezone)
    stamps: list[int] = []
    columns: list[list[Decimal]] = [[] for _ in values_at]
    clock = _Clock(zone)
    for number, row in enumerate(rows, 2):
        if number > MAX_ROWS:
            raise LoadError(f"has more than {MAX_ROWS} rows")
        if len(row) != len(header):
            raise LoadError(f"row {number} has {len(row)} cells, the header has {len(header)}")
        stamps.append(clock.read(number, row[time_at].strip()))
        for column, name, at in zip(columns, source.columns, values_at, strict=True):
            column.append(_value(number, name, row[at].strip()))
    ends = _ends(stamps) if source.stamped_at_start else stamps
    return [Load([Interval(end, value) for end, value in zip(ends, column, strict=True)]) for column in columns]


class _Clock:
    """Reads the time column: keeps the row before, which settles midnight and repeated hours."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._last: datetime | None = None

    def read(self, number: int, text: str) -> int:
        time = self._parse(number, text)
        last = self._last
        if last is not None and time <= last:
            time = self._later(number, text, time, last)
        self._last = time
        return int(time.timestamp())

    def _parse(self, number: int, text: str) -> datetime:
        match = _DAY_FIRST.fullmatch(text)
        try:
            if match:
                day, month, year, hour, minute, second = (int(part or 0) for part in match.groups())
                local = datetime(year, month, day, hour, minute, second, tzinfo=self._zone)
            else:
                local = datetime.fromisoformat(text)
        except ValueError as error:
            raise LoadError(f"row {number}: {text!r} is not a time: {error}") from None
        if local.microsecond:
            raise LoadError(f"row {number}: {text!r} is not a whole second")
        if local.tzinfo is None:
            local = local.replace(tzinfo=self._zone)
        return self._existing(number, text, local)

    def _existing(self, number: int, text: str, local: datetime) -> datetime:
        exact = local.astimezone(UTC)
        if exact.astimezone(local.tzinfo).replace(tzinfo=None) != local.replace(tzinfo=None):
            raise LoadError(f"row {number}: {text!r} does not exist in {self._zone.key}: the clocks went forward")
        return exact

    def _later(self, number: int, text: str, time: datetime, last: datetime) -> datetime:
        """The same reading of the clock, later: the second of a repeated hour, or midnight at the end of its day."""
        local = time.astimezone(self._zone)
        repeated = local.replace(fold=1).astimezone(UTC)
        if repeated > last:
            return repeated
        if (local.hour, local.minute, local.second) == (0, 0, 0):
            closing = (local + timedelta(days=1)).astimezone(UTC)
            if timedelta(0) < closing - last < timedelta(days=1):
                return closing
        raise LoadError(f"row {number}: {text!r} is not later than the row before")


def _ends(stamps: Sequence[int]) -> list[int]:
    if len(stamps) < 2:
        return list(stamps)
    return [*stamps[1:], 2 * stamps[-1] - stamps[-2]]


def _value(number: int, column: str, text: str) -> Decimal:
    if not _NUMBER.fullmatch(text):
        raise LoadError(f"row {number}, {column}: {text!r} is not a plain decimal number of 0 or more")
    return Decimal(text)


def _index(header: Sequence[str], name: str) -> int:
    found = [at for at, column in enumerate(header) if column == name]
    if len(found) != 1:
        raise LoadChoiceError(f"has {len(found) or 'no'} columns {name!r}; it has {', '.join(map(repr, header))}")
    return found[0]


def _time_index(header: Sequence[str]) -> int:
    found = [at for at, column in enumerate(header) if column.lower() in TIME_COLUMNS]
    if len(found) != 1:
        raise LoadError(f"has {len(found) or 'no'} columns that look like the time; name one of {', '.join(header)}")
    return found[0]


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise LoadChoiceError(f"{name!r} is not a time zone of the IANA database") from None
