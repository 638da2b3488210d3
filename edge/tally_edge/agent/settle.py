"""Site-local boundaries: when a metering point is settled, and when it is sampled. No IO beyond the time zone tables.

All instants are Unix seconds. A local midnight is found through the zone's own rules, so a day in which summer time
begins or ends is settled after 23 or 25 hours, and where midnight itself is skipped, at the first instant of the day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from tally_edge.device import Boundary

MAX_OWED: Final = 400
"""Boundaries that are looked at after an outage: more than a year of days. Earlier ones lie in the gap that is
declared."""

_QUARTER_HOUR: Final = 900
"""Every zone in use since 1972 lies whole quarter hours from UTC, so finer cadences need no local alignment."""

_HOUR: Final = 3_600
"""Summer time moves by a whole hour nearly everywhere: up to here slots can be counted without walking them."""


@dataclass(frozen=True, slots=True)
class SiteTime:
    """A site's time zone and the utility's reading day (1..28)."""

    zone: ZoneInfo
    reading_day: int = 1

    def offset_s(self, at: int) -> int:
        """Seconds that local time is ahead of UTC at `at`."""
        offset = datetime.fromtimestamp(at, self.zone).utcoffset()
        return 0 if offset is None else int(offset.total_seconds())

    def local_text(self, at: int) -> str:
        """`at` as the site's clock reads it, with its offset: 2026-10-26T00:00:00+01:00."""
        return datetime.fromtimestamp(at, self.zone).isoformat()

    def day_start(self, day: date) -> int:
        """The first instant of `day` on the site's clock."""
        midnight = datetime.combine(day, time(), self.zone)
        at = int(midnight.timestamp())
        if datetime.fromtimestamp(at, self.zone).date() == day:
            return at  # fold 0: where midnight comes twice, its first time
        # The clock jumped over midnight: the day begins at the jump, by the offset that held before it.
        before = int((midnight - timedelta(days=1)).timestamp())
        return int(datetime.combine(day, time(), UTC).timestamp()) - self.offset_s(before)

    def next_boundary(self, after: int) -> tuple[int, Boundary]:
        """The first boundary later than `after`, and the widest that falls on it."""
        day = datetime.fromtimestamp(after, self.zone).date()
        while True:
            day += timedelta(days=1)
            at = self.day_start(day)
            if at > after:
                return at, self._kind(day)

    def boundaries(self, after: int, until: int) -> list[tuple[int, Boundary]]:
        """The boundaries in (`after`, `until`], oldest first, at most the latest MAX_OWED."""
        after = max(after, until - MAX_OWED * 86_400)
        found = []
        at, kind = self.next_boundary(after)
        while at <= until:
            found.append((at, kind))
            at, kind = self.next_boundary(at)
        return found

    def _kind(self, day: date) -> Boundary:
        # The day of reading is what the bill goes by: where it falls on the first, it is the wider of the two.
        if day.day == self.reading_day:
            return Boundary.READING_DAY
        return Boundary.MONTH if day.day == 1 else Boundary.DAY

    def next_slot(self, after: int, cadence_s: int) -> int:
        """The first instant later than `after` at which local time is a whole multiple of `cadence_s`."""
        if _QUARTER_HOUR % cadence_s == 0:
            return after - after % cadence_s + cadence_s
        offset = self.offset_s(after)
        slot = after + cadence_s - (after + offset) % cadence_s
        moved = self.offset_s(slot) - offset
        if not moved or (slot + offset + moved) % cadence_s == 0:
            return slot
        # Summer time began or ended on the way: the multiple lies earlier or later by what the clock was moved.
        shifted = slot - moved
        return shifted if shifted > after and self.offset_s(shifted) - offset == moved else slot

    def slots_between(self, after: int, before: int, cadence_s: int) -> int:
        """How many slots lie in `after` < t < `before`."""
        if before <= after + 1:
            return 0
        if cadence_s <= _HOUR:
            offset = 0 if _QUARTER_HOUR % cadence_s == 0 else self.offset_s(after)
            return (before - 1 + offset) // cadence_s - (after + offset) // cadence_s
        count = 0
        slot = self.next_slot(after, cadence_s)
        while slot < before:
            count += 1
            slot = self.next_slot(slot, cadence_s)
        return count

    def slot_number(self, slot: int, cadence_s: int) -> int:
        """The running number of a slot in local time: what thinning keeps every n-th of."""
        return (slot + self.offset_s(slot)) // cadence_s
