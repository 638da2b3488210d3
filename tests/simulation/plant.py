"""What a device measures and by which clock, with an account of it: true time is the loop's, and everything else may
stray from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import pairwise

from tally_edge.drivers.interface import RegisterReading
from tally_edge.errors import DriverError
from tally_edge.statement import Clock
from tests.simulation.loop import PROCESS

REGISTER = "energy_import"
UNIT = "kWh"

_ROUNDING_S = 1e-5
"""Unix seconds with a fraction are exact to a quarter of a microsecond."""


@dataclass(frozen=True)
class Pace:
    """How a clock goes from `since_s` on, virtual seconds. It shows Unix seconds."""

    since_s: float
    start: int
    """Unix seconds at the beginning of the run."""
    ahead_s: float = 0.0
    drift_ppm: float = 0.0
    unset: bool = False

    def shows(self, at_s: float) -> float:
        """Unix seconds, with their fraction."""
        return self.start + at_s * (1 + self.drift_ppm / 1e6) + self.ahead_s

    def reaches(self, shown: float) -> float:
        """When it shows that, if it goes on like this: virtual seconds."""
        return (shown - self.start - self.ahead_s) / (1 + self.drift_ppm / 1e6)


@dataclass(frozen=True)
class Visit:
    """A while, virtual seconds, in which a clock showed what was asked for."""

    from_s: float
    to_s: float
    unset: bool


class StrayClock:
    """A tally_edge.agent.clock.TimeSource: it steps, it drifts, it forgets; and `paces` say how it went."""

    def __init__(self, true: Callable[[], float], start: int) -> None:
        """`true` counts virtual seconds since the run began, at `start` (Unix seconds)."""
        self.true = true
        self.paces = [Pace(0.0, start)]

    def exact(self) -> float:
        """Unix seconds, with their fraction."""
        return self.paces[-1].shows(self.true())

    def now(self) -> int:
        """Unix seconds."""
        return int(self.exact())

    def seconds_until(self, at: int) -> float:
        """How long to wait for `at`."""
        return at - self.exact()

    def state(self) -> Clock:
        """It can not tell that it strays."""
        return Clock.UNSET if self.paces[-1].unset else Clock.SYNCHRONISED

    # What happens to it

    def _now_goes(self, pace: Pace) -> None:
        self.paces.append(replace(pace, since_s=self.true()))

    def step(self, by_s: float) -> None:
        """It is set ahead, or back."""
        self._now_goes(replace(self.paces[-1], ahead_s=self.paces[-1].ahead_s + by_s))

    def drift(self, ppm: float) -> None:
        """It goes as if it had run that much too fast since the beginning."""
        self._now_goes(replace(self.paces[-1], drift_ppm=ppm))

    def forget(self) -> None:
        """It goes on, but knows that it is not set."""
        self._now_goes(replace(self.paces[-1], unset=True))

    def remember(self) -> None:
        """It knows again."""
        self._now_goes(replace(self.paces[-1], unset=False))

    def mend(self) -> None:
        """It is set again, and stays so."""
        self._now_goes(Pace(0.0, self.paces[-1].start))

    # How it went

    def strays(self) -> bool:
        """Whether it ever went otherwise than true time."""
        start = self.paces[0].start
        return any(pace != Pace(pace.since_s, start) for pace in self.paces)

    def _went(self) -> Iterator[tuple[Pace, float]]:
        """Each pace, and until when."""
        ends = [*(pace.since_s for pace in self.paces[1:]), self.true()]
        return zip(self.paces, ends, strict=True)

    def visits(self, first: int, last: int) -> Iterator[Visit]:
        """When it showed the whole seconds `first` to `last`, or some of them."""
        for pace, end_s in self._went():
            from_s = max(pace.since_s, pace.reaches(first) - _ROUNDING_S)
            to_s = min(end_s, pace.reaches(last + 1) + _ROUNDING_S)
            if from_s <= to_s:
                yield Visit(from_s, to_s, pace.unset)

    def comings(self, second: int) -> list[float]:
        """When it came to that second by going: not where it was set into it, or over it."""
        return [at_s for pace, end_s in self._went() if pace.since_s <= (at_s := pace.reaches(second)) < end_s]

    def steps(self) -> Iterator[tuple[float, float]]:
        """What it showed before and after each time that it was set ahead or back."""
        for before, after in pairwise(self.paces):
            shown, then = before.shows(after.since_s), after.shows(after.since_s)
            if shown != then:
                yield shown, then


@dataclass(frozen=True)
class Question:
    """The meter was asked for its register at `at_s` (virtual seconds), when the device's clock showed `shown`.

    `value` is what it answered, None where it was silent. Of its own freeze of the boundary `frozen_at`, where that is
    given; None too where it keeps none.
    """

    at_s: float
    shown: int
    value: Decimal | None
    frozen_at: int | None = None


@dataclass
class Meter:
    """Counts by true time, whatever the device's clock says when it reads. `asked` keeps every question and answer."""

    clock: StrayClock
    watt: int
    silent: bool = False
    asked: list[Question] = field(default_factory=list)

    def read(self, at: int) -> list[RegisterReading]:
        """See Driver."""
        value = self._shown(self.clock.true())
        self._note(value)
        return [RegisterReading(REGISTER, value, UNIT, at)]

    def _note(self, value: Decimal | None, frozen_at: int | None = None) -> None:
        """Raises DriverError, as a silent meter does."""
        process = PROCESS.get()
        if process is not None and process.alive:  # what a dead one asks for on its last step, nobody hears of
            question = Question(self.clock.true(), self.clock.now(), None if self.silent else value, frozen_at)
            self.asked.append(question)
        if self.silent:
            raise DriverError("the meter does not answer")

    def _shown(self, seconds: float) -> Decimal:
        return Decimal(1_000 + int(seconds * self.watt) // 3_600).scaleb(-3)

    def close(self) -> None:
        """See Driver."""


@dataclass
class FreezingMeter(Meter):
    """A Meter that keeps its registers of each boundary, by a clock of its own that does not stray."""

    def freeze(self, at: int) -> list[RegisterReading] | None:
        """See Freezing."""
        seconds = at - self.clock.paces[0].start
        value = self._shown(seconds) if 0 <= seconds <= self.clock.true() else None
        self._note(value, at)
        return None if value is None else [RegisterReading(REGISTER, value, UNIT, at)]
