"""Pledges (质押): offered, accepted, registered, released; goods leave by order or above a floor; goods are exchanged.

A pledge of a warehouse receipt: Civil Code art. 440 to 442. Head here is always the receipt's head.
"""

from __future__ import annotations

from dataclasses import replace

from tally_chain.receipts.rules import charging, holds, stock, title, trades
from tally_chain.receipts.rules.acts import Act, Refused
from tally_chain.receipts.rules.book import Draft
from tally_chain.receipts.rules.records import FREE, NONE, Charge, Encumbrance, Party, Pledge, Receipt
from tally_chain.registry.roles import KeyRole

IN_FORCE = (Encumbrance.REGISTERED, Encumbrance.MARGIN_CALL)


def offer(draft: Draft, act: Act) -> None:
    """The holder offers a free receipt, or part of it, to one lender ("质押" endorsement); signed by holder, keeper."""
    number = act["receipt"]
    receipt = holds.living(draft, number)
    must_not_be_taken(receipt)
    title.must_not_be_surrendered(receipt)
    holds.must_be_unheld(draft, receipt)
    must_run(act, receipt)
    lot = stock.opened(draft, receipt.lot)
    stock.must_be_fresh(lot, act)
    if not 0 < act["quantity"] <= receipt.quantity:
        raise Refused("ReceiptsNotThatMuch", f"{act['quantity']} g of {receipt.quantity} g")
    if NONE in (act["terms"], act["lender"]):
        raise Refused("PledgesZeroId", "no terms or no lender")
    must_be_ahead(act, act["until"])
    act.same_head(act["head"], receipt.head)
    act.signed_by(2)
    act.must_sign(0, receipt.holder)
    act.must_sign(1, lot.keeper)
    if act["lenderSince"] >= act.block:
        raise Refused("SignedNotKnownYet", f"block {act['lenderSince']} is not over")
    lender = Party(act["lender"], act["lenderSince"], KeyRole.LENDER)
    draft.pledges[act.digest] = Pledge(lender, receipt.trade, act["quantity"], act["terms"], act["maturity"])
    charge = Charge(act.digest, lender, 0, act["until"], Encumbrance.OFFERED)
    charging.encumber(draft, act, number, charge)


def withdraw(draft: Draft, act: Act) -> None:
    """Back to free; signed by the holder while nobody has accepted, or by the lender until it is registered."""
    receipt = at_stage(draft, act, Encumbrance.OFFERED, Encumbrance.ACCEPTED)
    act.same_head(act["head"], receipt.head)
    act.signed_by(1)
    offered = receipt.charge.stage is Encumbrance.OFFERED
    if act["role"] == KeyRole.LENDER:
        act.must_sign(0, lender_of(receipt))
    elif act["role"] == KeyRole.HOLDER and offered:
        act.must_sign(0, receipt.holder)
    else:
        raise Refused("PledgesNotByThatRole", f"role {act['role']}")
    free(draft, act, act["receipt"])


def accept(draft: Draft, act: Act) -> None:
    """The lender takes the offer, having seen ownership pack, valuation and registry search; signed by the lender."""
    number = act["receipt"]
    receipt = at_stage(draft, act, Encumbrance.OFFERED)
    holds.must_be_unheld(draft, receipt)
    must_run(act, receipt)
    must_be_ahead(act, receipt.charge.due)
    if NONE in (act["ownership"], act["valuation"], act["search"]):
        raise Refused("PledgesZeroId", "no ownership pack, valuation or search")
    act.same_head(act["head"], receipt.head)
    act.signed_by(1)
    lender = lender_of(receipt)
    act.must_sign(0, lender)
    pledge = draft.pledges[receipt.charge.pledge]
    if receipt.trade != NONE:
        trades.lock(draft, receipt.trade, lender.organisation, "Pledges", receipt.charge.pledge)
    charge = replace(receipt.charge, pledged=pledge.quantity, due=0, stage=Encumbrance.ACCEPTED)
    charging.encumber(draft, act, number, charge)


def register(draft: Draft, act: Act) -> None:
    """The pledge is filed with the registry (登记); signed by the lender."""
    receipt = at_stage(draft, act, Encumbrance.ACCEPTED)
    if NONE in (act["filing"], act["search"]):
        raise Refused("PledgesZeroId", "no filing or no search")
    act.same_head(act["head"], receipt.head)
    act.signed_by(1)
    act.must_sign(0, lender_of(receipt))
    charging.encumber(draft, act, act["receipt"], replace(receipt.charge, stage=Encumbrance.REGISTERED))


def release(draft: Draft, act: Act) -> None:
    """Part of a pledge, or all of it, is given up (解押); signed by the lender with two keys."""
    number, quantity = act["receipt"], act["quantity"]
    receipt = at_stage(draft, act, *IN_FORCE)
    if not 0 < quantity <= receipt.charge.pledged:
        raise Refused("ReceiptsNotThatMuch", f"{quantity} g of {receipt.charge.pledged} g")
    must_be_shown(act["computation"])
    act.same_head(act["head"], receipt.head)
    act.signed_by(2)
    act.must_sign_twice(0, lender_of(receipt))
    lessen(draft, act, number, quantity)


def set_floor(draft: Draft, act: Act) -> None:
    """The least that stays in a dynamic pledge (最低控货值); 0 ends it; signed by lender, holder."""
    number = act["receipt"]
    receipt = at_stage(draft, act, Encumbrance.REGISTERED)
    floor = act["floor"]
    if floor > receipt.charge.pledged:
        raise Refused("ReceiptsNotThatMuch", f"{floor} g of {receipt.charge.pledged} g")
    act.same_head(act["head"], receipt.head)
    act.signed_by(2)
    act.must_sign(0, lender_of(receipt))
    act.must_sign(1, receipt.holder)
    charging.encumber(draft, act, number, replace(receipt.charge, floor=floor, floor_until=act["until"]))


def substitute(draft: Draft, act: Act) -> None:
    """Other goods in place of these (置换), the new ones first; signed by holder, keeper of old, lender, keeper of new."""
    raise NotImplementedError


def lessen(draft: Draft, act: Act, number: bytes, quantity: int) -> None:
    """So much less is pledged; what is pledged of no more is free."""
    charge = draft.receipts[number].charge
    if quantity == charge.pledged:
        free(draft, act, number)
    else:
        charging.encumber(draft, act, number, replace(charge, pledged=charge.pledged - quantity))


def free(draft: Draft, act: Act, number: bytes) -> None:
    """Nothing encumbers the receipt any more; its trade is free of the pledge when no other receipt is of it."""
    charge = draft.receipts[number].charge
    charging.encumber(draft, act, number, FREE)
    unlock_if_over(draft, charge)


def unlock_if_over(draft: Draft, charge: Charge) -> None:
    """Frees the trade of a pledge of which nothing is left."""
    pledge = draft.pledges[charge.pledge]
    locked = charge.stage > Encumbrance.OFFERED and pledge.trade != NONE
    if locked and pledge.outstanding == 0:
        trades.unlock(draft, pledge.trade, pledge.lender.organisation, "Pledges", charge.pledge)


def at_stage(draft: Draft, act: Act, *stages: Encumbrance) -> Receipt:
    """The living receipt, which is at one of these stages."""
    receipt = holds.living(draft, act["receipt"])
    if receipt.charge.stage not in stages:
        raise Refused("PledgesNotAtThatStage", receipt.charge.stage.name.lower())
    return receipt


def must_not_be_taken(receipt: Receipt) -> None:
    """Who loses a race is told to whom."""
    if receipt.charge.lender is not None:
        raise Refused("PledgesTaken", f"by {receipt.charge.lender.organisation.hex()}")


def lender_of(receipt: Receipt) -> Party:
    """The lender of a receipt that is not free."""
    if receipt.charge.lender is None:
        raise Refused("PledgesNotAtThatStage", "it is free")
    return receipt.charge.lender
