"""A weighbridge: two weighings a truck, a ticket each, and running sums of what came and went. No IO.

A scale of class III (OIML R 76-1) shows whole verification intervals e. Its error has a part that it shares with every
weighing of its life (span), and a part of its own (repeatability); together they stay within the limit at verification,
so that with the rounding they are within what is permitted in service, twice that. How they share it is assumed.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from tally_sim.plant import classes
from tally_sim.plant.fitting import Fitting
from tally_sim.plant.interface import Facts, Record
from tally_sim.plant.tampering import BILLION
from tally_sim.plant.trucks import Weighing

MAX_LOAD_KG: Final = 60_000
SPAN_SHARE: Final = 500
"""Of the limit at verification, in thousandths: how far the span of a scale may be off."""
OWN_SHARE: Final = 400
"""The same for one weighing: wind, the place of the axles, temperature of the cells."""
_SAMPLE_SHARED_PPM: Final = 1_500
"""Of the mass: how far the moisture of all samples may be off together, by the oven or meter that they go through."""
_SAMPLE_OWN_PPM: Final = 2_000
"""The same for one sample: a probe takes a few kilograms of a truckload."""
_FIRST_ALIBI: Final = 100_000
"""A stored weighing must lead back to the weighing that it was (WELMEC 7.2, extension L): here by a number that only
rises. The memory was not new when the plant began."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """A weighing as the scale saw it. Kilograms; `at` Unix seconds of the second weighing."""

    weighing: Weighing
    at: int
    first_kg: int
    second_kg: int
    moisture: Decimal | None
    """By the sample of the load, a share of its mass; None of goods that hold no water."""

    @property
    def net_kg(self) -> int:
        """What was brought or taken, never negative."""
        return abs(self.first_kg - self.second_kg)

    def records(self) -> list[Record]:
        """What is signed of it, all at its own time."""
        number = self.weighing.number
        return [
            Record("ticket", f"W{number:07d}", "", self.at),
            Record("plate", self.weighing.commitment, "", self.at),
            Record("first", self.first_kg, "kg", self.at),
            Record("second", self.second_kg, "kg", self.at),
            Record("net", self.first_kg - self.second_kg, "kg", self.at),
            Record("stable", True, "", self.at),  # noqa: FBT003 - the value of a flag
            Record("alibi", _FIRST_ALIBI + number, "count", self.at),
            *([] if self.moisture is None else [Record("moisture", self.moisture, "/", self.at)]),
        ]


class Weighbridge:
    """See `Instrument`. The registers kg_in and kg_out are the sums of the net weights."""

    def __init__(self, fitting: Fitting) -> None:
        """Weighs every truck of the course at once."""
        self.name = fitting.meter.name
        self._fitting = fitting
        self._meter = fitting.meter
        self._course = fitting.course
        self._draws = fitting.draws
        self.tickets = [self._ticket(weighing) for weighing in fitting.course.weighings]
        self._ends = [ticket.at for ticket in self.tickets]
        self._in, self._out = [0], [0]
        for ticket in self.tickets:
            inbound = ticket.weighing.inbound
            self._in.append(self._in[-1] + (ticket.net_kg if inbound else 0))
            self._out.append(self._out[-1] + (0 if inbound else ticket.net_kg))

    def facts(self, at: int) -> Facts:
        """See `Instrument`. `absolute_error` is that of one weighing at full load, in kilograms."""
        del at
        meter, interval = self._meter, self._meter.interval_g
        limit = classes.scale_limit_g(MAX_LOAD_KG * 1000, interval, in_service=True)
        modulus = Decimal(meter.modulus)
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
        if at < self._course.begins:
            return ()
        done = bisect_right(self._ends, at)
        told = done if since is None else bisect_right(self._ends, since)
        records = [record for ticket in self.tickets[told:done] for record in ticket.records()]
        modulus = self._meter.modulus
        return (
            *records,
            Record("kg_in", self._in[done] % modulus, "kg", at),
            Record("kg_out", self._out[done] % modulus, "kg", at),
        )

    def _ticket(self, weighing: Weighing) -> Ticket:
        gross, tare = weighing.load_g + weighing.tare_g, weighing.tare_g
        full, empty = (self._shown(mass, weighing, part) for part, mass in enumerate((gross, tare)))
        first, second = (full, empty) if weighing.inbound else (empty, full)
        return Ticket(weighing, self._course.begins + weighing.second, first, second, self._sampled(weighing))

    def _sampled(self, weighing: Weighing) -> Decimal | None:
        """What the sample of a load shows, to a tenth of a per cent of its mass."""
        if weighing.moist_ppm is None:
            return None
        shared = self._draws.between(-_SAMPLE_SHARED_PPM, _SAMPLE_SHARED_PPM, f"samples/{self.name}")
        own = self._draws.between(-_SAMPLE_OWN_PPM, _SAMPLE_OWN_PPM, f"sample/{self.name}", weighing.number)
        return Decimal((weighing.moist_ppm + shared + own + 500) // 1000).scaleb(-3)

    def _shown(self, mass_g: int, weighing: Weighing, part: int) -> int:
        """What the scale shows of `mass_g`, in kilograms."""
        interval = self._meter.interval_g
        limit = classes.scale_limit_g(mass_g, interval, in_service=False)
        span = self._draws.between(-SPAN_SHARE, SPAN_SHARE, f"span/{self.name}")
        own = self._draws.between(-OWN_SHARE, OWN_SHARE, f"weighing/{self.name}/{part}", weighing.number)
        mass = mass_g + limit * (span + own) // 1000
        at = self._course.begins + weighing.second
        for change in self._fitting.tampering.changes:
            mass = mass * change.factor_ppb(at) // BILLION
        return (mass + interval // 2) // interval * interval // 1000
