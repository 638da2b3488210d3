"""The rules by themselves, and each refusal by its name, said by the contracts as well."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
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
    furnished,
    keeper,
    some,
)
from tests.chain.receipts.world import World, organisation

DAY = 86_400
PLEDGED, WHOLE, FREE, OFFERED, SERIALISED = (some(f"receipt {number}") for number in range(5))
WARRANTED = {"waterfall": some("waterfall"), "report": some("report")}
_CALLERS = tuple(f"Not{one}" for one in ("Lots", "Receipts", "Pledges", "Holds", "Attestations"))
NOT_OF_THE_RULES = {
    # Said to contracts and to who deploys, not to parties.
    "SignedRegistryHasNoCode",
    "AdministeredNoContract",
    # The registry of parties knows this, and it is not in the book.
    "SitesUnknownOrganisation",
}


@pytest.fixture
def make() -> Iterator[Furniture]:
    world = World(furnished())
    yield Furniture(world)
    world.close()


def receipt(make: Furniture, number: bytes):  # type: ignore[no-untyped-def]
    return make.world.book.receipts[number]


def lot_of(make: Furniture, number: bytes):  # type: ignore[no-untyped-def]
    return make.world.book.lots[receipt(make, number).lot]


def held(make: Furniture, number: bytes, kind: HoldKind, by: object, quantity: int = 0) -> str:
    role = by[1]  # type: ignore[index]
    return make.on("Hold", number, by, kind=int(kind), role=int(role), quantity=quantity, reason=some("why"))


def out(tag: str = "out", serials: tuple[bytes, ...] = ()) -> dict[str, object]:
    return {"evidence": (some(tag),), "serials": serials}


def delivered(make: Furniture, number: bytes, quantity: int, *, last: bool = False, tag: str = "out") -> str:
    by = (TRADER, make.keeper_of(number), VERIFIER)
    return make.on("Deliver", number, *by, quantity=quantity, last=last, leftAt=make.world.time, **out(tag))


def endorsed(make: Furniture, number: bytes) -> str:
    by = (TRADER, make.keeper_of(number), TAKER)
    return make.on("Endorse", number, *by, to=TAKER[0], toSince=make.world.known)


def executed(make: Furniture, order: bytes, quantity: int, *, picker: bytes = some("picker"), tag: str = "out") -> str:
    number = make.world.book.orders[order].receipt
    by = (make.keeper_of(number), VERIFIER)
    left_at = min(make.world.time, make.world.book.orders[order].until)
    values = {"order": order, "quantity": quantity, "picker": picker, "leftAt": left_at}
    return make.on("Execute", number, *by, **values, **out(tag))


def defaulted(make: Furniture, number: bytes) -> None:
    make.on("CallMargin", number, BANK, until=make.world.time + DAY, computation=some("computation"))
    make.world.wait(2 * DAY)
    assert make.on("DeclareDefault", number, BANK, reason=some("why")) == ""


def enforcing(make: Furniture, number: bytes) -> None:
    defaulted(make, number)
    until = make.world.time + 5 * DAY
    assert (
        make.on("Enforce", number, BANK, noticeUntil=until, valuation=some("valuation"), reserve=some("reserve")) == ""
    )


def sold(make: Furniture, number: bytes, buyer: object = TAKER, *, rest: bytes = NONE) -> str:
    by = (BANK, BANK_TOO, AUCTIONEER, make.keeper_of(number), buyer)
    return make.on(
        "Sell", number, *by, buyer=buyer[0], buyerSince=make.world.known, rest=rest, restDocument=rest, **WARRANTED
    )


def short(make: Furniture, number: bytes = FREE) -> None:
    assert make.attested(receipt(make, number).lot, 20 * TONNE) == ""
    assert lot_of(make, number).short


def test_every_kind_of_operation_has_a_rule() -> None:
    assert set(RULES) == set(KINDS)


def test_the_rules_know_every_refusal_of_the_contracts() -> None:
    said = set()
    for file in Path(rules.__file__).parent.glob("*.py"):
        said |= {node.value for node in ast.walk(ast.parse(file.read_text())) if _is_name(node)}
    errors = {name for one in CONTRACTS for name, _, _ in contract_abi.load(one).errors.values()}
    ours = {name for name in errors if name.startswith((*CONTRACTS, "Signed"))}
    to_contracts = {name for name in ours if name.endswith(_CALLERS)}
    to_contracts |= {name for name in ours if name.endswith(("NoContract", "HasNoCode", "NotForCaller", "NotThere"))}
    assert ours - to_contracts - NOT_OF_THE_RULES <= said
    assert {name for name in said if name.startswith((*CONTRACTS, "Signed"))} - {*CONTRACTS} <= errors


def _is_name(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isalnum()


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
    values = {"lot": lot, "head": head, "reason": some("why"), "places": (0, 1)}
    witnesses = [(one.organisation, one.role, 0) for one in make.world.book.lots[lot].witnesses[:2]]
    by = (keeper("a"), *witnesses, BANK)
    assert make.did("Apportion", *by, receipts=receipts, **values) == "LotsTooEarly"
    make.world.wait(7 * DAY)
    assert make.did("Apportion", *by[:-1], receipts=receipts, **values) == "SignedByTooManyOrFew"
    assert make.did("Apportion", *by, receipts=receipts[1:], **values) == "LotsNotAllReceipts"
    assert make.did("Apportion", *by, receipts=receipts, **values) == ""
    assert {receipt(make, one).quantity for one in receipts} == {5 * TONNE}
    assert receipt(make, WHOLE).charge.pledged == 5 * TONNE
    assert make.world.book.lots[lot].weighed == 20 * TONNE


def test_more_than_a_shortage_had_left_makes_the_lot_short_again(make: Furniture) -> None:
    order = make.order(WHOLE, 10)
    test_a_shortage_is_shared_and_nobody_comes_first(make)
    assert executed(make, order, 10 * TONNE) == ""
    assert receipt(make, WHOLE).state is State.DELIVERED
    assert lot_of(make, FREE).short


def test_more_than_was_ordered_is_written_down_and_the_lot_is_short(make: Furniture) -> None:
    order = make.order(WHOLE, 4)
    assert executed(make, order, 4 * TONNE, picker=some("another")) == "PledgesAnotherPicker"
    assert executed(make, order, 5 * TONNE) == ""
    assert (receipt(make, WHOLE).quantity, receipt(make, WHOLE).charge.pledged) == (5 * TONNE, 5 * TONNE)
    assert lot_of(make, WHOLE).short
    assert executed(make, order, TONNE, tag="again") == "PledgesOrderNotOpen"


def test_what_left_in_time_is_told_of_within_a_week(make: Furniture) -> None:
    first, second = make.order(WHOLE, 4), make.order(WHOLE, 4)
    make.world.wait(7 * DAY)
    assert executed(make, first, 4 * TONNE) == ""
    make.world.wait(2 * DAY)
    assert executed(make, second, 4 * TONNE, tag="late") == "PledgesOrderTooLate"


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


def test_an_order_for_a_gram_does_not_end_a_pledge(make: Furniture) -> None:
    order = make.order(WHOLE, 1)
    assert executed(make, order, 4 * TONNE) == ""
    charge = receipt(make, WHOLE).charge
    assert (charge.stage, charge.pledged) == (Encumbrance.MARGIN_CALL, 6 * TONNE)
    assert lot_of(make, WHOLE).short


def test_all_of_it_by_an_order_for_a_part_leaves_a_mark_until_the_lender_settles(make: Furniture) -> None:
    order = make.order(WHOLE, 1)
    assert executed(make, order, 10 * TONNE) == ""
    assert (receipt(make, WHOLE).state, receipt(make, WHOLE).charge.lender.organisation) == (State.CANCELLED, BANK[0])
    assert make.on("Settle", WHOLE, BANK, BANK, discharge=some("paid")) == "SignedTwiceByOne"
    assert make.on("Settle", WHOLE, BANK, BANK_TOO, discharge=some("paid")) == ""
    assert receipt(make, WHOLE).charge.stage is Encumbrance.FREE


def test_what_had_left_before_a_hold_a_stocktake_or_a_default_is_written_down_all_the_same(make: Furniture) -> None:
    order = make.order(WHOLE, 4)
    left_at = make.world.time
    make.world.wait(600)
    lot = receipt(make, WHOLE).lot
    assert make.attested(lot, 96 * TONNE, short=True) == ""
    assert held(make, WHOLE, HoldKind.COURT, COURT) == ""
    values = {"order": order, "quantity": 4 * TONNE, "picker": some("picker"), **out()}
    by = (make.keeper_of(WHOLE), VERIFIER)
    assert make.on("Execute", WHOLE, *by, leftAt=make.world.time, **values) == "ReceiptsHeld"
    assert make.on("Execute", WHOLE, *by, leftAt=left_at, **values) == ""
    # The stocktake was without these goods already, so they are not taken off a second time.
    assert make.world.book.lots[lot].estimate == 96 * TONNE
    assert receipt(make, WHOLE).quantity == 6 * TONNE


def test_a_lender_that_was_paid_and_says_nothing_is_replaced_by_a_judgment(make: Furniture) -> None:
    shown = {"judgment": some("judgment")}
    keeps = make.keeper_of(WHOLE)
    assert make.on("Discharge", WHOLE, (COURT[0], R.COURT_LIAISON, 2), keeps, **shown) == "SignedByALaterKey"
    assert make.on("Discharge", WHOLE, COURT, keeps, **shown) == ""
    assert receipt(make, WHOLE).charge.stage is Encumbrance.FREE


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


def test_what_left_is_told_of_within_a_week_or_not_at_all(make: Furniture) -> None:
    assert floored(make, WHOLE, 2) == ""
    assert held(make, WHOLE, HoldKind.COURT, COURT) == ""
    values = {"quantity": TONNE, **out()}
    by = (make.keeper_of(WHOLE), VERIFIER)
    assert make.on("ExecuteDynamic", WHOLE, *by, leftAt=1, **values) == "PledgesOrderTooLate"
    assert make.on("ExecuteDynamic", WHOLE, *by, leftAt=make.world.time, **values) == "ReceiptsHeld"


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


def test_nobody_finances_a_trade_that_is_not_theirs(make: Furniture) -> None:
    assert make.brought_by((organisation("trader c"), R.HOLDER, 0), receipt(make, FREE).lot, 5) == ""
    stranger = (organisation("trader c"), R.HOLDER, 0)
    lot = receipt(make, FREE).lot
    assert make.attested(lot, 105 * TONNE) == ""
    assert make.issued(lot, some("strange"), 5, trade=TRADE, holder=stranger) == ""
    assert make.offered(some("strange"), 5, holder=stranger) == ""
    assert make.accepted(some("strange")) == "PledgesNoPartyOfTheTrade"


def test_after_a_courts_word_the_same_party_disputes_no_more(make: Furniture) -> None:
    assert disputed(make, R.HOLDER) == ""
    root = make.world.book.roots[VOUCHER]
    head = make.world.book.vouchers[VOUCHER].head
    values = {"dispute": next(iter(root.disputes)), "role": int(R.COURT_LIAISON), "reason": some("why")}
    assert make.did("SettleDispute", COURT, root=VOUCHER, head=head, **values) == ""
    assert disputed(make, R.HOLDER) == "VouchersDisputedAlready"


def released(make: Furniture, number: bytes, quantity: int, second: object) -> str:
    return make.on("Release", number, BANK, second, quantity=quantity, computation=some("computation"))


def margin(make: Furniture, until: int, by: object = BANK) -> str:
    return make.on("CallMargin", WHOLE, by, until=until, computation=some("computation"))


def floored(make: Furniture, number: bytes, tonnes: int) -> str:
    return make.on("SetFloor", number, BANK, BANK_TOO, TRADER, floor=tonnes * TONNE, until=make.world.time + DAY)


def rolled(make: Furniture, number: bytes, quantity: int) -> str:
    by = (make.keeper_of(number), VERIFIER)
    return make.on("ExecuteDynamic", number, *by, quantity=quantity, leftAt=make.world.time, **out())


def slotted(make: Furniture) -> str:
    slot = lot_of(make, FREE).slot
    head = make.world.book.slots[slot].head
    owner = make.world.book.sites[make.world.book.slots[slot].site].owner
    return make.did("RetireSlot", (owner.organisation, owner.role, 0), slot=slot, head=head)


def closed(make: Furniture) -> str:
    values = {"lot": receipt(make, FREE).lot, "head": lot_of(make, FREE).head, "places": ()}
    return make.did("CloseLot", keeper("a"), **values)


def redeemed(make: Furniture, amount: int) -> str:
    head = make.world.book.vouchers[VOUCHER].head
    values = {"role": int(R.HOLDER), "amount": amount, "payment": some("payment")}
    return make.did("RedeemVoucher", TRADER, TAKER, number=VOUCHER, head=head, **values)


def disputed(make: Furniture, role: R) -> str:
    head = make.world.book.vouchers[VOUCHER].head
    values = {"leaf": NONE, "role": int(role), "reason": some("why")}
    return make.did("DisputeVoucher", TAKER, root=VOUCHER, head=head, **values)


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
