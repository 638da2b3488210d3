"""Every act of a lender is tested on what would be; each refusal by its name, and again from the journal."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_edge import wire as codec
from tally_finance.book.before import (
    Act,
    Computation,
    before_draw,
    before_floor,
    before_pledge,
    before_release,
    before_substitution,
    is_reproduced,
)
from tally_finance.book.goods_events import (
    ChainSeen,
    Encumbrance,
    FloorSet,
    OwnershipTaken,
    PledgeAttached,
    Released,
    ReleaseOrdered,
)
from tally_finance.book.loan_events import Defaulted, Drawn, MarginCalled, Pledging, Repaid, SearchMade
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
    whys,
)

R1, R2 = digest("R-1"), digest("R-2")
AT = T0 + 60
DYNAMIC = dataclasses.replace(OPENED, pledging=Pledging.DYNAMIC)


def draw(ledger: Ledger, amount: object, at: int = AT) -> Computation:
    return before_draw(ledger.state(at), Drawn(FACILITY, Decimal(str(amount))))


def out(tonnes: Decimal | int, receipt: bytes = R1) -> ReleaseOrdered:
    return ReleaseOrdered(FACILITY, receipt, digest("order"), int(tonnes * T), AT + 3600)


def test_a_draw_to_the_last_fen_and_not_one_more() -> None:
    ledger = opened(4_000_000)
    allowed = draw(ledger, "900000.00")
    assert allowed.is_allowed
    assert (allowed.before.owed_fen, allowed.after.owed_fen) == (400_000_000, 490_000_000)
    assert (allowed.after.lendable_fen, allowed.after.available_fen) == (490_000_000, 0)
    refused = draw(ledger, "900000.01")
    assert whys(refused) == {"not-covered"}
    assert refused.reasons[0].text == "what counts lends 4900000.00, 4900000.01 would be owed"


def test_the_limit_holds_whatever_the_goods_are_worth() -> None:
    ledger = opened(4_000_000, terms=dataclasses.replace(OPENED, limit=Decimal(4_500_000)))
    assert draw(ledger, 500_000).is_allowed
    assert whys(draw(ledger, "500000.01")) == {"over-limit"}


@pytest.mark.parametrize(
    ("event", "at", "expected"),
    [
        (MarginCalled(FACILITY, Decimal(1), T0 + DAY), AT, {"margin-called"}),
        (Defaulted(FACILITY, "seized"), AT, {"defaulted"}),
        (SearchMade(FACILITY, digest("x"), False), AT, {"conflict-found"}),
        (price(70_000), T0 + 3 * DAY, {"stale-search"}),
        (SearchMade(FACILITY, digest("x"), True), T0 + 3 * DAY, {"not-covered", "stale-price"}),
        (seen("LOT-1", 110, pledged=100, short=True), AT, {"not-covered", "short"}),
        (seen("LOT-1", 50, pledged=100), AT, {"not-covered"}),
        (ChainSeen(R1, Encumbrance.ACCEPTED, False, digest("x"), 8), AT, {"not-covered", "not-registered"}),
        (ChainSeen(R1, Encumbrance.REGISTERED, True, digest("x"), 8), AT, {"not-covered", "held"}),
    ],
)
def test_a_draw_is_refused_by_name(event: Any, at: int, expected: set[str]) -> None:
    ledger = opened(4_000_000)
    ledger.write(event, at)
    assert whys(draw(ledger, 1, at)) == expected


def test_the_registry_is_searched_again_before_each_draw() -> None:
    ledger = opened()
    assert draw(ledger, 100).is_allowed
    ledger.write(Drawn(FACILITY, Decimal(100)), AT)
    assert whys(draw(ledger, 100)) == {"search-used"}
    assert before_release(ledger.state(AT), out(1)).is_allowed
    ledger.write(SearchMade(FACILITY, digest("again"), True), AT)
    assert draw(ledger, 100).is_allowed


def test_the_trap_of_partial_release() -> None:
    """Above the advance nothing may go, though a payment's R / a would free goods; below it, V - (E + RSV) / a may."""
    ledger = opened(4_900_000)
    ledger.write(price(65_334), AT - 1)  # V 6,533,400, L 4,573,380
    ledger.write(Repaid(FACILITY, Decimal(325_000), digest("p")), AT - 1)
    assert whys(before_release(ledger.state(AT), out(1))) == {"not-covered"}
    calm = opened(4_200_000)  # V 7,000,000: (7,000,000 - 6,000,000) / 70,000 t may go
    limit = Fraction(100, 7)
    assert before_release(calm.state(AT), out(Decimal(14))).is_allowed
    grams = int(limit * T)
    just = dataclasses.replace(out(1), quantity_g=grams)
    assert before_release(calm.state(AT), just).is_allowed
    assert whys(before_release(calm.state(AT), dataclasses.replace(just, quantity_g=grams + 1))) == {"not-covered"}


@pytest.mark.parametrize(
    ("event", "at", "expected"),
    [
        (Defaulted(FACILITY, "x"), AT, {"defaulted"}),
        (seen("LOT-1", 110, pledged=100, short=True), AT, {"short", "not-covered"}),
        (seen("LOT-1", 110, pledged=100), T0 + 2 * DAY, {"stale-price", "not-covered"}),
        (price(70_000), T0 + 8 * DAY, {"stale-quantity", "not-covered"}),
        (ChainSeen(R1, Encumbrance.REGISTERED, True, digest("x"), 8), AT, {"held", "not-covered"}),
    ],
)
def test_a_release_is_refused_by_name(event: Any, at: int, expected: set[str]) -> None:
    ledger = opened(1_000_000)
    ledger.write(event, at)
    assert whys(before_release(ledger.state(at), dataclasses.replace(out(1), until=at + 60))) == expected


def test_no_more_is_released_than_is_pledged_and_not_ordered_out() -> None:
    ledger = opened(700_000)
    assert whys(before_release(ledger.state(AT), out(101))) == {"too-much", "not-covered"}
    assert whys(before_release(ledger.state(AT), out(1, R2))) == {"not-pledged"}
    first = ReleaseOrdered(FACILITY, R1, digest("first"), 60 * T, AT + 3600)
    ledger.write(first, AT)
    assert before_release(ledger.state(AT), out(20)).is_allowed
    assert whys(before_release(ledger.state(AT), out(41))) == {"too-much", "not-covered"}
    used = Released(FACILITY, R1, 60 * T, digest("gate"), digest("first"))
    assert before_release(ledger.state(AT), used).is_allowed  # an order does not stand in its own way


def test_who_owes_nothing_gets_the_goods_back_unless_they_are_held() -> None:
    """However old price and quantity are, and whatever is held in reserve."""
    ledger = opened(terms=dataclasses.replace(OPENED, reserve=Decimal(100_000)))
    at = T0 + 30 * DAY
    ledger.write(SearchMade(FACILITY, digest("x"), True), at)
    back = Released(FACILITY, R1, 100 * T, digest("discharge"))
    assert before_release(ledger.state(at), back).is_allowed
    ledger.write(ChainSeen(R1, Encumbrance.REGISTERED, True, digest("x"), 8), at)
    assert whys(before_release(ledger.state(at), back)) == {"held"}


def with_second(ledger: Ledger, *, tonnes: int = 100) -> Ledger:
    """Receipt R-2 in LOT-2, all but pledged: ownership, filing, quantity."""
    owned, filed, _, _ = receipt_events("R-2", "LOT-2", tonnes)
    ledger.write_all([owned, filed, seen("LOT-2", tonnes, pledged=0)])
    ledger.write(ChainSeen(R2, Encumbrance.FREE, False, digest("issue"), 5))
    return ledger


def second(tonnes: int) -> PledgeAttached:
    return PledgeAttached(FACILITY, R2, digest("LOT-2"), COPPER, tonnes * T)


OLD = Released(FACILITY, R1, 100 * T, digest("computation"))


def test_new_goods_take_the_place_of_old_ones_if_they_cover() -> None:
    ledger = with_second(opened(4_200_000))
    assert before_substitution(ledger.state(AT), second(86), OLD).is_allowed  # 86 t bring 4,214,000
    assert whys(before_substitution(ledger.state(AT), second(85), OLD)) == {"not-covered"}
    assert whys(before_substitution(ledger.state(AT), second(101), OLD)) == {"too-much"}


@pytest.mark.parametrize(
    ("event", "why"),
    [
        (seen("LOT-2", 100, pledged=0, short=True), "short"),
        (seen("LOT-2", 100, pledged=20), "too-much"),
        (ChainSeen(R2, Encumbrance.FREE, True, digest("x"), 8), "held"),
        (OwnershipTaken(R2, *[digest("x")] * 4, clear=False), "claimed"),
        (seen("LOT-1", 110, pledged=100, short=True), "short"),
        (ChainSeen(R1, Encumbrance.REGISTERED, True, digest("x"), 8), "held"),
    ],
)
def test_goods_in_doubt_take_no_place(event: Any, why: str) -> None:
    ledger = with_second(opened(1_000_000))
    ledger.write(event, AT)
    assert why in whys(before_substitution(ledger.state(AT), second(100), OLD))


def test_a_substitution_without_a_filing_is_refused() -> None:
    ledger = Ledger()
    for one in with_second(opened(1_000_000)).entries:
        if getattr(one.entry.event, "filing", None) != digest("filing R-2"):
            ledger.write(one.entry.event)
    found = before_substitution(ledger.state(AT), second(100), OLD)
    assert whys(found) == {"no-filing", "not-covered"}


def test_a_pledge_is_accepted_before_its_filing_and_in_a_margin_call() -> None:
    ledger = opened(4_900_000)
    ledger.write_all([receipt_events("R-2", "LOT-2", 100)[0], seen("LOT-2", 100, pledged=40)])
    ledger.write(MarginCalled(FACILITY, Decimal(1), T0 + DAY))
    assert before_pledge(ledger.state(AT), second(60)).is_allowed
    assert whys(before_pledge(ledger.state(AT), second(61))) == {"too-much"}


@pytest.mark.parametrize(
    ("event", "at", "why"),
    [
        (SearchMade(FACILITY, digest("x"), False), AT, "conflict-found"),
        (price(70_000), T0 + 3 * DAY, "stale-search"),
        (OwnershipTaken(R2, *[digest("x")] * 4, clear=False), AT, "claimed"),
        (seen("LOT-2", 100, pledged=0, short=True), AT, "short"),
        (ChainSeen(R2, Encumbrance.FREE, True, digest("x"), 8), AT, "held"),
        (PledgeAttached("F-0", R2, digest("LOT-2"), COPPER, T), AT, "pledged-twice"),
    ],
)
def test_a_pledge_is_refused_by_name(event: Any, at: int, why: str) -> None:
    ledger = with_second(opened())
    ledger.write(event, at)
    assert whys(before_pledge(ledger.state(at), second(10))) == {why}


def test_a_pledge_of_what_nobody_owned_or_measured() -> None:
    assert whys(before_pledge(opened().state(AT), second(10))) == {"no-ownership", "no-quantity"}


def test_a_floor_is_what_covers() -> None:
    """4,200,000 at 0.7 of 70,000 a tonne: 85.714… t must stay."""
    ledger = opened(4_200_000, terms=DYNAMIC)

    def floor(grams: int) -> Computation:
        return before_floor(ledger.state(AT), FloorSet(FACILITY, R1, grams, AT + 3600))

    least = -(-600 * T // 7)
    assert floor(least).is_allowed
    assert whys(floor(least - 1)) == {"not-covered"}
    assert whys(floor(101 * T)) == {"too-much"}
    unpledged = before_floor(ledger.state(AT), FloorSet(FACILITY, R2, T, AT))
    assert whys(unpledged) == {"not-pledged"}
    static = before_floor(opened().state(AT), FloorSet(FACILITY, R1, T, AT))
    assert whys(static) == {"not-dynamic"}
    ledger.write(ChainSeen(R1, Encumbrance.REGISTERED, True, digest("x"), 8), AT)
    assert whys(floor(100 * T)) == {"held", "not-covered"}
    ledger.write(Defaulted(FACILITY, "seized"), AT)
    assert "defaulted" in whys(floor(100 * T))


def test_the_journal_gives_the_same_computation_again() -> None:
    """Also when more was written since, in the same second."""
    ledger = opened(4_000_000)
    said = draw(ledger, 900_000)
    assert codec.decode(Computation, said.encoded) == said
    ledger.write(Drawn(FACILITY, Decimal(900_000)), AT)
    assert is_reproduced(ledger.entries, said)
    for changed in (
        dataclasses.replace(said, after=dataclasses.replace(said.after, owed_fen=1)),
        dataclasses.replace(said, would_be=(Drawn(FACILITY, Decimal(1)),)),
        dataclasses.replace(said, as_of=said.as_of - DAY // 2),
        dataclasses.replace(said, would_be=()),
        dataclasses.replace(said, facility="F-9"),
        dataclasses.replace(said, would_be=(Drawn("F-9", Decimal(900_000)),)),
        dataclasses.replace(said, act=Act.RELEASE),
        dataclasses.replace(draw(opened(4_000_000), 900_001), reasons=()),
    ):
        assert changed.digest != said.digest
        assert not is_reproduced(ledger.entries, changed)


def test_each_act_is_reproduced() -> None:
    ledger = with_second(opened(1_000_000, terms=DYNAMIC))
    state = ledger.state(AT)
    for said in (
        before_pledge(state, second(10)),
        before_release(state, out(5)),
        before_release(state, OLD),
        before_substitution(state, second(100), OLD),
        before_floor(state, FloorSet(FACILITY, R1, T, AT + 60)),
    ):
        assert is_reproduced(ledger.entries, said), said.act


def test_a_substitution_whose_computation_lifts_a_hold_is_not_reproduced() -> None:
    ledger = with_second(opened(1_000_000))
    ledger.write(ChainSeen(R2, Encumbrance.FREE, True, digest("x"), 8), AT)
    said = before_substitution(ledger.state(AT), second(100), OLD)
    new, chain, old = said.would_be
    assert isinstance(chain, ChainSeen)
    free = dataclasses.replace(said, would_be=(new, dataclasses.replace(chain, held=False), old), reasons=())
    assert is_reproduced(ledger.entries, said)
    assert not is_reproduced(ledger.entries, free)
    with pytest.raises(BookError, match="make no room"):
        before_substitution(ledger.state(AT), second(100), dataclasses.replace(OLD, facility="F-9"))


def test_an_act_for_no_facility_is_an_error() -> None:
    with pytest.raises(BookError, match="F-9 is not open"):
        before_draw(opened().state(AT), Drawn("F-9", Decimal(1)))


@given(
    st.integers(0, 6_000_000),
    st.integers(10_000, 120_000),
    st.integers(0, 130),
    st.integers(1, 2 * 10**8),
    st.integers(0, 12 * DAY),
)
def test_what_is_allowed_is_covered_afterwards(drawn: int, per_t: int, lower: int, asked: int, later: int) -> None:
    """A draw and a release, in any state: allowed, done and looked at again, L ≥ E, on fresh evidence."""
    ledger = opened(drawn)
    ledger.write_all([price(per_t), seen("LOT-1", lower, pledged=100)], T0 + 10)
    at = T0 + 10 + later
    ledger.write(SearchMade(FACILITY, digest("again"), True), at)
    acts: list[tuple[Any, Any]] = [
        (before_draw, Drawn(FACILITY, Decimal(asked).scaleb(-2))),
        (before_release, Released(FACILITY, R1, asked, digest("gate"))),
    ]
    for test, event in acts:
        said = test(ledger.state(at), event)
        if said.is_allowed:
            done = Ledger(entries=list(ledger.entries))
            done.write(event, at)
            after = done.position(at)
            assert after.credit.is_covered or not after.exposure
            assert not after.exposure or later <= DAY
