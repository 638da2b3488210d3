"""Months on a site's clock, and the days by which they are due."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from tally_finance.deposit.calendar import Month, months_of
from tally_finance.errors import DepositError

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("2026-01", ["2026-02-20", "2026-02-25", "2026-03-12"]),
        ("2026-02", ["2026-03-20", "2026-03-25", "2026-04-09"]),
        ("2028-01", ["2028-02-20", "2028-02-25", "2028-03-11"]),
        ("2028-02", ["2028-03-20", "2028-03-25", "2028-04-09"]),
        ("2026-12", ["2027-01-20", "2027-01-25", "2027-02-09"]),
        ("2027-12", ["2028-01-20", "2028-01-25", "2028-02-09"]),
    ],
)
def test_natural_days_after_the_month(text: str, days: list[str]) -> None:
    """Across month ends, years, and the 29th of February."""
    assert [f"{one.last_day}" for one in Month(text, SHANGHAI).due] == days


def test_a_day_counts_until_the_sites_midnight() -> None:
    due = Month("2026-03", SHANGHAI).due[0]
    assert datetime.fromtimestamp(due.until, UTC).isoformat() == "2026-04-20T16:00:00+00:00"
    due = Month("2026-10", BERLIN).due[0]
    assert datetime.fromtimestamp(due.until, UTC).isoformat() == "2026-11-20T23:00:00+00:00"


def test_a_month_whose_clock_is_moved_is_an_hour_shorter_or_longer() -> None:
    hours = {text: (Month(text, BERLIN).to_at - Month(text, BERLIN).from_at) / 3600 for text in ("2026-03", "2026-10")}
    assert hours == {"2026-03": 31 * 24 - 1, "2026-10": 31 * 24 + 1}
    assert Month("2028-02", BERLIN).to_at - Month("2028-02", BERLIN).from_at == 29 * 86_400


def test_the_months_of_a_year() -> None:
    first, last = Month("2026-01", BERLIN), Month("2026-12", BERLIN)
    assert [one.text for one in months_of(BERLIN, first.from_at, last.to_at)] == [f"2026-{n:02}" for n in range(1, 13)]
    assert [one.text for one in months_of(BERLIN, first.to_at - 1, first.to_at + 1)] == ["2026-01", "2026-02"]


@pytest.mark.parametrize("text", ["2026-13", "2026-1", "2026", "202601", "", "２０２６-０１", "0001-01", "2026-01-01"])
def test_what_is_no_month(text: str) -> None:
    with pytest.raises(DepositError, match="is no month"):
        Month(text, SHANGHAI)
