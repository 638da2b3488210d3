"""Meters of what flows: electricity and water. What they show is the exact integral of what flowed times what they
make of it, cut to their last digit. No IO.

A meter has **lives**: from its installation, from a reset, from an exchange. In each it has a serial number, a
register that began somewhere, and an error of its own. What is shown at a time is a function of that time alone.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from tally_sim.plant import classes
from tally_sim.plant.course import Course
from tally_sim.plant.fitting import Fitting
from tally_sim.plant.flows import Cumulative
from tally_sim.plant.interface import Facts, Record
from tally_sim.plant.profile import WATER, Meter
from tally_sim.plant.tampering import BILLION, Diverted, Life, Scaled, Stand

REFERENCE_TENTHS: Final = 230
"""The temperature at which a meter is adjusted: 23.0 degrees where its plate names none, as type tests have it."""
_GAIN_STEP_S: Final = 3_600
"""How often temperature and age are looked at."""
_WELL_ADJUSTED: Final = 600_000
"""A meter leaves the factory within this share (ppm) of its class, assumed; the rest is for temperature and age."""
_YEAR_S: Final = 365 * 86_400

REGISTER: Final = {"electricity": ("energy_import", "kWh"), "water": ("volume", "m3")}


class FlowMeter:
    """An electricity or a water meter with one cumulative register."""

    def __init__(self, fitting: Fitting, flows: Mapping[str, Cumulative]) -> None:
        """`flows`: what it measures, by name."""
        self.name = fitting.meter.name
        self._meter = fitting.meter
        self._course = fitting.course
        self._draws = fitting.draws
        self._tampering = fitting.tampering
        self._flows = flows
        self._register, self._unit = REGISTER[fitting.meter.kind]
        first = Life(
            fitting.course.begins, fitting.serial, fitting.meter.opening, calibrated_until=fitting.calibrated_until
        )
        self._lives = [first]
        for life in sorted(fitting.tampering.lives, key=lambda life: life.begins):
            back = None if life.serial or life.continues is None else self._lives[-1 - life.continues]
            self._lives.append(
                replace(life, serial=back.serial, calibrated_until=back.calibrated_until) if back else life
            )
        self._breaks = self._break_points()
        self._sums: list[list[int]] = [[] for _ in self._lives]
        rolls_at = fitting.tampering.rolls_at
        if rolls_at is not None:
            # All nines then: the next count turns it over.
            self._lives[0] = replace(first, opening=(-1 - self._counted(0, rolls_at)) % fitting.meter.modulus)

    def facts(self, at: int) -> Facts:
        """See `Instrument`."""
        meter, life = self._meter, self._lives[self._life_at(at)]
        return Facts(
            serial=life.serial,
            kind=meter.kind,
            registers=(self._register,),
            cadence_s=meter.cadence_s,
            modulus={self._register: Decimal(meter.modulus).scaleb(-meter.decimals)},
            multiplier=meter.multiplier,
            relative_error=Decimal(classes.limit_ppm(meter.kind, meter.accuracy)).scaleb(-6),
            absolute_error=Decimal(meter.multiplier).scaleb(-meter.decimals),
            parent=meter.parent,
            calibrated_until=life.calibrated_until or self._lives[0].calibrated_until,
        )

    def read(self, at: int, since: int | None = None) -> Sequence[Record]:
        """See `Instrument`. Nothing before the beginning."""
        del since  # a register has no events
        if at < self._course.begins:
            return ()
        digits = self.shown(at)
        value = Decimal(digits).scaleb(-self._meter.decimals) if self._meter.decimals else digits
        return (Record(self._register, value, self._unit, at),)

    def shown(self, at: int) -> int:
        """The register at `at`, in its last digits."""
        number = self._life_at(at)
        return (self._opening(number) + self._counted(number, at)) % self._meter.modulus

    def _life_at(self, at: int) -> int:
        return max(0, bisect_right([life.begins for life in self._lives], at) - 1)

    def _opening(self, number: int) -> int:
        back = self._lives[number].continues
        if back is None:
            return self._lives[number].opening
        before = number - 1 - back
        return self._opening(before) + self._counted(before, self._lives[before + 1].begins)

    # Counting

    def _counted(self, number: int, at: int) -> int:
        """What was counted since life `number` began, in last digits of the register."""
        life = self._lives[number]
        total = self._integral(number, at) - self._integral(number, life.begins)
        scale: int = 10 ** (6 - self._meter.decimals) * self._meter.multiplier * BILLION * BILLION
        return total // scale

    def _integral(self, number: int, at: int) -> int:
        """What flowed up to `at` times what the meter of life `number` makes of it; millionths times 10**18."""
        sums = self._sums[number]
        place = max(0, bisect_right(self._breaks, at) - 1)
        while len(sums) <= place:
            before = len(sums) - 1
            sums.append(sums[-1] + self._piece(number, before, self._breaks[before + 1]) if sums else 0)
        return sums[place] + self._piece(number, place, at)

    def _piece(self, number: int, place: int, until: int) -> int:
        since = self._breaks[place]
        stand = next((each for each in self._tampering.stands if each.begins <= since < each.ends), None)
        gain = self._gain(number, since)
        if stand is not None:
            return stand.rate * (until - since) * gain * BILLION
        begins = self._course.begins
        total = 0
        for name, flow in self._flows.items():
            total += (flow.at(until - begins) - flow.at(since - begins)) * (BILLION - self._past(name, since))
        return total * gain

    def _past(self, flow: str, at: int) -> int:
        """Which part of `flow` goes round the meter, in billionths."""
        ppm = sum(each.ppm for each in self._tampering.diverted if each.flow == flow and each.begins <= at < each.ends)
        return min(ppm, 1_000_000) * 1000

    def _gain(self, number: int, at: int) -> int:
        """What the meter makes of what flows, in billionths."""
        meter, life = self._meter, self._lives[number]
        bias = life.bias_ppb
        if bias is None:
            most = classes.limit_ppm(meter.kind, meter.accuracy) * _WELL_ADJUSTED // 1_000_000
            bias = self._draws.between(-most, most, f"bias/{meter.name}/{life.serial}") * 1000
        warmer = self._course.calendar.temperature(at) - REFERENCE_TENTHS
        sign = self._draws.between(-1000, 1000, f"temperature/{meter.name}/{life.serial}")
        heat = meter.temperature_ppb_k * warmer * sign // 10_000
        age = meter.drift_ppm_year * 1000 * (at - self._course.begins) // _YEAR_S
        gain = BILLION + bias + heat + age
        for change in self._tampering.changes:
            gain = gain * change.factor_ppb(at) // BILLION
        return gain

    def _break_points(self) -> list[int]:
        begins, ends = self._course.begins, self._course.begins + self._course.ticks * 900
        spans: Iterable[Scaled | Diverted | Stand] = (
            *self._tampering.changes, *self._tampering.diverted, *self._tampering.stands
        )  # fmt: skip
        points = {*range(begins, ends, _GAIN_STEP_S), *(life.begins for life in self._lives)}
        points |= {point for span in spans for point in (span.begins, span.ends)}
        return sorted(point for point in points if begins <= point < ends)


def measured_flows(meter: Meter, course: Course, consumers: Iterable[tuple[str, str]]) -> dict[str, Cumulative]:
    """The flows that a meter measures, by name; `consumers` are pairs of name and medium."""
    site = "site" in meter.measures
    names = [name for name, medium in consumers if medium == meter.kind and (site or name in meter.measures)]
    kinds: tuple[str, ...] = ("used",)
    if meter.kind == WATER:
        kinds = ("drained",) if meter.effluent else ("drained", "evaporated")
    wanted = [f"{kind}/{name}" for name in names for kind in kinds]
    if site and meter.kind != WATER:
        wanted.append("line_loss")
    return {name: course.books.flows[name].cumulative for name in wanted}
