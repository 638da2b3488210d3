"""Local time of a plant in quarter hours: shifts, weekends, maintenance stops, and the weather. No IO."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tally_sim.plant.draws import Draws
from tally_sim.plant.profile import Profile

TICK_S: Final = 900
"""Everything flows evenly within a quarter hour; every zone in use lies whole quarter hours from UTC."""


@dataclass(frozen=True, slots=True)
class Tick:
    """A quarter hour: its number since the beginning, when it begins (Unix seconds), and how local clocks read then."""

    number: int
    at: int
    day: int
    """Days since the beginning's local day."""
    weekday: int
    """1 is Monday."""
    minute: int
    """Of the local day."""


class Calendar:
    """The quarter hours of one plant from `begins` on."""

    def __init__(self, profile: Profile, draws: Draws, begins: int) -> None:
        """`begins` is a whole quarter hour."""
        self._profile = profile
        self._draws = draws
        self._begins = begins
        self._first_day = datetime.fromtimestamp(begins, profile.timezone).date()

    def tick(self, number: int) -> Tick:
        """The quarter hour of that number."""
        at = self._begins + number * TICK_S
        local = datetime.fromtimestamp(at, self._profile.timezone)
        day = (local.date() - self._first_day).days
        return Tick(number, at, day, local.isoweekday(), local.hour * 60 + local.minute)

    def works(self, tick: Tick) -> bool:
        """Whether people are at work: a working day, a shift, and no maintenance stop."""
        schedule = self._profile.schedule
        hour = tick.minute // 60
        if tick.weekday not in schedule.days or not any(early <= hour < late for early, late in schedule.shifts):
            return False
        return not self._stopped(tick)

    def _stopped(self, tick: Tick) -> bool:
        every = self._profile.schedule.stop_every_days
        if not every:
            return False
        period, day = divmod(tick.day, every)
        first = self._draws.below(every, "stop", period) * 24 * 60
        minute = day * 24 * 60 + tick.minute
        return first <= minute < first + self._profile.schedule.stop_hours * 60

    def temperature(self, at: int) -> int:
        """The air outside at `at`, in tenths of a degree: coldest in mid January and at five in the morning."""
        local = datetime.fromtimestamp(at, self._profile.timezone)
        climate = self._profile.climate
        year = climate.year_swing * _swing(local.timetuple().tm_yday - 15, 366)
        day = climate.day_swing * _swing(local.hour - 5, 24)
        weather = self._draws.between(-30, 30, "weather", (at - self._begins) // 86_400)
        return climate.mean + (year + day) // 1000 + weather


def _swing(since_coldest: int, period: int) -> int:
    """-1000 where it is coldest, 1000 half a period later, straight between: the same on every machine."""
    return 1000 - 4000 * abs(since_coldest % period - period // 2) // period
