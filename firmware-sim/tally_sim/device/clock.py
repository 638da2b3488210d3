"""A device's clock: how it differs from the time that is, and how it stands. No IO."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tally_sim.device.signing import ClockState, Moment

MILLION: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Wrong:
    """From `begins` to before `ends` (true Unix seconds) the clock is `ahead_s` ahead, and gains `ppm` on top."""

    begins: int
    ends: int
    ahead_s: int = 0
    ppm: int = 0
    state: ClockState | None = None
    """How it stands meanwhile; None: as always."""

    def ahead(self, at: int) -> int:
        """Seconds that it is ahead at `at`."""
        return self.ahead_s + (at - self.begins) * self.ppm // MILLION


@dataclass(frozen=True, slots=True)
class DeviceClock:
    """The true time, but for some spans in which it is wrong."""

    state: ClockState = ClockState.SYNCHRONISED
    wrong: tuple[Wrong, ...] = ()

    def shows(self, at: int) -> int:
        """What it shows when it is `at`."""
        return at + sum(each.ahead(at) for each in self.wrong if each.begins <= at < each.ends)

    def stands(self, at: int) -> ClockState:
        """How it stands when it is `at`."""
        for each in self.wrong:
            if each.begins <= at < each.ends and each.state is not None:
                return each.state
        return self.state

    def at(self, at: int) -> Moment:
        """All of it, when it is `at`."""
        return Moment(self.shows(at), self.stands(at), at)

    def when_it_shows(self, shown: int, now: int) -> int:
        """The first true second from `now` on at which it shows `shown` or more, or at which it is set."""
        at = now
        while (short := shown - self.shows(at)) > 0:
            later = at + max(1, short * (MILLION - 1000) // MILLION)
            changed = min((t for each in self.wrong for t in (each.begins, each.ends) if at < t <= later), default=None)
            if changed is not None:
                return changed
            at = later
        return at
