"""A year of a plant that never was, written the way a real file is, with every trap that such files have. From a seed.

Byte order mark, D/M/YYYY, 00:00 on the date of the day that it closes, a reactive column, and a CO2 column that is
rounded per row to two places, so that its sum is not the total. The same seed gives the same bytes on every machine.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

HEADER: Final = "date,Usage_kWh,Lagging_Current_Reactive.Power_kVarh,CO2(tCO2),NSM,WeekStatus,Day_of_week,Load_Type"
STEP: Final = timedelta(minutes=15)
QUARTERS_OF_A_DAY: Final = 96

_CENT: Final = Decimal("0.01")
_TONNES_PER_KWH: Final = Decimal("0.0004585")
_IDLE_CENTIKWH: Final = 320
_WORKING_CENTIKWH: Final = 6_400


def csv_bytes(seed: int, days: int = 365, first_day: datetime = datetime(2018, 1, 1, tzinfo=UTC)) -> bytes:
    """The file for `days` days from `first_day` on, local time of wherever the reader says that it is."""
    return ("\ufeff" + "\r\n".join([HEADER, *_rows(random.Random(seed), days, first_day)]) + "\r\n").encode()  # noqa: S311


def _rows(chance: random.Random, days: int, first_day: datetime) -> Iterator[str]:
    for quarter in range(1, days * QUARTERS_OF_A_DAY + 1):
        ends = first_day + quarter * STEP
        day = ends - STEP  # the day that the interval lies in: its 00:00 is written with this date
        working = day.weekday() < 5 and 8 <= day.hour < 20
        centikwh = _IDLE_CENTIKWH + chance.randrange(120)
        if working:
            centikwh += chance.randrange(_WORKING_CENTIKWH)
        used = Decimal(centikwh).scaleb(-2)
        reactive = Decimal(chance.randrange(centikwh)).scaleb(-2)
        carbon = (used * _TONNES_PER_KWH).quantize(_CENT, ROUND_HALF_EVEN)
        seconds = ends.hour * 3600 + ends.minute * 60
        week = "Weekday" if day.weekday() < 5 else "Weekend"
        kind = "Maximum_Load" if working else "Light_Load"
        yield (
            f"{day.day}/{day.month}/{day.year} {ends.hour}:{ends.minute:02},{_plain(used)},{_plain(reactive)},"
            f"{_plain(carbon)},{seconds},{week},{day:%A},{kind}"
        )


def _plain(value: Decimal) -> str:
    """Without trailing zeros, as spreadsheets write numbers."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
