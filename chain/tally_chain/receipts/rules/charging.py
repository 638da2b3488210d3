"""What pledging and shortage do to a receipt, and with it to the sums of its lot and its pledge.

Nothing here asks who signed.
"""

from __future__ import annotations

from dataclasses import replace

from tally_chain.receipts.rules import holds, stock
from tally_chain.receipts.rules.acts import Act, Refused, moved
from tally_chain.receipts.rules.book import Draft
from tally_chain.receipts.rules.records import FREE, NONE, Charge, Party, Receipt, State


def bear(draft: Draft, number: bytes, receipt: Receipt) -> None:
    """The one way in which a receipt comes to be: a number is used once for ever."""
    if NONE in (number, receipt.document) or receipt.quantity == 0:
        raise Refused("ReceiptsZero", "no number, no document, or a receipt over nothing")
    if number in draft.receipts:
        raise Refused("ReceiptsKnownNumber", number.hex())
    draft.receipts[number] = receipt


def encumber(draft: Draft, act: Act, number: bytes, charge: Charge) -> None:
    """Sets what encumbers a receipt, never beyond its face; the sums of its lot and of its pledge follow."""
    receipt = draft.receipts[number]
    before = receipt.charge
    if charge.pledged > receipt.quantity:
        raise Refused("ReceiptsNotThatMuch", f"{charge.pledged} g of {receipt.quantity} g")
    draft.receipts[number] = moved(receipt, act, charge=charge)
    if charge.pledged > before.pledged and charge.lender is not None:
        more = charge.pledged - before.pledged
        _outstanding(draft, charge.pledge, more)
        stock.pledged_more(draft, act, receipt.lot, more, charge.lender)
    elif charge.pledged < before.pledged and before.lender is not None:
        less = before.pledged - charge.pledged
        _outstanding(draft, before.pledge, -less)
        stock.pledged_less(draft, receipt.lot, less, before.lender)


def reduce(
    draft: Draft,
    act: Act,
    number: bytes,
    charge: Charge,
    *,
    ordered: int,
) -> None:
    """Goods of a pledged receipt have left: its face shrinks by what of them was ordered, at most to nothing.

    What went beyond that is the lot's shortage: it was not this receipt's alone. `act` names quantity, evidence and
    serials.
    """
    receipt, quantity = draft.receipts[number], act["quantity"]
    less = min(quantity, ordered, receipt.quantity)
    gone = less == receipt.quantity
    state = State.DELIVERED if gone else receipt.state
    draft.receipts[number] = replace(receipt, quantity=receipt.quantity - less, state=state)
    encumber(draft, act, number, charge)
    stock.went_out(draft, act, receipt.lot, act["leftAt"])
    stock.retired(draft, act, receipt.lot, less, gone=gone)
    if quantity > less:
        stock.over_picked(draft, act, receipt.lot)


def sold(draft: Draft, act: Act, number: bytes, buyer: Party) -> None:
    """What is pledged goes to the buyer, free; what is not becomes receipt `rest` of who held it."""
    rest, rest_document = act["rest"], act["restDocument"]
    before = draft.receipts[number]
    pledged = before.charge.pledged
    encumber(draft, act, number, FREE)
    draft.receipts[number] = replace(
        draft.receipts[number], holder=buyer, quantity=pledged, trade=NONE, held_block=act.block
    )
    if before.quantity == pledged:
        if (rest, rest_document) != (NONE, NONE):
            raise Refused("ReceiptsNotTheWhole", "nothing is left over")
        return
    piece = replace(
        before,
        quantity=before.quantity - pledged,
        parent=number,
        document=rest_document,
        charge=FREE,
        holds=(),
        head=act.after(NONE),
    )
    bear(draft, rest, piece)
    stock.recounted(draft, before.lot, more=1)


def write_down(draft: Draft, act: Act, number: bytes, face: int, court: bytes) -> None:
    """What is left of a receipt after a shortage; no pledge is more than its face.

    Refused while a court or a dispute holds it, for 30 days, and where the court that signed holds it itself. Written
    down to nothing it is Cancelled, and what encumbered it stays as a mark.
    """
    receipt = draft.receipts[number]
    holds.must_not_be_contested(draft, receipt, act.time)
    if receipt.holder.organisation == court:
        raise Refused("SignedByAParty", "the court holds a receipt of the lot")
    charge = receipt.charge
    less = max(0, charge.pledged - face)
    if less and charge.lender is not None:
        stock.pledged_less(draft, receipt.lot, less, charge.lender)
        _outstanding(draft, charge.pledge, -less)
    stock.written_down(draft, receipt.lot, receipt.quantity - face, gone=face == 0)
    draft.receipts[number] = moved(
        receipt,
        act,
        quantity=face,
        charge=replace(charge, pledged=charge.pledged - less),
        state=State.CANCELLED if face == 0 else receipt.state,
    )


def _outstanding(draft: Draft, name: bytes, more: int) -> None:
    pledge = draft.pledges[name]
    draft.pledges[name] = replace(pledge, outstanding=pledge.outstanding + more)
