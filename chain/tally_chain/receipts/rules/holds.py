"""The third axis (冻结): reasoned holds, lifted while they hold. A hold stops a receipt and changes nothing of it."""

from __future__ import annotations

from tally_chain.receipts.kinds.kind import HoldKind
from tally_chain.receipts.rules import stock
from tally_chain.receipts.rules.acts import Act, Refused, moved
from tally_chain.receipts.rules.book import Draft
from tally_chain.receipts.rules.records import Encumbrance, Hold, Party, Receipt
from tally_chain.registry.roles import KeyRole

MOST_HOLDS = 16
MOST_HOLDS_WITH_COURTS = 32
"""Courts have room of their own: nobody can fill the list against them."""

_STRANGERS = {
    HoldKind.COURT: (KeyRole.COURT_LIAISON,),
    HoldKind.LOST: (KeyRole.COURT_LIAISON,),
    HoldKind.SEAL: (KeyRole.INSPECTOR, KeyRole.VERIFIER),
}
"""Who may hold any receipt."""
_PARTIES = {
    HoldKind.DISPUTE: (KeyRole.HOLDER, KeyRole.LENDER, KeyRole.KEEPER),
    HoldKind.LOST: (KeyRole.HOLDER,),
    HoldKind.INSURANCE: (KeyRole.LENDER,),
}
"""Who may hold a receipt that it is a party of."""


def hold(draft: Draft, act: Act) -> None:
    """Holds a receipt or part of it; signed by whom the kind says."""
    receipt = living(draft, act["receipt"])
    act.same_head(act["head"], receipt.head)
    if act["quantity"] > receipt.quantity:
        raise Refused("ReceiptsNotThatMuch", f"{act['quantity']} g of {receipt.quantity} g")
    kind = act["kind"]
    if len(receipt.holds) >= (MOST_HOLDS_WITH_COURTS if kind == HoldKind.COURT else MOST_HOLDS):
        raise Refused("ReceiptsTooManyHolds", f"{len(receipt.holds)} holds")
    act.signed_by(1)
    setter = _setter(draft, act, receipt)
    made = Hold(act.digest, HoldKind(kind), setter, act["quantity"], act["reason"], act.time, act.block)
    draft.receipts[act["receipt"]] = moved(receipt, act, holds=(*receipt.holds, made))


def lift(draft: Draft, act: Act) -> None:
    """Lifts a hold; signed by who set it, or, where no court set it, by a court liaison whose key is older."""
    receipt = living(draft, act["receipt"])
    act.same_head(act["head"], receipt.head)
    found = [one for one in receipt.holds if one.hold == act["hold"]]
    if not found:
        raise Refused("ReceiptsNoHold", act["hold"].hex())
    held = found[0]
    act.signed_by(1)
    if act["role"] == held.setter.role:
        act.must_sign(0, held.setter)
    elif act["role"] == KeyRole.COURT_LIAISON:
        act.signer_since(0, KeyRole.COURT_LIAISON, held.block - 1)
    else:
        raise Refused("ReceiptsNotByThatRole", f"role {act['role']} does not lift it")
    kept = list(receipt.holds)
    place = kept.index(held)
    # The last one takes its place, as on the chain.
    kept[place] = kept[-1]
    kept.pop()
    draft.receipts[act["receipt"]] = moved(receipt, act, holds=tuple(kept))


def living(draft: Draft, number: bytes) -> Receipt:
    """A receipt that lives."""
    receipt = draft.receipts.get(number)
    if receipt is None or not receipt.live:
        raise Refused("ReceiptsNotLiving", number.hex())
    return receipt


def must_be_unheld(draft: Draft, receipt: Receipt) -> None:
    """Refuses a receipt that a hold, or the shortage of its lot, holds."""
    if receipt.holds:
        raise Refused("ReceiptsHeld", receipt.holds[0].kind.name.lower())
    must_not_be_short(draft, receipt)


def must_not_be_short(draft: Draft, receipt: Receipt) -> None:
    """A short lot holds all its receipts: nobody is served first."""
    if draft.lots[receipt.lot].short:
        raise Refused("ReceiptsShort", receipt.lot.hex())


def must_stay(receipt: Receipt, left: int) -> None:
    """So much of the face must stay as is held; holds add up, as they may be for different goods."""
    if any(one.quantity == 0 for one in receipt.holds) or sum(one.quantity for one in receipt.holds) > left:
        raise Refused("ReceiptsHeld", f"{left} g would be left")


def _setter(draft: Draft, act: Act, receipt: Receipt) -> Party:
    """Who signed the hold, if it may hold this receipt for that reason."""
    kind, role = act["kind"], act["role"]
    if role in _STRANGERS.get(kind, ()):
        return act.signer(0, KeyRole(role))
    party = None
    # Else a pledgor would hold up its own sale for ever; a court still may.
    stops_a_sale = role == KeyRole.HOLDER and receipt.charge.stage >= Encumbrance.DEFAULT
    if role in _PARTIES.get(kind, ()) and not stops_a_sale:
        parties = {
            KeyRole.HOLDER: receipt.holder,
            KeyRole.LENDER: receipt.charge.lender,
            KeyRole.KEEPER: stock.opened(draft, receipt.lot).keeper,
        }
        party = parties[KeyRole(role)]
    if party is None:
        raise Refused("ReceiptsNotByThatRole", f"role {role} does not hold for reason {kind}")
    act.must_sign(0, party)
    return party


RULES = {"Hold": hold, "Lift": lift}
