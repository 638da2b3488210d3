"""The position as known at any time: worked by hand, and what must hold whatever is written."""

from __future__ import annotations

import dataclasses
import random
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_finance.book.goods_events import (
    ChainSeen,
    Disposed,
    Encumbrance,
    FilingMade,
    FloorSet,
    OrderCancelled,
    PledgeAttached,
    PledgeEnded,
    Released,
    ReleaseOrdered,
)
from tally_finance.book.loan_events import (
    Defaulted,
    Drawn,
    FeeCharged,
    MarginCalled,
    MarginCured,
    Pledging,
    Repaid,
    ReserveSet,
    SearchMade,
)
from tally_finance.book.position import FacilityPosition, Line, position_at, state_at
from tally_finance.errors import BookError
from tests.finance.book.ledger import (
    COPPER,
    DAY,
    FACILITY,
    OPENED,
    T0,
    Ledger,
    T,
    digest,
    opened,
    price,
    receipt_events,
    seen,
)

R1 = digest("R-1")
DYNAMIC = dataclasses.replace(OPENED, pledging=Pledging.DYNAMIC)


def codes(position: FacilityPosition) -> set[str]:
    return {str(one.why) for one in (*position.doubts, *position.stops)}


def test_a_day_of_a_loan_worked_by_hand() -> None:
    """100 t of copper at 70,000: V 7,000,000, L 4,900,000; 4,000,000 drawn at 4.35 %, a day is 483.33 and a third."""
    ledger = opened(4_000_000)
    first = ledger.position(T0)
    assert (first.secured.value, first.secured.lendable, first.exposure) == (7_000_000, 4_900_000, 4_000_000)
    assert (first.available, first.line, codes(first)) == (Decimal(900_000), Line.NONE, set())
    assert first.secured.coverage == Fraction(49, 40)
    next_day = ledger.position(T0 + DAY)
    assert next_day.loan.owed.interest == Fraction(4_000_000) * Fraction(435, 10_000) / 360
    assert next_day.exposure == Decimal("4000483.34")
    assert next_day.available == Decimal("899516.66")


def test_days_are_those_of_the_facility_not_of_greenwich() -> None:
    """16:30 in Greenwich is past midnight in Shanghai: a day's interest, half an hour after a draw at 23:59."""
    ledger = opened()
    late = T0 + 15 * 3600 - 60
    ledger.write(Drawn(FACILITY, Decimal(1_000_000)), late)
    assert ledger.position(late).loan.owed.interest == 0
    assert ledger.position(late + 120).loan.owed.interest > 0


def test_penalty_runs_from_maturity() -> None:
    matured = dataclasses.replace(OPENED, matures=date(2026, 3, 12))
    ledger = opened(1_000_000, terms=matured)
    at = T0 + 20 * DAY
    owed = ledger.position(at).loan.owed
    daily = Fraction(1_000_000) * Fraction(435, 10_000) / 360
    assert (owed.interest, owed.penalty) == (10 * daily, 10 * daily * Fraction(3, 2))
    assert "matured" in codes(ledger.position(at))


def test_lines_and_missing_goods_as_prices_fall() -> None:
    ledger = opened(4_900_000)
    day = T0 + 60
    for per_t, line in ((70_000, Line.NONE), (61_250, Line.WARNING), (54_444, Line.LIQUIDATION)):
        ledger.write(price(per_t), day)
        found = ledger.position(day)
        assert found.line is line
        assert found.missing_cash == max(0, Decimal(4_900_000) - Decimal(per_t) * 70)
        day += 60
    # ((E + RSV) / a - V) / (P g), at 54,444: (7,000,000 - 5,444,400) / 54.444
    assert ledger.position(day).secured.missing_kg(digest("LOT-1").hex()) == Decimal(28_573)


@pytest.mark.parametrize(
    ("why", "write"),
    [
        ("stale-price", lambda ledger, at: ledger.write(seen("LOT-1", 110, pledged=100), at)),
        ("stale-quantity", lambda ledger, at: ledger.write(price(70_000), at)),
        (
            "short",
            lambda ledger, at: ledger.write_all([price(70_000), seen("LOT-1", 110, pledged=100, short=True)], at),
        ),
    ],
)
def test_what_is_stale_or_short_secures_and_counts_nothing(why: str, write) -> None:
    ledger, at = opened(4_000_000), T0 + 8 * DAY
    ledger.write(SearchMade(FACILITY, digest("again"), True), at)
    write(ledger, at)
    found = ledger.position(at)
    assert codes(found) == {why}
    assert found.available == 0
    assert found.credit.lendable == 0
    assert found.secured.lendable == 4_900_000  # the loan still stands at its lines by it


def test_without_a_quantity_or_a_price_there_is_no_value() -> None:
    bare = Ledger()
    bare.write_all([OPENED, SearchMade(FACILITY, digest("s"), True), *receipt_events("R-1", "LOT-1", 100)])
    found = bare.position(T0)
    assert codes(found) == {"no-price", "no-quantity"}
    assert found.secured.value == 0
    bare.write(price(70_000))
    assert codes(bare.position(T0)) == {"no-quantity"}
    assert bare.position(T0).secured.value == 0


CHAIN_FREE = ChainSeen(R1, Encumbrance.FREE, False, digest("x"), 9)
CHAIN_HELD = ChainSeen(R1, Encumbrance.REGISTERED, True, digest("x"), 9)


@pytest.mark.parametrize(
    ("event", "why"),
    [
        (CHAIN_FREE, "not-registered"),
        (CHAIN_HELD, "held"),
        (FilingMade(FACILITY, R1, digest("f"), T0 + 60), "filing-lapsed"),
    ],
)
def test_a_receipt_in_doubt_counts_nothing(event: ChainSeen | FilingMade, why: str) -> None:
    ledger = opened(1_000_000)
    ledger.write(event, T0 + 60)
    found = ledger.position(T0 + 60)
    assert codes(found) == {why}
    assert found.available == 0


@pytest.mark.parametrize(
    ("left_out", "why"),
    [
        ("OwnershipTaken", "no-ownership"),
        ("FilingMade", "no-filing"),
        ("ChainSeen", "not-registered"),
        ("SearchMade", "no-search"),
    ],
)
def test_what_was_not_done_is_missed_by_name(left_out: str, why: str) -> None:
    ledger = Ledger()
    for one in opened().entries:
        if type(one.entry.event).__name__ != left_out:
            ledger.write(one.entry.event)
    assert codes(ledger.position(T0)) == {why}
    assert ledger.position(T0).available == 0


def test_searches_that_found_something_or_are_old_stop_credit() -> None:
    ledger = opened()
    ledger.write(SearchMade(FACILITY, digest("found"), False), T0 + 1)
    assert codes(ledger.position(T0 + 1)) == {"conflict-found"}
    fresh = opened()
    fresh.write(price(70_000), T0 + 3 * DAY)
    assert codes(fresh.position(T0 + 3 * DAY)) == {"stale-search"}
    owned = dataclasses.replace(receipt_events("R-1", "LOT-1", 100)[0], clear=False)  # type: ignore[type-var]
    fresh.write(owned, T0 + 3 * DAY)
    assert "claimed" in codes(fresh.position(T0 + 3 * DAY))


def test_two_facilities_share_what_a_lot_has_left_and_nobody_comes_first() -> None:
    """60 t and 30 t pledged, 45 t attested: 30 t and 15 t."""
    ledger = Ledger()
    for name, receipt, tonnes in (("A", "R-A", 60), ("B", "R-B", 30)):
        ledger.write(dataclasses.replace(OPENED, facility=name))
        ledger.write_all(receipt_events(receipt, "LOT-1", tonnes, facility=name))
    ledger.write_all([seen("LOT-1", 45, pledged=90), price(70_000)])
    found = [ledger.position(T0, facility=name).lots[0] for name in ("A", "B")]
    assert [(one.pledged_g, one.secured_g) for one in found] == [(60 * T, 30 * T), (30 * T, 15 * T)]
    ledger.write(seen("LOT-1", 45, pledged=180), T0 + 1)  # other lenders' pledges count too
    assert ledger.position(T0 + 1, facility="A").lots[0].secured_g == 15 * T


def test_a_receipt_secures_one_facility_and_a_lot_holds_one_commodity() -> None:
    ledger = opened()
    ledger.write(dataclasses.replace(OPENED, facility="B"))
    ledger.write(PledgeAttached("B", R1, digest("LOT-1"), COPPER, 100 * T))
    assert codes(ledger.position(T0, facility="B")) == {"pledged-twice", "no-search"}
    assert ledger.position(T0, facility="B").lots == ()
    ledger.write(PledgeAttached(FACILITY, digest("R-9"), digest("LOT-1"), "zinc", T))
    assert codes(ledger.position(T0)) == {"other-goods"}
    assert ledger.position(T0).secured.value == 7_000_000
    ledger.write(PledgeEnded(FACILITY, R1, "moved"), T0 + 1)
    ledger.write(PledgeAttached("B", R1, digest("LOT-1"), COPPER, 100 * T), T0 + 1)
    assert ledger.position(T0 + 1, facility="B").lots[0].pledged_g == 100 * T
    assert ledger.position(T0 + 1).lots == ()


def test_goods_that_the_facility_lends_nothing_on() -> None:
    ledger = opened()
    ledger.write_all(
        [dataclasses.replace(one, commodity="zinc") if isinstance(one, PledgeAttached) else one
         for one in receipt_events("R-2", "LOT-2", 5)]
    )  # fmt: skip
    assert codes(ledger.position(T0)) == {"no-terms"}
    assert ledger.position(T0).secured.value == 7_000_000


def test_orders_take_from_what_counts_and_execution_from_what_is_pledged() -> None:
    ledger, order = opened(1_000_000), digest("order")
    ledger.write(ReleaseOrdered(FACILITY, R1, order, 30 * T, T0 + 100), T0 + 10)
    lot = ledger.position(T0 + 10).lots[0]
    assert (lot.pledged_g, lot.secured_g, lot.counted_g) == (100 * T, 100 * T, 70 * T)
    assert ledger.position(T0 + 101).lots[0].counted_g == 100 * T  # its window is over
    before = list(ledger.entries)
    ledger.write(OrderCancelled(FACILITY, order), T0 + 20)
    assert ledger.position(T0 + 20).lots[0].counted_g == 100 * T
    ledger.entries = before
    ledger.write(Released(FACILITY, R1, 25 * T, digest("gate"), order), T0 + 20)
    lot = ledger.position(T0 + 20).lots[0]
    assert (lot.pledged_g, lot.counted_g) == (75 * T, 75 * T)
    ledger.write(Released(FACILITY, R1, 80 * T, digest("gate")), T0 + 30)  # more than there was: goods are gone
    assert ledger.position(T0 + 30).lots == ()


def test_of_a_dynamic_pledge_what_lies_above_its_floor_counts_for_nothing_new() -> None:
    ledger = opened(1_000_000, terms=DYNAMIC)
    ledger.write(FloorSet(FACILITY, R1, 40 * T, T0 + 100), T0 + 10)
    lot = ledger.position(T0 + 10).lots[0]
    assert (lot.secured_g, lot.counted_g) == (100 * T, 40 * T)
    assert ledger.position(T0 + 101).lots[0].counted_g == 100 * T


def test_calls_cures_default_and_reserve() -> None:
    ledger = opened(1_000_000)
    ledger.write(MarginCalled(FACILITY, Decimal(5), T0 + DAY), T0 + 1)
    found = ledger.position(T0 + 1)
    assert (codes(found), found.available) == ({"margin-called"}, 0)
    assert found.margin_call is not None
    ledger.write(MarginCured(FACILITY), T0 + 2)
    assert codes(ledger.position(T0 + 2)) == set()
    ledger.write(ReserveSet(FACILITY, Decimal(100_000)), T0 + 3)
    assert ledger.position(T0 + 3).available == Decimal(3_800_000)
    ledger.write(Defaulted(FACILITY, "seized"), T0 + 4)
    assert codes(ledger.position(T0 + 4)) == {"defaulted"}


def test_a_sale_pays_in_order_and_the_surplus_is_the_pledgors() -> None:
    ledger = opened(1_000_000)
    ledger.write(FeeCharged(FACILITY, Decimal(500), "assay"))
    ledger.write(Defaulted(FACILITY, "not topped up"), T0 + 60)
    sold = Disposed(FACILITY, R1, Decimal(1_200_000), Decimal(30_000), Decimal(20_000), digest("report"))
    ledger.write(sold, T0 + 60)
    found = ledger.position(T0 + 60)
    (sale,) = found.loan.sales
    assert [one.amount for one in sale.settled.paid] == [30_000, 20_000, 1_000_500]
    assert sale.settled.surplus == Decimal(149_500)
    assert (found.exposure, found.lots, found.loan.overpaid) == (0, (), 0)
    short = opened(1_000_000)
    short.write(Defaulted(FACILITY, "not topped up"), T0 + 60)
    short.write(dataclasses.replace(sold, proceeds=Decimal(600_000)), T0 + 60)
    assert short.position(T0 + 60).exposure == Decimal(450_000)  # the shortfall stays owed


def test_a_correction_restates_and_the_old_answer_stays() -> None:
    ledger = opened()
    wrong = ledger.write(Drawn(FACILITY, Decimal(3_000_000)), T0 + 60)
    ledger.correct(wrong, Drawn(FACILITY, Decimal(300_000)), at=T0 + 2 * DAY)
    day = T0 + DAY
    assert ledger.position(day).loan.owed.principal == 3_000_000  # as known then
    restated = ledger.position(day, known_at=T0 + 2 * DAY)
    assert restated.loan.owed.principal == 300_000
    assert wrong.digest not in restated.sources
    assert wrong.digest in ledger.position(day).sources


def test_the_last_of_a_chain_of_corrections_says_what_counts() -> None:
    ledger = opened()
    wrong = ledger.write(Drawn(FACILITY, Decimal(300)), T0)
    first = ledger.correct(wrong, Drawn(FACILITY, Decimal(200)), at=T0 + 1)
    second = ledger.correct(first, Drawn(FACILITY, Decimal(100)), at=T0 + 2)
    ledger.correct(second, None, at=T0 + 3)
    found = [ledger.position(T0, known_at=T0 + n).loan.owed.principal for n in (0, 1, 2, 3)]
    assert found == [300, 200, 100, 0]


def test_an_entry_that_is_corrected_twice_is_refused() -> None:
    """A store keeps it from being written; a journal from elsewhere may hold it."""
    ledger = opened()
    wrong = ledger.write(Drawn(FACILITY, Decimal(300)), T0)
    for _ in range(2):
        ledger.correct(wrong, None, at=T0 + 1)
    with pytest.raises(BookError, match=f"{wrong.digest.hex()} is corrected twice"):
        ledger.position(T0, known_at=T0 + 1)


def test_what_a_correction_leaves_overpaid_is_kept_apart() -> None:
    ledger = opened()
    draw = ledger.write(Drawn(FACILITY, Decimal(1000)), T0)
    ledger.write(Repaid(FACILITY, Decimal(1000), digest("p")), T0)
    ledger.correct(draw, Drawn(FACILITY, Decimal(400)), at=T0 + 1)
    found = ledger.position(T0, known_at=T0 + 1)
    assert (found.exposure, found.loan.overpaid) == (0, 600)


def test_everything_opens_to_its_entries_and_evidence() -> None:
    ledger = opened(1_000_000)
    found = ledger.position(T0)
    assert set(found.sources) <= {one.digest for one in ledger.entries}
    assert found.evidence == (digest("evidence LOT-1"),)
    used = {type(one.entry.event).__name__ for one in ledger.entries if one.digest in found.sources}
    assert used == {
        "FacilityOpened", "SearchMade", "OwnershipTaken", "FilingMade", "PledgeAttached", "ChainSeen", "QuantitySeen",
        "PriceSeen", "Drawn",
    }  # fmt: skip


def test_what_can_not_be_answered_is_said() -> None:
    ledger = opened()
    with pytest.raises(BookError, match="comes later"):
        state_at(ledger.entries, T0, T0 + 1)
    with pytest.raises(BookError, match="nothing stands in the book"):
        state_at(ledger.entries, T0 - 1, T0 - 1)
    with pytest.raises(BookError, match="facility F-9 is not open"):
        position_at(ledger.entries, "F-9", T0, T0)
    ledger.write(OPENED)
    with pytest.raises(BookError, match="is opened twice"):
        ledger.position(T0)


AMOUNTS = st.integers(1, 500_000_000).map(lambda fen: Decimal(fen).scaleb(-2))
MOVES = st.lists(
    st.tuples(
        st.integers(0, 200 * DAY),
        st.one_of(
            AMOUNTS.map(lambda amount: Drawn(FACILITY, amount)),
            AMOUNTS.map(lambda amount: Repaid(FACILITY, amount, digest("p"))),
            AMOUNTS.map(lambda amount: FeeCharged(FACILITY, amount, "fee")),
        ),
    ),
    max_size=12,
)


def played(moves: list[tuple[int, Drawn | Repaid | FeeCharged]]) -> Ledger:
    ledger = opened()
    for at, event in sorted(moves, key=lambda move: move[0]):
        ledger.write(event, T0 + at)
    return ledger


@given(MOVES, st.integers(0, 300), st.integers(0, 300))
def test_without_payments_what_is_owed_never_falls(
    moves: list[tuple[int, Drawn | Repaid | FeeCharged]], one: int, other: int
) -> None:
    ledger = played([move for move in moves if not isinstance(move[1], Repaid)])
    early, late = sorted((one, other))
    before, after = (ledger.position(T0 + day * DAY).loan.owed for day in (early, late))
    for part in ("costs", "penalty", "interest", "principal"):
        assert getattr(before, part) <= getattr(after, part)


@given(MOVES)
def test_every_payment_is_allocated_whole_and_in_order(moves: list[tuple[int, Drawn | Repaid | FeeCharged]]) -> None:
    ledger = played(moves)
    loan = ledger.position(T0 + 201 * DAY).loan
    payments = [event for _, event in moves if isinstance(event, Repaid)]
    assert sum(one.amount for one in loan.allocations) == sum(one.amount for one in payments)
    for one in loan.allocations:
        parts = one.costs + one.penalty + one.interest + one.principal
        assert 0 <= Fraction(one.amount - one.overpaid) - parts < Fraction(1, 100)
        assert min(one.costs, one.penalty, one.interest, one.principal, one.overpaid) >= 0
    assert loan.overpaid == sum(one.overpaid for one in loan.allocations)
    drawn = sum(event.amount for _, event in moves if isinstance(event, Drawn))
    assert loan.owed.principal == Fraction(drawn) - sum(one.principal for one in loan.allocations)


@given(MOVES, st.integers(0, 2**32))
def test_the_order_in_which_entries_are_given_makes_no_difference(
    moves: list[tuple[int, Drawn | Repaid | FeeCharged]], seed: int
) -> None:
    ledger, at = played(moves), T0 + 201 * DAY
    shuffled = list(ledger.entries)
    random.Random(seed).shuffle(shuffled)
    assert position_at(shuffled, FACILITY, at, at) == ledger.position(at)


@given(MOVES, st.integers(0, 200), st.data())
def test_what_was_known_then_never_changes(
    moves: list[tuple[int, Drawn | Repaid | FeeCharged]], day: int, data: st.DataObject
) -> None:
    """Whatever is written later: more of the same, and corrections of anything."""
    ledger = played(moves)
    at = T0 + day * DAY
    then = ledger.position(at)
    wrong = data.draw(st.sampled_from([one for one in ledger.entries if one.entry.seq > 1]))
    ledger.correct(wrong, data.draw(st.none() | AMOUNTS.map(lambda amount: Drawn(FACILITY, amount))), at=T0 + 300 * DAY)
    ledger.write(Drawn(FACILITY, Decimal(1)), at, known_at=T0 + 301 * DAY)
    assert ledger.position(at) == then


@given(MOVES, st.data())
def test_a_corrected_book_is_the_book_that_was_right_at_once(
    moves: list[tuple[int, Drawn | Repaid | FeeCharged]], data: st.DataObject
) -> None:
    if not moves:
        return
    moves = sorted(moves, key=lambda move: move[0])
    place = data.draw(st.integers(0, len(moves) - 1))
    right = Drawn(FACILITY, data.draw(AMOUNTS))
    ledger, known = played(moves), T0 + 300 * DAY
    ledger.correct(ledger.entries[-len(moves) + place], right, at=known)
    corrected = ledger.position(T0 + 250 * DAY, known_at=known).loan
    other = played([(at, right if number == place else event) for number, (at, event) in enumerate(moves)])
    told = other.position(T0 + 250 * DAY).loan
    assert (corrected.owed, corrected.overpaid) == (told.owed, told.overpaid)
