"""Margin call, default, enforcement (处置): notice, valuation, sale, surplus. There is no forfeiture (禁止流质).

Civil Code art. 428: the lender has priority in the price, and no title by the default alone; art. 436: price by
agreement after the default, or auction, or sale; art. 438: the surplus is the pledgor's.
"""

from __future__ import annotations

from tally_chain.receipts.rules import charging, holds, stock
from tally_chain.receipts.rules.acts import Act, Refused
from tally_chain.receipts.rules.book import Draft
from tally_chain.receipts.rules.pledging import (
    IN_FORCE,
    PLEDGED,
    at_stage,
    free,
    given,
    go_on,
    independent,
    lender_of,
    lender_signs,
    not_in_one_block,
    over,
    stop_floor,
    unlock,
)
from tally_chain.receipts.rules.records import Encumbrance, Party, Receipt, State
from tally_chain.registry.roles import KeyRole

LEAST_CALL_S = 86_400
LEAST_NOTICE_S = 5 * 86_400


def call_margin(draft: Draft, act: Act) -> None:
    """Asks for a top-up (补仓) within a day at least, and stops a floor; signed by the lender."""
    receipt = at_stage(draft, act, Encumbrance.REGISTERED)
    given(act["computation"])
    _at_least(act, act["until"], LEAST_CALL_S)
    lender_signs(act, receipt)
    go_on(draft, act, receipt, Encumbrance.MARGIN_CALL, act["until"])
    stop_floor(draft, act, receipt)


def cure(draft: Draft, act: Act) -> None:
    """The top-up has come; signed by the lender."""
    receipt = at_stage(draft, act, Encumbrance.MARGIN_CALL)
    given(act["computation"])
    lender_signs(act, receipt)
    go_on(draft, act, receipt, Encumbrance.REGISTERED)


def declare_default(draft: Draft, act: Act) -> None:
    """After the end of a margin call, or after maturity, in a later block; stops a floor; signed by the lender."""
    receipt = at_stage(draft, act, *IN_FORCE)
    given(act["reason"])
    maturity = draft.pledges[receipt.charge.pledge].maturity
    called = receipt.charge.stage is Encumbrance.MARGIN_CALL
    over(act, min(maturity, receipt.charge.due) if called else maturity)
    not_in_one_block(draft, act, receipt)
    lender_signs(act, receipt)
    go_on(draft, act, receipt, Encumbrance.DEFAULT)
    stop_floor(draft, act, receipt)


def enforce(draft: Draft, act: Act) -> None:
    """Gives the pledgor notice of five days at least, with valuation and reserve; signed by the lender."""
    receipt = at_stage(draft, act, Encumbrance.DEFAULT)
    given(act["valuation"], act["reserve"])
    _at_least(act, act["noticeUntil"], LEAST_NOTICE_S)
    lender_signs(act, receipt)
    go_on(draft, act, receipt, Encumbrance.ENFORCING, act["noticeUntil"])


def settle(draft: Draft, act: Act) -> None:
    """The debt is paid: the receipt is free; signed by the lender twice. So ends what a shortage left nothing of."""
    receipt = _marked_or_at(draft, act, Encumbrance.DEFAULT, Encumbrance.ENFORCING)
    given(act["discharge"])
    act.signed_by(2)
    act.must_sign_twice(0, lender_of(receipt))
    free(draft, act, act["receipt"])


def discharge(draft: Draft, act: Act) -> None:
    """A court found that nothing is owed, though the lender does not say so (判决解除质押); signed by court, keeper.

    The court acts since before the pledge. A mark in a closed lot is ended too.
    """
    receipt = _marked_or_at(draft, act, Encumbrance.ACCEPTED, *PLEDGED)
    given(act["judgment"])
    act.signed_by(2)
    keeper = stock.known(draft, receipt.lot).keeper
    parties = (receipt.holder, lender_of(receipt), keeper)
    act.court_before(_begun(draft, receipt), *(party.organisation for party in parties))
    act.must_sign(1, keeper)
    free(draft, act, act["receipt"])


def sell(draft: Draft, act: Act) -> None:
    """What is pledged goes to a buyer after the notice (拍卖, 变卖).

    Signed by lender twice, auctioneer, keeper, buyer.
    """
    receipt = at_stage(draft, act, Encumbrance.ENFORCING)
    over(act, receipt.charge.due)
    _accounted(draft, act, receipt)
    act.signed_by(5)
    lender = lender_of(receipt)
    act.must_sign_twice(0, lender)
    auctioneer = _auctioneer_and_keeper(draft, act, 2, receipt)
    independent(act["buyer"], lender.organisation, auctioneer.organisation)
    buyer = act.newcomer(4, KeyRole.HOLDER, act["buyer"], act["buyerSince"])
    _hand_over(draft, act, receipt, buyer)


def take_over(draft: Draft, act: Act) -> None:
    """The lender takes the goods at an agreed price (折价), with the pledgor's word, a block after the default or more.

    Signed by lender twice, pledgor, auctioneer, keeper, and the lender's organisation as holder.
    """
    receipt = at_stage(draft, act, Encumbrance.DEFAULT, Encumbrance.ENFORCING)
    lender = lender_of(receipt)
    if act["buyer"] != lender.organisation:
        raise Refused("PledgesNotTheLender", act["buyer"].hex())
    not_in_one_block(draft, act, receipt)
    _accounted(draft, act, receipt)
    act.signed_by(6)
    act.must_sign_twice(0, lender)
    act.must_sign(2, receipt.holder)
    _auctioneer_and_keeper(draft, act, 3, receipt)
    buyer = act.newcomer(5, KeyRole.HOLDER, act["buyer"], act["buyerSince"])
    _hand_over(draft, act, receipt, buyer)


def _hand_over(draft: Draft, act: Act, receipt: Receipt, buyer: Party) -> None:
    charging.sold(draft, act, act["receipt"], buyer)
    unlock(draft, receipt)


def _marked_or_at(draft: Draft, act: Act, *stages: Encumbrance) -> Receipt:
    """A living receipt at one of these stages, or one that was written down to nothing and is marked still."""
    receipt = draft.receipts.get(act["receipt"])
    gone = receipt is not None and receipt.state is State.CANCELLED
    if receipt is None or not gone or receipt.charge.stage <= Encumbrance.OFFERED:
        return at_stage(draft, act, *stages)
    act.same_head(act["head"], receipt.head)
    return receipt


def _begun(draft: Draft, receipt: Receipt) -> int:
    """The block of the pledge: who judges or auctions acts since before."""
    return draft.pledges[receipt.charge.pledge].offered_block


def _at_least(act: Act, until: int, length_s: int) -> None:
    if until < act.time + length_s:
        raise Refused("PledgesTooShort", f"{until} is less than {length_s} s away")


def _accounted(draft: Draft, act: Act, receipt: Receipt) -> None:
    """Neither while held or short, nor without an order of payments (清偿顺序) and a report."""
    holds.must_be_saleable(draft, receipt, act.time)
    given(act["waterfall"], act["report"])


def _auctioneer_and_keeper(draft: Draft, act: Act, place: int, receipt: Receipt) -> Party:
    auctioneer = act.signer_since(place, KeyRole.AUCTIONEER, _begun(draft, receipt) - 1)
    keeper = stock.opened(draft, receipt.lot).keeper
    act.must_sign(place + 1, keeper)
    lender = lender_of(receipt)
    independent(auctioneer.organisation, lender.organisation, receipt.holder.organisation, keeper.organisation)
    independent(act["buyer"], keeper.organisation)
    return auctioneer


RULES = {
    "CallMargin": call_margin,
    "Cure": cure,
    "DeclareDefault": declare_default,
    "Enforce": enforce,
    "Settle": settle,
    "Discharge": discharge,
    "Sell": sell,
    "TakeOver": take_over,
}
