"""Receipts that take the place of receipts: quantity, lot, holder, term, trade and pledge pass on exactly.

While a receipt is pledged in force its lender signs too; at any other stage nothing of this happens.
"""

from __future__ import annotations

from dataclasses import replace

from tally_chain.receipts.kinds.kind import HoldKind
from tally_chain.receipts.rules import charging, holds, stock, title
from tally_chain.receipts.rules.acts import Act, Refused, moved
from tally_chain.receipts.rules.book import Draft
from tally_chain.receipts.rules.records import FREE, NONE, Encumbrance, Party, Receipt, State
from tally_chain.registry.roles import KeyRole

MOST_PIECES = 16
NOTICE_S = 60 * 86_400
"""How long a receipt is held as lost before there is another in its place (公示催告)."""


def split(draft: Draft, act: Act) -> None:
    """One receipt into 2 to 16 (拆分); signed by holder, keeper, and the lender while it is pledged."""
    number, numbers = act["receipt"], act["numbers"]
    receipt = _rearranged(draft, number, act["head"], act)
    _must_be_the_whole(receipt, act)
    act.in_time()
    _consent(draft, act, receipt, receipt.holder)
    draft.receipts[number] = moved(receipt, act, state=State.SPLIT)
    parts = zip(numbers, act["quantities"], act["pledged"], act["documents"], strict=True)
    for name, quantity, pledged, document in parts:
        charge = replace(receipt.charge, pledged=pledged) if pledged else FREE
        piece = replace(receipt, quantity=quantity, charge=charge, document=document, parent=number)
        charging.bear(draft, name, replace(piece, head=act.after(NONE)))
    stock.recounted(draft, receipt.lot, fewer=1, more=len(numbers))


def merge(draft: Draft, act: Act) -> None:
    """2 to 16 receipts into one (合并), alike in lot, holder, term, trade and pledge; signed as a split."""
    numbers, heads = act["receipts"], act["heads"]
    if not 2 <= len(numbers) <= MOST_PIECES or len(heads) != len(numbers):
        raise Refused("ReceiptsPieces", f"{len(numbers)} receipts, {len(heads)} heads")
    act.in_time()
    first = _rearranged(draft, numbers[0], heads[0], act)
    holder, held, quantity, pledged = first.holder, first.held_block, 0, 0
    for number, head in zip(numbers, heads, strict=True):
        receipt = _rearranged(draft, number, head, act)
        if _kind_of(receipt) != _kind_of(first):
            raise Refused("ReceiptsUnlike", number.hex())
        holder, held = min(holder, receipt.holder, key=_since), min(held, receipt.held_block)
        quantity, pledged = quantity + receipt.quantity, pledged + receipt.charge.pledged
        draft.receipts[number] = moved(receipt, act, state=State.MERGED)
    _consent(draft, act, first, holder)
    whole = replace(
        first,
        holder=holder,
        held_block=held,
        quantity=quantity,
        charge=replace(first.charge, pledged=pledged),
        document=act["document"],
        parent=NONE,
        head=act.after(NONE),
    )
    charging.bear(draft, act["number"], whole)
    stock.recounted(draft, first.lot, fewer=len(numbers), more=1)


def amend(draft: Draft, act: Act) -> None:
    """Another document and a quantity that is the same or less (更正); signed as a split."""
    receipt = _rearranged(draft, act["receipt"], act["head"], act)
    quantity = act["quantity"]
    if not receipt.charge.pledged <= quantity <= receipt.quantity:
        raise Refused("ReceiptsNotThatMuch", f"{quantity} g of {receipt.quantity} g")
    if act["document"] == NONE or quantity == 0:
        raise Refused("ReceiptsZero", "no document or no quantity")
    act.in_time()
    _consent(draft, act, receipt, receipt.holder)
    draft.receipts[act["receipt"]] = moved(receipt, act, quantity=quantity, document=act["document"])
    less, holder_now = receipt.quantity - quantity, receipt.holder.organisation
    stock.retired(draft, act, receipt.lot, less, gone=False, holder=holder_now)


def renew(draft: Draft, act: Act) -> None:
    """Another receipt in place of this (换发), with all that was on it; signed as a split."""
    receipt = _rearranged(draft, act["receipt"], act["head"], act)
    act.in_time()
    _consent(draft, act, receipt, receipt.holder)
    _succeed(draft, act, receipt)


def renew_lost(draft: Draft, act: Act) -> None:
    """Another receipt in place of a lost one (挂失补发); signed by keeper, court liaison, new holder.

    It has been held as lost for 60 days (公示催告, Civil Procedure Law of the PRC) and by nothing else. The lender does
    not come into title so (Civil Code art. 428).
    """
    receipt = holds.living(draft, act["receipt"])
    _must_be_lost(receipt, act.time)
    act.same_head(act["head"], receipt.head)
    act.signed_by(3)
    keeper = stock.opened(draft, receipt.lot).keeper
    act.must_sign(0, keeper)
    lender = receipt.charge.lender
    parties = [one.organisation for one in (receipt.holder, lender, keeper) if one is not None]
    court = act.court_before(receipt.held_block, *parties, place=1)
    holder = act.newcomer(2, KeyRole.HOLDER, act["holder"], act["holderSince"])
    title.independent(act["holder"], keeper.organisation)
    if lender is not None:
        title.independent(act["holder"], lender.organisation)
    title.independent(act["holder"], court.organisation)
    _succeed(draft, act, replace(receipt, holder=holder, held_block=act.block))


def _rearranged(draft: Draft, number: bytes, head: bytes, act: Act) -> Receipt:
    """A living receipt, free or pledged in force, unheld, not surrendered, at that head."""
    receipt = holds.living(draft, number)
    if receipt.charge.stage is not Encumbrance.REGISTERED:
        title.must_be_free(receipt)
    title.must_not_be_surrendered(receipt)
    holds.must_be_unheld(draft, receipt, act.time)
    act.same_head(head, receipt.head)
    return receipt


def _consent(draft: Draft, act: Act, receipt: Receipt, holder: Party) -> None:
    """Holder and keeper, and the lender while something is pledged."""
    lender = receipt.charge.lender
    act.count(2 if lender is None else 3)
    act.must_sign(0, holder)
    act.must_sign(1, stock.opened(draft, receipt.lot).keeper)
    if lender is not None:
        act.must_sign(2, lender)


def _must_be_the_whole(receipt: Receipt, act: Act) -> None:
    pieces = len(act["numbers"])
    lengths = {pieces, len(act["quantities"]), len(act["pledged"]), len(act["documents"])}
    if len(lengths) > 1 or not 2 <= pieces <= MOST_PIECES:
        raise Refused("ReceiptsPieces", f"{pieces} pieces")
    if any(pledged > quantity for pledged, quantity in zip(act["pledged"], act["quantities"], strict=True)):
        raise Refused("ReceiptsNotThatMuch", "more pledged of a piece than it has")
    if (sum(act["quantities"]), sum(act["pledged"])) != (receipt.quantity, receipt.charge.pledged):
        raise Refused("ReceiptsNotTheWhole", f"of {receipt.quantity} g, {receipt.charge.pledged} g pledged")


def _kind_of(receipt: Receipt) -> tuple[object, ...]:
    return receipt.lot, receipt.holder.organisation, receipt.until, receipt.trade, receipt.charge.pledge


def _since(party: Party) -> int:
    return party.since


def _succeed(draft: Draft, act: Act, receipt: Receipt) -> None:
    """The receipt as it goes on, in place of the one that it was."""
    old = act["receipt"]
    draft.receipts[old] = moved(draft.receipts[old], act, state=State.REPLACED)
    successor = replace(receipt, document=act["document"], parent=old, holds=(), head=act.after(NONE))
    charging.bear(draft, act["number"], successor)


def _must_be_lost(receipt: Receipt, time_s: int) -> None:
    """It is held as lost long enough, and by nothing else."""
    if not receipt.holds or receipt.holds[0].kind is not HoldKind.LOST:
        raise Refused("ReceiptsNotLost", "it is not held as lost")
    if len(receipt.holds) > 1:
        raise Refused("ReceiptsHeld", receipt.holds[1].kind.name.lower())
    if time_s < receipt.holds[0].time + NOTICE_S:
        raise Refused("ReceiptsNotLost", "the notice is not over")


RULES = {"Split": split, "Merge": merge, "Amend": amend, "Replace": renew, "ReplaceLost": renew_lost}
