"""Coverage: the worked numbers with all their inputs, and what must hold for all others."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tally_finance.errors import LendingError
from tally_finance.lending.coverage import Lines, Lot, Position

D = Decimal
LINES = Lines(D("0.8"), D("0.9"))


def lot(value: int, advance: str = "0.7", name: str = "one", cap: Decimal | None = None) -> Lot:
    """Goods of that value, at 1,000 a tonne."""
    return Lot(name, D(value), D(1_000), D(advance), cap=cap)


def loan(exposure: int, *lots: Lot, reserve: int = 0, limit: int = 10**9) -> Position:
    return Position(lots, D(exposure), D(limit), LINES, D(reserve))


def test_a_position() -> None:
    """4,984.332 t at 3,000, grade 0.98, advance 0.6: worth 14,653,936.08, lendable 8,792,361.648 less 200,000."""
    goods = Lot("copper", D(4_984_332), D(3_000), D("0.6"), D("0.98"))
    held = Position((goods,), D("8000000.01"), D(9_000_000), LINES, D(200_000))
    assert held.value == D("14653936.08")
    assert held.lendable == D("8592361.648")
    assert held.available == D("592361.63")  # downwards
    assert round(held.coverage or 0, 4) == Fraction("1.0740")
    assert round(held.loan_to_value or 0, 4) == Fraction("0.5535")
    assert held.missing_cash == 0
    assert replace(held, limit=D(8_000_100)).available == D("99.99")


def test_the_lines_are_prices() -> None:
    """E 800, RSV 40, 1,000 kg at 1,000 a tonne line 0.8: (800 / 0.8 + 40) / 1 t is a price of 1,040."""
    held = loan(800, lot(1_000), reserve=40)
    assert held.share_of_prices_at(LINES.warning) * 1_000 == 1_040
    at_warning = replace(held, lots=(replace(held.lots[0], price_per_t=D(1_040)),))
    assert at_warning.loan_to_value == LINES.warning
    assert at_warning.has_reached(LINES.warning)
    assert not replace(held, lots=(replace(held.lots[0], price_per_t=D("1040.01")),)).has_reached(LINES.warning)
    with pytest.raises(LendingError, match="nothing is pledged"):
        loan(1).share_of_prices_at(LINES.warning)


@pytest.mark.parametrize(
    ("exposure", "repaid", "released"),
    [
        (600, 70, "242.857"),  # 1000 - 530 / 0.7
        (750, 70, "28.571"),  # the shortcut 70 / 0.7 says 100, and loan to value would rise from 0.75 to 0.7556
        (750, 50, "0"),
        (750, 750, "1000"),
    ],
)
def test_the_trap_of_partial_release(exposure: int, repaid: int, released: str) -> None:
    held = loan(exposure, lot(1_000))
    gone = held.releasable_kg("one", D(repaid), D("0.001"))
    assert gone == D(released)
    rest = replace(held, lots=(replace(held.lots[0], lower_kg=1_000 - gone),), exposure=D(exposure - repaid))
    assert rest.is_covered or not gone


def test_a_cap_holds_goods_back() -> None:
    """Two lots, one capped at 100: what it is worth beyond that covers nothing, and may go."""
    held = loan(750, lot(1_000), lot(1_000, name="capped", cap=D(100)))
    assert held.lendable == 800
    assert held.releasable_kg("capped", D(0)) == 928  # 71.43 kg at 0.7 are the missing 50
    assert held.releasable_kg("one", D(0)) == 71
    assert loan(801, *held.lots).releasable_kg("capped", D(0)) == 0


def test_what_must_come() -> None:
    """E 750, RSV 20, a 0.7, V 1,000: (770 / 0.7 - 1,000) / 1 a kilogram is 100 kg, or 70 in cash."""
    held = loan(750, lot(1_000), reserve=20)
    assert (held.missing_kg("one"), held.missing_cash) == (D(100), D(70))
    assert loan(0).missing_cash == 0
    assert loan(10, reserve=20).missing_cash == 10  # not 30: no more is owed


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (lambda: lot(1, "1"), "an advance of 1 is no share between 0 and 1"),
        (lambda: lot(-1), "quantity, price, grade and cap are not negative"),
        (lambda: Lines(D("0.9"), D("0.9")), "do not rise between 0 and 1"),
        (lambda: loan(1, lot(1, "0.8")), "begins at or above the warning line"),
        (lambda: loan(-1), "are not negative"),
        (lambda: loan(1, lot(1), lot(2)), "a lot is pledged twice: one, one"),
        (lambda: loan(1, lot(1)).releasable_kg("two", D(0)), "no lot two is pledged"),
        (lambda: loan(1, lot(1)).releasable_kg("one", D(2)), "2 can not be repaid of 1"),
    ],
)
def test_what_can_not_be(wrong: object, why: str) -> None:
    with pytest.raises(LendingError, match=why):
        wrong()


amounts = st.integers(0, 10**10).map(D)
lots = st.builds(
    Lot,
    st.just("one"),
    st.integers(1, 10**9).map(D),
    st.integers(1, 10**6).map(D),
    st.integers(100, 799).map(lambda share: D(share) / 1000),
    st.integers(500, 1_500).map(lambda share: D(share) / 1000),
    st.none() | amounts,
)
positions = st.builds(
    lambda one, other, exposure, limit, reserve: Position(
        (one, replace(other, name="two")), exposure, limit, LINES, reserve
    ),
    lots, lots, amounts, amounts, amounts,
)  # fmt: skip


@given(positions)
def test_what_may_be_drawn_leaves_the_loan_covered(held: Position) -> None:
    drawn = replace(held, exposure=held.exposure + held.available)
    assert drawn.is_covered or held.available == 0
    assert drawn.exposure <= max(held.limit, held.exposure)


@given(positions, st.sampled_from(["one", "two"]), st.integers(0, 100))
def test_what_may_go_leaves_the_loan_covered(held: Position, name: str, share: int) -> None:
    repaid = held.exposure * share / 100
    kg = held.releasable_kg(name, repaid)
    assume(kg > 0)
    after = replace(
        held,
        exposure=held.exposure - repaid,
        lots=tuple(replace(one, lower_kg=one.lower_kg - kg) if one.name == name else one for one in held.lots),
    )
    assert after.is_covered
    if kg + 1 <= next(one for one in held.lots if one.name == name).lower_kg:
        fewer = tuple(replace(one, lower_kg=one.lower_kg - 1) if one.name == name else one for one in after.lots)
        more = replace(after, lots=fewer)
        assert not more.is_covered  # a kilogram more, and it is not


@given(positions, st.sampled_from(["one", "two"]))
def test_what_is_missing_covers_the_loan(held: Position, name: str) -> None:
    lots = tuple(replace(one, cap=None) if one.name == name else one for one in held.lots)
    free = replace(held, lots=lots)
    kg = held.missing_kg(name)
    topped = replace(
        free, lots=tuple(replace(one, lower_kg=one.lower_kg + kg) if one.name == name else one for one in lots)
    )
    assert topped.is_covered
    assert replace(held, exposure=held.exposure - held.missing_cash).is_covered or held.lendable < 0
