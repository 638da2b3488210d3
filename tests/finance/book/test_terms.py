"""Limits, rates and maturities that change, and what was paid too much."""

from __future__ import annotations

import dataclasses
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_finance.book.before import before_draw
from tally_finance.book.loan_events import Drawn, FacilityExtended, LimitSet, RateSet, Refunded, Repaid
from tally_finance.errors import BookError
from tests.finance.book.ledger import DAY, FACILITY, OPENED, T0, digest, opened, whys

MATURED = dataclasses.replace(OPENED, matures=date(2026, 3, 12))
"""Ten days after T0."""
DAILY = Fraction(1_000_000) * Fraction(435, 10_000) / 360


def test_an_extension_ends_the_penalty_and_takes_back_none() -> None:
    """Ten days at the rate, five late at half as much again, then at the rate again."""
    ledger = opened(1_000_000, terms=MATURED)
    ledger.write(FacilityExtended(FACILITY, date(2026, 6, 30)), T0 + 15 * DAY)
    found = ledger.position(T0 + 25 * DAY)
    assert (found.loan.owed.interest, found.loan.owed.penalty) == (20 * DAILY, 5 * DAILY * Fraction(3, 2))
    assert (found.terms.matures, found.opened) == (date(2026, 6, 30), MATURED)
    assert "matured" not in {reason.why for reason in found.stops}
    assert "matured" in {reason.why for reason in ledger.position(T0 + 14 * DAY).stops}


def test_an_extension_in_time_costs_no_penalty() -> None:
    ledger = opened(1_000_000, terms=MATURED)
    ledger.write(FacilityExtended(FACILITY, date(2026, 3, 22)), T0 + DAY)
    owed = ledger.position(T0 + 21 * DAY).loan.owed
    assert (owed.interest, owed.penalty) == (20 * DAILY, DAILY * Fraction(3, 2))


@pytest.mark.parametrize("matures", [MATURED.matures, date(2026, 3, 1)])
def test_an_extension_that_is_none_counts_for_nothing_and_is_told(matures: date) -> None:
    ledger = opened(1_000_000, terms=MATURED)
    ledger.write(FacilityExtended(FACILITY, matures), T0 + DAY)
    found = ledger.position(T0 + DAY)
    assert found.terms == MATURED
    assert [reason.text for reason in found.stops] == [
        f"entry 11: an extension to {matures}, and it matures on 2026-03-12"
    ]


def test_a_rate_counts_from_its_day_on() -> None:
    ledger = opened(1_000_000)
    ledger.write(RateSet(FACILITY, Decimal("0.036"), Decimal("1.3")), T0 + 10 * DAY)
    owed = ledger.position(T0 + 15 * DAY).loan.owed
    assert owed.interest == 10 * DAILY + 5 * 100  # 1,000,000 × 3.6 % / 360 = 100 a day
    with pytest.raises(BookError, match="is none"):
        RateSet(FACILITY, Decimal("0.036"), Decimal("0.9"))


def test_a_limit_that_was_lowered_stops_draws_and_calls_nothing_back() -> None:
    ledger = opened(1_000_000)
    ledger.write(LimitSet(FACILITY, Decimal(1_200_000)), T0 + 60)
    state, found = ledger.state(T0 + 60), ledger.position(T0 + 60)
    assert found.available == Decimal(200_000)
    assert before_draw(state, Drawn(FACILITY, Decimal(200_000))).is_allowed
    assert whys(before_draw(state, Drawn(FACILITY, Decimal("200000.01")))) == {"over-limit"}
    ledger.write(LimitSet(FACILITY, Decimal(0)), T0 + 120)
    found = ledger.position(T0 + 120)
    assert (found.available, found.exposure, found.missing_cash) == (0, 1_000_000, 0)


def test_what_was_before_the_change_is_told_as_it_was() -> None:
    ledger = opened(1_000_000)
    before = ledger.position(T0 + 5 * DAY)
    ledger.write(RateSet(FACILITY, Decimal("0.2"), Decimal(2)), T0 + 10 * DAY)
    ledger.write(LimitSet(FACILITY, Decimal(0)), T0 + 10 * DAY)
    assert ledger.position(T0 + 5 * DAY) == before


def test_what_is_overpaid_is_owed_back_until_it_is_refunded() -> None:
    ledger = opened(1_000_000)
    ledger.write(Repaid(FACILITY, Decimal(1_000_300), digest("p")), T0 + 60)
    assert ledger.position(T0 + 60).owed_back == 300
    ledger.write(Refunded(FACILITY, Decimal(200), digest("back")), T0 + 61)
    assert ledger.position(T0 + 61).owed_back == 100
    ledger.write(Drawn(FACILITY, Decimal(50)), T0 + DAY)  # a later draw is not paid with it
    found = ledger.position(T0 + DAY)
    assert (found.owed_back, found.exposure) == (100, 50)


def test_what_is_refunded_beyond_it_is_owed_as_a_cost() -> None:
    ledger = opened(1_000)
    paid = ledger.write(Repaid(FACILITY, Decimal(1_300), digest("p")), T0 + 60)
    ledger.write(Refunded(FACILITY, Decimal(300), digest("back")), T0 + 61)
    ledger.correct(paid, Repaid(FACILITY, Decimal(1_100), digest("p")), at=T0 + 62)
    found = ledger.position(T0 + 62)
    assert (found.loan.owed.costs, found.loan.owed.principal, found.owed_back) == (200, 0, 0)


MONEY = st.integers(1, 300_000_000).map(lambda fen: Decimal(fen).scaleb(-2))
CHANGES = st.one_of(
    st.builds(LimitSet, st.just(FACILITY), MONEY),
    st.builds(RateSet, st.just(FACILITY), st.sampled_from([Decimal(0), Decimal("0.05")]), st.just(Decimal("1.5"))),
    st.dates(date(2026, 3, 1), date(2026, 12, 31)).map(lambda day: FacilityExtended(FACILITY, day)),
    st.builds(Drawn, st.just(FACILITY), MONEY),
    st.builds(Repaid, st.just(FACILITY), MONEY, st.just(digest("p"))),
    st.builds(Refunded, st.just(FACILITY), MONEY, st.just(digest("b"))),
)


@given(st.lists(st.tuples(st.integers(0, 300), CHANGES), max_size=10))
def test_money_is_conserved_and_maturity_only_goes_on(moves: list[tuple[int, object]]) -> None:
    """Σ paid + what was refunded in excess = Σ allocated + overpaid + refunded."""
    ledger = opened(terms=MATURED)
    for day, event in sorted(moves, key=lambda move: move[0]):
        ledger.write(event, T0 + day * DAY)  # type: ignore[arg-type]
    found = ledger.position(T0 + 301 * DAY)
    events = [event for _, event in moves]
    paid = sum((one.amount for one in events if isinstance(one, Repaid)), Decimal(0))
    back = sum((one.amount for one in events if isinstance(one, Refunded)), Decimal(0))
    drawn = sum((one.amount for one in events if isinstance(one, Drawn)), Decimal(0))
    principal = sum((one.principal for one in found.loan.allocations), Fraction(0))
    costs = sum((one.costs for one in found.loan.allocations), Fraction(0))
    excess = found.loan.owed.costs + costs
    assert excess == Fraction(found.loan.refunded_beyond)
    assert found.loan.owed.principal == Fraction(drawn) - principal
    overpaid = sum((one.overpaid for one in found.loan.allocations), Decimal(0))
    assert Fraction(overpaid) - (Fraction(back) - excess) == Fraction(found.owed_back) >= 0
    assert sum((one.amount for one in found.loan.allocations), Decimal(0)) == paid
    assert found.terms.matures >= MATURED.matures
