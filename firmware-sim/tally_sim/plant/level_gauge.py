"""A level gauge over a silo or a pile: how full it is, how warm and how moist. No IO.

It sees volume, not mass: what lies there is divided by how dense it lies. So it is another witness
than the weighbridge.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from tally_sim.plant import classes
from tally_sim.plant.draws import MILLION
from tally_sim.plant.fitting import Fitting
from tally_sim.plant.interface import Facts, Record
from tally_sim.plant.profile import Stock
from tally_sim.plant.tampering import BILLION
from tally_sim.plant.trucks import DRY, MOIST, STONES

STONE_DENSITY: Final = 1_600
"""Gravel as it lies, kg/m3, assumed: heavier than grain, lighter than any metal."""
_FLICKER_SHARE: Final = 300
"""Of the class, in thousandths, assumed: dust and the slope of the cone, anew at every reading; the rest stays."""


class LevelGauge:
    """See `Instrument`. Registers: level (share of the full volume), temperature; moisture where the stock has one."""

    def __init__(self, fitting: Fitting, stock: Stock) -> None:
        """A gauge over `stock`."""
        self.name = fitting.meter.name
        self._fitting = fitting
        self._meter = fitting.meter
        self._stock = stock
        self._course = fitting.course
        self._draws = fitting.draws
        self._limit = classes.limit_ppm(self._meter.kind, self._meter.accuracy)

    def facts(self, at: int) -> Facts:
        """See `Instrument`. `absolute_error` is that of the level."""
        del at
        return Facts(
            serial=self._fitting.serial,
            kind=self._meter.kind,
            registers=("level", "temperature", *(("moisture",) if self._stock.moisture_ppm[1] else ())),
            cadence_s=self._meter.cadence_s,
            modulus={},
            absolute_error=Decimal(self._limit).scaleb(-6) + Decimal("0.0005"),
            calibrated_until=self._fitting.calibrated_until,
        )

    def read(self, at: int, since: int | None = None) -> Sequence[Record]:
        """See `Instrument`."""
        del since  # a level has no events
        if at < self._course.begins:
            return ()
        records = [
            Record("level", Decimal(self._shown(at)).scaleb(-3), "/", at),
            Record("temperature", Decimal(self._inside(at)).scaleb(-1), "Cel", at),
        ]
        if self._stock.moisture_ppm[1]:
            records.append(Record("moisture", Decimal(self._moisture(at)).scaleb(-3), "/", at))
        return records

    def _held(self, kind: str, at: int) -> int:
        return self._course.books.holds(kind + self._stock.name, at - self._course.begins)

    def filled_ppm(self, at: int) -> int:
        """How full it really is, in millionths of the volume of a full store of genuine goods."""
        goods = self._held(DRY, at) + self._held(MOIST, at)
        stones = self._held(STONES, at) * self._stock.density // STONE_DENSITY
        return (goods + stones) * MILLION // self._stock.capacity_g

    def _shown(self, at: int) -> int:
        number = (at - self._course.begins) // 60
        lasting = self._limit * (1000 - _FLICKER_SHARE) // 1000
        flicker = self._limit * _FLICKER_SHARE // 1000
        error = self._draws.between(-lasting, lasting, f"gauge/{self.name}")
        error += self._draws.between(-flicker, flicker, f"flicker/{self.name}", number)
        shown = self.filled_ppm(at) + error
        for change in self._fitting.tampering.changes:
            shown = shown * change.factor_ppb(at) // BILLION
        return min(max((shown + 500) // 1000, 0), 1000)

    def _inside(self, at: int) -> int:
        """A heap follows the air slowly: the mean of the day before, in tenths of a degree."""
        hours = range(at - 86_400, at, 4 * 3_600)
        return sum(self._course.calendar.temperature(hour) for hour in hours) // len(hours)

    def _moisture(self, at: int) -> int:
        dry, moist = self._held(DRY, at), self._held(MOIST, at)
        return (moist * 1000 + (dry + moist) // 2) // (dry + moist) if dry + moist else 0
