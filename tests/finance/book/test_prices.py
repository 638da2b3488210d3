"""A price that its sources no longer make: what is worth what meanwhile, what is refused, and when it ends."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_finance.book.before import before_draw, before_floor, before_pledge, before_release, before_substitution
from tally_finance.book.goods_events import FloorSet, PledgeAttached, PriceDoubted, PriceSeen, Released, ReleaseOrdered
from tally_finance.book.loan_events import Drawn, Pledging
from tally_finance.book.position import Line
from tally_finance.errors import BookError
from tests.finance.book.ledger import COPPER, DAY, FACILITY, OPENED, T0, Ledger, T, digest, opened, seen, whys

AT = T0 + 60
R1 = digest("R-1")
DYNAMIC = dataclasses.replace(OPENED, pledging=Pledging.DYNAMIC)


def doubted(lowest: int | None = None) -> PriceDoubted:
    return PriceDoubted(COPPER, "too far apart", (digest("q"),), None if lowest is None else Decimal(lowest), 7)


def judged(per_t: int, quoted_at: int, until: int) -> PriceSeen:
    return PriceSeen(COPPER, Decimal(per_t), (digest("q"),), quoted_at, until, 7)


def in_doubt(lowest: int | None = None, **changes: Any) -> Ledger:
    ledger = opened(1_000_000, **changes)
    ledger.write(seen("LOT-2", 100, pledged=0))
    ledger.write(doubted(lowest), AT)
    return ledger


def test_while_a_price_is_in_doubt_nothing_is_drawn_released_pledged_or_let_go() -> None:
    state = in_doubt().state(AT)
    assert "price-doubted" in whys(before_draw(state, Drawn(FACILITY, Decimal(1))))
    assert "price-doubted" in whys(before_release(state, ReleaseOrdered(FACILITY, R1, digest("o"), T, AT + DAY)))
    assert "price-doubted" in whys(before_release(state, Released(FACILITY, R1, T, digest("e"))))
    new = PledgeAttached(FACILITY, digest("R-2"), digest("LOT-2"), COPPER, 90 * T)
    assert "price-doubted" in whys(before_pledge(state, new))
    assert "price-doubted" in whys(before_substitution(state, new, Released(FACILITY, R1, 100 * T, digest("e"))))
    dynamic = in_doubt(terms=DYNAMIC).state(AT)
    assert "price-doubted" in whys(before_floor(dynamic, FloorSet(FACILITY, R1, 90 * T, AT + DAY)))


def test_the_lowest_quote_is_the_careful_value_and_reaches_the_lines() -> None:
    ledger = opened(4_900_000)
    assert ledger.position(AT).line is Line.NONE
    ledger.write(doubted(54_000), AT)
    position = ledger.position(AT)
    assert (position.lots[0].per_t, position.line) == (54_000, Line.LIQUIDATION)
    assert position.credit.lendable == 0
    (told,) = [one.text for one in position.doubts if one.why == "price-doubted"]
    assert "too far apart" in told
    assert "54000" in told


@pytest.mark.parametrize(("lowest", "counts"), [(None, 70_000), (90_000, 70_000), (61_000, 61_000)])
def test_a_doubt_never_raises_a_value(lowest: int | None, counts: int) -> None:
    assert in_doubt(lowest).position(AT).lots[0].per_t == counts


def test_goods_that_never_had_a_price_are_told_by_the_lowest_quote() -> None:
    ledger = Ledger()
    ledger.write_all(one.entry.event for one in opened().entries if not isinstance(one.entry.event, PriceSeen))
    assert ledger.position(AT).lots[0].per_t is None
    ledger.write(doubted(60_000), AT)
    position = ledger.position(AT)
    assert (position.lots[0].per_t, position.available) == (60_000, 0)


def test_the_next_price_ends_the_doubt() -> None:
    ledger = in_doubt(50_000)
    ledger.write(judged(69_000, AT - 900, AT + DAY), AT + 60)
    position = ledger.position(AT + 60)
    assert (position.lots[0].per_t, position.lots[0].priced_at) == (69_000, AT - 900)
    assert not position.doubts


def test_a_price_that_was_not_judged_since_its_quotes_ran_out_is_stale() -> None:
    ledger = opened()
    ledger.write(judged(69_000, AT, AT + 100), AT)
    draw = Drawn(FACILITY, Decimal(1))
    assert before_draw(ledger.state(AT + 100), draw).is_allowed
    assert whys(before_draw(ledger.state(AT + 101), draw)) == {"not-covered", "stale-price"}


def test_a_price_is_as_old_as_its_oldest_quote() -> None:
    ledger = opened()
    ledger.write(judged(69_000, AT - DAY, AT + DAY), AT)
    assert "stale-price" not in {one.why for one in ledger.position(AT).doubts}
    assert "stale-price" in {one.why for one in ledger.position(AT + 1).doubts}


def test_what_was_known_before_the_doubt_stays_what_it_was() -> None:
    ledger = in_doubt(50_000)
    assert ledger.position(AT - 1).lots[0].per_t == 70_000


def test_a_price_of_no_time_is_none() -> None:
    with pytest.raises(BookError, match="stands until"):
        judged(69_000, AT, AT - 1)


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 200_000)), min_size=1, max_size=8))
def test_goods_are_never_worth_more_than_the_newest_word(said: list[tuple[bool, int]]) -> None:
    ledger = opened(1_000)
    stood, newest = 70_000, 70_000
    for number, (is_price, per_t) in enumerate(said, 1):
        ledger.write(judged(per_t, AT, AT + DAY) if is_price else doubted(per_t), AT + number)
        stood = per_t if is_price else stood
        newest = per_t if is_price else min(stood, per_t)
    at = AT + len(said)
    position = ledger.position(at)
    assert position.lots[0].per_t == newest
    assert (position.available == 0) or said[-1][0]
