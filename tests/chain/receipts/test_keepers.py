"""A keeper that is gone, and who keeps its lots then: no party of the lot, by judgment of a court that is none."""

from __future__ import annotations

import pytest

from tally_chain.receipts.ids import lot_id
from tally_chain.registry.roles import KeyRole as R
from tests.chain.receipts.deeds import FREE, OFFERED, PLEDGED, SERIALISED, WHOLE, lot_of, receipt
from tests.chain.receipts.furnished import (
    BANK,
    COURT,
    INSPECTOR,
    TONNE,
    TRADER,
    VERIFIER,
    Furniture,
    keeper,
    some,
)
from tests.chain.receipts.world import Who

HERE = tuple(sorted((PLEDGED, WHOLE, FREE, OFFERED)))
"""The receipts of the first lot."""
NEW = keeper("b")


def succeeded(make: Furniture, *by: Who, **given: object) -> str:
    lot, one = receipt(make, FREE).lot, (by or (COURT, NEW))[-1]
    return given_to(make, lot, *(by or (COURT, NEW)), keeper=one[0], **({"receipts": HERE} | given))


def given_to(make: Furniture, lot: bytes, *by: Who, **given: object) -> str:
    said = {
        "lot": lot, "head": make.world.book.lots[lot].head, "keeperSince": make.world.block - 1,
        "witnesses": (INSPECTOR[0], VERIFIER[0]), "roles": (int(R.INSPECTOR), int(R.VERIFIER)), "quorum": 2,
        "judgment": some("judgment"),
    }  # fmt: skip
    return make.did("SucceedKeeper", *by, **(said | given))


def test_the_lot_and_its_slot_go_to_another_keeper_without_the_owner_of_the_site(make: Furniture) -> None:
    assert succeeded(make) == ""
    lot = lot_of(make, FREE)
    assert lot.keeper.organisation == NEW[0]
    slot = make.world.book.slots[lot.slot]
    assert (slot.keeper and slot.keeper.organisation) == NEW[0]
    assert make.attested(receipt(make, FREE).lot, 100 * TONNE) == ""


def test_a_slot_that_another_keeps_by_now_stays(make: Furniture) -> None:
    first = receipt(make, SERIALISED).lot
    slot = lot_of(make, SERIALISED).slot
    head = make.world.book.slots[slot].head
    make.did(
        "OpenLot", NEW, slot=slot, head=head, goods=some("goods"), serialised=True, allowancePpm=0, maxAgeSeconds=60,
        witnesses=(INSPECTOR[0], VERIFIER[0]), quorum=2, roles=(int(R.INSPECTOR), int(R.VERIFIER)),
    )  # fmt: skip
    other, third = keeper("a"), make.world.bind("trader c", R.KEEPER)
    assert given_to(make, first, COURT, other, keeper=other[0], receipts=(SERIALISED,)) == ""
    assert given_to(make, lot_id(slot, head), COURT, third, keeper=third[0], receipts=()) == ""
    found = make.world.book.slots[slot].keeper
    assert (found and found.organisation) == other[0]


def test_all_live_receipts_are_named(make: Furniture) -> None:
    assert succeeded(make, receipts=HERE[1:]) == "LotsNotAllReceipts"
    assert succeeded(make, receipts=HERE[::-1]) == "LotsNotAscending"
    assert succeeded(make, receipts=(*HERE[:-1], some("receipt 4"))) == "LotsNotItsReceipt"
    assert succeeded(make, judgment=bytes(32)) == "LotsZeroId"


@pytest.mark.parametrize("party", [BANK, TRADER], ids=["lender", "holder"])
def test_no_party_of_the_lot_keeps_it_or_judges_of_it(make: Furniture, party: Who) -> None:
    assert succeeded(make, COURT, make.world.bind(party[0], R.KEEPER)) == "LotsKeeperIsAParty"
    assert succeeded(make, (party[0], R.COURT_LIAISON, 0), NEW) == "SignedByAParty"


def test_a_court_that_came_later_takes_no_lot_from_its_keeper(make: Furniture) -> None:
    assert succeeded(make, make.world.bind(COURT[0], R.COURT_LIAISON), NEW) == "SignedByALaterKey"
