"""What a device measures and by which clock: true time is the loop's, and everything else may stray from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from tally_edge.drivers.interface import RegisterReading
from tally_edge.errors import DriverError
from tally_edge.statement import Clock

REGISTER = "energy_import"


@dataclass
class StrayClock:
    """A tally_edge.agent.clock.TimeSource: it steps, it drifts, it forgets."""

    true: Callable[[], float]
    """Virtual seconds since the run began."""
    start: int
    """Unix seconds at the beginning of the run."""
    ahead_s: float = 0.0
    drift_ppm: float = 0.0
    unset: bool = False

    def exact(self) -> float:
        """Unix seconds, with their fraction."""
        return self.start + self.true() * (1 + self.drift_ppm / 1e6) + self.ahead_s

    def now(self) -> int:
        """Unix seconds."""
        return int(self.exact())

    def seconds_until(self, at: int) -> float:
        """How long to wait for `at`."""
        return at - self.exact()

    def state(self) -> Clock:
        """It can not tell that it strays."""
        return Clock.UNSET if self.unset else Clock.SYNCHRONISED

    def mend(self) -> None:
        """It is set again, and stays so."""
        self.ahead_s, self.drift_ppm, self.unset = 0.0, 0.0, False


@dataclass
class Meter:
    """Counts by true time, whatever the device's clock says when it reads."""

    true: Callable[[], float]
    watt: int
    freezes: bool
    silent: bool = False
    reads: int = 0

    def read(self, at: int) -> list[RegisterReading]:
        """See Driver."""
        if self.silent:
            raise DriverError("the meter does not answer")
        self.reads += 1
        return [RegisterReading(REGISTER, self._shown(self.true()), "kWh", at)]

    def _shown(self, seconds: float) -> Decimal:
        return Decimal(1_000 + int(seconds * self.watt) // 3_600).scaleb(-3)

    def close(self) -> None:
        """See Driver."""


@dataclass
class FreezingMeter(Meter):
    """A Meter that keeps its registers of each boundary, by a clock of its own that does not stray."""

    start: int = 0

    def freeze(self, at: int) -> list[RegisterReading] | None:
        """See Freezing."""
        if self.silent:
            raise DriverError("the meter does not answer")
        seconds = at - self.start
        if not 0 <= seconds <= self.true():
            return None
        return [RegisterReading(REGISTER, self._shown(seconds), "kWh", at)]
