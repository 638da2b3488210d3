"""What is said of a lot between attestations, doubts about evidence, margin calls and their cures."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from tally_finance.book.before import before_call, before_cure, before_release, is_reproduced
from tally_finance.book.goods_events import LotSeen, QuantityDoubted, Released
from tally_finance.book.loan_events import MarginCalled, MarginCured
from tally_finance.book.position import WOULD_BE
from tally_finance.book.reasons import Why
from tests.finance.book.ledger import DAY, FACILITY, T0, T, digest, opened, price, seen, whys

LOT = digest("LOT-1")


def said(pledged: int, *, short: bool = False) -> LotSeen:
    return LotSeen(LOT, pledged * T, short, digest("operation"), 9)


def test_the_pledges_of_others_take_their_share_at_once() -> None:
    ledger = opened()
    assert ledger.position(T0 + 10).lots[0].secured_g == 100 * T
    ledger.write(said(220), T0 + 5)
    lot = ledger.position(T0 + 10).lots[0]
    assert (lot.pledged_by_all_g, lot.secured_g) == (220 * T, 50 * T)  # 110 t for 220 t


def test_what_is_said_makes_no_quantity_younger() -> None:
    ledger = opened()
    ledger.write(said(100), T0 + 7 * DAY)
    at = T0 + 7 * DAY + 1
    assert ledger.position(at).lots[0].seen_at == T0
    assert Why.STALE_QUANTITY in {one.why for one in ledger.position(at).doubts}


def test_a_shortage_is_told_and_lifted_by_the_newest_word() -> None:
    ledger = opened()
    ledger.write(said(100, short=True), T0 + 5)
    assert Why.SHORT in {one.why for one in ledger.position(T0 + 6).doubts}
    ledger.write(replace(seen("LOT-1", 110, pledged=100), short=False), T0 + 8)
    assert not ledger.position(T0 + 9).doubts


def test_an_entry_of_the_chain_is_a_source_of_the_position() -> None:
    ledger = opened()
    written = ledger.write(said(100), T0 + 5)
    assert written.digest in ledger.position(T0 + 6).sources


def test_a_doubt_stops_credit_and_release_until_newer_evidence() -> None:
    ledger = opened(1_000_000)
    ledger.write(QuantityDoubted(LOT, "the scale is not certified", digest("root")), T0 + 5)
    position = ledger.position(T0 + 6)
    assert {one.why for one in position.doubts} == {Why.DOUBTED}
    assert position.available == 0
    assert position.lots[0].secured_g == 100 * T  # it stands at its lines as before
    out = Released(FACILITY, digest("R-1"), T, WOULD_BE)
    assert "doubted" in whys(before_release(ledger.state(T0 + 6), out))
    ledger.write(seen("LOT-1", 110, pledged=100), T0 + 8)
    assert not ledger.position(T0 + 9).doubts


def test_older_evidence_that_is_doubted_later_does_not_touch_newer() -> None:
    ledger = opened()
    ledger.write(QuantityDoubted(LOT, "too old", digest("root")), T0 - 5)
    ledger.write(seen("LOT-1", 110, pledged=100), T0 + 8)
    assert not ledger.position(T0 + 9).doubts


def test_nobody_is_called_who_is_covered() -> None:
    ledger = opened(4_000_000)
    called = MarginCalled(FACILITY, Decimal(0), T0 + 2 * DAY)
    assert whys(before_call(ledger.state(T0 + 5), called)) == {"covered"}
    ledger.write(price(57_000), T0 + 6)  # 0.7 × 5.7 million < 4 million
    allowed = before_call(ledger.state(T0 + 7), called)
    assert allowed.is_allowed
    assert is_reproduced(ledger.entries, allowed)


def test_a_call_is_answered_when_what_is_there_covers_again() -> None:
    ledger = opened(4_000_000)
    ledger.write(price(57_000), T0 + 6)
    ledger.write(MarginCalled(FACILITY, Decimal(10_000), T0 + 2 * DAY), T0 + 7)
    refused = before_cure(ledger.state(T0 + 8), MarginCured(FACILITY))
    assert whys(refused) == {"not-covered"}
    ledger.write(price(60_000), T0 + 9)
    allowed = before_cure(ledger.state(T0 + 10), MarginCured(FACILITY))
    assert allowed.is_allowed
    assert is_reproduced(ledger.entries, allowed)
