"""Holds: what ends them, for good, and which court may."""

from __future__ import annotations

from tally_chain.receipts.kinds.kind import HoldKind
from tally_chain.registry.roles import KeyRole as R
from tests.chain.receipts.deeds import DAY, FREE, WHOLE, endorsed, held, receipt
from tests.chain.receipts.furnished import COURT, INSPECTOR, TAKER, TRADER, VERIFIER, Furniture, some
from tests.chain.receipts.world import Who


def lifted(make: Furniture, number: bytes, by: Who) -> str:
    hold = receipt(make, number).holds[0].hold
    return make.on("Lift", number, by, hold=hold, reason=some("why"), role=int(by[1]))


def test_what_a_court_lifted_is_not_set_again_for_the_same_reason(make: Furniture) -> None:
    assert held(make, FREE, HoldKind.SEAL, INSPECTOR) == ""
    assert lifted(make, FREE, COURT) == ""
    assert held(make, FREE, HoldKind.SEAL, INSPECTOR) == "ReceiptsEndedByCourt"
    assert make.on("Hold", FREE, INSPECTOR, kind=3, role=int(R.INSPECTOR), quantity=0, reason=some("other")) == ""
    assert held(make, FREE, HoldKind.SEAL, VERIFIER) == ""
    assert held(make, WHOLE, HoldKind.SEAL, INSPECTOR) == ""


def test_a_dispute_that_a_court_ended_stays_ended_and_one_that_its_own_party_ended_does_not(make: Furniture) -> None:
    assert held(make, FREE, HoldKind.DISPUTE, TRADER) == ""
    assert lifted(make, FREE, TRADER) == ""
    assert held(make, FREE, HoldKind.DISPUTE, TRADER) == ""
    assert lifted(make, FREE, COURT) == ""
    assert held(make, FREE, HoldKind.DISPUTE, TRADER) == "ReceiptsEndedByCourt"


def test_a_courts_own_word_may_come_again(make: Furniture) -> None:
    assert held(make, FREE, HoldKind.COURT, COURT) == ""
    assert lifted(make, FREE, COURT) == ""
    assert held(make, FREE, HoldKind.COURT, COURT) == ""


def test_a_court_that_is_a_party_lifts_nothing(make: Furniture) -> None:
    assert held(make, WHOLE, HoldKind.SEAL, INSPECTOR) == ""
    for party in (receipt(make, WHOLE).holder, receipt(make, WHOLE).charge.lender):
        assert party is not None
        assert lifted(make, WHOLE, (party.organisation, R.COURT_LIAISON, 0)) == "SignedByAParty"
    assert lifted(make, WHOLE, (TAKER[0], R.COURT_LIAISON, 0)) == ""


def test_another_court_from_before_the_hold_ends_the_word_of_one_whose_keys_are_gone(make: Furniture) -> None:
    assert held(make, FREE, HoldKind.COURT, COURT) == ""
    new = make.world.bind("trader b", R.COURT_LIAISON)
    assert lifted(make, FREE, new) == "SignedByALaterKey"
    assert lifted(make, FREE, (TAKER[0], R.COURT_LIAISON, 0)) == ""


def test_a_court_that_came_after_the_holders_key_judges_what_the_holder_got_later(make: Furniture) -> None:
    new = make.world.bind("court", R.COURT_LIAISON)
    assert held(make, FREE, HoldKind.LOST, new) == "SignedByALaterKey"
    assert endorsed(make, FREE) == ""
    assert receipt(make, FREE).holder.since < new_block(make, new)
    assert held(make, FREE, HoldKind.LOST, new) == ""
    make.world.wait(61 * DAY)
    values = {"number": some("new"), "document": some("new"), "holder": TRADER[0], "holderSince": make.world.known}
    assert make.on("ReplaceLost", FREE, make.keeper_of(FREE), new, TRADER, **values) == ""
    successor = receipt(make, some("new"))
    assert (successor.holder.organisation, successor.held_block) == (TRADER[0], make.world.block - 1)


def new_block(make: Furniture, key: Who) -> int:
    return make.world.signer(make.world.key(key)).acts_since
