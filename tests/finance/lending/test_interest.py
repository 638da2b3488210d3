"""Interest and what is owed: the worked numbers, and sums that must close."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_finance.errors import LendingError
from tally_finance.lending.interest import Cost, Draw, Owed, Repayment, Terms, interest, owed_on

D = Decimal
BEGINS = date(2026, 1, 5)
RATE = Fraction("0.0435")
TERMS = Terms(D("0.0435"), BEGINS + timedelta(days=90))


def test_ninety_days() -> None:
    """65 million at 4.35 % for 90 days of a year of 360: 706,875."""
    assert interest(Fraction(65_000_000), RATE, BEGINS, TERMS.matures) == 706_875
    assert interest(Fraction(65_000_000), RATE, BEGINS, BEGINS) == 0
    with pytest.raises(LendingError, match="runs backwards"):
        interest(Fraction(1), RATE, TERMS.matures, BEGINS)


def test_ten_days_late() -> None:
    """One and a half times the rate for ten days more: 117,812.50."""
    owed = owed_on(TERMS.matures + timedelta(days=10), TERMS, [Draw(BEGINS, D(65_000_000))])
    assert owed == Owed(penalty=Fraction("117812.5"), interest=Fraction(706_875), principal=Fraction(65_000_000))
    assert owed.exposure == D("65824687.50")


def test_on_the_day_itself_nothing_is_late() -> None:
    owed = owed_on(TERMS.matures, TERMS, [Draw(BEGINS, D(65_000_000)), Repayment(TERMS.matures, D(65_706_875))])
    assert owed == Owed()


def test_costs_first_principal_last() -> None:
    """1,000,000 for 36 days at 4.35 % owe 4,350; 500 of costs; 10,000 pay both, and 5,150 of the principal."""
    day = BEGINS + timedelta(days=36)
    events = [Repayment(day, D(10_000)), Cost(day, D(500)), Draw(BEGINS, D(1_000_000))]
    assert owed_on(day, TERMS, events) == Owed(principal=Fraction(994_850))
    assert owed_on(day, TERMS, [Draw(BEGINS, D(1_000_000)), Repayment(day, D(4_000))]).interest == 350


def test_owed_is_rounded_up_once() -> None:
    """One day of 1 at 4.35 % is 0.00012083…: a coin."""
    assert owed_on(BEGINS + timedelta(days=1), TERMS, [Draw(BEGINS, D(1))]).exposure == D("1.01")


@pytest.mark.parametrize(
    ("events", "why"),
    [
        ([Draw(BEGINS, D(0))], f"draw of 0 on {BEGINS}: not above zero"),
        ([Draw(BEGINS, D(10)), Repayment(BEGINS, D("10.02"))], r"10\.02 was paid on 2026-01-05, 0\.02 more"),
    ],
)
def test_what_can_not_be(events: list[Draw | Repayment], why: str) -> None:
    with pytest.raises(LendingError, match=why):
        owed_on(BEGINS, TERMS, events)


def test_what_was_rounded_up_can_be_paid() -> None:
    day = BEGINS + timedelta(days=1)
    asked = owed_on(day, TERMS, [Draw(BEGINS, D(1))]).exposure
    assert owed_on(day, TERMS, [Draw(BEGINS, D(1)), Repayment(day, asked)]) == Owed()


@given(st.lists(st.tuples(st.integers(0, 200), st.integers(1, 10**9)), min_size=1, max_size=6), st.integers(0, 300))
def test_what_is_owed_does_not_hang_on_who_looked(draws: list[tuple[int, int]], after: int) -> None:
    """Interest of parts is the interest of the whole; looking at it in between changes nothing."""
    events = [Draw(BEGINS + timedelta(days=days), D(amount)) for days, amount in draws]
    day = BEGINS + timedelta(days=after)
    whole = owed_on(day, TERMS, events)
    apart = [owed_on(day, TERMS, [event]) for event in events]
    for name in ("penalty", "interest", "principal"):
        assert getattr(whole, name) == sum(getattr(one, name) for one in apart)


@given(st.integers(1, 10**9), st.integers(0, 200), st.integers(0, 200), st.integers(1, 10**9))
def test_a_repayment_never_makes_more_owed(amount: int, on: int, later: int, paid: int) -> None:
    first, last = BEGINS + timedelta(days=min(on, later)), BEGINS + timedelta(days=max(on, later))
    draw = Draw(BEGINS, D(amount))
    before = owed_on(first, TERMS, [draw]).exposure
    without = owed_on(last, TERMS, [draw])
    repaid = owed_on(last, TERMS, [draw, Repayment(first, D(min(paid, int(before))))]) if int(before) else without
    assert repaid.exposure <= without.exposure
