"""What a prepared act holds nothing else relies on, until it is carried out, overtaken, withdrawn or over."""

from __future__ import annotations

import dataclasses
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_finance.book.before import before_draw, before_floor, before_pledge, before_release
from tally_finance.book.goods_events import ChainSeen, Encumbrance, FloorSet, PledgeAttached, Released, ReleaseOrdered
from tally_finance.book.loan_events import Drawn, Pledging, SearchMade
from tally_finance.book.reservation_events import ReservationEnded, Reserved, Way
from tests.finance.book.ledger import COPPER, FACILITY, OPENED, T0, Ledger, T, digest, opened, receipt_events, whys

R1, LOT = digest("R-1"), digest("LOT-1")
AT, UNTIL = T0 + 60, T0 + 3600
OTHER = digest("operation")


def reserved(way: Way, quantity_g: int, operation: bytes = OTHER, receipt: bytes = R1) -> Reserved:
    return Reserved(FACILITY, operation, receipt, LOT, way, quantity_g, digest("head"), UNTIL)


def drawn(ledger: Ledger, yuan: int, at: int = AT) -> set[str]:
    return whys(before_draw(ledger.state(at), Drawn(FACILITY, Decimal(yuan))))


def out(ledger: Ledger, tonnes: int, at: int = AT) -> set[str]:
    return whys(before_release(ledger.state(at), Released(FACILITY, R1, tonnes * T, digest("free"))))


def test_a_draw_sees_a_release_that_was_prepared() -> None:
    ledger = opened()
    assert drawn(ledger, 4_900_000) == set()
    ledger.write(reserved(Way.OUT, 20 * T), AT)
    assert drawn(ledger, 3_920_000) == set()  # 80 t
    assert drawn(ledger, 3_920_001) == {"not-covered", "reserved"}
    assert ledger.position(AT).available == Decimal("3920000.00")
    assert ledger.position(AT).secured.lendable == 4_900_000  # the goods are there still


def test_a_release_sees_another_that_was_prepared() -> None:
    ledger = opened(3_430_000)  # 70 t
    assert out(ledger, 30) == set()
    ledger.write(reserved(Way.OUT, 20 * T), AT)
    assert out(ledger, 10) == set()
    assert out(ledger, 11) == {"not-covered", "reserved"}
    free = opened()
    free.write(reserved(Way.OUT, 60 * T), AT)
    assert out(free, 40) == set()
    assert out(free, 41) == {"too-much"}


def test_a_floor_that_is_being_set_counts_already_and_the_lowest_does() -> None:
    ledger = opened(2_450_000, terms=dataclasses.replace(OPENED, pledging=Pledging.DYNAMIC))  # 50 t
    ledger.write(reserved(Way.FLOOR, 60 * T), AT)
    assert drawn(ledger, 490_000) == set()
    assert drawn(ledger, 490_001) == {"not-covered", "reserved"}
    ledger.write(FloorSet(FACILITY, R1, 90 * T, UNTIL), AT)
    assert drawn(ledger, 490_001) == {"not-covered", "reserved"}
    higher = before_floor(ledger.state(AT), FloorSet(FACILITY, R1, 80 * T, UNTIL))
    assert higher.is_allowed
    assert higher.after.counted_fen == 60 * 49_000 * 100


def test_pledges_that_are_being_accepted_share_the_lot_once() -> None:
    ledger = opened()  # 110 t attested, 100 t pledged
    new = PledgeAttached(FACILITY, digest("R-2"), LOT, COPPER, 8 * T)
    ledger.write_all((one for one in receipt_events("R-2", "LOT-1", 8) if not isinstance(one, PledgeAttached)), AT)
    assert "too-much" not in whys(before_pledge(ledger.state(AT), new))
    ledger.write(reserved(Way.IN, 5 * T, receipt=digest("R-3")), AT)
    assert "too-much" in whys(before_pledge(ledger.state(AT), new))
    ledger.write(reserved(Way.IN, 4 * T, digest("the same again"), digest("R-3")), AT)
    fits = dataclasses.replace(new, quantity_g=5 * T)
    assert "too-much" not in whys(before_pledge(ledger.state(AT), fits))  # of one receipt the most counts


@pytest.mark.parametrize(
    "ends",
    [
        ReservationEnded(FACILITY, OTHER, "withdrawn"),
        ChainSeen(R1, Encumbrance.REGISTERED, False, OTHER, 8),
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_what_was_withdrawn_or_carried_out_holds_nothing(ends: object, first: bool) -> None:
    ledger = opened()
    events = [ends, reserved(Way.OUT, 20 * T)] if first else [reserved(Way.OUT, 20 * T), ends]
    ledger.write_all(events, AT)  # type: ignore[arg-type]
    assert ledger.position(AT).reserved == ()
    assert drawn(ledger, 4_900_000) == set()


def test_what_ran_out_holds_nothing_and_until_then_it_does() -> None:
    ledger = opened()
    ledger.write(reserved(Way.OUT, 20 * T), AT)
    assert drawn(ledger, 4_900_000, UNTIL) == {"not-covered", "reserved"}
    assert drawn(ledger, 4_900_000, UNTIL + 1) == set()


def test_an_operation_does_not_stand_in_its_own_way() -> None:
    ledger = opened(3_430_000)
    ledger.write(reserved(Way.OUT, 30 * T), AT)
    state = ledger.state(AT)
    asked = ReleaseOrdered(FACILITY, R1, bytes(32), 30 * T, UNTIL)
    assert whys(before_release(state, asked)) == {"not-covered", "reserved"}
    assert before_release(state.without(OTHER), asked).is_allowed
    assert state.without(digest("another")) is state


@given(st.lists(st.tuples(st.sampled_from([Way.OUT, Way.ORDERED, Way.FLOOR]), st.integers(0, 120)), max_size=6))
def test_a_reservation_never_makes_anything_possible(held: list[tuple[Way, int]]) -> None:
    ledger = opened(1_000_000, terms=dataclasses.replace(OPENED, pledging=Pledging.DYNAMIC))
    before = ledger.position(AT)
    ledger.write_all((reserved(way, t * T, digest(f"{n}")) for n, (way, t) in enumerate(held)), AT)
    after = ledger.position(AT)
    assert 0 <= after.credit.lendable <= before.credit.lendable
    assert after.secured == before.secured
    floors = [t for way, t in held if way is Way.FLOOR]
    freed, ordered = (sum(t for way, t in held if way is kind) for kind in (Way.OUT, Way.ORDERED))
    assert after.lots[0].counted_g == max(0, min([100 - freed, *floors]) - ordered) * T


def test_a_search_serves_one_funding_however_often_it_is_told() -> None:
    ledger = opened()
    ledger.write(Drawn(FACILITY, Decimal(100)), AT)
    assert drawn(ledger, 1) == {"search-used"}
    ledger.write(SearchMade(FACILITY, digest("registry search"), True), AT + 1)
    assert drawn(ledger, 1, AT + 2) == {"search-used"}
    ledger.write(SearchMade(FACILITY, digest("a new one"), True), AT + 2)
    assert drawn(ledger, 1, AT + 2) == set()


def test_a_search_that_another_facility_drew_on_serves_no_second() -> None:
    ledger = opened()
    ledger.write(dataclasses.replace(OPENED, facility="F-2"), T0)
    ledger.write(SearchMade("F-2", digest("registry search"), True), T0)
    ledger.write(Drawn(FACILITY, Decimal(100)), AT)
    state = ledger.state(AT + 1)
    assert "search-used" in whys(before_draw(state, Drawn("F-2", Decimal(1))))


def test_a_search_that_is_told_again_does_not_grow_younger() -> None:
    ledger = opened()
    late = T0 + OPENED.search_age_s + 1
    ledger.write(SearchMade(FACILITY, digest("registry search"), True), late)
    assert "stale-search" in drawn(ledger, 1, late)


WHOLE = 100 * 49_000
"""Yuan that 100 t lend."""
SHARES = (1, 2, 3, 5, 7, 10)
ACTS = st.one_of(
    st.tuples(st.just("draw"), st.sampled_from([WHOLE * share // 10 for share in SHARES])),
    st.tuples(st.sampled_from(["release", "order", "floor"]), st.sampled_from([10 * T * share for share in SHARES])),
    st.tuples(st.sampled_from(["carry out", "withdraw"]), st.integers(0, 5)),
)


@given(st.lists(ACTS, min_size=2, max_size=12))
def test_whatever_is_carried_out_of_what_was_allowed_the_loan_is_covered(acts: list[tuple[str, int]]) -> None:
    """Acts are prepared, drawn, carried out and withdrawn in any order; in the end all goods leave that may."""
    ledger = opened(terms=dataclasses.replace(OPENED, pledging=Pledging.DYNAMIC))
    waiting: list[Reserved] = []
    for number, (act, amount) in enumerate(acts):
        operation, state = digest(f"operation {number}"), ledger.state(AT)
        if act == "draw":
            drawing = Drawn(FACILITY, Decimal(amount))
            if before_draw(state, drawing).is_allowed:
                ledger.write(drawing, AT)
                ledger.write(SearchMade(FACILITY, digest(f"search {number}"), True), AT)
        elif act == "release":
            if before_release(state, Released(FACILITY, R1, amount, bytes(32))).is_allowed:
                waiting.append(reserved(Way.OUT, amount, operation))
                ledger.write(waiting[-1], AT)
        elif act == "order":
            if before_release(state, ReleaseOrdered(FACILITY, R1, bytes(32), amount, UNTIL)).is_allowed:
                waiting.append(reserved(Way.ORDERED, amount, operation))
                ledger.write(waiting[-1], AT)
        elif act == "floor":
            if before_floor(state, FloorSet(FACILITY, R1, amount, UNTIL)).is_allowed:
                waiting.append(reserved(Way.FLOOR, amount, operation))
                ledger.write(waiting[-1], AT)
        elif waiting:
            one = waiting.pop(amount % len(waiting))
            if act == "carry out":
                _carry_out(ledger, one)
            else:
                ledger.write(ReservationEnded(FACILITY, one.operation, "withdrawn"), AT)
        assert ledger.position(AT).credit.is_covered or not ledger.position(AT).exposure
    for one in waiting:
        _carry_out(ledger, one)
    left = ledger.position(AT)
    assert left.credit.is_covered or not left.exposure


def _carry_out(ledger: Ledger, one: Reserved) -> None:
    """As the chain is read into the book."""
    if one.way is Way.OUT:
        ledger.write(Released(FACILITY, R1, one.quantity_g, one.operation), AT)
    elif one.way is Way.ORDERED:
        ledger.write(ReleaseOrdered(FACILITY, R1, one.operation, one.quantity_g, UNTIL), AT)
    else:
        ledger.write(FloorSet(FACILITY, R1, one.quantity_g, UNTIL), AT)
    if R1 in ledger.state(AT).goods.pledges:
        ledger.write(ChainSeen(R1, Encumbrance.REGISTERED, False, one.operation, 9), AT)
    else:
        ledger.write(ChainSeen(R1, Encumbrance.FREE, False, one.operation, 9), AT)
