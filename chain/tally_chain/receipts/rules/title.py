"""Title (权属): issued, endorsed with the keeper's signature (Civil Code art. 910), delivered, cancelled."""

from __future__ import annotations

from tally_chain.receipts.rules import charging, holds, stock, trades
from tally_chain.receipts.rules.acts import Act, Refused, moved
from tally_chain.receipts.rules.book import Draft
from tally_chain.receipts.rules.records import NONE, Encumbrance, Lot, Party, Receipt, State
from tally_chain.registry.roles import KeyRole

GRACE_S = 7 * 86_400
"""Three parties sign after the scale has."""


def issue(draft: Draft, act: Act) -> None:
    """A new receipt over goods that were weighed in and are in no other (开立); signed by keeper, holder, inspector.

    The holder is a party of the trade that it names.
    """
    lot = stock.known(draft, act["lot"])
    if act["number"] in draft.receipts:
        raise Refused("ReceiptsKnownNumber", act["number"].hex())
    act.same_head(act["lotHead"], lot.head)
    _must_run(act, act["until"])
    act.signed_by(3)
    act.must_sign(0, lot.keeper)
    holder = act.newcomer(1, KeyRole.HOLDER, act["holder"], act["holderSince"])
    inspector = act.signer(2, KeyRole.INSPECTOR)
    _third(lot, inspector, act["holder"])
    if act["trade"] != NONE and act["holder"] not in trades.parties(draft, act["trade"]):
        raise Refused("ReceiptsNoPartyOfTheTrade", act["holder"].hex())
    receipt = Receipt(
        lot=act["lot"],
        holder=holder,
        quantity=act["quantity"],
        until=act["until"],
        document=act["document"],
        trade=act["trade"],
        head=act.after(NONE),
        held_block=act.block,
    )
    charging.bear(draft, act["number"], receipt)
    stock.issued(draft, act, act["lot"], act["quantity"], act["holder"])


def endorse(draft: Draft, act: Act) -> None:
    """Another holder (背书转让); signed by holder, keeper, new holder.

    One that is no party of the trade takes the goods out of it; while somebody finances the trade nobody does.
    """
    receipt = _movable(draft, act)
    must_not_be_surrendered(receipt)
    _must_run(act, receipt.until)
    keeper = stock.opened(draft, receipt.lot).keeper
    act.signed_by(3)
    act.must_sign(0, receipt.holder)
    act.must_sign(1, keeper)
    independent(act["to"], keeper.organisation)
    holder = act.newcomer(2, KeyRole.HOLDER, act["to"], act["toSince"])
    trade = _trade_of(draft, receipt.trade, act["to"])
    draft.receipts[act["receipt"]] = moved(receipt, act, holder=holder, trade=trade, held_block=act.block)


def surrender(draft: Draft, act: Act) -> None:
    """Back to its keeper (缴回), which can only cancel it; signed by holder, keeper."""
    receipt = _movable(draft, act)
    must_not_be_surrendered(receipt)
    keeper = stock.opened(draft, receipt.lot).keeper
    act.signed_by(2)
    act.must_sign(0, receipt.holder)
    act.must_sign(1, keeper)
    by = receipt.holder.organisation
    draft.receipts[act["receipt"]] = moved(receipt, act, holder=keeper, surrendered_by=by, held_block=act.block)


def cancel(draft: Draft, act: Act) -> None:
    """Ends a receipt that its keeper holds (注销); signed by the keeper. Its goods are unreceipted again."""
    receipt = _movable(draft, act)
    if receipt.holder.role is not KeyRole.KEEPER:
        raise Refused("ReceiptsNotSurrendered", act["receipt"].hex())
    act.signed_by(1)
    act.must_sign(0, receipt.holder)
    draft.receipts[act["receipt"]] = moved(receipt, act, state=State.CANCELLED)
    stock.retired(draft, act, receipt.lot, receipt.quantity, gone=True, holder=receipt.surrendered_by)


def deliver(draft: Draft, act: Act) -> None:
    """Goods go to the holder of a free receipt (提货), also after its term; signed by holder, keeper, verifier.

    What is held of it stays. `last` ends a receipt with a rest, which is unreceipted then. What began after the goods
    had left stops nothing; but where it stands, witnesses at `places` say when they left. They also see the last piece
    go where it weighs more than is left of the face.
    """
    number, quantity = act["receipt"], act["quantity"]
    receipt = holds.living(draft, number)
    must_be_free(receipt)
    must_not_be_surrendered(receipt)
    _must_have_left(act)
    holds.must_not_be_short(draft, receipt, act["leftAt"])
    if quantity == 0:
        raise Refused("ReceiptsZero", "nothing is delivered")
    if quantity > receipt.quantity:
        raise Refused("ReceiptsNotThatMuch", f"{quantity} g of {receipt.quantity} g")
    holds.must_stay(receipt, 0 if act["last"] else receipt.quantity - quantity, act["leftAt"])
    act.same_head(act["head"], receipt.head)
    act.signed_by(3 + len(act["places"]))
    lot = stock.opened(draft, receipt.lot)
    act.must_sign(0, receipt.holder)
    act.must_sign(1, lot.keeper)
    _third(lot, act.signer(2, KeyRole.VERIFIER), receipt.holder.organisation)
    seen = bool(act["places"])
    late = holds.began_since(draft, receipt, act["leftAt"])
    stock.must_witness(lot, act, needed=late or (seen and bool(act["serials"])), first=3)
    gone = act["last"] or quantity == receipt.quantity
    left = 0 if gone else receipt.quantity - quantity
    draft.receipts[number] = moved(receipt, act, quantity=left, state=State.DELIVERED if gone else receipt.state)
    stock.went_out(draft, act, receipt.lot, act["leftAt"], whole=seen and quantity == receipt.quantity)
    stock.retired(draft, act, receipt.lot, quantity, gone=gone)
    if gone:
        rest, holder = receipt.quantity - quantity, receipt.holder.organisation
        stock.retired(draft, act, receipt.lot, rest, gone=False, holder=holder)


def independent(*organisations: bytes) -> None:
    """What several sign together, none of them says alone."""
    if len(set(organisations)) < len(organisations):
        raise Refused("ReceiptsNotIndependent", "one organisation in two parts")


def must_be_free(receipt: Receipt) -> None:
    """Refuses what is offered or pledged."""
    if receipt.charge.stage is not Encumbrance.FREE:
        raise Refused("ReceiptsEncumbered", receipt.charge.stage.name.lower())


def must_not_be_surrendered(receipt: Receipt) -> None:
    """Only a keeper to which a receipt was surrendered holds in that role."""
    if receipt.holder.role is KeyRole.KEEPER:
        raise Refused("ReceiptsSurrendered")


def _trade_of(draft: Draft, name: bytes, holder: bytes) -> bytes:
    """The trade of goods that go to this holder."""
    if name == NONE or holder in trades.parties(draft, name):
        return name
    if draft.trades[name].lender != NONE:
        raise Refused("ReceiptsTradeFinanced", draft.trades[name].lender.hex())
    return NONE


def _movable(draft: Draft, act: Act) -> Receipt:
    """A living receipt, free, unheld, at that head."""
    receipt = holds.living(draft, act["receipt"])
    must_be_free(receipt)
    holds.must_be_unheld(draft, receipt, act.time)
    act.same_head(act["head"], receipt.head)
    return receipt


def _third(lot: Lot, third: Party, holder: bytes) -> None:
    """A witness of the lot, and three organisations."""
    if not lot.has_witness(third):
        raise Refused("ReceiptsNotAWitness", third.organisation.hex())
    independent(third.organisation, holder, lot.keeper.organisation)


def _must_have_left(act: Act) -> None:
    """Goods are told of after they have left, and within a week."""
    if not act["leftAt"] <= act.time <= act["leftAt"] + GRACE_S:
        raise Refused("ReceiptsNotInTime", f"they left at {act['leftAt']}")


def _must_run(act: Act, until: int) -> None:
    if act.time > until:
        raise Refused("ReceiptsExpired", f"its term ended at {until}")


RULES = {"Issue": issue, "Endorse": endorse, "Surrender": surrender, "Cancel": cancel, "Deliver": deliver}
