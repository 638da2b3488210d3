"""A loan under falling prices: a course by hand, and the year 2008 as it was."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_finance.errors import LendingError
from tally_finance.lending.coverage import Lines, Lot, Position
from tally_finance.lending.falling import Line, replayed
from tally_finance.lending.prices import PriceLock

D = Decimal
DAY = date(2026, 1, 1)
LINES = Lines(warning=D("0.8"), liquidation=D("0.9"))
BARRELS_PER_T = D("7.33")
"""The usual factor for Brent: here only a scale, the same on every day."""


def loan(per_t: Decimal, exposure: Decimal) -> Position:
    """A thousand tonnes at an advance of 70 %."""
    lot = Lot("crude", D(1_000_000), per_t, D("0.7"))
    return Position((lot,), exposure, exposure, LINES)


def course(*prices: int) -> list[tuple[date, Decimal]]:
    return [(DAY + timedelta(days=n), D(price)) for n, price in enumerate(prices)]


def test_a_fall_of_thirty_per_cent() -> None:
    """700,000 on 1,000,000: the warning price is 875 a tonne, the liquidation price 777.78."""
    days = list(replayed(loan(D(1_000), D(700_000)), "crude", course(1_000, 900, 876, 875, 800, 778, 777, 700)))
    assert [one.line for one in days] == [
        Line.NONE, Line.NONE, Line.NONE, Line.WARNING, Line.WARNING, Line.WARNING, Line.LIQUIDATION, Line.LIQUIDATION,
    ]  # fmt: skip
    assert [one.missing_cash for one in days[:2]] == [D(0), D("70000.00")]
    assert days[-1].loan_to_value == 1
    assert days[-1].missing_cash == D("210000.00")


def test_a_lot_that_is_not_pledged() -> None:
    with pytest.raises(LendingError, match="no lot tin"):
        list(replayed(loan(D(1_000), D(1)), "tin", course(1)))


@given(st.lists(st.integers(300, 2_000), min_size=1, max_size=30))
def test_the_line_is_that_of_the_warning_and_liquidation_price(prices: list[int]) -> None:
    """The second way: prices against the two lines' prices, instead of loan to value against the two lines."""
    position = loan(D(1_000), D(700_000))
    warns, sells = (position.share_of_prices_at(line) * 1_000 for line in (LINES.warning, LINES.liquidation))
    for day in replayed(position, "crude", course(*prices)):
        expected = Line.LIQUIDATION if day.per_t <= sells else Line.WARNING if day.per_t <= warns else Line.NONE
        assert day.line is expected


def _brent(shared: Path, first: date, last: date) -> list[tuple[date, Decimal]]:
    file = shared / "prices" / "eia_brent_daily.csv"
    if not file.is_file():
        pytest.skip("no series of Brent beside the project")
    with file.open(encoding="utf-8", newline="") as opened:
        rows = [(date.fromisoformat(row["Date"]), D(row["Price"])) for row in csv.DictReader(opened)]
    fen = D("0.01")
    return [(on, (price * BARRELS_PER_T).quantize(fen, ROUND_HALF_EVEN)) for on, price in rows if first <= on <= last]


@pytest.mark.shared
def test_the_fall_of_2008_day_by_day(shared: Path) -> None:
    """A loan of 70 % made at the summit of July 2008: the warning comes when a ninth is gone, before anybody sells."""
    days = _brent(shared, date(2008, 7, 3), date(2008, 10, 31))
    summit = days[0][1]
    assert min(price for _, price in days) < summit * D("0.7")
    exposure = (summit * 1_000 * D("0.7")).quantize(D("0.01"))
    told = list(replayed(loan(summit, exposure), "crude", days))
    warned = next(one for one in told if one.line is Line.WARNING)
    sold = next(one for one in told if one.line is Line.LIQUIDATION)
    assert told[0].line is Line.NONE
    assert told[0].missing_cash == 0
    below = {line: next(on for on, price in days if Fraction(price) <= Fraction(exposure) / 1_000 / Fraction(line))
             for line in (LINES.warning, LINES.liquidation)}  # fmt: skip
    assert (warned.on, sold.on) == (below[LINES.warning], below[LINES.liquidation])
    assert timedelta(days=3) < sold.on - warned.on  # time to top up lies between
    assert warned.missing_cash > 0


@pytest.mark.shared
def test_a_secured_lock_holds_through_the_fall_of_2008(shared: Path) -> None:
    """锁价: the buyer agreed to the summit's price and paid a margin; the lender lends on it until the lock ends."""
    days = _brent(shared, date(2008, 7, 3), date(2008, 10, 31))
    summit = days[0][1]
    exposure = (summit * 1_000 * D("0.6")).quantize(D("0.01"))
    ends = date(2008, 9, 30)
    locks = {secured: PriceLock(summit, ends.toordinal(), secured, D("0.1")) for secured in (True, False)}

    def told(secured: bool) -> dict[date, Line]:
        priced = [(on, locks[secured].price(price, on.toordinal())) for on, price in days]
        return {one.on: one.line for one in replayed(loan(summit, exposure), "crude", priced)}

    held, open_ = told(True), told(False)
    assert {line for on, line in held.items() if on <= ends} == {Line.NONE}
    assert Line.LIQUIDATION in {line for on, line in held.items() if on > ends}
    assert Line.NONE is not max(line for on, line in open_.items() if on <= ends)  # a lock without margin is no help
