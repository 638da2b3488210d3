"""A shortage: how it is noticed and shared, with whom, and what ends a lot in which goods are left."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tally_chain.receipts.ids import lot_id, slot_id
from tally_chain.receipts.kinds.kind import HoldKind
from tally_chain.receipts.rules.acts import Act, Refused
from tally_chain.receipts.rules.records import NONE, Deposit, Use
from tally_chain.receipts.rules.stock import MOST_DEPOSITORS, MOST_DEPOSITORS_BY_INBOUND, deposited
from tally_chain.registry.roles import KeyRole as R
from tests.chain.receipts.deeds import (
    DAY,
    FREE,
    OFFERED,
    PLEDGED,
    SERIALISED,
    WHOLE,
    delivered,
    executed,
    held,
    lot_of,
    receipt,
)
from tests.chain.receipts.furnished import (
    BANK,
    COURT,
    INSPECTOR,
    OWNER,
    TAKER,
    TONNE,
    TRADER,
    VERIFIER,
    Furniture,
    keeper,
    some,
)
from tests.chain.receipts.world import SITE, Who

RECEIPTS = tuple(sorted((PLEDGED, WHOLE, FREE, OFFERED)))


def shared(
    make: Furniture, lender: Who = BANK, *, depositors: tuple[bytes, ...] = (TRADER[0],), **given: object
) -> str:
    lot = receipt(make, FREE).lot
    values = {"receipts": RECEIPTS, "depositors": depositors, "reason": some("why"), "places": (0, 1)}
    head = make.world.book.lots[lot].head
    return make.did("Apportion", keeper("a"), INSPECTOR, VERIFIER, lender, lot=lot, head=head, **(values | given))


def closed(make: Furniture, lot: bytes, *by: Who, depositors: tuple[bytes, ...] = (), apart: bool = True) -> str:
    head = make.world.book.lots[lot].head
    places = (0, 1) if apart else ()
    witnesses = (INSPECTOR, VERIFIER) if apart else ()
    values = {"lot": lot, "head": head, "depositors": depositors, "places": places}
    return make.did("CloseLot", keeper("a"), *witnesses, *by, **values)


def opened(make: Furniture, witnesses: tuple[Who, ...]) -> str:
    """A lot with these witnesses, in a slot of its own; what it was refused by."""
    outline, by = ((0, 400), (200, 400), (200, 600), (0, 600)), keeper("a")
    head = make.world.book.sites[SITE].head
    make.did("AddSlot", OWNER, site=SITE, head=head, outline=outline, bottom=0, top=5_000, plan=some("plan"))
    slot = slot_id(SITE, outline, 0, 5_000)
    given = {"keeper": by[0], "keeperSince": make.world.known}
    make.did("AssignKeeper", OWNER, by, slot=slot, head=make.world.book.slots[slot].head, **given)
    head = make.world.book.slots[slot].head
    refused = make.did(
        "OpenLot", by, slot=slot, head=head, goods=some("goods"), serialised=False, allowancePpm=0,
        maxAgeSeconds=30 * DAY, witnesses=tuple(one[0] for one in witnesses), quorum=2,
        roles=tuple(int(one[1]) for one in witnesses),
    )  # fmt: skip
    assert (lot_id(slot, head) in make.world.book.lots) is not refused
    return refused


def test_notice_begins_anew_where_much_more_is_missing(make: Furniture) -> None:
    lot = receipt(make, FREE).lot
    assert make.attested(lot, 98 * TONNE) == ""
    make.world.wait(7 * DAY)
    assert make.attested(lot, 0) == ""
    assert shared(make) == "LotsTooEarly"
    make.world.wait(7 * DAY)
    assert shared(make) == ""
    assert make.world.book.lots[lot].weighed == 0


def test_what_the_witnesses_find_is_not_written_off_whatever_is_said_to_have_left(make: Furniture) -> None:
    lot, order = receipt(make, FREE).lot, make.order(WHOLE, 1)
    before, claims = lot_of(make, WHOLE), lot_of(make, WHOLE).face + lot_of(make, WHOLE).deposited
    assert executed(make, order, 100 * TONNE, INSPECTOR, VERIFIER, places=(0, 1)) == ""
    assert (lot_of(make, WHOLE).weighed, lot_of(make, WHOLE).short) == (0, True)
    make.world.wait(7 * DAY)
    assert make.attested(lot, 99 * TONNE) == ""
    assert lot_of(make, WHOLE).short
    assert shared(make) == "LotsNotAllReceipts"
    assert shared(make, receipts=()) == "LotsNotAllDepositors"
    assert shared(make, receipts=(), depositors=()) == ""
    after = lot_of(make, WHOLE)
    assert not after.short
    assert after.weighed == after.weighed_ever == after.face + after.deposited == claims - TONNE
    assert after.face == before.face - TONNE


def test_a_gram_less_than_all_claims_is_shared_by_what_the_witnesses_find(make: Furniture) -> None:
    lot, order = receipt(make, FREE).lot, make.order(WHOLE, 1)
    assert executed(make, order, 100 * TONNE, INSPECTOR, VERIFIER, places=(0, 1)) == ""
    make.world.wait(7 * DAY)
    assert make.attested(lot, 99 * TONNE - 1) == ""
    assert shared(make, receipts=(), depositors=()) == "LotsNotAllReceipts"
    assert shared(make) == ""
    after = lot_of(make, WHOLE)
    assert 0 < 99 * TONNE - after.weighed < 1 + len(RECEIPTS) + 1
    assert not after.short


def test_the_noise_of_an_honest_gauge_does_not_begin_notice_anew(make: Furniture) -> None:
    lot = receipt(make, FREE).lot
    assert make.attested(lot, 90 * TONNE) == ""
    noticed_at = make.world.book.lots[lot].noticed_at
    make.world.wait(6 * DAY)
    assert make.attested(lot, 90 * TONNE - 90 * TONNE // 64) == ""
    assert make.world.book.lots[lot].noticed_at == noticed_at
    assert make.attested(lot, 90 * TONNE - 90 * TONNE // 64 - 1) == ""
    assert make.world.book.lots[lot].noticed_at > noticed_at


def test_small_falls_add_up_and_what_came_in_hides_none(make: Furniture) -> None:
    lot = receipt(make, FREE).lot
    assert make.attested(lot, 90 * TONNE) == ""
    noticed_at = make.world.book.lots[lot].noticed_at
    assert make.brought(lot, 50) == ""
    assert make.world.book.lots[lot].noticed == 140 * TONNE
    make.world.wait(6 * DAY)
    assert make.attested(lot, 139 * TONNE) == ""
    assert make.world.book.lots[lot].noticed_at == noticed_at
    assert make.attested(lot, 91 * TONNE) == ""
    assert make.world.book.lots[lot].noticed_at > noticed_at


def test_the_keeper_shares_nothing_with_one_friend(make: Furniture) -> None:
    lot = receipt(make, FREE).lot
    assert make.attested(lot, 50 * TONNE) == ""
    make.world.wait(7 * DAY)
    head = make.world.book.lots[lot].head
    values = {"receipts": RECEIPTS, "depositors": (TRADER[0],), "reason": some("why"), "places": (1, 2)}
    by = (keeper("a"), VERIFIER, keeper("a"), BANK)
    assert make.did("Apportion", *by, lot=lot, head=head, **values) == "LotsKeepersPlace"


def test_what_is_in_no_receipt_shares_alike(make: Furniture) -> None:
    lot = receipt(make, FREE).lot
    assert make.brought_by(TAKER, lot, 20) == ""
    assert make.attested(lot, 60 * TONNE) == ""
    make.world.wait(7 * DAY)
    both = tuple(sorted((TRADER[0], TAKER[0])))
    assert shared(make, depositors=(TRADER[0],)) == "LotsNotAllDepositors"
    assert shared(make, depositors=both[::-1]) == "LotsNotAscending"
    assert shared(make, depositors=tuple(sorted((TRADER[0], BANK[0])))) == "LotsNotDeposited"
    assert shared(make, depositors=both) == ""
    after = make.world.book.lots[lot]
    assert receipt(make, FREE).quantity == 5 * TONNE
    assert {one: has.quantity for one, has in after.deposits.items()} == {TRADER[0]: 30 * TONNE, TAKER[0]: 10 * TONNE}
    assert after.weighed == after.weighed_ever == after.face + after.deposited == 60 * TONNE
    # The loss allowance counts on what was left: an honest gauge is not short of its own noise.
    assert make.attested(lot, 60 * TONNE - 50_000) == ""
    assert not make.world.book.lots[lot].short


def test_a_contested_gram_does_not_keep_a_shortage_from_being_shared_for_ever(make: Furniture) -> None:
    lot = receipt(make, FREE).lot
    assert held(make, FREE, HoldKind.COURT, COURT, quantity=1) == ""
    assert make.attested(lot, 50 * TONNE) == ""
    make.world.wait(8 * DAY)
    assert shared(make) == "ReceiptsHeld"
    make.world.wait(22 * DAY)
    assert make.attested(lot, 50 * TONNE) == ""
    assert shared(make) == ""
    assert (receipt(make, FREE).quantity, len(receipt(make, FREE).holds)) == (5 * TONNE, 1)


def test_a_court_that_is_a_party_shares_nothing(make: Furniture) -> None:
    lot = receipt(make, FREE).lot
    assert make.attested(lot, 50 * TONNE) == ""
    make.world.wait(7 * DAY)
    assert shared(make, (BANK[0], R.COURT_LIAISON, 0)) == "SignedByAParty"
    assert shared(make, (TRADER[0], R.COURT_LIAISON, 0)) == "SignedByAParty"
    assert shared(make, COURT) == ""


def test_a_court_that_only_deposited_is_a_party_too(make: Furniture) -> None:
    lot = receipt(make, FREE).lot
    assert make.brought_by(TAKER, lot, 20) == ""
    assert make.attested(lot, 50 * TONNE) == ""
    make.world.wait(7 * DAY)
    both = tuple(sorted((TRADER[0], TAKER[0])))
    assert shared(make, (TAKER[0], R.COURT_LIAISON, 0), depositors=both) == "SignedByAParty"


def test_goods_in_no_receipt_do_not_end_with_their_lot_without_who_brought_them(make: Furniture) -> None:
    lot = make.lot("a", 10)
    assert make.brought_by(TAKER, lot, 5) == ""
    both = tuple(sorted((TRADER, TAKER)))
    names = tuple(one[0] for one in both)
    assert closed(make, lot) == "LotsNotAllDepositors"
    assert closed(make, lot, *both, depositors=names, apart=False) == "LotsQuorum"
    assert closed(make, lot, both[0], depositors=names) == "SignedByTooManyOrFew"
    assert closed(make, lot, both[0], (both[1][0], R.COURT_LIAISON, 0), depositors=names) == "SignedByAParty"
    assert closed(make, lot, both[1], both[0], depositors=names) == "SignedByAnother"
    assert closed(make, lot, both[0], both[0], depositors=(names[0], names[0])) == "LotsNotAscending"
    assert closed(make, lot, COURT, (BANK[0], R.COURT_LIAISON, 0), depositors=names) == "SignedByAnother"
    assert closed(make, lot, both[0], COURT, depositors=names) == ""
    assert not make.world.book.lots[lot].open


def test_the_key_that_ends_a_deposit_is_older_than_it(make: Furniture) -> None:
    lot = make.lot("a", 10)
    make.world.bind("trader a", R.HOLDER)
    new = (TRADER[0], R.HOLDER, 3)
    assert closed(make, lot, new, depositors=(TRADER[0],)) == "SignedByALaterKey"
    assert closed(make, lot, TRADER, depositors=(TRADER[0],)) == ""


def test_a_panel_without_who_verifies_or_who_inspects_is_none(make: Furniture) -> None:
    bank, keeps = BANK, keeper("a")
    assert opened(make, (INSPECTOR, bank)) == "LotsPanel"
    assert opened(make, (VERIFIER, bank)) == "LotsPanel"
    assert opened(make, (INSPECTOR, (keeps[0], R.VERIFIER, 0), bank)) == "LotsPanel"
    assert opened(make, (INSPECTOR, VERIFIER)) == ""


def test_goods_are_told_of_within_a_week_after_they_were_weighed(make: Furniture) -> None:
    lot, now = receipt(make, FREE).lot, make.world.time
    assert brought_at(make, lot, now - 7 * DAY - 1) == "LotsWeighedAt"
    assert brought_at(make, lot, now + 60) == "LotsWeighedAt"
    make.world.wait(DAY)
    assert make.attested(lot, 100 * TONNE, asOf=now + 3_600) == ""
    # Weighed before the figures were taken, told of after: the next figures need be no younger than the scale says.
    assert brought_at(make, lot, now + 7_200) == ""
    assert make.world.book.lots[lot].moved_at == now + 7_200
    assert make.attested(lot, 101 * TONNE, asOf=now + 7_199) == "LotsAttestedAt"
    assert make.attested(lot, 101 * TONNE, asOf=now + 7_200) == ""


def brought_at(make: Furniture, lot: bytes, weighed_at: int) -> str:
    values = {"weighings": ((some("late in"), TONNE),), "serials": (), "weighedAt": weighed_at}
    by = (keeper("a"), VERIFIER, TRADER)
    head = make.world.book.lots[lot].head
    return make.did("RecordInbound", *by, lot=lot, head=head, depositor=TRADER[0], **values)


def test_what_is_said_to_have_left_before_the_figures_leaves_no_more_lendable_than_the_book_has(
    make: Furniture,
) -> None:
    left_at = make.world.time
    make.world.wait(DAY)
    lot = receipt(make, FREE).lot
    assert make.attested(lot, 100 * TONNE) == ""
    assert delivered(make, FREE, 10 * TONNE, leftAt=left_at) == ""
    after = make.world.book.lots[lot]
    assert (after.weighed, after.lower, after.estimate, after.upper) == (90 * TONNE,) * 4


def test_a_delivery_from_before_a_hold_takes_the_quorum_without_the_keeper(make: Furniture) -> None:
    left_at = make.world.time
    make.world.wait(600)
    assert held(make, FREE, HoldKind.SEAL, INSPECTOR) == ""
    assert delivered(make, FREE, TONNE) == "ReceiptsHeld"
    assert delivered(make, FREE, TONNE, leftAt=left_at) == "LotsQuorum"
    keeps = keeper("a")
    assert delivered(make, FREE, TONNE, VERIFIER, keeps, leftAt=left_at, places=(1, 2)) == "LotsKeepersPlace"
    assert delivered(make, FREE, TONNE, INSPECTOR, VERIFIER, leftAt=left_at, places=(0, 1)) == ""


def test_places_are_for_what_is_stepped_over_alone(make: Furniture) -> None:
    assert delivered(make, FREE, TONNE, INSPECTOR, VERIFIER, places=(0, 1)) == "LotsQuorum"


def test_a_piece_leaves_whole_where_less_of_the_face_is_left(make: Furniture) -> None:
    lot = receipt(make, SERIALISED).lot
    serial = next(one for one, evidence in make.world.book.serials.items() if evidence)
    assert make.world.book.weighings[make.world.book.serials[serial]].use is Use.IN
    assert make.attested(lot, 40 * TONNE) == ""
    make.world.wait(7 * DAY)
    values = {"receipts": (SERIALISED,), "depositors": (), "reason": some("why"), "places": (0, 1)}
    by = (keeper("b"), INSPECTOR, VERIFIER)
    assert make.did("Apportion", *by, lot=lot, head=make.world.book.lots[lot].head, **values) == ""
    pieces = {"serials": (serial,)}
    assert delivered(make, SERIALISED, 40 * TONNE, **pieces) == "LotsSerialQuantity"
    seen = (INSPECTOR, VERIFIER)
    assert delivered(make, SERIALISED, 39 * TONNE, *seen, places=(0, 1), **pieces) == "LotsSerialQuantity"
    assert delivered(make, SERIALISED, 40 * TONNE, *seen, places=(0, 1), **pieces) == ""
    assert (lot_of(make, SERIALISED).weighed, lot_of(make, SERIALISED).estimate) == (0, 0)
    assert make.world.book.serials[serial] == NONE


def test_the_list_of_depositors_stays_short_enough_to_be_shared_among(make: Furniture) -> None:
    name = receipt(make, FREE).lot
    many = {some(f"depositor {number}"): Deposit(1, 1) for number in range(MOST_DEPOSITORS_BY_INBOUND)}
    full = replace(make.world.book.lots[name], deposits=many)
    act = Act("RecordInbound", {}, NONE, (), make.world.block, make.world.time, NONE)
    with pytest.raises(Refused, match="LotsTooManyOrFew"):
        deposited(full, act, TAKER[0], 1, MOST_DEPOSITORS_BY_INBOUND)
    assert deposited(full, act, some("depositor 0"), 1, MOST_DEPOSITORS_BY_INBOUND)[some("depositor 0")].quantity == 2
    assert TAKER[0] in deposited(full, act, TAKER[0], 1, MOST_DEPOSITORS)
