"""A month as a book sees it: its first and last second, its days. No IO."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone

from tally_finance.close.body import MONTH
from tally_finance.errors import CloseError

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month at an offset from UTC, in seconds. Raises CloseError for what is none."""

    text: str
    utc_offset_s: int

    def __post_init__(self) -> None:
        if MONTH.fullmatch(self.text) is None or self.text < "1970-02":
            raise CloseError(f"{self.text!r} is no month; write it as 2026-10")

    @property
    def first(self) -> date:
        """Its first day."""
        return date.fromisoformat(f"{self.text}-01")

    @property
    def days(self) -> tuple[date, ...]:
        """Its days."""
        return tuple(self.first + number * _DAY for number in range(monthrange(self.first.year, self.first.month)[1]))

    @property
    def opening(self) -> int:
        """The last second before it."""
        return self.end_of(self.first - _DAY)

    @property
    def end(self) -> int:
        """Its last second."""
        return self.end_of(self.days[-1])

    def end_of(self, day: date) -> int:
        """The last second of a day, Unix seconds."""
        zone = timezone(timedelta(seconds=self.utc_offset_s))
        return int(datetime.combine(day + _DAY, time(), zone).timestamp()) - 1


def month_of(at: int, utc_offset_s: int) -> str:
    """The month that a time lies in."""
    return f"{datetime.fromtimestamp(at + utc_offset_s, UTC):%Y-%m}"
