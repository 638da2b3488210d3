"""The chain's receipts become alerts: who else encumbers and holds them, what changed, what ended."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tally_chain.receipts.kinds.kind import HoldKind
from tally_chain.receipts.rules.book import Book
from tally_chain.receipts.rules.records import (
    Allowed,
    Charge,
    Encumbrance,
    Floor,
    Hold,
    Lot,
    Party,
    Pledge,
    Receipt,
    State,
    Witness,
)
from tally_chain.registry.roles import KeyRole
from tally_finance.errors import WatchError
from tally_finance.watch.alert import Alert
from tally_finance.watch.codes import Code
from tally_finance.watch.judge import standing
from tally_finance.watch.limits import Limits
from tally_finance.watch.of_chain import receipt_seen, seen_on

NOW = 1_800_000_000
DAY = 86_400
NUMBER, LOT, PLEDGE = b"r" * 32, b"l" * 32, b"p" * 32
BANK, OTHER = b"b" * 32, b"o" * 32
KEEPER = Party(b"k" * 32, 1, KeyRole.KEEPER)
HOLDER = Party(b"t" * 32, 1, KeyRole.HOLDER)


def lender(organisation: bytes) -> Party:
    return Party(organisation, 1, KeyRole.LENDER)


def book(lot: dict[str, Any] | None = None, **changes: Any) -> Book:
    """100 t receipted in a lot of as much, 90 t of it pledged to the bank, all in order."""
    goods = Lot(
        slot=b"s" * 32, head=b"1" * 32, goods=b"g" * 32, keeper=KEEPER, serialised=False,
        witnesses=(Witness(b"i" * 32, KeyRole.INSPECTOR),), quorum=1, panel_since=1, allowance_ppm=1000,
        max_age_s=DAY, opened_block=1,
        attested_at=NOW - DAY, weighed=100_000_000, weighed_ever=100_000_000, face=100_000_000, pledged=90_000_000,
        estimate=100_000_000, lower=99_000_000, upper=101_000_000, evidence_root=b"e" * 32,
    )  # fmt: skip
    charge = Charge(PLEDGE, lender(BANK), 90_000_000, 0, Encumbrance.REGISTERED)
    receipt = Receipt(LOT, HOLDER, 100_000_000, NOW + 90 * DAY, b"d" * 32, bytes(32), b"h" * 32, charge=charge)
    pledge = Pledge(b"c" * 32, 90_000_000, NOW + 60 * DAY, 90_000_000)
    return Book(
        1,
        {},
        lots={LOT: replace(goods, **(lot or {}))},
        receipts={NUMBER: replace(receipt, **changes)},
        pledges={PLEDGE: pledge},
    )


def alerts(now: Book, noted: Book | None = None, at: int = NOW) -> dict[Code, Alert]:
    known = {} if noted is None else {NUMBER.hex(): receipt_seen(noted, NUMBER)}
    return {one.code: one for one in standing(seen_on(now, [NUMBER], BANK, at, known), Limits())}


def test_a_receipt_in_order_says_nothing() -> None:
    assert alerts(book(), book()) == {}


def test_another_lender_is_told_of_whatever_the_stage() -> None:
    for stage in (Encumbrance.OFFERED, Encumbrance.ACCEPTED, Encumbrance.REGISTERED):
        found = alerts(book(charge=Charge(b"q" * 32, lender(OTHER), 1, 0, stage)))
        assert found.keys() == {Code.PLEDGED_ELSEWHERE}
        assert found[Code.PLEDGED_ELSEWHERE].said == {"lender": OTHER.hex(), "encumbrance": stage.name.lower()}


def test_a_hold_is_told_of_until_it_is_lifted() -> None:
    hold = Hold(b"x" * 32, HoldKind.COURT, Party(b"c" * 32, 1, KeyRole.COURT_LIAISON), 0, b"y" * 32, NOW, 5)
    found = alerts(book(holds=(hold,), head=b"i" * 32), book())
    assert found.keys() == {Code.HELD, Code.RECEIPT_CHANGED}
    assert found[Code.HELD].said == {"kinds": "court"}
    assert found[Code.RECEIPT_CHANGED].evidence == (b"h" * 32, b"i" * 32)


def test_what_changed_is_said() -> None:
    found = alerts(book(quantity=99_999_999, head=b"i" * 32), book())
    assert found[Code.RECEIPT_CHANGED].said == {"what": "face_g 100000000 → 99999999"}


@pytest.mark.parametrize("state", [state for state in State if state > State.ISSUED])
def test_a_receipt_that_ended_covers_nothing(state: State) -> None:
    found = alerts(book(state=state, charge=Charge()))
    assert found.keys() == {Code.RECEIPT_ENDED}
    assert found[Code.RECEIPT_ENDED].said == {"state": state.name.lower()}


def test_a_lot_is_short_below_what_was_weighed_less_the_allowance() -> None:
    assert alerts(book({"upper": 99_900_000})) == {}
    assert alerts(book({"upper": 99_899_999})).keys() == {Code.SHORT}
    assert alerts(book({"short": True})).keys() == {Code.LOT_HELD_SHORT}


def test_attestation_and_bound_are_those_of_the_chain() -> None:
    assert alerts(book({"attested_at": NOW - DAY - 1})).keys() == {Code.ATTESTATION_OLD}
    assert alerts(book({"lower": 89_999_999})).keys() == {Code.MORE_THAN_ATTESTED}
    assert alerts(book({"attested_at": 0})) == {}, "the contract lets nothing be pledged in it"


def test_a_floor_is_near_while_it_holds() -> None:
    def floored(floor: int) -> Book:
        return replace(book(), allowed={PLEDGE + NUMBER: Allowed(floors=(Floor(floor, 0, NOW),))})

    assert alerts(floored(86_000_000)).keys() == {Code.FLOOR_NEAR}
    assert alerts(floored(90_000_001)).keys() == {Code.FLOOR_BROKEN}
    assert alerts(floored(85_000_000)) == {}
    assert Code.FLOOR_BROKEN not in alerts(floored(90_000_001), at=NOW + 1)


def test_an_until_is_the_last_second() -> None:
    until, matures = NOW + 90 * DAY, NOW + 60 * DAY
    fresh = {"attested_at": until}
    assert Code.RECEIPT_EXPIRED not in alerts(book(fresh), at=until)
    assert Code.RECEIPT_EXPIRED in alerts(book(fresh), at=until + 1)
    assert Code.PLEDGE_EXPIRED not in alerts(book(fresh), at=matures)
    assert Code.PLEDGE_EXPIRED in alerts(book(fresh), at=matures + 1)


def test_a_number_that_was_never_issued_is_refused() -> None:
    with pytest.raises(WatchError, match="never issued"):
        seen_on(book(), [b"z" * 32], BANK, NOW, {})
