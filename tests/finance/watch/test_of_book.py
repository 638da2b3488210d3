"""A lender's book becomes alerts: the same story, told by its entries."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from tally_finance.book.cover_events import Insured
from tally_finance.book.goods_events import ChainSeen, Encumbrance, FloorSet
from tally_finance.book.loan_events import MarginCalled, MarginCured, Pledging, SearchMade
from tally_finance.watch.alert import Alert
from tally_finance.watch.codes import Code
from tally_finance.watch.judge import standing
from tally_finance.watch.limits import Limits
from tally_finance.watch.of_book import seen_in
from tests.finance.book.ledger import (
    COPPER_TERMS,
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

LIMITS = Limits()


def alerts(ledger: Ledger, at: int = T0) -> dict[Code, Alert]:
    return {one.code: one for one in standing(seen_in(ledger.state(at), "bank"), LIMITS)}


def test_a_book_in_order_says_nothing() -> None:
    assert alerts(opened(4_000_000)) == {}


def test_a_fall_of_the_price_goes_through_the_lines() -> None:
    """100 t of copper at 70,000; 4,000,000 and a day's interest are owed, and 0.7 is lent on."""
    ledger = opened(4_000_000)
    for per_t, code in ((57_000, Code.NOT_COVERED), (50_000, Code.WARNING_LINE), (44_000, Code.LIQUIDATION_LINE)):
        ledger.write(price(per_t))
        found = alerts(ledger)
        assert found.keys() == {code}
        assert found[code].evidence == (ledger.entries[-1].digest,)
    ledger.write(price(70_000))
    assert alerts(ledger) == {}


def test_a_margin_call_is_told_of_until_it_is_cured() -> None:
    ledger = opened(4_000_000)
    ledger.write(MarginCalled(FACILITY, Decimal(5), T0 + 3 * DAY))
    assert alerts(ledger, T0) == {}
    ledger.write(SearchMade(FACILITY, digest("again"), True), T0 + 2 * DAY)
    ledger.write(price(70_000), T0 + 2 * DAY)
    assert alerts(ledger, T0 + 2 * DAY).keys() == {Code.TOP_UP_DUE}
    ledger.write(MarginCured(FACILITY), T0 + 2 * DAY)
    assert alerts(ledger, T0 + 2 * DAY) == {}


def test_a_stale_quantity_and_a_stale_price_block() -> None:
    ledger = opened(4_000_000)
    found = alerts(ledger, T0 + 7 * DAY + 1)
    assert {Code.ATTESTATION_OLD, Code.IN_DOUBT} <= found.keys()
    assert all(one.code.blocks for one in found.values())
    told = {one.touches.split()[0] for one in standing(seen_in(ledger.state(T0 + 7 * DAY + 1), "bank"), LIMITS)}
    assert {"stale-price", "stale-search"} <= told


@pytest.mark.parametrize("days", [(7, 2), (2, 7)])
def test_a_lot_is_held_to_the_strictest_of_its_facilities(days: tuple[int, int]) -> None:
    first, second = (
        replace(OPENED, facility=name, goods=(replace(COPPER_TERMS, quantity_age_s=age * DAY),))
        for name, age in zip((FACILITY, "F-2"), days, strict=True)
    )
    ledger = opened(terms=first)
    ledger.write(second)
    ledger.write_all(receipt_events("R-2", "LOT-1", 5, "F-2"))
    (lot,) = seen_in(ledger.state(T0), "bank").lots
    assert lot.max_age_s == 2 * DAY
    assert lot.pledged_kg == 105_000


def test_a_short_lot_and_a_bound_that_fell_under_the_pledge() -> None:
    ledger = opened(1_000_000)
    ledger.write(seen("LOT-1", 99, pledged=100, short=True))
    found = alerts(ledger)
    assert found.keys() == {Code.LOT_HELD_SHORT, Code.MORE_THAN_ATTESTED}
    assert found[Code.MORE_THAN_ATTESTED].said == {"pledged_kg": "100000.000", "lower_kg": "99000.000"}
    assert found[Code.LOT_HELD_SHORT].evidence == (digest("evidence LOT-1"),)


def test_a_floor_is_near_while_it_holds() -> None:
    ledger = opened(1_000_000, terms=replace(OPENED, pledging=Pledging.DYNAMIC))
    ledger.write(FloorSet(FACILITY, digest("R-1"), 96 * T, T0 + 100))
    assert alerts(ledger, T0 + 100).keys() == {Code.FLOOR_NEAR}
    assert alerts(ledger, T0 + 101) == {}
    ledger.write(FloorSet(FACILITY, digest("R-1"), 101 * T, T0 + 200), T0 + 150)
    assert alerts(ledger, T0 + 150).keys() == {Code.FLOOR_BROKEN}
    static = opened(1_000_000)
    static.write(FloorSet(FACILITY, digest("R-1"), 96 * T, T0 + 100))
    assert alerts(static) == {}


def test_insurance_is_told_of_ahead_and_after_unless_it_was_renewed() -> None:
    ledger = opened(1_000_000)
    lot, until = digest("LOT-1"), T0 + 10 * DAY
    ledger.write(Insured(digest("policy"), "PICC", (lot,), Decimal(10_000_000), until, True))
    assert alerts(ledger).keys() == {Code.INSURANCE_EXPIRES}
    assert Code.INSURANCE_EXPIRES in alerts(ledger, until)
    assert Code.INSURANCE_EXPIRED in alerts(ledger, until + 1)
    ledger.write(Insured(digest("next policy"), "PICC", (lot,), Decimal(10_000_000), T0 + 300 * DAY, True))
    assert alerts(ledger) == {}


def test_filing_and_maturity_are_told_of_ahead_and_after() -> None:
    ledger = opened(1_000_000)
    due = 1_788_105_600  # 2026-08-31 00:00 in Shanghai
    assert Code.PLEDGE_EXPIRES not in alerts(ledger, due - 30 * DAY - 1)
    assert Code.PLEDGE_EXPIRES in alerts(ledger, due - 30 * DAY)
    assert Code.PLEDGE_EXPIRED not in alerts(ledger, due - 1)
    assert Code.PLEDGE_EXPIRED in alerts(ledger, due)
    lapses = T0 + 400 * DAY
    assert Code.FILING_EXPIRES in alerts(ledger, lapses - 1)
    assert alerts(ledger, lapses)[Code.FILING_EXPIRED].evidence == (digest("filing R-1"),)


def test_what_the_book_has_against_credit_is_told_under_its_code() -> None:
    ledger = opened(1_000_000)
    ledger.write(ChainSeen(digest("R-1"), Encumbrance.FREE, True, digest("operation"), 9))
    found = [one.touches for one in standing(seen_in(ledger.state(T0), "bank"), LIMITS)]
    name = digest("R-1").hex()
    assert found == [f"held of {name}, facility {FACILITY}", f"not-registered of {name}, facility {FACILITY}"]


def test_nothing_owed_matures_never() -> None:
    assert Code.PLEDGE_EXPIRED not in alerts(opened(0), T0 + 300 * DAY)
