"""Opens a plant: a profile, a seed, a span of time, and what goes wrong in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Final

from tally_sim import csv_load, generated
from tally_sim.csv_load import Source
from tally_sim.errors import LoadError, ProfileError
from tally_sim.load import Load
from tally_sim.plant import profile_file
from tally_sim.plant.calendar import TICK_S, Calendar
from tally_sim.plant.course import Course, Simulation
from tally_sim.plant.draws import Draws
from tally_sim.plant.fitting import Fitting
from tally_sim.plant.flow_meter import FlowMeter, measured_flows
from tally_sim.plant.hall import Hall
from tally_sim.plant.injection import Injection, check_turns
from tally_sim.plant.interface import Happening, Instrument
from tally_sim.plant.level_gauge import LevelGauge
from tally_sim.plant.piece_scale import PieceScale
from tally_sim.plant.preparation import Preparation
from tally_sim.plant.profile import MEDIA, Profile
from tally_sim.plant.tag_readers import Gate, HallReader
from tally_sim.plant.truth import truth_of
from tally_sim.plant.weighbridge import Weighbridge

MAX_DAYS: Final = 3_660
LOAD_COLUMN: Final = "Usage_kWh"
LOAD_ZONE: Final = "Asia/Seoul"
_OF_HALLS: Final[Mapping[str, Callable[[Fitting, Hall], Instrument]]] = {
    "rfid-gate": Gate,
    "rfid-hall": HallReader,
    "piece-scale": PieceScale,
}
_WEEKS: Final = 52
_STEPS_OF_A_DAY: Final = 96
_SOURCE: Final = Source((LOAD_COLUMN,), LOAD_ZONE)


class SimulatedPlant:
    """See `Plant`."""

    def __init__(
        self,
        profile: Profile,
        course: Course,
        instruments: dict[str, Instrument],
        injections: Sequence[Injection],
        notes: tuple[str, ...],
    ) -> None:
        """Made by `open_plant`."""
        self.name = profile.name
        self.profile = profile
        self.course = course
        self.begins = course.begins
        self.ends = course.begins + course.ticks * TICK_S
        self.instruments: Mapping[str, Instrument] = instruments
        self.stocks: Mapping[str, tuple[str, ...]] = {
            stock.name: tuple(meter.name for meter in profile.meters if stock.name in meter.measures)
            for stock in profile.stocks
        }
        self.happenings: Sequence[Happening] = [injection.happening() for injection in injections]
        self.notes = notes
        """What whoever runs it should be told: where its load came from."""

    def truth(self, at: int) -> Mapping[str, Decimal]:
        """See `Plant`; docs/plant-profiles.md names the quantities."""
        return truth_of(self.profile, self.course, at)


def open_plant(
    profile: str | Path | Profile,
    seed: int | str,
    begins: int,
    days: int,
    *,
    faults: Sequence[Injection] = (),
    attacks: Sequence[Injection] = (),
    load_file: Path | None = None,
) -> SimulatedPlant:
    """The plant of `profile` from `begins` (Unix seconds, a whole quarter hour) for `days` days.

    `load_file` is what a process on a recorded load follows; without it a load is made from the seed, and `notes` says
    so. Raises ProfileError, InjectionError, LoadError.
    """
    found = profile if isinstance(profile, Profile) else profile_file.load(profile)
    if begins % TICK_S:
        raise ProfileError(f"a plant begins at a whole quarter hour, not at {begins}")
    if not 0 < days <= MAX_DAYS:
        raise ProfileError(f"a plant runs for 1 to {MAX_DAYS} days, not {days}")
    ticks = days * _STEPS_OF_A_DAY
    draws = Draws(f"{found.name}/{seed}")
    prepared = Preparation(found, draws, begins, begins + ticks * TICK_S)
    injections = (*faults, *attacks)
    check_turns(injections)
    for injection in injections:
        injection.check(prepared)
        injection.apply(prepared)
    load, notes = _load(found, draws, begins, ticks, load_file)
    course = Simulation(prepared, load).run()
    instruments: dict[str, Instrument] = {
        meter.name: _instrument(Fitting(meter, course, draws, prepared.on(meter.name)), found) for meter in found.meters
    }
    for injection in sorted(injections, key=lambda each: not each.covers_first):
        injection.cover(instruments)
    return SimulatedPlant(found, course, instruments, injections, notes)


def _instrument(fitting: Fitting, profile: Profile) -> Instrument:
    meter, course = fitting.meter, fitting.course
    if meter.kind in MEDIA:
        consumers = [(consumer.name, consumer.medium) for consumer in profile.consumers]
        return FlowMeter(fitting, measured_flows(meter, course, consumers))
    if meter.kind == "weighbridge":
        return Weighbridge(fitting)
    (stock,) = meter.measures
    if meter.kind == "silo":
        return LevelGauge(fitting, profile.stock(stock))
    hall = course.halls[stock]
    return _OF_HALLS[meter.kind](fitting, hall)


def _load(
    profile: Profile, draws: Draws, begins: int, ticks: int, file: Path | None
) -> tuple[Sequence[int], tuple[str, ...]]:
    """The recorded energy of each quarter hour, in millionths of a kilowatt hour; weekdays fall on weekdays."""
    if not any(process.kind == "load" for process in profile.processes):
        return (), ()
    if file is None:
        amounts = _generated(draws.below(2**32, "load"))
        note = "no load file was given: the recorded load is one that was generated from the seed"
    else:
        (load,) = csv_load.read(file, _SOURCE)
        amounts = _quarters(load, str(file))
        note = f"the recorded load is {file.name}"
    tick = Calendar(profile, draws, begins).tick(0)
    # Both files begin on a Monday at midnight; a year of 52 weeks is repeated.
    first = (tick.weekday - 1) * _STEPS_OF_A_DAY + tick.minute // 15
    return [amounts[(first + number) % len(amounts)] for number in range(ticks)], (note,)


@lru_cache(maxsize=2)
def _generated(number: int) -> list[int]:
    """Remembered, because trials open the plant of one seed many times."""
    text = generated.csv_bytes(number, days=_WEEKS * 7)
    (load,) = csv_load.parse(text.decode("utf-8-sig").splitlines(), _SOURCE)
    return _quarters(load, "the generated load")


def _quarters(load: Load, file: str) -> list[int]:
    whole = _WEEKS * 7 * _STEPS_OF_A_DAY
    if load.step_s != TICK_S or len(load.ends_at) < whole:
        raise LoadError(f"{file}: is not {_WEEKS} weeks of quarter hours")
    sums = [0, *(load.steps_at(end) for end in load.ends_at[:whole])]
    scale = 10 ** (6 - load.decimals)
    return [(after - before) * scale for before, after in pairwise(sums)]
