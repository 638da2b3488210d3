"""A close follows from the journal: figures by independent arithmetic, movement, restatement, what stands out."""

from __future__ import annotations

import dataclasses
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tally_finance.book.loan_events import Drawn, LimitSet, Refunded, Repaid
from tally_finance.close import body as bodies
from tally_finance.close import page, plain, workbook
from tally_finance.close.computing import Asked, closed
from tally_finance.close.month import Month, month_of
from tally_finance.close.telling import differs, remarks
from tally_finance.errors import BookError, CloseError
from tests.finance.book.ledger import DAY, FACILITY, OPENED, T0, T, digest, opened
from tests.finance.close.examples import (
    APRIL,
    LENDER,
    MADE_AT,
    MARCH,
    R1,
    body,
    chain,
    keeper_book,
    month,
    receipt,
    row,
)

RATE = Fraction(435, 10_000) / 360


def test_a_month_by_hand() -> None:
    """4,000,000 for 18 days, 3,400,000 and more until day 24, then 100,000 more; the first day counts, the last not.

    On day 18 the payment pays the fee, 18 days' interest, and principal with the rest.
    """
    (one,) = body().facilities
    until_paid = 4_000_000 * RATE * 18
    principal = 4_000_000 - (600_000 - Fraction("1200.50") - until_paid)
    after = principal * RATE * 6 + (principal + 100_000) * RATE * 5  # day 18 to 24, day 24 to the 31st, day 29
    assert one.owed.principal == principal + 100_000
    assert one.owed.interest == after
    assert (one.owed.costs, one.owed.penalty, one.overpaid) == (0, 0, 0)
    moved = one.movement
    assert (moved.drawn, moved.charged, moved.applied) == (4_100_000, Decimal("1200.50"), 600_000)
    assert moved.accrued == until_paid + after
    assert moved.opening.total == 0
    (lot,) = one.lots
    assert (lot.pledged_g, lot.secured_g, lot.per_t) == (90 * T, 90 * T, Decimal(70_000 - 300 * 29))
    assert lot.value_fen == 90 * (70_000 - 300 * 29) * 100
    assert one.lendable_fen == lot.value_fen * 7 // 10


def test_the_movement_adds_up_exactly_whatever_happens_to_the_loan() -> None:
    @settings(max_examples=30, deadline=None)
    @given(st.lists(st.tuples(st.integers(0, 55), st.integers(1, 150_000_000), st.integers(0, 2)), max_size=8))
    def holds(acts: list[tuple[int, int, int]]) -> None:
        ledger = opened(1_000_000)
        for day, fen, does in sorted(acts):
            amount = Decimal(fen).scaleb(-2)
            event = (
                Drawn(FACILITY, amount),
                Repaid(FACILITY, amount, digest("p")),
                Refunded(FACILITY, amount, digest("r")),
            )[does]
            ledger.write(event, T0 + day * DAY)
        for asked in (MARCH, APRIL):
            (one,) = closed(ledger.entries, Asked(asked, APRIL.end + 1), None).facilities
            moved = one.movement
            within = (
                moved.opening.total + Fraction(moved.drawn) + Fraction(moved.charged) + moved.accrued - moved.applied
            )
            assert within == one.owed.total
            assert moved.accrued >= 0
            assert moved.charged >= 0
        march, april = (closed(ledger.entries, Asked(each, APRIL.end + 1), None) for each in (MARCH, APRIL))
        assert april.facilities[0].movement.opening == march.facilities[0].owed

    holds()


def test_what_was_paid_too_much_and_paid_back_and_terms_as_they_are_then() -> None:
    """1,000,000 is drawn and 1,000,500 paid the same day; 600 are paid back, of which 100 were nobody's."""
    ledger = opened(1_000_000)
    ledger.write(Repaid(FACILITY, Decimal(1_000_500), digest("p")), T0)
    ledger.write(Refunded(FACILITY, Decimal(600), digest("r")), T0 + DAY)
    ledger.write(LimitSet(FACILITY, Decimal(5_000_000)), T0 + DAY)
    (one,) = closed(ledger.entries, Asked(MARCH, MADE_AT), None).facilities
    moved = one.movement
    assert (moved.applied, moved.overpaid, moved.refunded, moved.charged) == (1_000_000, 500, 600, 100)
    assert (one.owed.costs, moved.accrued, one.overpaid, one.limit) == (100, 0, 0, 5_000_000)


def test_every_day_of_the_month_from_the_first_on_which_the_facility_was_open() -> None:
    (one,) = body().facilities
    assert [each.day for each in one.days] == [date(2026, 3, day) for day in range(2, 32)]
    assert one.days[-1].owed_fen == ceil(one.owed.total * 100)


def test_a_month_that_is_not_over_or_a_book_that_had_not_begun_is_not_closed() -> None:
    ledger = month()
    with pytest.raises(CloseError, match="was not over"):
        closed(ledger.entries, Asked(MARCH, MARCH.end), None)
    with pytest.raises(CloseError, match="no month"):
        Month("2026-13", 0)
    with pytest.raises(CloseError, match="no chain"):
        closed(ledger.entries, Asked(MARCH, MADE_AT), None, [keeper_book(row())])
    february = closed(ledger.entries, Asked(Month("2026-02", 0), MADE_AT), None)
    assert february.facilities == ()
    with pytest.raises(BookError, match="nothing stands"):
        closed([], Asked(MARCH, MADE_AT), None)


def test_a_correction_after_the_close_restates_the_opening_of_the_next_and_leaves_the_first_as_it_was() -> None:
    ledger = month()
    march = closed(ledger.entries, Asked(MARCH, MADE_AT, LENDER), chain())
    drawn = next(one for one in ledger.entries if one.entry.event == Drawn(FACILITY, Decimal(100_000)))
    ledger.correct(drawn, Drawn(FACILITY, Decimal(90_000)), MADE_AT + DAY, drawn.entry.effective_at)
    before = bodies.Previous(digest("march"), march.as_of, march.known_at)
    april = closed(ledger.entries, Asked(APRIL, APRIL.end + 1, LENDER, before), chain())
    (one,) = april.facilities
    assert one.movement.restated == -10_000 * (1 + RATE * 5)
    assert one.movement.opening.total == march.facilities[0].owed.total + one.movement.restated
    assert closed(ledger.entries, Asked(MARCH, MADE_AT, LENDER), chain()).facilities == march.facilities


def test_the_same_inputs_give_the_same_bytes_and_they_decode_to_the_same() -> None:
    one = body()
    assert bodies.encode(one) == bodies.encode(body())
    assert bodies.decode(bodies.encode(one)) == one


@pytest.mark.parametrize("text", ["1/0", "2/4", "+1/1", "1.5", "", "1/-2", "7", "A/1", "01/2", "-0/1", "0/2"])
def test_a_fraction_is_written_in_one_way(text: str) -> None:
    with pytest.raises(ValueError, match=r"fraction|lowest"):
        bodies.FRACTION.of_item(text)


@given(st.fractions())
def test_every_fraction_survives(value: Fraction) -> None:
    assert bodies.FRACTION.of_item(bodies.FRACTION.to_item(value)) == value


def test_a_loan_that_is_repaid_every_day_can_be_closed_and_shown() -> None:
    """Each payment multiplies what interest is a fraction of: after 600 the numbers have 3,000 digits."""
    ledger = opened(4_000_000)
    for day in range(1, 600):
        ledger.write(Repaid(FACILITY, Decimal(1_000), digest(f"p{day}")), T0 + day * DAY)
    end = Month(month_of(T0 + 570 * DAY, MARCH.utc_offset_s), MARCH.utc_offset_s)
    found = closed(ledger.entries, Asked(end, T0 + 600 * DAY), None)
    assert bodies.decode(bodies.encode(found)) == found
    assert found.facilities[0].owed.principal.denominator.bit_length() > 9_000
    assert page.render(found, {}).startswith(b"%PDF")
    assert workbook.render(found, {})
    assert plain.body(found)["facilities"][0]["owed"]["principal"].startswith("0x")


def test_book_and_chain_agree() -> None:
    assert not differs(closed(month().entries, Asked(MARCH, MADE_AT, LENDER), chain()))


@pytest.mark.parametrize(
    ("receipts", "says"),
    [
        ({"R-1": receipt(pledged_g=80 * T)}, "the chain 80000000 g"),
        ({"R-1": receipt(lender=digest("another bank"))}, "to another"),
        ({"R-1": receipt(), "R-2": receipt()}, "the book nothing"),
        ({"R-2": receipt()}, "not on the chain"),
    ],
)
def test_what_the_book_and_the_chain_do_not_say_alike(receipts: dict[str, object], says: str) -> None:
    found = closed(month().entries, Asked(MARCH, MADE_AT, LENDER), chain(**receipts))  # type: ignore[arg-type]
    assert any(says in one.english and one.differs for one in remarks(found))


def test_without_a_chain_nothing_is_said_of_it() -> None:
    found = closed(month().entries, Asked(MARCH, MADE_AT, LENDER), None)
    assert found.chain is None
    assert [one.receipt for one in found.receipts] == [R1]
    assert not list(remarks(found))


def test_months_begin_where_the_book_is() -> None:
    assert month_of(MARCH.opening, MARCH.utc_offset_s) == "2026-02"
    assert month_of(MARCH.end, MARCH.utc_offset_s) == "2026-03"
    assert month_of(MARCH.end, 0) == "2026-03"
    assert dataclasses.replace(MARCH, utc_offset_s=0).end - MARCH.end == 8 * 3600
    assert OPENED.utc_offset_s == MARCH.utc_offset_s
