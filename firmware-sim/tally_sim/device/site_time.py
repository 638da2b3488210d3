"""When a device reads and settles, on the site's clock (docs/formats/readings.md, settlement.md). No IO."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from tally_sim.device.payloads import Boundary

QUARTER_S: Final = 900
"""Every zone in use lies whole quarter hours from UTC: finer cadences need no local alignment."""


@dataclass(frozen=True, slots=True)
class SiteTime:
    """A time zone, and the utility's reading day (1..28)."""

    zone: ZoneInfo
    reading_day: int = 1

    def offset(self, at: int) -> int:
        """Seconds that local time is ahead."""
        ahead = datetime.fromtimestamp(at, self.zone).utcoffset() or timedelta()
        return int(ahead.total_seconds())

    def local(self, at: int) -> str:
        """`at` as the site's clock reads it."""
        return datetime.fromtimestamp(at, self.zone).isoformat()

    def next_boundary(self, after: int) -> tuple[int, Boundary]:
        """The first instant of a local day later than `after`, and what it is."""
        return _next_boundary(self, after)

    def boundaries(self, after: int, until: int) -> list[tuple[int, Boundary]]:
        """Those in (`after`, `until`]."""
        found = []
        at, boundary = self.next_boundary(after)
        while at <= until:
            found.append((at, boundary))
            at, boundary = self.next_boundary(at)
        return found

    def next_slot(self, after: int, cadence_s: int) -> int:
        """The first instant later than `after` at which local time reaches a whole multiple of `cadence_s`; where the
        clocks are set ahead over one, the instant at which they are."""
        if QUARTER_S % cadence_s == 0:
            return after - after % cadence_s + cadence_s
        offset = self.offset(after)
        slot = after - (after + offset) % cadence_s + cadence_s
        if self.offset(slot) == offset:
            return slot
        change = after - after % QUARTER_S + QUARTER_S  # clocks are changed on quarter hours
        while self.offset(change) == offset:
            change += QUARTER_S
        passed = (change + offset - 1) // cadence_s
        if (change + self.offset(change)) // cadence_s > passed:
            return change
        local = change + self.offset(change)
        return change + (cadence_s - local % cadence_s) % cadence_s

    def slots_between(self, after: int, before: int, cadence_s: int) -> int:
        """How many slots lie in `after` < t < `before`."""
        if QUARTER_S % cadence_s == 0:
            return max(0, (before - 1) // cadence_s - after // cadence_s)
        count, slot = 0, self.next_slot(after, cadence_s)
        while slot < before:
            count, slot = count + 1, self.next_slot(slot, cadence_s)
        return count

    def _day_begins(self, day: date) -> int:
        midnight = datetime.combine(day, time(), self.zone)
        at = int(midnight.timestamp())
        if datetime.fromtimestamp(at, self.zone).date() == day:
            return at
        # Midnight itself is skipped: the day begins where the clocks jump, by the offset of the day before.
        return int(datetime.combine(day, time(), UTC).timestamp()) - self.offset(at - 86_400)


@lru_cache(maxsize=4096)
def _next_boundary(site: SiteTime, after: int) -> tuple[int, Boundary]:
    day = datetime.fromtimestamp(after, site.zone).date()
    at = after
    while at <= after:
        day += timedelta(days=1)
        at = site._day_begins(day)
    if day.day == site.reading_day:
        return at, Boundary.READING_DAY
    return at, Boundary.MONTH if day.day == 1 else Boundary.DAY
