"""A lender that was paid and says nothing, courts that are parties, and who finances whose trade."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tally_chain.receipts.kinds.kind import HoldKind
from tally_chain.receipts.rules.acts import Act, Refused
from tally_chain.receipts.rules.book import Draft
from tally_chain.receipts.rules.enforcement import declare_default, take_over
from tally_chain.receipts.rules.records import NONE, Encumbrance, LeafCharge, LeafState
from tally_chain.registry.roles import KeyRole as R
from tests.chain.receipts.deeds import (
    DAY,
    FREE,
    OFFERED,
    WHOLE,
    defaulted,
    disputed,
    endorsed,
    enforcing,
    held,
    receipt,
    sold,
)
from tests.chain.receipts.furnished import (
    BANK,
    BANK_TOO,
    COURT,
    REGISTRAR,
    TAKER,
    TONNE,
    TRADE,
    TRADER,
    VOUCHER,
    Furniture,
    some,
)
from tests.chain.receipts.world import Who, organisation

STRANGER = (organisation("trader c"), R.HOLDER, 0)
JUDGED = {"judgment": some("judgment")}
PAID = {"discharge": some("paid")}


def on_trade(make: Furniture, kind: str, *by: Who, **values: object) -> str:
    return make.did(kind, *by, trade=TRADE, head=make.world.book.trades[TRADE].head, **values)


def on_voucher(make: Furniture, kind: str, *by: Who, **values: object) -> str:
    return make.did(kind, *by, number=VOUCHER, head=make.world.book.vouchers[VOUCHER].head, **values)


def order_financed(make: Furniture) -> None:
    lent = {"lender": BANK[0], "lenderSince": make.world.known, "terms": some("loan")}
    assert on_trade(make, "FinanceOrder", TRADER, BANK, borrower=TRADER[0], **lent) == ""


def voucher_pledged(make: Furniture) -> None:
    offer = {"lender": BANK[0], "lenderSince": make.world.known, "terms": some("loan"), "until": make.world.time + DAY}
    assert on_voucher(make, "OfferVoucher", TRADER, **offer) == ""
    assert on_voucher(make, "AcceptVoucher", BANK, filing=some("filing"), search=some("search")) == ""


def test_a_silent_lender_of_a_receipt_is_replaced_by_a_judgment(make: Furniture) -> None:
    keeps, late = make.keeper_of(WHOLE), make.world.bind("court", R.COURT_LIAISON)
    assert make.on("Discharge", WHOLE, late, keeps, **JUDGED) == "SignedByALaterKey"
    assert make.on("Discharge", WHOLE, COURT, keeps, **JUDGED) == ""
    assert receipt(make, WHOLE).charge.stage is Encumbrance.FREE


def test_a_silent_lender_of_an_order_is_replaced_by_a_judgment(make: Furniture) -> None:
    assert on_trade(make, "DischargeOrder", COURT, TRADER, **JUDGED) == "TradesOrderNotFinanced"
    order_financed(make)
    late = make.world.bind("court", R.COURT_LIAISON)
    assert on_trade(make, "DischargeOrder", late, TRADER, **JUDGED) == "SignedByALaterKey"
    assert on_trade(make, "DischargeOrder", COURT, TAKER, **JUDGED) == "SignedByAnother"
    assert on_trade(make, "DischargeOrder", COURT, TRADER, judgment=NONE) == "TradesZeroId"
    assert on_trade(make, "DischargeOrder", COURT, TRADER, **JUDGED) == ""
    assert (make.world.book.trades[TRADE].loan, make.world.book.trades[TRADE].lender) == (None, NONE)


def test_a_silent_lender_of_a_voucher_is_replaced_by_a_judgment(make: Furniture) -> None:
    assert on_voucher(make, "DischargeVoucher", COURT, TRADER, **JUDGED) == "VouchersNotPledged"
    voucher_pledged(make)
    late = make.world.bind("court", R.COURT_LIAISON)
    assert on_voucher(make, "DischargeVoucher", late, TRADER, **JUDGED) == "SignedByALaterKey"
    assert on_voucher(make, "DischargeVoucher", COURT, TAKER, **JUDGED) == "SignedByAnother"
    assert on_voucher(make, "DischargeVoucher", COURT, TRADER, judgment=NONE) == "VouchersZeroId"
    assert on_voucher(make, "DischargeVoucher", COURT, TRADER, **JUDGED) == ""
    leaf = make.world.book.vouchers[VOUCHER]
    assert (leaf.charge, leaf.pledged_block, make.world.book.trades[TRADE].lender) == (LeafCharge.FREE, 0, NONE)


@pytest.mark.parametrize("party", [BANK, TRADER, TAKER], ids=["lender", "holder", "obligor"])
def test_no_party_is_the_court_of_its_own_voucher(make: Furniture, party: Who) -> None:
    voucher_pledged(make)
    court = (party[0], R.COURT_LIAISON, 0)
    assert on_voucher(make, "DischargeVoucher", court, TRADER, **JUDGED) == "SignedByAParty"


@pytest.mark.parametrize("party", [BANK, TRADER, TAKER], ids=["lender", "seller", "buyer"])
def test_no_party_is_the_court_of_its_own_order(make: Furniture, party: Who) -> None:
    order_financed(make)
    court = (party[0], R.COURT_LIAISON, 0)
    assert on_trade(make, "DischargeOrder", court, TRADER, **JUDGED) == "SignedByAParty"


@pytest.mark.parametrize("party", [TRADER, TAKER], ids=["holder", "obligor who disputed"])
def test_no_party_settles_a_dispute_as_a_court(make: Furniture, party: Who) -> None:
    assert disputed(make, R.HOLDER) == ""
    assert settled(make, (party[0], R.COURT_LIAISON, 0)) == "SignedByAParty"


def settled(make: Furniture, by: Who) -> str:
    values = {"dispute": next(iter(make.world.book.roots[VOUCHER].disputes)), "role": int(by[1]), "reason": some("why")}
    return make.did("SettleDispute", by, root=VOUCHER, head=make.world.book.vouchers[VOUCHER].head, **values)


def test_after_a_courts_word_the_same_party_disputes_no_more(make: Furniture) -> None:
    assert disputed(make, R.HOLDER) == ""
    assert settled(make, COURT) == ""
    assert disputed(make, R.HOLDER, some("something else")) == "VouchersDisputedAlready"


def test_what_was_settled_is_not_disputed_again_for_the_same_reason(make: Furniture) -> None:
    assert disputed(make, R.HOLDER) == ""
    assert settled(make, TAKER) == ""
    assert disputed(make, R.HOLDER) == "VouchersDisputedAlready"
    assert disputed(make, R.HOLDER, some("something else")) == ""


def test_two_keys_of_the_lender_end_what_a_voucher_or_an_order_is_pledged_for(make: Furniture) -> None:
    voucher_pledged(make)
    assert on_voucher(make, "ReleaseVoucher", BANK, **PAID) == "SignedByTooManyOrFew"
    assert on_voucher(make, "ReleaseVoucher", BANK, BANK, **PAID) == "SignedTwiceByOne"
    assert on_voucher(make, "ReleaseVoucher", BANK, BANK_TOO, **PAID) == ""
    order_financed(make)
    assert on_trade(make, "RepayOrder", BANK, **PAID) == "SignedByTooManyOrFew"
    assert on_trade(make, "RepayOrder", BANK, BANK, **PAID) == "SignedTwiceByOne"
    assert on_trade(make, "RepayOrder", BANK, BANK_TOO, **PAID) == ""


def test_two_keys_of_the_lender_say_that_a_pledged_voucher_was_paid(make: Furniture) -> None:
    voucher_pledged(make)
    whole = {"amount": 10_000_000, "payment": some("payment")}
    holder, lender = {**whole, "role": int(R.HOLDER)}, {**whole, "role": int(R.LENDER)}
    assert on_voucher(make, "RedeemVoucher", TRADER, TAKER, BANK, **holder) == "SignedByTooManyOrFew"
    assert on_voucher(make, "RedeemVoucher", TRADER, TAKER, BANK, BANK, **holder) == "SignedTwiceByOne"
    assert on_voucher(make, "RedeemVoucher", BANK, TAKER, BANK_TOO, **lender) == "VouchersNotDue"
    make.world.wait(101 * DAY)
    assert on_voucher(make, "RedeemVoucher", BANK, TAKER, **lender) == "SignedByTooManyOrFew"
    assert on_voucher(make, "RedeemVoucher", BANK, TAKER, BANK, **lender) == "SignedTwiceByOne"
    assert on_voucher(make, "RedeemVoucher", BANK, TAKER, BANK_TOO, **lender) == ""
    assert make.world.book.vouchers[VOUCHER].state is LeafState.REDEEMED


def test_a_receipt_is_of_a_trade_that_is_open_and_its_holders(make: Furniture) -> None:
    lot = receipt(make, FREE).lot
    assert make.issued(lot, some("new"), 5, trade=some("never opened")) == "TradesUnknown"
    assert make.brought_by(STRANGER, lot, 5) == ""
    assert make.attested(lot, 105 * TONNE) == ""
    assert make.issued(lot, some("strange"), 5, trade=TRADE, holder=STRANGER) == "ReceiptsNoPartyOfTheTrade"
    assert make.issued(lot, some("strange"), 5, holder=STRANGER) == ""


def test_goods_leave_a_trade_that_nobody_finances_with_who_is_no_party_of_it(make: Furniture) -> None:
    assert make.on("Withdraw", OFFERED, TRADER, role=int(R.HOLDER)) == ""
    to = {"to": STRANGER[0], "toSince": make.world.known}
    order_financed(make)
    by = (TRADER, make.keeper_of(OFFERED), STRANGER)
    assert make.on("Endorse", OFFERED, *by, **to) == "ReceiptsTradeFinanced"
    assert endorsed(make, OFFERED) == ""
    assert receipt(make, OFFERED).trade == TRADE
    assert on_trade(make, "RepayOrder", BANK, BANK_TOO, **PAID) == ""
    assert make.on("Endorse", OFFERED, TAKER, *by[1:], **to) == ""
    assert receipt(make, OFFERED).trade == NONE


def test_nobody_finances_a_trade_that_is_not_theirs(make: Furniture) -> None:
    """Who gets a lost receipt by judgment may be no party of its trade, which stays as it was."""
    assert make.on("Withdraw", OFFERED, TRADER, role=int(R.HOLDER)) == ""
    assert held(make, OFFERED, HoldKind.LOST, TRADER) == ""
    make.world.wait(61 * DAY)
    values = {"number": some("new"), "document": some("new"), "holder": STRANGER[0], "holderSince": make.world.known}
    assert make.on("ReplaceLost", OFFERED, make.keeper_of(OFFERED), COURT, STRANGER, **values) == ""
    assert make.attested(receipt(make, OFFERED).lot, 100 * TONNE) == ""
    assert make.offered(some("new"), 5, holder=STRANGER) == ""
    assert make.accepted(some("new")) == "PledgesNoPartyOfTheTrade"


def test_a_registrar_is_as_old_as_the_keys_of_the_parties(make: Furniture) -> None:
    parties = {"seller": TRADER[0], "buyer": TAKER[0], "terms": some("order")}
    since = {"sellerSince": make.world.known, "buyerSince": make.world.known}
    late = (REGISTRAR[0], R.REGISTRY_ADMIN, 2)
    opened = {"trade": some("another"), **parties}
    assert make.did("OpenTrade", TRADER, TAKER, late, **opened, **since) == "SignedByALaterKey"
    assert make.did("OpenTrade", TRADER, TAKER, REGISTRAR, **opened, **since) == ""


def test_an_auctioneer_is_older_than_the_pledge(make: Furniture) -> None:
    enforcing(make, WHOLE)
    make.world.wait(6 * DAY)
    late = make.world.bind("auctioneer", R.AUCTIONEER)
    assert sold(make, WHOLE, auctioneer=late) == "SignedByALaterKey"
    assert sold(make, WHOLE) == ""


@pytest.mark.parametrize(("kind", "rule"), [("DeclareDefault", declare_default), ("TakeOver", take_over)])
def test_a_block_lies_between_a_stage_and_the_next(
    make: Furniture, kind: str, rule: Callable[[Draft, Act], None]
) -> None:
    """Nobody gives a signature together with the loan over a head that is only to come."""
    make.pledged(FREE, 10)
    if kind == "TakeOver":
        defaulted(make, FREE)
    staged = make.world.book.pledges[receipt(make, FREE).charge.pledge].staged_block
    assert staged == make.world.block - 1
    values = {"receipt": FREE, "head": receipt(make, FREE).head, "reason": some("why"), "buyer": BANK[0]}
    act = Act(kind, values, bytes(32), (), staged, make.world.time + 400 * DAY, make.world.parent_hash)
    with pytest.raises(Refused, match="PledgesSameBlock"):
        rule(Draft(make.world.book), act)
