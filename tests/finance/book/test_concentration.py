"""Caps over the whole book, by hand and as they must always hold; insurance and turnover."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_finance.book.before import before_draw, before_release
from tally_finance.book.cover_events import (
    CapSet,
    Dimension,
    InsuranceRequired,
    Insured,
    LotPlaced,
    PriceLocked,
    SaleBoundSet,
    TurnoverSeen,
)
from tally_finance.book.goods_events import PledgeAttached, PledgeEnded, Released
from tally_finance.book.loan_events import Drawn, SearchMade
from tally_finance.errors import BookError
from tests.finance.book.ledger import (
    COPPER,
    DAY,
    OPENED,
    T0,
    Ledger,
    T,
    digest,
    price,
    receipt_events,
    seen,
    whys,
)

AT = T0 + 60
KEEPER, SITE = digest("keeper").hex(), digest("site").hex()


def book(*tonnes: int, cap: int | None = None) -> Ledger:
    """Facilities A, B, C, … of one borrower, each with so many tonnes in a lot of its own, one keeper, one site.

    A tonne is at 70,000, of which 70 % are lent: 49,000 a tonne.
    """
    ledger = Ledger()
    ledger.write(price(70_000))
    own_cap = None if cap is None else Decimal(cap)
    terms = dataclasses.replace(OPENED, goods=(dataclasses.replace(OPENED.goods[0], cap=own_cap),))
    for number, quantity in enumerate(tonnes):
        name = chr(ord("A") + number)
        ledger.write(dataclasses.replace(terms, facility=name))
        ledger.write(SearchMade(name, digest(f"search {name}"), True))
        ledger.write(LotPlaced(digest(f"LOT-{name}"), digest("site"), digest("keeper")))
        ledger.write_all(receipt_events(f"R-{name}", f"LOT-{name}", quantity, facility=name))
        ledger.write(seen(f"LOT-{name}", quantity + 5, pledged=quantity))
    return ledger


def lends(ledger: Ledger, *names: str, at: int = AT) -> list[Fraction]:
    found = [ledger.position(at, facility=name) for name in names or ledger.state(at).facilities]
    assert all(one.secured.lendable == one.credit.lendable for one in found)
    return [one.secured.lendable for one in found]


def test_without_caps_each_brings_all() -> None:
    assert lends(book(100, 50)) == [4_900_000, 2_450_000]


@pytest.mark.parametrize(
    ("dimension", "subject"),
    [
        (Dimension.KEEPER, KEEPER),
        (Dimension.SITE, SITE),
        (Dimension.COMMODITY, COPPER),
        (Dimension.BORROWER, digest("borrower").hex()),
        (Dimension.KEEPER, None),
    ],
)
def test_who_was_first_keeps_its_room(dimension: Dimension, subject: str | None) -> None:
    """6,000,000: A's 4,900,000 and of B's as much 1,100,000; nothing of C's."""
    ledger = book(100, 100, 1)
    ledger.write(CapSet(dimension, subject, Decimal(6_000_000)), AT)
    assert lends(ledger) == [4_900_000, 1_100_000, 0]
    (cut,) = ledger.position(AT, facility="B").cuts
    assert (cut.why, cut.subject) == ("over-cap", subject or KEEPER)
    assert cut.text.startswith("3800000.00 of what lot")
    assert ledger.position(AT, facility="A").cuts == ()
    ledger.write(CapSet(dimension, subject), AT + 1)  # lifted
    assert lends(ledger, at=AT + 1) == [4_900_000, 4_900_000, 49_000]


def test_ones_own_cap_stands_before_the_one_for_each() -> None:
    ledger = book(100)
    ledger.write(CapSet(Dimension.KEEPER, None, Decimal(10)), AT)
    ledger.write(CapSet(Dimension.KEEPER, KEEPER, Decimal(20)), AT)
    assert lends(ledger) == [20]
    ledger.write(CapSet(Dimension.KEEPER, KEEPER), AT)  # this one keeper has none
    assert lends(ledger) == [4_900_000]


def test_the_least_room_counts_and_what_another_cap_cut_off_takes_none() -> None:
    """Each lot brings 1,000,000 by its terms: of the keeper's 3,500,000 the fourth gets 500,000."""
    ledger = book(100, 100, 100, 100, cap=1_000_000)
    ledger.write(CapSet(Dimension.KEEPER, KEEPER, Decimal(3_500_000)), AT)
    assert lends(ledger) == [1_000_000, 1_000_000, 1_000_000, 500_000]
    assert [one.subject for one in ledger.position(AT, facility="D").cuts] == [KEEPER]
    assert [one.subject for one in ledger.position(AT, facility="A").cuts] == [digest("LOT-A").hex()]


def test_what_is_released_makes_room_for_the_next() -> None:
    ledger = book(100, 100)
    ledger.write(CapSet(Dimension.SITE, SITE, Decimal(5_000_000)), AT)
    assert lends(ledger) == [4_900_000, 100_000]
    ledger.write(Released("A", digest("R-A"), 60 * T, digest("gate")), AT + 1)
    assert lends(ledger, at=AT + 1) == [1_960_000, 3_040_000]


def test_draws_and_releases_are_tested_under_the_caps() -> None:
    ledger = book(100, 100)
    ledger.write(CapSet(Dimension.SITE, SITE, Decimal(6_000_000)), AT)
    state = ledger.state(AT)
    assert before_draw(state, Drawn("B", Decimal(1_100_000))).is_allowed
    refused = before_draw(state, Drawn("B", Decimal("1100000.01")))
    assert whys(refused) == {"not-covered", "over-cap"}
    ledger.write_all([Drawn("B", Decimal(1_100_000)), SearchMade("B", digest("again"), True)], AT)
    state = ledger.state(AT)
    # 1,100,000 / 49,000 a tonne: 22.45 t must stay, whatever was over the cap may go.
    assert before_release(state, Released("B", digest("R-B"), 77 * T, digest("x"))).is_allowed
    assert not before_release(state, Released("B", digest("R-B"), 78 * T, digest("x"))).is_allowed


def test_the_pieces_of_a_receipt_keep_its_place() -> None:
    """A's receipt is split after B came: in the book its pieces are attached before it ends, or after."""
    for first in (True, False):
        ledger = book(100, 100)
        ledger.write(CapSet(Dimension.KEEPER, KEEPER, Decimal(6_000_000)), AT)
        pieces = [event for name in ("R-1", "R-2") for event in receipt_events(name, "LOT-A", 50, facility="A")]
        gone = PledgeEnded("A", digest("R-A"), "Split")
        ledger.write_all([*pieces, gone] if first else [gone, *pieces], AT + 1)
        ledger.write(seen("LOT-A", 105, pledged=100), AT + 1)
        assert lends(ledger, at=AT + 1) == [4_900_000, 1_100_000]


def test_a_lot_of_which_nobody_knows_where_it_lies() -> None:
    ledger = book(100)
    ledger.write_all(receipt_events("R-9", "LOT-9", 10, facility="A"), AT)
    ledger.write(seen("LOT-9", 15, pledged=10), AT)
    assert ledger.position(AT, facility="A").doubts == ()
    ledger.write(CapSet(Dimension.SITE, None, Decimal(90_000_000)), AT)
    found = ledger.position(AT, facility="A")
    assert [(one.why, one.subject) for one in found.doubts] == [("no-place", digest("LOT-9").hex())]
    assert (found.credit.lendable, found.secured.lendable) == (4_900_000, 5_390_000)


def test_no_more_than_can_be_sold() -> None:
    """A tenth of 300 t a day for 4 days: 120 t, so 20 of B's 100; the turnover must be fresh."""
    ledger = book(100, 100)
    ledger.write(SaleBoundSet(COPPER, Decimal("0.1"), 4, DAY), AT)
    found = ledger.position(AT, facility="B")
    assert ([one.why for one in found.doubts], found.credit.lendable) == (["no-turnover"], 0)
    ledger.write(TurnoverSeen(COPPER, 300 * T, digest("table")), AT + 1)
    assert lends(ledger, at=AT + 1) == [4_900_000, 980_000]
    ledger.write(price(70_000), AT + 2 + DAY)
    stale = ledger.position(AT + 2 + DAY, facility="B")
    assert "stale-turnover" in {one.why for one in stale.doubts}
    assert (stale.credit.lendable, stale.secured.lendable) == (0, 980_000)
    ledger.write(SaleBoundSet(COPPER, Decimal("0.1"), 0, DAY), AT + 3 + DAY)
    assert ledger.position(AT + 3 + DAY, facility="B").secured.lendable == 4_900_000


def policy(amount: int, until: int, *lots: str, name: str = "policy", first: bool = True) -> Insured:
    return Insured(digest(name), "平安财险", tuple(digest(lot) for lot in lots), Decimal(amount), until, first)


def test_an_insured_sum_is_shared_by_its_lots_and_a_lapse_makes_no_room() -> None:
    ledger = book(100, 100)
    ledger.write(policy(6_000_000, T0 + DAY, "LOT-A", "LOT-B"), AT)
    assert lends(ledger) == [4_900_000, 1_100_000]
    late = T0 + DAY + 1
    ledger.write(price(70_000), late)
    found = ledger.position(late, facility="B")
    assert [(one.why, one.subject) for one in found.doubts] == [("insurance-lapsed", digest("LOT-B").hex())]
    assert (found.credit.lendable, found.secured.lendable) == (0, 1_100_000)
    ledger.write(policy(9_000_000, T0 + 90 * DAY, "LOT-A", "LOT-B", name="next"), late)
    assert lends(ledger, at=late) == [4_900_000, 4_100_000]


def test_as_time_goes_on_room_changes_where_policies_and_locks_end_and_nowhere_else() -> None:
    ledger = book(100, 100)
    ledger.write(policy(6_000_000, AT + 20, "LOT-A", "LOT-B"), AT)
    ledger.write(policy(5_000_000, AT + 10, "LOT-A", "LOT-B", name="newer"), AT)  # while it lasts it is the one
    lock = PriceLocked("A", digest("sale"), digest("LOT-A"), digest("buyer"), 50 * T, Decimal(60_000), AT + 15, None)
    ledger.write(lock, AT)
    state, kept = ledger.state(AT), {}
    for moment in range(AT, AT + 25):
        rooms = state.later(moment, moment).rooms
        assert rooms == ledger.state(moment).rooms
        kept[id(rooms)] = rooms.caps
    assert len(kept) == 4
    assert len({tuple(sorted(one.items())) for one in kept.values()}) >= 3


def test_of_one_policy_the_newest_word_counts() -> None:
    ledger = book(100, 100)
    ledger.write(policy(6_000_000, T0 + DAY, "LOT-A", "LOT-B"), AT)
    ledger.write(policy(5_000_000, T0 + DAY, "LOT-B"), AT + 1)  # A's goods are out of it
    assert lends(ledger, at=AT + 1) == [4_900_000, 4_900_000]
    ledger.write(policy(1_000_000, T0 + DAY, "LOT-B"), AT + 2)
    assert lends(ledger, at=AT + 2) == [4_900_000, 1_000_000]
    with pytest.raises(BookError, match="names a lot twice"):
        policy(1, T0, "LOT-A", "LOT-A")


def test_goods_that_must_be_insured_for_the_lender() -> None:
    ledger = book(100)
    ledger.write(InsuranceRequired("A", True), AT)
    found = ledger.position(AT, facility="A")
    assert ([one.why for one in found.doubts], found.credit.lendable) == (["not-insured"], 0)
    ledger.write(policy(9_000_000, T0 + DAY, "LOT-A", first=False), AT)  # in somebody else's favour
    assert [one.why for one in ledger.position(AT, facility="A").doubts] == ["not-insured"]
    ledger.write(policy(9_000_000, T0 + DAY, "LOT-A", name="ours"), AT)
    assert lends(ledger) == [4_900_000]
    ledger.write(InsuranceRequired("A", False), AT)
    assert lends(ledger) == [4_900_000]


def test_what_bounds_a_position_is_among_its_sources() -> None:
    ledger = book(100, 100)
    made = [
        ledger.write(event, AT)
        for event in (
            CapSet(Dimension.KEEPER, KEEPER, Decimal(6_000_000)),
            policy(9_000_000, T0 + DAY, "LOT-A"),
            SaleBoundSet(COPPER, Decimal("0.1"), 4, DAY),
            TurnoverSeen(COPPER, 300 * T, digest("table")),
        )
    ]
    assert {one.digest for one in made} <= set(ledger.position(AT, facility="A").sources)
    assert made[1].digest not in ledger.position(AT, facility="B").sources


CAPS = st.lists(
    st.one_of(
        st.builds(
            CapSet,
            st.sampled_from([Dimension.KEEPER, Dimension.SITE]),
            st.sampled_from([None, digest("k0").hex(), digest("k1").hex()]),
            st.none() | st.integers(0, 20_000_000).map(Decimal),
        ),
        st.builds(
            CapSet,
            st.just(Dimension.COMMODITY),
            st.sampled_from([None, COPPER]),
            st.integers(0, 30_000_000).map(Decimal),
        ),
        st.builds(TurnoverSeen, st.just(COPPER), st.integers(0, 2_000 * T), st.just(digest("table"))),
        st.builds(
            Insured,
            st.sampled_from([digest("p0"), digest("p1")]),
            st.just("insurer"),
            st.sets(st.sampled_from([digest(f"LOT-{name}") for name in "ABCDE"])).map(lambda one: tuple(sorted(one))),
            st.integers(0, 20_000_000).map(Decimal),
            st.just(T0 + DAY),
            st.just(True),
        ),
    ),
    max_size=6,
)
TONNES = st.lists(st.integers(1, 200), min_size=1, max_size=5)


def capped(tonnes: Sequence[int], caps: Sequence[CapSet]) -> Ledger:
    """Lots with keepers k0 and k1 in turn, which name their sites too."""
    ledger = book(*tonnes)
    ledger.write(SaleBoundSet(COPPER, Decimal("0.1"), 4, DAY), AT)
    ledger.write(TurnoverSeen(COPPER, 3_000 * T, digest("table")), AT)
    for number in range(len(tonnes)):
        place = digest(f"k{number % 2}")
        ledger.write(LotPlaced(digest(f"LOT-{chr(ord('A') + number)}"), place, place), AT)
    ledger.write_all(caps, AT)
    return ledger


@given(TONNES, CAPS)
def test_no_cap_is_passed_and_no_room_is_wasted(tonnes: list[int], caps: list[object]) -> None:
    ledger = capped(tonnes, caps)
    state = ledger.state(AT)
    brought = {name: ledger.position(AT, facility=name).secured.lendable for name in state.facilities}
    whole = {name: Fraction(49_000 * quantity) for name, quantity in zip(state.facilities, tonnes, strict=True)}
    pools: list[tuple[set[str], Fraction]] = []
    for number in range(2):
        members = {name for place, name in enumerate(state.facilities) if place % 2 == number}
        for dimension in (Dimension.KEEPER, Dimension.SITE):
            cap = state.cover.cap_of(dimension, digest(f"k{number}").hex())
            if cap is not None:
                pools.append((members, Fraction(cap)))
    of_copper = state.cover.cap_of(Dimension.COMMODITY, COPPER)
    if of_copper is not None:
        pools.append((set(brought), Fraction(of_copper)))
    saleable = state.cover.saleable_g(COPPER)
    assert saleable is not None
    pools.append((set(brought), Fraction(49_000 * saleable, T)))
    for name, value in brought.items():
        assert 0 <= value <= whole[name]
        policy_of = state.cover.policy_of(digest(f"LOT-{name}"), AT)
        if policy_of is not None:
            others = {other for other in brought if state.cover.policy_of(digest(f"LOT-{other}"), AT) == policy_of}
            pools.append((others, Fraction(policy_of.amount)))
    fen = Fraction(len(brought), 100)  # what rounding down may leave
    for members, room in pools:
        assert sum(brought[name] for name in members) <= room
    full = [members for members, room in pools if sum(brought[name] for name in members) > room - fen]
    for name, value in brought.items():
        assert value == whole[name] or any(name in members for members in full)


@given(TONNES, CAPS, st.integers(1, 200))
def test_a_later_pledge_takes_nothing_from_an_earlier(tonnes: list[int], caps: list[object], more: int) -> None:
    before = capped(tonnes, caps)
    after = capped([*tonnes, more], caps)
    for name in before.state(AT).facilities:
        old, new = before.position(AT, facility=name), after.position(AT, facility=name)
        assert (new.secured.lendable, new.credit.lendable) == (old.secured.lendable, old.credit.lendable)


@given(TONNES, CAPS)
def test_caps_never_add(tonnes: list[int], caps: list[object]) -> None:
    free = book(*tonnes)
    bound = capped(tonnes, caps)
    for name in free.state(AT).facilities:
        assert bound.position(AT, facility=name).secured.lendable <= free.position(AT, facility=name).secured.lendable


def test_a_pledge_that_a_cap_leaves_nothing_still_counts_its_goods() -> None:
    ledger = book(100)
    ledger.write(CapSet(Dimension.KEEPER, KEEPER, Decimal(0)), AT)
    found = ledger.position(AT, facility="A")
    assert (found.secured.value, found.secured.lendable) == (7_000_000, 0)
    ledger.write(PledgeAttached("A", digest("R-2"), digest("LOT-A"), COPPER, 5 * T), AT)
    assert ledger.position(AT, facility="A").lots[0].pledged_g == 105 * T
