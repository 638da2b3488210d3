"""How pledged goods leave: by orders and above floors, told of in time, and by whom where something began later."""

from __future__ import annotations

from tally_chain.receipts.kinds.kind import HoldKind
from tally_chain.receipts.rules.records import Encumbrance, State
from tests.chain.receipts.deeds import (
    DAY,
    FREE,
    WHOLE,
    defaulted,
    executed,
    floored,
    held,
    lot_of,
    margin,
    receipt,
    rolled,
    short,
)
from tests.chain.receipts.furnished import (
    BANK,
    BANK_TOO,
    COURT,
    INSPECTOR,
    TONNE,
    TRADER,
    VERIFIER,
    Furniture,
    keeper,
    some,
)

QUORUM = {"places": (0, 1)}
"""Inspector and verifier."""


def test_more_than_was_ordered_is_the_lots_shortage_and_not_this_receipts(make: Furniture) -> None:
    order = make.order(WHOLE, 4)
    weighed = lot_of(make, WHOLE).weighed
    assert executed(make, order, 4 * TONNE, picker=some("another")) == "PledgesAnotherPicker"
    assert executed(make, order, 5 * TONNE) == "LotsQuorum"
    assert executed(make, order, 5 * TONNE, INSPECTOR, VERIFIER, **QUORUM) == ""
    assert (receipt(make, WHOLE).quantity, receipt(make, WHOLE).charge.pledged) == (6 * TONNE, 6 * TONNE)
    assert lot_of(make, WHOLE).weighed == weighed - 5 * TONNE
    assert lot_of(make, WHOLE).short
    assert executed(make, order, TONNE, tag="again") == "PledgesOrderNotOpen"


def test_keeper_and_verifier_do_not_write_a_receipt_down_by_an_order_for_a_part(make: Furniture) -> None:
    order = make.order(WHOLE, 1)
    assert executed(make, order, TONNE + 1) == "LotsQuorum"
    assert executed(make, order, 10 * TONNE, INSPECTOR, VERIFIER, **QUORUM) == ""
    charge = receipt(make, WHOLE).charge
    assert (receipt(make, WHOLE).state, receipt(make, WHOLE).quantity) == (State.ISSUED, 9 * TONNE)
    assert (charge.stage, charge.pledged) == (Encumbrance.REGISTERED, 9 * TONNE)
    assert lot_of(make, WHOLE).short


def test_all_that_was_ordered_ends_the_pledge(make: Furniture) -> None:
    order = make.order(WHOLE, 10)
    assert executed(make, order, 11 * TONNE, INSPECTOR, VERIFIER, **QUORUM) == ""
    assert (receipt(make, WHOLE).state, receipt(make, WHOLE).charge.stage) == (State.DELIVERED, Encumbrance.FREE)


def test_what_left_in_time_is_told_of_within_a_week(make: Furniture) -> None:
    first, second = make.order(WHOLE, 4), make.order(WHOLE, 4)
    make.world.wait(7 * DAY)
    assert executed(make, first, 4 * TONNE) == ""
    make.world.wait(2 * DAY)
    assert executed(make, second, 4 * TONNE, tag="late") == "PledgesOrderTooLate"


def test_what_stands_since_the_goods_left_takes_the_quorum_without_the_keeper(make: Furniture) -> None:
    order = make.order(WHOLE, 4)
    left_at = make.world.time
    make.world.wait(600)
    lot = receipt(make, WHOLE).lot
    assert make.attested(lot, 96 * TONNE, short=True) == ""
    assert held(make, WHOLE, HoldKind.COURT, COURT) == ""
    keeps = keeper("a")
    assert executed(make, order, 4 * TONNE) == "ReceiptsHeld"
    assert executed(make, order, 4 * TONNE, leftAt=left_at) == "LotsQuorum"
    assert executed(make, order, 4 * TONNE, INSPECTOR, keeps, leftAt=left_at, places=(0, 2)) == "LotsKeepersPlace"
    assert executed(make, order, 4 * TONNE, VERIFIER, INSPECTOR, leftAt=left_at, **QUORUM) == "SignedByNobodyInRole"
    assert executed(make, order, 4 * TONNE, INSPECTOR, VERIFIER, leftAt=left_at, **QUORUM) == ""
    # The stocktake was without these goods already, so they are not taken off a second time.
    assert make.world.book.lots[lot].estimate == 96 * TONNE
    assert receipt(make, WHOLE).quantity == 6 * TONNE


def test_a_shortage_that_began_later_takes_the_quorum_too(make: Furniture) -> None:
    order = make.order(WHOLE, 4)
    left_at = make.world.time
    make.world.wait(600)
    short(make)
    assert executed(make, order, 4 * TONNE, leftAt=left_at) == "LotsQuorum"
    assert executed(make, order, 4 * TONNE, INSPECTOR, VERIFIER, leftAt=left_at, **QUORUM) == ""


def test_where_nothing_began_later_no_witnesses_are_named(make: Furniture) -> None:
    order = make.order(WHOLE, 4)
    assert executed(make, order, 4 * TONNE, INSPECTOR, VERIFIER, **QUORUM) == "LotsQuorum"
    assert executed(make, order, 4 * TONNE) == ""


def test_a_floor_lets_nothing_out_that_left_before_it_was_set(make: Furniture) -> None:
    before = make.world.time
    make.world.wait(600)
    assert floored(make, WHOLE, 2) == ""
    assert rolled(make, WHOLE, TONNE, leftAt=before) == "PledgesNoFloor"
    assert rolled(make, WHOLE, TONNE, INSPECTOR, VERIFIER, leftAt=before, **QUORUM) == "PledgesNoFloor"
    assert rolled(make, WHOLE, TONNE) == ""
    assert receipt(make, WHOLE).charge.pledged == 9 * TONNE


def test_what_left_above_a_floor_is_told_of_within_a_week_or_not_at_all(make: Furniture) -> None:
    assert floored(make, WHOLE, 2) == ""
    left_at = make.world.time
    make.world.wait(600)
    assert held(make, WHOLE, HoldKind.COURT, COURT) == ""
    assert rolled(make, WHOLE, TONNE) == "ReceiptsHeld"
    make.world.wait(8 * DAY)
    assert rolled(make, WHOLE, TONNE, INSPECTOR, VERIFIER, leftAt=left_at, **QUORUM) == "PledgesOrderTooLate"


def test_a_margin_call_stops_a_floor_and_the_quorum_tells_what_left_before(make: Furniture) -> None:
    assert floored(make, WHOLE, 2, days=30) == ""
    make.world.wait(600)
    left_at = make.world.time
    make.world.wait(600)
    assert margin(make, make.world.time + DAY) == ""
    assert rolled(make, WHOLE, TONNE) == "PledgesNoFloor"
    assert rolled(make, WHOLE, TONNE, leftAt=left_at) == "LotsQuorum"
    assert rolled(make, WHOLE, TONNE, INSPECTOR, VERIFIER, leftAt=left_at, **QUORUM) == ""
    make.world.wait(600)
    assert make.on("Cure", WHOLE, BANK, computation=some("computation")) == ""
    assert rolled(make, WHOLE, TONNE, tag="after") == "PledgesNoFloor"
    assert floored(make, WHOLE, 2) == ""
    assert rolled(make, WHOLE, TONNE, tag="after") == ""


def test_a_default_stops_a_floor(make: Furniture) -> None:
    assert floored(make, WHOLE, 2, days=400) == ""
    make.world.wait(360 * DAY)
    make.world.wait(6 * DAY)
    assert make.attested(receipt(make, WHOLE).lot, 100 * TONNE) == ""
    assert make.on("DeclareDefault", WHOLE, BANK, reason=some("why")) == ""
    assert rolled(make, WHOLE, TONNE) == "PledgesNoFloor"


def test_the_lender_alone_ends_raises_and_shortens_a_floor(make: Furniture) -> None:
    assert floored(make, WHOLE, 4, BANK, BANK_TOO) == "SignedByTooManyOrFew"
    assert floored(make, WHOLE, 4, days=30) == ""
    make.world.wait(600)
    assert floored(make, WHOLE, 3, BANK, BANK_TOO) == "SignedByTooManyOrFew"
    assert floored(make, WHOLE, 4, BANK, BANK_TOO, days=31) == "SignedByTooManyOrFew"
    assert floored(make, WHOLE, 4, BANK, BANK_TOO, TRADER, days=20) == "SignedByTooManyOrFew"
    assert floored(make, WHOLE, 5, BANK, BANK, days=20) == "SignedTwiceByOne"
    assert floored(make, WHOLE, 5, BANK, BANK_TOO, days=20) == ""
    assert rolled(make, WHOLE, 6 * TONNE) == "PledgesUnderTheFloor"
    assert floored(make, WHOLE, 0, BANK, BANK_TOO, days=5) == ""
    assert rolled(make, WHOLE, TONNE) == "PledgesNoFloor"
    assert floored(make, WHOLE, 9, BANK, BANK_TOO) == "SignedByTooManyOrFew"


def test_the_lender_alone_ends_a_floor_in_a_default_and_nobody_sets_one(make: Furniture) -> None:
    defaulted(make, WHOLE)
    assert floored(make, WHOLE, 2) == "PledgesNotInThatStage"
    assert floored(make, WHOLE, 0, BANK, BANK_TOO) == ""


def test_what_left_before_a_floor_was_raised_is_judged_by_the_one_that_stood(make: Furniture) -> None:
    assert floored(make, WHOLE, 2, days=30) == ""
    left_at = make.world.time
    make.world.wait(600)
    assert floored(make, WHOLE, 9, BANK, BANK_TOO, days=20) == ""
    assert rolled(make, WHOLE, 5 * TONNE) == "PledgesUnderTheFloor"
    assert rolled(make, WHOLE, 5 * TONNE, leftAt=left_at) == "LotsQuorum"
    assert rolled(make, WHOLE, 5 * TONNE, INSPECTOR, VERIFIER, leftAt=left_at, **QUORUM) == ""
    assert receipt(make, WHOLE).charge.pledged == 5 * TONNE


def test_a_free_receipt_has_no_floor(make: Furniture) -> None:
    assert rolled(make, FREE, TONNE) == "PledgesNotInThatStage"
