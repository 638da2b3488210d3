"""Columns, meters and a steel plant's year for the tests of activity data."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from functools import lru_cache
from itertools import accumulate

from tally_finance.activity.ceiling import Ceiling, bounded
from tally_finance.activity.column import Column, column_of
from tally_finance.activity.counting import counted
from tally_finance.activity.load import Load, load_of
from tally_finance.activity.meter import Meter, Stretch, Turn
from tally_finance.activity.source import Sources
from tally_finance.quantity.evidence import Source
from tally_sim import generated
from tests.conftest import SHARED

START = 1_767_225_600  # 2026-01-01T00:00Z
QUARTER_S = 900
STEEL = SHARED / "meters" / "Steel_industry_data.csv"
SEOUL = timezone(timedelta(hours=9))

Values = Iterable[tuple[int, int | str | Decimal]]


def column(values: Values, step_s: int = QUARTER_S, start: int = START) -> Column:
    """(number of the step, value) as a column; the source of a value has the step's number."""
    shown = [(start + at * step_s, Decimal(value), at) for at, value in values]
    return column_of("urn:m", "energy_import", "kWh", shown)


def meter(
    *turns: Turn, multipliers: Iterable[int | str] = (1,), modulus: int | None = None, cadence_s: int = QUARTER_S
) -> Meter:
    """A meter with one more multiplier than turns."""
    limit = None if modulus is None else Decimal(modulus)
    return Meter(tuple(Stretch(Decimal(one), limit) for one in multipliers), turns, ((0, cadence_s),))


def turn(at: int, closing: int | str | None, opening: int | str | None, *, other_meter: bool = True) -> Turn:
    """Another meter after a step."""
    read = [None if one is None else Decimal(one) for one in (closing, opening)]
    return Turn(START + at * QUARTER_S, read[0], read[1], other_meter, -2)


class Numbered:
    """Sources that are named by their numbers, whichever are asked for."""

    def __len__(self) -> int:
        return 2**40

    def __getitem__(self, number: int) -> Source:
        return Source(f"entry {number}", number.to_bytes(32, "big"))


SOURCES = Sources(Numbered(), (Source("facts", bytes(32)),))  # type: ignore[arg-type]  # as much of a sequence as is asked for


def loaded(of: Column, by: Meter, steps: int, ceiling: int | str | None = None, start: int = START) -> Load:
    """The load over so many steps, bounded by a ceiling per hour."""
    intervals = counted(of, by, (start, start + steps * QUARTER_S))
    limit = None if ceiling is None else Ceiling(Decimal(ceiling), "plate")
    filled, exceeded = bounded(intervals, limit, of.name, adds=True)
    assert exceeded is None
    return load_of(of, filled, SOURCES)


@dataclass(frozen=True)
class Year:
    """A plant's year: kWh per quarter hour, in the order of time, and where it begins; the file's CO2 column in t."""

    start: int
    kwh: tuple[Decimal, ...]
    co2_t: tuple[Decimal, ...]

    @property
    def registers(self) -> list[Decimal]:
        """What a cumulative register shows at each boundary."""
        return list(accumulate(self.kwh, initial=Decimal(0)))


@lru_cache(maxsize=1)
def year() -> Year:
    """The real year, or where it is absent one with the same traps that never was."""
    text = STEEL.read_text("utf-8-sig") if STEEL.is_file() else generated.csv_bytes(seed=20261121).decode("utf-8-sig")
    kwh, co2, times = [], [], []
    for row in csv.DictReader(io.StringIO(text)):
        at = datetime.strptime(row["date"], "%d/%m/%Y %H:%M").replace(tzinfo=SEOUL)
        at += timedelta(days=1) if (at.hour, at.minute) == (0, 0) else timedelta(0)
        times.append(int(at.timestamp()))
        kwh.append(Decimal(row["Usage_kWh"]))
        co2.append(Decimal(row["CO2(tCO2)"]))
    start = times[0] - QUARTER_S
    assert times == [start + number * QUARTER_S for number in range(1, len(kwh) + 1)]
    return Year(start, tuple(kwh), tuple(co2))
