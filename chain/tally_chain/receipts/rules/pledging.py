"""Pledges (质押): offered, accepted, registered, released, and the goods exchanged. The head is always the receipt's.

A receipt has one pledge or none, so a gram has one first rank and nobody a second (Civil Code art. 440, 441).
"""

from __future__ import annotations

from dataclasses import replace

from tally_chain.receipts.rules import charging, holds, stock, trades
from tally_chain.receipts.rules.acts import Act, Refused
from tally_chain.receipts.rules.book import Draft
from tally_chain.receipts.rules.records import FREE, NONE, Allowed, Charge, Encumbrance, Floor, Party, Pledge, Receipt
from tally_chain.registry.roles import KeyRole

IN_FORCE = (Encumbrance.REGISTERED, Encumbrance.MARGIN_CALL)
PLEDGED = (*IN_FORCE, Encumbrance.DEFAULT, Encumbrance.ENFORCING)
MOST_ACCEPTED_S = 30 * 86_400
"""A lender that accepts and never registers keeps the goods from nobody for longer."""


def offer(draft: Draft, act: Act) -> None:
    """The holder offers a free receipt, or part of it, to one lender (质押背书); signed by holder, keeper."""
    number = act["receipt"]
    receipt = _pledgeable(draft, act, number, act["head"], act["lender"])
    act.known(act["lenderSince"])
    not_over(act, act["until"])
    not_over(act, act["maturity"])
    given(act["terms"])
    independent(act["lender"], receipt.holder.organisation)
    act.signed_by(2)
    act.must_sign(0, receipt.holder)
    act.must_sign(1, stock.opened(draft, receipt.lot).keeper)
    lender = Party(act["lender"], act["lenderSince"], KeyRole.LENDER)
    draft.pledges[act.digest] = Pledge(act["terms"], act["quantity"], act["maturity"], act.block)
    _stage(draft, act, number, Charge(act.digest, lender, 0, act["until"], Encumbrance.OFFERED))


def withdraw(draft: Draft, act: Act) -> None:
    """Back to free, until it is registered; signed by the lender, or the holder.

    The holder may while nobody has accepted, and again when 30 days are over since somebody did.
    """
    receipt = at_stage(draft, act, Encumbrance.OFFERED, Encumbrance.ACCEPTED)
    offered = receipt.charge.stage is Encumbrance.OFFERED
    party = {KeyRole.HOLDER: receipt.holder, KeyRole.LENDER: receipt.charge.lender}.get(act["role"])
    if party is None:
        raise Refused("PledgesNotByThatRole", f"role {act['role']}")
    if act["role"] == KeyRole.HOLDER and not offered:
        over(act, receipt.charge.due)
    act.signed_by(1)
    act.must_sign(0, party)
    free(draft, act, act["receipt"])


def accept(draft: Draft, act: Act) -> None:
    """The lender takes the offer, having seen ownership pack, valuation and search; signed by the lender."""
    receipt = at_stage(draft, act, Encumbrance.OFFERED)
    charge = receipt.charge
    not_over(act, charge.due)
    not_over(act, receipt.until)
    holds.must_be_unheld(draft, receipt, act.time)
    given(act["ownership"], act["valuation"], act["search"])
    act.signed_by(1)
    offered = lender_of(receipt)
    lender = act.newcomer(0, KeyRole.LENDER, offered.organisation, offered.since)
    quantity = draft.pledges[charge.pledge].quantity
    accepted = Charge(charge.pledge, lender, quantity, act.time + MOST_ACCEPTED_S, Encumbrance.ACCEPTED)
    _stage(draft, act, act["receipt"], accepted)
    _lock(draft, receipt, accepted)


def register(draft: Draft, act: Act) -> None:
    """The pledge is filed with the movables registry (登记); signed by the lender."""
    receipt = at_stage(draft, act, Encumbrance.ACCEPTED)
    given(act["filing"], act["search"])
    lender_signs(act, receipt)
    go_on(draft, act, receipt, Encumbrance.REGISTERED)


def release(draft: Draft, act: Act) -> None:
    """Part of a pledge, or all of it, is given up (解押), but what is ordered out; signed by two keys of the lender."""
    receipt = at_stage(draft, act, *IN_FORCE)
    some(act["quantity"], receipt.charge.pledged)
    given(act["computation"])
    kept = receipt.charge.pledged - act["quantity"]
    if allowed_of(draft, receipt, act["receipt"]).ordered > kept:
        raise Refused("PledgesOrdered", f"orders are open on what would not be pledged, {kept} g")
    act.signed_by(2)
    act.must_sign_twice(0, lender_of(receipt))
    lessen(draft, act, act["receipt"], kept)


def substitute(draft: Draft, act: Act) -> None:
    """Other goods in place of these (置换), the new first.

    Signed by holder, keeper of old, lender twice, keeper of new.
    """
    old = at_stage(draft, act, *IN_FORCE)
    lender = lender_of(old)
    other = _pledgeable(draft, act, act["with"], act["withHead"], lender.organisation)
    if other.holder.organisation != old.holder.organisation:
        raise Refused("PledgesAnotherHolder", act["with"].hex())
    given(act["filing"], act["computation"])
    act.signed_by(5)
    act.must_sign(0, old.holder)
    act.must_sign(0, other.holder)
    act.must_sign(1, stock.opened(draft, old.lot).keeper)
    act.must_sign_twice(2, lender)
    act.must_sign(4, stock.opened(draft, other.lot).keeper)
    draft.pledges[act.digest] = replace(draft.pledges[old.charge.pledge], outstanding=0)
    charge = replace(old.charge, pledge=act.digest, pledged=act["quantity"])
    _stage(draft, act, act["with"], charge)
    _lock(draft, other, charge)
    free(draft, act, act["receipt"])


def lessen(draft: Draft, act: Act, number: bytes, kept: int) -> None:
    """So much stays pledged; of nothing, nothing."""
    if kept == 0:
        free(draft, act, number)
    else:
        charging.encumber(draft, act, number, replace(draft.receipts[number].charge, pledged=kept))


def free(draft: Draft, act: Act, number: bytes) -> None:
    """Nothing encumbers the receipt any more."""
    before = draft.receipts[number]
    charging.encumber(draft, act, number, FREE)
    unlock(draft, before)


def unlock(draft: Draft, before: Receipt) -> None:
    """Frees the trade of a receipt's pledge once nothing of that pledge is left on any receipt; an offer locks none."""
    charge, trade = before.charge, before.trade
    if trade == NONE or charge.lender is None or charge.stage <= Encumbrance.OFFERED:
        return
    locked = ("Pledges", charge.pledge) in draft.trades[trade].pieces
    if locked and draft.pledges[charge.pledge].outstanding == 0:
        trades.unlock(draft, trade, charge.lender.organisation, "Pledges", charge.pledge)


def go_on(draft: Draft, act: Act, receipt: Receipt, stage: Encumbrance, due: int = 0) -> None:
    """The same pledge at another stage."""
    _stage(draft, act, act["receipt"], replace(receipt.charge, stage=stage, due=due))


def stop_floor(draft: Draft, act: Act, receipt: Receipt) -> None:
    """From now on nothing leaves above a floor; what left before is told of still."""
    allowed = allowed_of(draft, receipt, act["receipt"])
    if allowed.floor:
        stopped = replace(allowed, floors=(*allowed.floors, Floor(0, act.time, 0)))
        draft.allowed[receipt.charge.pledge + act["receipt"]] = stopped


def not_in_one_block(draft: Draft, act: Act, receipt: Receipt) -> None:
    """A block lies between a stage and the next, so that nobody signs the next one over a head that is only to come."""
    if draft.pledges[receipt.charge.pledge].staged_block == act.block:
        raise Refused("PledgesSameBlock", act["receipt"].hex())


def _stage(draft: Draft, act: Act, number: bytes, charge: Charge) -> None:
    """A receipt's charge at another stage of its pledge."""
    draft.pledges[charge.pledge] = replace(draft.pledges[charge.pledge], staged_block=act.block)
    charging.encumber(draft, act, number, charge)


def at_stage(draft: Draft, act: Act, *stages: Encumbrance) -> Receipt:
    """The living receipt, which is at one of these stages and that head."""
    receipt = holds.living(draft, act["receipt"])
    if receipt.charge.stage not in stages:
        raise Refused("PledgesNotInThatStage", receipt.charge.stage.name.lower())
    act.same_head(act["head"], receipt.head)
    return receipt


def lender_of(receipt: Receipt) -> Party:
    """The lender of a receipt that is not free."""
    if receipt.charge.lender is None:
        raise Refused("PledgesNotInThatStage", "it is free")
    return receipt.charge.lender


def lender_signs(act: Act, receipt: Receipt) -> None:
    """For what the lender alone signs."""
    act.signed_by(1)
    act.must_sign(0, lender_of(receipt))


def allowed_of(draft: Draft, receipt: Receipt, number: bytes) -> Allowed:
    """What may go out of a receipt under its pledge."""
    return draft.allowed.get(receipt.charge.pledge + number, Allowed())


def not_over(act: Act, until: int) -> None:
    """`until` is the last second."""
    if act.time > until:
        raise Refused("PledgesExpired", f"the last second was {until}")


def over(act: Act, until: int) -> None:
    """Its last second is past."""
    if act.time <= until:
        raise Refused("PledgesNotYet", f"the last second is {until}")


def given(*digests: bytes) -> None:
    """What must be shown is named."""
    if NONE in digests:
        raise Refused("PledgesZero", "a digest is missing")


def some(quantity: int, most: int) -> None:
    """More than nothing, and not more than there is."""
    if not 0 < quantity <= most:
        raise Refused("PledgesNotThatMuch", f"{quantity} g of {most} g")


def independent(organisation: bytes, *others: bytes) -> None:
    """One organisation is none of the others."""
    if organisation in others:
        raise Refused("PledgesNotIndependent", "one organisation in two parts")


def _pledgeable(draft: Draft, act: Act, number: bytes, head: bytes, lender: bytes) -> Receipt:
    """A free receipt that a lender may take, or part of it. Who loses a race is told to whom."""
    receipt = holds.living(draft, number)
    if receipt.charge.lender is not None:
        raise Refused("PledgesTaken", f"by {receipt.charge.lender.organisation.hex()}")
    act.same_head(head, receipt.head)
    holds.must_be_unheld(draft, receipt, act.time)
    not_over(act, receipt.until)
    lot = draft.lots[receipt.lot]
    if not lot.fresh(act.time):
        raise Refused("PledgesStale", f"attested as of {lot.attested_at}")
    some(act["quantity"], receipt.quantity)
    # What was surrendered can only be cancelled, by whoever keeps the lot by then.
    if receipt.holder.role is not KeyRole.HOLDER:
        raise Refused("PledgesNotIndependent", "it was surrendered")
    independent(lot.keeper.organisation, receipt.holder.organisation, lender)
    return receipt


def _lock(draft: Draft, receipt: Receipt, charge: Charge) -> None:
    """Only who buys or sells in a trade has it financed: nobody else's receipt locks the parties out."""
    if receipt.trade == NONE or charge.lender is None:
        return
    trade = draft.trades.get(receipt.trade)
    if trade is None:
        raise Refused("TradesUnknown", receipt.trade.hex())
    if receipt.holder.organisation not in (trade.seller.organisation, trade.buyer.organisation):
        raise Refused("PledgesNoPartyOfTheTrade", receipt.holder.organisation.hex())
    trades.lock(draft, receipt.trade, charge.lender.organisation, "Pledges", charge.pledge)


RULES = {
    "Offer": offer,
    "Withdraw": withdraw,
    "Accept": accept,
    "Register": register,
    "Release": release,
    "Substitute": substitute,
}
