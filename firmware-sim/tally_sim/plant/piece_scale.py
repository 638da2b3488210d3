"""A floor scale at the door of a hall: every bundle that comes in is weighed by itself, under what its tag says. No IO.

A scale of class III that errs like a weighbridge, with a smaller interval. A bundle without a tag has no serial here.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from decimal import Decimal
from itertools import accumulate
from typing import Final

from tally_sim.plant import classes
from tally_sim.plant.fitting import Fitting
from tally_sim.plant.hall import Bundle, Hall
from tally_sim.plant.interface import Facts, Record
from tally_sim.plant.tampering import BILLION
from tally_sim.plant.weighbridge import OWN_SHARE, SPAN_SHARE

MAX_LOAD_KG: Final = 3_000


class PieceScale:
    """See `Instrument`. The registers kg_in and kg_out are the sums of the net weights; nothing is weighed out."""

    def __init__(self, fitting: Fitting, hall: Hall) -> None:
        """Before `hall`."""
        self.name = fitting.meter.name
        self._fitting = fitting
        self._begins = fitting.course.begins
        self._came = sorted((one for one in hall.bundles if one.came >= 0), key=lambda one: (one.came, one.number))
        self._seconds = [bundle.came for bundle in self._came]
        self._shown = [self._weigh(bundle) for bundle in self._came]
        self._sums = [0, *accumulate(self._shown)]

    def facts(self, at: int) -> Facts:
        """See `Instrument`. `absolute_error` is that of one weighing at full load, in kilograms."""
        del at
        meter = self._fitting.meter
        modulus = Decimal(meter.modulus)
        limit = classes.scale_limit_g(MAX_LOAD_KG * 1000, meter.interval_g, in_service=True)
        return Facts(
            serial=self._fitting.serial,
            kind=meter.kind,
            registers=("kg_in", "kg_out"),
            cadence_s=meter.cadence_s,
            modulus={"kg_in": modulus, "kg_out": modulus},
            absolute_error=Decimal(limit) / 1000,
            calibrated_until=self._fitting.calibrated_until,
        )

    def read(self, at: int, since: int | None = None) -> Sequence[Record]:
        """See `Instrument`."""
        if at < self._begins:
            return ()
        done = bisect_right(self._seconds, at - self._begins)
        told = done if since is None else bisect_right(self._seconds, since - self._begins)
        records = [record for number in range(told, done) for record in self._records(number)]
        modulus = self._fitting.meter.modulus
        return (*records, Record("kg_in", self._sums[done] % modulus, "kg", at), Record("kg_out", 0, "kg", at))

    def _records(self, number: int) -> list[Record]:
        bundle, shown = self._came[number], self._shown[number]
        at = self._begins + bundle.came
        return [
            Record("ticket", f"P{number + 1:07d}", "", at),
            *([Record("piece", bundle.tag, "", at)] if bundle.tag else []),
            Record("first", shown, "kg", at),
            Record("second", 0, "kg", at),
            Record("net", shown, "kg", at),
            Record("stable", True, "", at),  # noqa: FBT003 - the value of a flag
            Record("alibi", number + 1, "count", at),
        ]

    def _weigh(self, bundle: Bundle) -> int:
        """What the scale shows of a bundle, in kilograms."""
        draws, interval = self._fitting.draws, self._fitting.meter.interval_g
        limit = classes.scale_limit_g(bundle.mass_g, interval, in_service=False)
        span = draws.between(-SPAN_SHARE, SPAN_SHARE, f"span/{self.name}")
        own = draws.between(-OWN_SHARE, OWN_SHARE, f"weighing/{self.name}", bundle.number)
        mass = bundle.mass_g + limit * (span + own) // 1000
        for change in self._fitting.tampering.changes:
            mass = mass * change.factor_ppb(self._begins + bundle.came) // BILLION
        return (mass + interval // 2) // interval * interval // 1000
