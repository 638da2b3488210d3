"""A month on a site's clock, and the days by which its data is deposited, looked at and accepted. No IO.

China's practice, by a municipal plan of 2024: within 20 natural days after each month's end the firm deposits, the
county has looked after 5 more, the city is done within 40. A day counts until the site's midnight ends it.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from tally_edge.agent.settle import SiteTime
from tally_finance.errors import DepositError

UPLOAD_DAYS: Final = 20
COUNTY_DAYS: Final = 25
CITY_DAYS: Final = 40


@dataclass(frozen=True, slots=True)
class Due:
    """Until the end of `last_day`, which is before `until` (Unix seconds): `days` natural days after the month."""

    name: str
    chinese: str
    days: int
    last_day: date
    until: int


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month such as 2026-03 on a site's clock. Raises DepositError for what is none."""

    text: str
    zone: ZoneInfo

    def __post_init__(self) -> None:
        try:
            known = date.fromisoformat(f"{self.text}-01")
        except ValueError:
            known = date.min
        if f"{known:%Y-%m}" != self.text or not 1970 < known.year < 9999:
            raise DepositError(f"{self.text!r} is no month; write it as 2026-03")

    @property
    def first(self) -> date:
        """Its first day."""
        return date.fromisoformat(f"{self.text}-01")

    @property
    def last(self) -> date:
        """Its last day."""
        return self.first.replace(day=monthrange(self.first.year, self.first.month)[1])

    @property
    def from_at(self) -> int:
        """Where it begins, Unix seconds."""
        return SiteTime(self.zone).day_start(self.first)

    @property
    def to_at(self) -> int:
        """Where it ends, Unix seconds."""
        return SiteTime(self.zone).day_start(self.last + timedelta(days=1))

    @property
    def due(self) -> tuple[Due, ...]:
        """The three days, earliest first."""
        return (
            self._due("deposit", "企业存证", UPLOAD_DAYS),
            self._due("county check", "县级核查", COUNTY_DAYS),
            self._due("city check", "市级审核", CITY_DAYS),
        )

    def _due(self, name: str, chinese: str, days: int) -> Due:
        last_day = self.last + timedelta(days=days)
        return Due(name, chinese, days, last_day, SiteTime(self.zone).day_start(last_day + timedelta(days=1)))


def months_of(zone: ZoneInfo, from_at: int, to_at: int) -> list[Month]:
    """The months that a period has a part of, in order."""
    found = [Month(f"{datetime.fromtimestamp(from_at, zone):%Y-%m}", zone)]
    while found[-1].to_at < to_at:
        found.append(Month(f"{found[-1].last + timedelta(days=1):%Y-%m}", zone))
    return found


def day_of(at: int, zone: ZoneInfo) -> str:
    """The day of the site's clock that a time lies in."""
    return f"{datetime.fromtimestamp(at, zone):%Y-%m-%d}"
