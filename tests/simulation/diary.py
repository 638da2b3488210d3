"""What truly happened to one device, as the world knows it: its lives, its clock, and what its meter answered."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.simulation.plant import Meter, Question, StrayClock
from tests.simulation.site import DeviceOfSite

_LOOKS_AROUND_S = 6.0
"""An agent that sleeps may hear so late that its clock was set: it sleeps for five seconds, by a clock that drifts."""
_AT_ONCE_S = 0.2
"""So soon after a slot has come an agent has seen to it: it wakes for the slot, by a clock that drifts."""


@dataclass
class Life:
    """One process of the device, in virtual seconds. What a list holds may still grow."""

    began_s: float
    failed_at: list[float]
    """When its disk refused a call."""
    boot_count: int = 0
    """0: it ended before its agent had counted the start."""
    ended_s: float = math.inf

    def knows(self, at_s: float) -> bool:
        """Whether it lived then."""
        return self.began_s <= at_s <= self.ended_s

    def sees(self, at_s: float) -> bool:
        """Whether it lived then, and for long enough to see to a slot that came then."""
        return self.began_s <= at_s and at_s + _AT_ONCE_S <= self.ended_s


@dataclass
class Diary:
    """See the module's text. A slot is Unix seconds by the device's clock; it is on time until half a cadence later."""

    device: DeviceOfSite
    clock: StrayClock
    meter: Meter
    lives: list[Life] = field(default_factory=list)

    @property
    def cadence_s(self) -> int:
        """What the site plan asks for."""
        return self.device.point.cadence_s

    def on_time(self, slot: int) -> tuple[int, int]:
        """The first and the last second at which a reading is one of this slot."""
        return slot, slot + self.cadence_s // 2

    def answers_of(self, life: Life) -> list[Question]:
        """What the meter answered to this process, but for its freezes, in order."""
        return [
            one for one in self.meter.asked if one.frozen_at is None and one.value is not None and life.knows(one.at_s)
        ]

    def jumps_over(self, slot: int) -> int:
        """How often the clock was set ahead over the slot, or so shortly before it that the agent slept on."""
        steps = self.clock.steps()
        return sum(before < after and before - 1 <= slot <= after + _LOOKS_AROUND_S for before, after in steps)

    def fell_silent(self, first: int, last: int) -> bool:
        """Whether the meter was asked in these seconds by the device's clock, and did not answer."""
        return any(
            one.value is None and one.frozen_at is None and first <= one.shown <= last for one in self.meter.asked
        )

    def answered(self, second: int) -> bool:
        """Whether the meter answered in this second by the device's clock."""
        return any(one.value is not None and one.frozen_at is None and one.shown == second for one in self.meter.asked)

    def was_unset(self, first: int, last: int) -> bool:
        """Whether the clock knew in one of these seconds of its own that it was not set."""
        return any(visit.unset for visit in self.clock.visits(first, last))

    def disk_failed(self, first: int, last: int) -> bool:
        """Whether the device's disk refused a call in one of these seconds by the device's clock."""
        spans = list(self.clock.visits(first, last))
        return any(span.from_s <= at_s <= span.to_s for span in spans for at_s in self._failures())

    def _failures(self) -> Iterator[float]:
        for life in self.lives:
            yield from life.failed_at

    def was_down(self, slot: int, until: int) -> bool:
        """Whether the clock jumped over the slot, or no process lived when it came, or that one ended before the clock
        showed `until`, and took with it what it had not said."""
        if self.jumps_over(slot):
            return True
        for came_s in self.clock.comings(slot):
            life = next((life for life in self.lives if life.sees(came_s)), None)
            if life is None:
                return True
            ended = any(visit.to_s >= life.ended_s for visit in self.clock.visits(until, until))
            if ended and self._may_be_untold(slot, came_s, life):
                return True
        return False

    def _may_be_untold(self, slot: int, came_s: float, life: Life) -> bool:
        """Whether the end of `life` explains that nobody heard of the slot: it came so shortly before, or was asked
        for, or could not be."""
        if life.ended_s - came_s <= (self.device.point.pack_readings + 1) * self.cadence_s:
            return True
        first, last = self.on_time(slot)
        asked = any(
            one.frozen_at is None and first <= one.shown <= last and life.knows(one.at_s) for one in self.meter.asked
        )
        return asked or self.was_unset(first, last) or self.disk_failed(first, last)
