"""A CSV file as a meter: interval values are summed up into a cumulative register, exactly.

    [point.meter]
    file = "load.csv"
    time_column = "date"
    time_format = "%d/%m/%Y %H:%M"
    timezone = "Asia/Seoul"             # of the file's times; "+08:00" forms stand in the format as %z
    delimiter = ","
    decimal = "."                        # or ","
    midnight_closes_day = true           # a 00:00 row carries the date of the day that it closes: one day is added

    [[point.register]]
    name = "energy_import"
    unit = "kWh"
    column = "Usage_kWh"
    values = "delta"                     # or "cumulative"; one that is not cumulative takes the values as they are
    start = 0                            # the register before the first row

A row is read at exactly its own time: what the file does not say is a silent meter, not a repeated value. The
instant one step before the first row reads `start`.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from tally_edge.agent.config import PointConfig, RegisterConfig
from tally_edge.drivers.interface import RegisterReading
from tally_edge.errors import ConfigError, DriverError

MAX_ROWS: Final = 2_000_000
"""Four years of minutes: what fits into the memory of a small machine several times."""

_NUMBER: Final = re.compile(r"-?\d{1,18}(\.\d{1,18})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class TimeForm:
    """How the file writes times."""

    column: str
    format: str
    zone: ZoneInfo
    midnight_closes_day: bool

    def parse(self, text: str, previous: int | None) -> int:
        """Unix seconds. In the hour that comes twice, the second one follows the first. Raises ValueError."""
        moment = datetime.strptime(text.strip(), self.format)
        if self.midnight_closes_day and (moment.hour, moment.minute, moment.second) == (0, 0, 0):
            moment += timedelta(days=1)
        if moment.tzinfo is not None:
            return int(moment.timestamp())
        at = int(moment.replace(tzinfo=self.zone).timestamp())
        if previous is not None and at <= previous:
            at = int(moment.replace(tzinfo=self.zone, fold=1).timestamp())
        return at


@dataclass(frozen=True, slots=True)
class Column:
    """Which column feeds a register, and how."""

    register: str
    unit: str
    column: str
    summed: bool
    start: int | Decimal
    decimal_comma: bool

    def number(self, text: str) -> Decimal:
        """The exact number in a cell. Raises ValueError."""
        text = text.strip()
        plain = text.replace(",", ".") if self.decimal_comma else text
        if not _NUMBER.fullmatch(plain) or (self.decimal_comma and "." in text):
            raise ValueError(f"{text!r} is not a decimal number")
        return Decimal(plain)


class CsvMeter:
    """The rows of a file, by time. Read whole at the start, so that a fault in its last line stops nothing later."""

    def __init__(self, file: Path, time: TimeForm, columns: list[Column], delimiter: str = ",") -> None:
        """Raises ConfigError naming the file, the line and what is wrong."""
        self._rows: dict[int, tuple[Decimal, ...]] = {}
        self._columns = columns
        sums = [Decimal(column.start) for column in columns]
        previous: int | None = None
        for line, row in _lines(file, delimiter, [time.column, *(column.column for column in columns)]):
            try:
                at = time.parse(row[0], previous)
                numbers = [column.number(text) for column, text in zip(columns, row[1:], strict=True)]
            except ValueError as error:
                raise ConfigError(f"{file}, line {line}: {error}") from None
            if previous is not None and at <= previous:
                raise ConfigError(f"{file}, line {line}: {row[0]!r} is not later than the row before")
            sums = [
                total + number if column.summed else number
                for column, total, number in zip(columns, sums, numbers, strict=True)
            ]
            self._rows[at] = tuple(sums)
            previous = at
        if len(self._rows) < 2:
            raise ConfigError(f"{file}: fewer than two rows")
        first, second = list(self._rows)[:2]
        self._last = previous if previous is not None else second
        self._first = 2 * first - second
        self._rows[self._first] = tuple(Decimal(column.start) for column in columns)

    def span(self) -> tuple[int, int]:
        """From one step before the first row to the last row."""
        return self._first, self._last

    def read(self, at: int) -> list[RegisterReading]:
        """The registers at `at`. Raises DriverError where the file has no row of that time."""
        row = self._rows.get(at)
        if row is None:
            raise DriverError(f"the file has no row at {at}")
        return [
            RegisterReading(column.register, _plain(value), column.unit, at)
            for column, value in zip(self._columns, row, strict=True)
        ]

    def freeze(self, at: int) -> list[RegisterReading] | None:
        """The file keeps every boundary that it has a row of."""
        return self.read(at) if at in self._rows else None

    def close(self) -> None:
        """Nothing is open."""


def _plain(value: Decimal) -> int | Decimal:
    exponent = value.as_tuple().exponent
    return int(value) if not isinstance(exponent, int) or exponent >= 0 else value


def _lines(file: Path, delimiter: str, names: list[str]) -> Iterator[tuple[int, list[str]]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:  # -sig: spreadsheets put a byte order mark in front
            reader = csv.reader(stream, delimiter=delimiter, strict=True)
            header = [name.strip() for name in next(reader, [])]
            for name in names:
                if header.count(name) != 1:
                    raise ConfigError(f"{file}: the column {name!r} stands {header.count(name)} times, not once")
            places = [header.index(name) for name in names]
            for row in reader:
                if not row:
                    continue
                if len(row) != len(header):
                    raise ConfigError(f"{file}, line {reader.line_num}: has {len(row)} cells, not {len(header)}")
                if reader.line_num > MAX_ROWS:
                    raise ConfigError(f"{file}: has more than {MAX_ROWS} rows")
                yield reader.line_num, [row[place] for place in places]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(f"cannot read {file}: {error}") from None


def _column(register: RegisterConfig, *, decimal_comma: bool) -> Column:
    table = register.options
    summed = table.one_of("values", {"delta": True, "cumulative": False}, "delta") and register.cumulative
    start = table.number("start") if not table.is_zero("start") else 0
    column = Column(register.name, register.unit, table.text("column"), summed, start, decimal_comma)
    table.done()
    return column


def open_meter(point: PointConfig) -> CsvMeter:
    """The meter that `point` is configured for. Raises ConfigError."""
    meter = point.meter
    file = meter.file_path("file")
    time = TimeForm(
        column=meter.text("time_column"),
        format=meter.text("time_format", "%Y-%m-%d %H:%M:%S"),
        zone=meter.zone("timezone", point.time.zone.key),
        midnight_closes_day=meter.flag("midnight_closes_day", default=False),
    )
    delimiter = meter.one_of("delimiter", {",": ",", ";": ";", "\t": "\t"}, ",")
    decimal_comma = meter.one_of("decimal", {".": False, ",": True}, ".")
    meter.done()
    columns = [_column(register, decimal_comma=decimal_comma) for register in point.registers]
    return CsvMeter(file, time, columns, delimiter)
