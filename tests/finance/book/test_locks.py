"""What locked goods are worth, by hand and in bounds; what a floor leaves free."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_finance.book.cover_events import BuyersMargin, PriceLocked, PriceLockEnded
from tally_finance.book.floors import Floor
from tally_finance.book.goods_events import FloorSet, ReleaseOrdered
from tally_finance.book.loan_events import Pledging
from tally_finance.book.locks import locked_per_t, mean_per_t
from tests.finance.book.ledger import DAY, FACILITY, OPENED, T0, T, digest, opened, price

R1, AT = digest("R-1"), T0 + 60


def lock(per_t: int, tonnes: int = 40, margin: BuyersMargin | None = None, name: str = "sale") -> PriceLocked:
    return PriceLocked(
        facility=FACILITY,
        contract=digest(name),
        lot=digest("LOT-1"),
        buyer=digest("buyer"),
        quantity_g=tonnes * T,
        per_t=Decimal(per_t),
        until=T0 + 30 * DAY,
        margin=margin,
    )


def margin(per_t: int, tonnes: int = 40, haircut: str = "0.05") -> BuyersMargin:
    return BuyersMargin(Decimal(per_t * tonnes), Decimal(haircut))


@pytest.mark.parametrize(
    ("market", "locked", "worth"),
    [
        (70_000, lock(75_000), 70_000),  # the buyer may not pay
        (70_000, lock(65_000), 65_000),  # it gets them for less
        (70_000, lock(75_000, margin=margin(1_250)), 71_250),  # 75,000 × 0.95, and 70,000 + 1,250
        (70_000, lock(75_000, margin=margin(9_000)), 71_250),
        (70_000, lock(75_000, margin=margin(500)), 70_500),  # if it walks away, the margin is all there is
        (70_000, lock(65_000, margin=margin(9_000)), 65_000),  # a margin makes it no worse than without
        (60_000, lock(62_000, margin=margin(9_000)), 60_000),  # 62,000 × 0.95 = 58,900
    ],
)
def test_a_tonne_of_locked_goods(market: int, locked: PriceLocked, worth: int) -> None:
    assert locked_per_t(Fraction(market), locked) == worth


def test_a_lock_in_a_position() -> None:
    """40 of 100 t at 65,000, the rest at 70,000: 68,000 in the mean, V 6,800,000, L 4,760,000."""
    ledger = opened(1_000_000)
    ledger.write(lock(65_000), AT)
    found = ledger.position(AT)
    assert (found.lots[0].per_t, found.lots[0].locked_per_t) == (70_000, 68_000)
    assert (found.secured.value, found.secured.lendable) == (6_800_000, 4_760_000)
    assert found.available == Decimal(3_760_000)
    ledger.write(price(60_000), AT + 1)
    assert ledger.position(AT + 1).secured.value == 6_000_000  # the market is below the lock: nothing is gained
    assert ledger.entries[-2].digest in ledger.position(AT + 1).sources


def test_locked_goods_are_capped_like_others() -> None:
    capped = dataclasses.replace(OPENED, goods=(dataclasses.replace(OPENED.goods[0], cap=Decimal(4_000_000)),))
    ledger = opened(1_000_000, terms=capped)
    ledger.write(lock(65_000), AT)
    assert ledger.position(AT).secured.lendable == 4_000_000


def test_a_lock_ends_with_its_time_or_its_contract() -> None:
    ledger = opened(1_000_000)
    ledger.write(lock(65_000), AT)
    ledger.write_all([lock(60_000), lock(69_000, tonnes=10, name="other")], AT + 1)  # the first is another now
    assert ledger.position(AT + 1).secured.value == 40 * 60_000 + 10 * 69_000 + 50 * 70_000
    ledger.write(PriceLockEnded(FACILITY, digest("sale"), "rescinded"), AT + 2)
    assert ledger.position(AT + 2).secured.value == 10 * 69_000 + 90 * 70_000
    assert ledger.position(T0 + 30 * DAY).secured.value == 10 * 69_000 + 90 * 70_000
    assert ledger.position(T0 + 30 * DAY + 1).secured.value == 7_000_000


def test_a_lock_is_no_price_and_its_price_is_for_its_grade() -> None:
    graded = dataclasses.replace(OPENED, goods=(dataclasses.replace(OPENED.goods[0], grade=Decimal("0.9")),))
    ledger = opened(1_000_000, terms=graded)
    ledger.write(lock(61_000, tonnes=100), AT)
    assert ledger.position(AT).secured.value == 6_100_000  # of 63,000 for the grade
    late = T0 + 2 * DAY
    assert "stale-price" in {one.why for one in ledger.position(late).doubts}
    assert ledger.position(late).credit.lendable == 0


PRICES = st.integers(1, 200_000)
MARGINS = st.none() | st.builds(margin, PRICES, st.just(40), st.sampled_from(["0", "0.05", "0.5"]))
LOCKS = st.lists(st.builds(lock, PRICES, st.integers(1, 90), MARGINS), max_size=4)


@given(PRICES, LOCKS, st.integers(1, 200))
def test_a_mean_price_stays_within_what_markets_and_buyers_pay(
    market: int, locks: list[PriceLocked], tonnes: int
) -> None:
    found = mean_per_t(Fraction(market), tonnes * T, locks)
    if not locks:
        assert found is None
        return
    assert found is not None
    each = [locked_per_t(Fraction(market), one) for one in locks]
    assert min(market, *each) - Fraction(1, 10**6) <= Fraction(found) <= max(market, *each)
    for one, worth in zip(locks, each, strict=True):
        held = Fraction(0) if one.margin is None else Fraction(one.margin.held) * T / one.quantity_g
        assert min(market, one.per_t) <= worth <= one.per_t
        assert worth <= market + held


def test_a_floor_is_shown_with_what_may_leave() -> None:
    """60 of 100 t may leave; an order for 25 t takes from it; later the floor is over."""
    ledger = opened(1_000_000, terms=dataclasses.replace(OPENED, pledging=Pledging.DYNAMIC))
    ledger.write(FloorSet(FACILITY, R1, 40 * T, T0 + 100), AT)
    (found,) = ledger.position(AT).floors
    assert found == Floor(R1, digest("LOT-1"), 40 * T, T0 + 100, 100 * T, 0)
    assert found.free_g == 60 * T
    ledger.write(ReleaseOrdered(FACILITY, R1, digest("order"), 25 * T, T0 + 100), AT + 1)
    assert ledger.position(AT + 1).floors[0].free_g == 35 * T
    assert ledger.position(T0 + 101).floors == ()
    static = opened(1_000_000)
    static.write(FloorSet(FACILITY, R1, 40 * T, T0 + 100), AT)
    assert static.position(AT).floors == ()
