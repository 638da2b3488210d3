"""How the log grew: its size minute by minute, and what came in. No IO.

Sizes are noted from the start of the service; for the time before, the anchors tell (size, block time).
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from dataclasses import dataclass, field
from typing import Final

MINUTE_S: Final = 60
KEPT_MINUTES: Final = 24 * 60
RATE_OVER_S: Final = 300
"""The rate that is shown is over so long: shorter ones jump with every pack of an agent."""


@dataclass(frozen=True, slots=True)
class GrowthPoint:
    """The log had `size` entries at `at` (Unix seconds); `known_by`: the service itself, or an anchor."""

    at: int
    size: int
    known_by: str


@dataclass(slots=True)
class Growth:
    """Noted by the service, one point a minute at most."""

    points: deque[tuple[int, int]] = field(default_factory=lambda: deque(maxlen=KEPT_MINUTES))
    appended_bytes: int = 0
    appended: int = 0

    def note(self, at: int, size: int) -> None:
        """The log has `size` entries at `at`. The point of a minute is its last."""
        if self.points and self.points[-1][0] // MINUTE_S >= at // MINUTE_S:
            self.points[-1] = (max(at, self.points[-1][0]), size)
        else:
            self.points.append((at, size))

    def per_hour(self, now: int) -> int | None:
        """Entries in an hour, at the rate of the last minutes; None before there are two."""
        if len(self.points) < 2:
            return None
        since = next((point for point in self.points if point[0] >= now - RATE_OVER_S - MINUTE_S), self.points[0])
        last = self.points[-1]
        seconds = max(now, last[0]) - since[0]
        return None if seconds <= 0 else (last[1] - since[1]) * 3_600 // seconds

    def bytes_per_entry(self) -> int | None:
        """The mean of what was appended since the service started."""
        return None if not self.appended else self.appended_bytes // self.appended

    def reached_at(self, size: int) -> int | None:
        """When the log first had `size` entries, to the minute; None where that was before the first point."""
        if not self.points or self.points[0][1] >= size:
            return None
        at = bisect_left(self.points, size, key=lambda point: point[1])
        return self.points[at][0] if at < len(self.points) else None
