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

_DAY: Final = 86_400
"""No clock was moved and moved back within a day since then, so looking once a day misses no move."""


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
        """The first instant later than `after` at which local time reaches a whole multiple of `cadence_s`.

        Where the clock is set ahead over a multiple, that is the instant at which it is.
        """
        if _QUARTER_HOUR % cadence_s == 0:
            return after - after % cadence_s + cadence_s
        slot = after + cadence_s - (after + self.offset_s(after)) % cadence_s
        moved = self._moved(after, slot)
        if moved is None or self._jumps_over(moved, cadence_s):
            return slot if moved is None else moved
        return moved + -(moved + self.offset_s(moved)) % cadence_s

    def slots_between(self, after: int, before: int, cadence_s: int) -> int:
        """How many slots lie in `after` < t < `before`."""
        if before <= after + 1:
            return 0
        if _QUARTER_HOUR % cadence_s == 0:
            return (before - 1) // cadence_s - after // cadence_s
        count, first = 0, after + 1
        if self.offset_s(first) != self.offset_s(after):
            count += self._jumps_over(first, cadence_s)
        while first < before:
            offset, moved = self.offset_s(first), self._moved(first, before - 1)
            end = before if moved is None else moved
            count += (end - 1 + offset) // cadence_s - (first - 1 + offset) // cadence_s
            count += moved is not None and self._jumps_over(moved, cadence_s)
            first = end
        return count

    def _jumps_over(self, moved: int, cadence_s: int) -> bool:
        """Whether the clock that is moved at `moved` jumps over a multiple, and does not come to stand on one."""
        reached = moved + self.offset_s(moved)
        return bool(reached % cadence_s) and reached // cadence_s > (moved - 1 + self.offset_s(moved - 1)) // cadence_s

    def _moved(self, after: int, until: int) -> int | None:
        """The first instant in (`after`, `until`] with another offset than at `after`: when the clock was moved."""
        offset, known = self.offset_s(after), after
        while known < until:
            later = min(known + _DAY, until)
            if self.offset_s(later) != offset:
                while later - known > 1:
                    between = (known + later) // 2
                    known, later = (between, later) if self.offset_s(between) == offset else (known, between)
                return later
            known = later
        return None

    def slot_number(self, slot: int, cadence_s: int) -> int:
        """The running number of a slot in local time: what thinning keeps every n-th of."""
        return (slot + self.offset_s(slot)) // cadence_s
