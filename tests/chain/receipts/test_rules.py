"""The rules by themselves, and each refusal by its name, said by the contracts as well."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tally_chain import contract_abi
from tally_chain.receipts import rules
from tally_chain.receipts.kinds.kind import HoldKind
from tally_chain.receipts.operations import CONTRACTS, KINDS
from tally_chain.receipts.rules.apply import RULES
from tally_chain.receipts.rules.records import NONE, Encumbrance, State
from tally_chain.registry.roles import KeyRole as R
from tests.chain.receipts.deeds import (
    DAY,
    FREE,
    OFFERED,
    PLEDGED,
    WARRANTED,
    WHOLE,
    delivered,
    disputed,
    endorsed,
    enforcing,
    floored,
    held,
    lot_of,
    margin,
    receipt,
    redeemed,
    released,
    rolled,
    short,
    sold,
)
from tests.chain.receipts.furnished import (
    AUCTIONEER,
    BANK,
    BANK_TOO,
    COURT,
    OTHER_BANK,
    TAKER,
    TONNE,
    TRADE,
    TRADER,
    VERIFIER,
    VOUCHER,
    Furniture,
    keeper,
    some,
)

_CALLERS = tuple(f"Not{one}" for one in ("Lots", "Receipts", "Pledges", "Holds", "Attestations"))
NOT_OF_THE_RULES = {
    # Said to contracts and to who deploys, not to parties.
    "SignedRegistryHasNoCode",
    "AdministeredNoContract",
    # The registry of parties knows this, and it is not in the book.
    "SitesUnknownOrganisation",
}


def test_every_kind_of_operation_has_a_rule() -> None:
    assert set(RULES) == set(KINDS)


def test_the_rules_know_every_refusal_of_the_contracts() -> None:
    said: set[str] = set()
    for file in Path(rules.__file__).parent.glob("*.py"):
        values = [node.value for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Constant)]
        said |= {value for value in values if isinstance(value, str) and value.isalnum()}
    errors = {name for one in CONTRACTS for name, _, _ in contract_abi.load(one).errors.values()}
    ours = {name for name in errors if name.startswith((*CONTRACTS, "Signed"))}
    to_contracts = {name for name in ours if name.endswith(_CALLERS)}
    to_contracts |= {name for name in ours if name.endswith(("NoContract", "HasNoCode", "NotForCaller", "NotThere"))}
    assert ours - to_contracts - NOT_OF_THE_RULES <= said
    assert {name for name in said if name.startswith((*CONTRACTS, "Signed"))} - {*CONTRACTS} <= errors


def test_goods_are_delivered_and_the_receipt_is_over(make: Furniture) -> None:
    assert delivered(make, FREE, 4 * TONNE) == ""
    assert receipt(make, FREE).quantity == 6 * TONNE
    assert delivered(make, FREE, 6 * TONNE, tag="last") == ""
    assert receipt(make, FREE).state is State.DELIVERED
    assert lot_of(make, FREE).weighed == 90 * TONNE
    assert endorsed(make, FREE) == "ReceiptsNotLiving"


def test_a_default_ends_in_a_sale_and_the_rest_is_the_pledgors(make: Furniture) -> None:
    enforcing(make, PLEDGED)
    assert sold(make, PLEDGED, rest=some("rest")) == "PledgesNotYet"
    make.world.wait(6 * DAY)
    assert sold(make, PLEDGED) == "ReceiptsZero"
    assert sold(make, PLEDGED, rest=some("rest")) == ""
    assert receipt(make, PLEDGED).holder.organisation == TAKER[0]
    assert (receipt(make, PLEDGED).quantity, receipt(make, some("rest")).quantity) == (8 * TONNE, 2 * TONNE)
    assert receipt(make, some("rest")).holder.organisation == TRADER[0]


def test_no_lender_comes_into_title_by_the_default_alone(make: Furniture) -> None:
    holder = (BANK[0], R.HOLDER, 0)
    enforcing(make, WHOLE)
    make.world.wait(6 * DAY)
    assert sold(make, WHOLE, holder) == "PledgesNotIndependent"
    values = {"buyer": BANK[0], "buyerSince": make.world.known, "rest": NONE, "restDocument": NONE, **WARRANTED}
    keeps = make.keeper_of(WHOLE)
    assert (
        make.on("TakeOver", WHOLE, BANK, BANK_TOO, BANK, AUCTIONEER, keeps, holder, **values) == "SignedByNobodyInRole"
    )
    assert make.on("TakeOver", WHOLE, BANK, BANK_TOO, TAKER, AUCTIONEER, keeps, holder, **values) == "SignedByAnother"
    assert make.on("TakeOver", WHOLE, BANK, BANK_TOO, TRADER, AUCTIONEER, keeps, holder, **values) == ""
    assert receipt(make, WHOLE).charge.stage is Encumbrance.FREE


def test_a_shortage_is_shared_and_nobody_comes_first(make: Furniture) -> None:
    short(make)
    lot = receipt(make, FREE).lot
    assert delivered(make, FREE, TONNE) == "ReceiptsShort"
    assert endorsed(make, FREE) == "ReceiptsShort"
    receipts = tuple(sorted((PLEDGED, WHOLE, FREE, OFFERED)))
    head = make.world.book.lots[lot].head
    values = {"lot": lot, "head": head, "reason": some("why"), "places": (0, 1), "depositors": (TRADER[0],)}
    witnesses = [(one.organisation, one.role, 0) for one in make.world.book.lots[lot].witnesses[:2]]
    by = (keeper("a"), *witnesses, BANK)
    assert make.did("Apportion", *by, receipts=receipts, **values) == "LotsTooEarly"
    make.world.wait(7 * DAY)
    assert make.did("Apportion", *by[:-1], receipts=receipts, **values) == "SignedByTooManyOrFew"
    assert make.did("Apportion", *by, receipts=receipts[1:], **values) == "LotsNotAllReceipts"
    assert make.did("Apportion", *by, receipts=receipts, **values) == ""
    assert {receipt(make, one).quantity for one in receipts} == {2 * TONNE}
    assert receipt(make, WHOLE).charge.pledged == 2 * TONNE
    assert make.world.book.lots[lot].deposits[TRADER[0]].quantity == 12 * TONNE
    assert make.world.book.lots[lot].weighed == make.world.book.lots[lot].weighed_ever == 20 * TONNE


def test_a_lost_receipt_has_one_successor_after_the_notice(make: Furniture) -> None:
    values = {"number": some("new"), "document": some("new"), "holder": TRADER[0], "holderSince": make.world.known}
    by = (make.keeper_of(FREE), COURT, TRADER)
    assert make.on("ReplaceLost", FREE, *by, **values) == "ReceiptsNotLost"
    assert held(make, FREE, HoldKind.LOST, TRADER) == ""
    assert make.on("ReplaceLost", FREE, *by, **values) == "ReceiptsNotLost"
    make.world.wait(61 * DAY)
    assert make.on("ReplaceLost", FREE, *by, **values) == ""
    assert receipt(make, FREE).state is State.REPLACED
    assert receipt(make, some("new")).holds == ()


def test_part_of_a_receipt_is_held_and_the_rest_leaves(make: Furniture) -> None:
    assert held(make, FREE, HoldKind.COURT, COURT, 4 * TONNE) == ""
    assert delivered(make, FREE, 7 * TONNE) == "ReceiptsHeld"
    assert delivered(make, FREE, 6 * TONNE) == ""
    hold = receipt(make, FREE).holds[0].hold
    lifted = make.on("Lift", FREE, TRADER, hold=hold, role=int(R.HOLDER), reason=some("why"))
    assert lifted == "ReceiptsNotByThatRole"
    assert make.on("Lift", FREE, COURT, hold=hold, role=int(R.COURT_LIAISON), reason=some("why")) == ""


def test_of_two_lenders_one_wins_and_the_other_is_told_who(make: Furniture) -> None:
    assert make.offered(FREE, 10) == ""
    head = receipt(make, FREE).head
    again = {"lender": OTHER_BANK[0], "lenderSince": make.world.known, "quantity": TONNE, "terms": some("terms")}
    until = {"until": make.world.time + DAY, "maturity": make.world.time + DAY}
    said = make.did("Offer", TRADER, make.keeper_of(FREE), receipt=FREE, head=NONE, **again, **until)
    assert said == "PledgesTaken"
    assert receipt(make, FREE).head == head


def test_a_trade_is_financed_by_one_lender(make: Furniture) -> None:
    assert make.accepted(OFFERED) == ""
    values = {"borrower": TRADER[0], "lender": OTHER_BANK[0], "lenderSince": make.world.known, "terms": some("loan")}
    trade = make.world.book.trades[TRADE]
    assert make.did("FinanceOrder", TRADER, OTHER_BANK, trade=TRADE, head=trade.head, **values) == "TradesFinanced"
    offer = {"lender": OTHER_BANK[0], "lenderSince": make.world.known, "terms": some("loan")}
    leaf = make.world.book.vouchers[VOUCHER]
    until = make.world.time + DAY
    assert make.did("OfferVoucher", TRADER, number=VOUCHER, head=leaf.head, until=until, **offer) == ""
    head = make.world.book.vouchers[VOUCHER].head
    filed = {"filing": some("filing"), "search": some("search")}
    assert make.did("AcceptVoucher", OTHER_BANK, number=VOUCHER, head=head, **filed) == "TradesFinanced"


def test_who_accepts_and_never_registers_keeps_the_goods_for_thirty_days(make: Furniture) -> None:
    assert make.accepted(OFFERED) == ""
    withdrawn = {"role": int(R.HOLDER)}
    assert make.on("Withdraw", OFFERED, TRADER, **withdrawn) == "PledgesNotYet"
    make.world.wait(31 * DAY)
    assert make.on("Withdraw", OFFERED, TRADER, **withdrawn) == ""
    assert make.world.book.trades[TRADE].lender == NONE


def test_a_pledgor_does_not_stop_its_own_sale(make: Furniture) -> None:
    assert held(make, WHOLE, HoldKind.DISPUTE, TRADER) == ""
    enforcing(make, WHOLE)
    make.world.wait(6 * DAY)
    assert sold(make, WHOLE) == ""
    assert receipt(make, WHOLE).trade == NONE


def test_a_hold_of_a_lender_does_not_outlive_its_pledge(make: Furniture) -> None:
    assert held(make, WHOLE, HoldKind.INSURANCE, BANK) == ""
    assert held(make, WHOLE, HoldKind.INSURANCE, BANK) == "ReceiptsHeldAlready"
    hold = receipt(make, WHOLE).holds[0].hold
    lift = {"hold": hold, "role": int(R.HOLDER), "reason": some("why")}
    assert make.on("Lift", WHOLE, TRADER, **lift) == "ReceiptsNotByThatRole"
    assert released(make, WHOLE, 10 * TONNE, BANK_TOO) == ""
    assert make.on("Lift", WHOLE, TRADER, **lift) == ""


def test_a_former_holders_hold_does_not_bind_the_buyer(make: Furniture) -> None:
    assert held(make, WHOLE, HoldKind.DISPUTE, TRADER) == ""
    enforcing(make, WHOLE)
    make.world.wait(6 * DAY)
    assert sold(make, WHOLE) == ""
    lift = {"hold": receipt(make, WHOLE).holds[0].hold, "role": int(R.HOLDER), "reason": some("why")}
    assert make.on("Lift", WHOLE, TRADER, **lift) == "SignedByAnother"
    assert make.on("Lift", WHOLE, TAKER, **lift) == ""
    assert receipt(make, WHOLE).holds == ()


def test_what_was_surrendered_is_not_pledged(make: Furniture) -> None:
    keeps = make.keeper_of(FREE)
    assert make.on("Surrender", FREE, TRADER, keeps) == ""
    assert make.offered(FREE, 10, holder=keeps) == "PledgesNotIndependent"


def slotted(make: Furniture) -> str:
    slot = lot_of(make, FREE).slot
    head = make.world.book.slots[slot].head
    owner = make.world.book.sites[make.world.book.slots[slot].site].owner
    return make.did("RetireSlot", (owner.organisation, owner.role, 0), slot=slot, head=head)


def closed(make: Furniture) -> str:
    values = {"lot": receipt(make, FREE).lot, "head": lot_of(make, FREE).head, "depositors": (), "places": ()}
    return make.did("CloseLot", keeper("a"), **values)


Refusal = Callable[[Furniture], str]
REFUSALS: list[tuple[str, Refusal]] = [
    ("ReceiptsEncumbered", lambda m: endorsed(m, WHOLE)),
    ("ReceiptsEncumbered", lambda m: delivered(m, WHOLE, TONNE)),
    ("ReceiptsNotThatMuch", lambda m: delivered(m, FREE, 11 * TONNE)),
    ("ReceiptsKnownNumber", lambda m: m.issued(receipt(m, FREE).lot, FREE, 1)),
    ("LotsMoreThanWeighed", lambda m: m.issued(receipt(m, FREE).lot, some("new"), 61)),
    ("LotsSpent", lambda m: delivered(m, FREE, TONNE) or delivered(m, FREE, TONNE)),
    ("ReceiptsNotByThatRole", lambda m: held(m, FREE, HoldKind.COURT, TRADER)),
    ("ReceiptsHeld", lambda m: held(m, FREE, HoldKind.SEAL, VERIFIER) or endorsed(m, FREE)),
    ("SignedByNobodyInRole", lambda m: held(m, FREE, HoldKind.COURT, (VERIFIER[0], R.COURT_LIAISON, 0))),
    ("PledgesNotInThatStage", lambda m: m.accepted(FREE)),
    ("PledgesNotThatMuch", lambda m: m.offered(FREE, 11)),
    ("PledgesOrdered", lambda m: m.order(WHOLE, 10) and released(m, WHOLE, 10 * TONNE, BANK_TOO)),
    ("SignedTwiceByOne", lambda m: released(m, WHOLE, TONNE, BANK)),
    ("PledgesTooShort", lambda m: margin(m, m.world.time + DAY - 1)),
    ("PledgesNotYet", lambda m: m.on("DeclareDefault", WHOLE, BANK, reason=some("why"))),
    ("PledgesNoFloor", lambda m: rolled(m, WHOLE, TONNE)),
    ("PledgesUnderTheFloor", lambda m: floored(m, WHOLE, 9) or rolled(m, WHOLE, 2 * TONNE)),
    ("SignedByALaterKey", lambda m: margin(m, m.world.time + DAY, (BANK[0], R.LENDER, 2))),
    ("ReceiptsNotSurrendered", lambda m: m.on("Cancel", FREE, keeper("a"))),
    ("SitesOccupied", slotted),
    ("LotsReceipted", closed),
    ("VouchersNotWhole", lambda m: redeemed(m, 1)),
    ("VouchersNotInRole", lambda m: disputed(m, R.LENDER)),
    ("VouchersDisputed", lambda m: disputed(m, R.HOLDER) or redeemed(m, 10_000_000)),
]


@pytest.mark.parametrize(("name", "tried"), REFUSALS, ids=[f"{name}-{at}" for at, (name, _) in enumerate(REFUSALS)])
def test_refused_by_name(make: Furniture, name: str, tried: Refusal) -> None:
    assert tried(make) == name


def test_a_refusal_leaves_the_book_as_it_was(make: Furniture) -> None:
    before = make.world.book
    assert endorsed(make, WHOLE) == "ReceiptsEncumbered"
    assert make.world.book is before


def test_a_book_never_changes(make: Furniture) -> None:
    before = make.world.book
    copy = replace(before, receipts=dict(before.receipts), lots=dict(before.lots))
    assert delivered(make, FREE, TONNE) == ""
    assert before == copy
    assert make.world.book.pledges is before.pledges
