"""The third axis (冻结): reasoned holds, lifted while they hold. A hold stops a receipt and changes nothing of it."""

from __future__ import annotations

from dataclasses import replace

from tally_chain.receipts.kinds.kind import HoldKind
from tally_chain.receipts.rules import stock
from tally_chain.receipts.rules.acts import Act, Refused, moved, no_party
from tally_chain.receipts.rules.book import Draft
from tally_chain.receipts.rules.records import NONE, Encumbrance, Hold, Party, Receipt
from tally_chain.registry.roles import KeyRole

MOST_HOLDS = 16
MOST_HOLDS_WITH_COURTS = 32
"""Courts have room of their own: nobody can fill the list against them."""
CONTESTED_S = 30 * 86_400
"""How long a contested receipt keeps a shortage of all from being shared."""

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
    court = act["role"] == KeyRole.COURT_LIAISON
    if len(receipt.holds) >= (MOST_HOLDS_WITH_COURTS if court else MOST_HOLDS):
        raise Refused("ReceiptsTooManyHolds", f"{len(receipt.holds)} holds")
    act.signed_by(1)
    setter = _setter(draft, act, receipt)
    if any(one.kind == kind and one.setter.organisation == setter.organisation for one in receipt.holds):
        raise Refused("ReceiptsHeldAlready", "one hold of a kind and organisation")
    if _word(act["receipt"], kind, setter.organisation, act["reason"]) in draft.ended:
        raise Refused("ReceiptsEndedByCourt", act["reason"].hex())
    made = Hold(act.digest, HoldKind(kind), setter, act["quantity"], act["reason"], act.time, act.block)
    draft.receipts[act["receipt"]] = moved(receipt, act, holds=(*receipt.holds, made))


def lift(draft: Draft, act: Act) -> None:
    """Lifts a hold; signed by who set it, or a court that acts since before it and is no party.

    What a court lifted, its setter does not set again for the same reason. The holder lifts what a lender set whose
    pledge is over, and what who held the receipt before has set.
    """
    receipt = living(draft, act["receipt"])
    act.same_head(act["head"], receipt.head)
    found = [one for one in receipt.holds if one.hold == act["hold"]]
    if not found:
        raise Refused("ReceiptsNoHold", act["hold"].hex())
    held = found[0]
    act.signed_by(1)
    if act["role"] == KeyRole.COURT_LIAISON:
        _lifted_by_court(draft, act, receipt, held)
    elif act["role"] == KeyRole.HOLDER and _is_over(receipt, held.setter):
        act.must_sign(0, receipt.holder)
    elif act["role"] == held.setter.role:
        act.must_sign(0, held.setter)
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


def must_be_unheld(draft: Draft, receipt: Receipt, moment: int) -> None:
    """Refuses a receipt that a hold, or the shortage of its lot, holds that began at that moment or before."""
    held = [one for one in receipt.holds if one.time <= moment]
    if held:
        raise Refused("ReceiptsHeld", held[0].kind.name.lower())
    must_not_be_short(draft, receipt, moment)


def began_since(draft: Draft, receipt: Receipt, moment: int) -> bool:
    """Whether a hold, or the shortage of its lot, stands that began after that moment."""
    lot = draft.lots[receipt.lot]
    return any(one.time > moment for one in receipt.holds) or (lot.short and not stock.was_short(lot, moment))


def must_be_saleable(draft: Draft, receipt: Receipt, moment: int) -> None:
    """As `must_be_unheld`, but for what the holder itself holds: a pledgor does not stop its own sale."""
    others = tuple(one for one in receipt.holds if one.setter.role is not KeyRole.HOLDER)
    must_be_unheld(draft, replace(receipt, holds=others), moment)


def must_not_be_short(draft: Draft, receipt: Receipt, moment: int) -> None:
    """A short lot holds all its receipts: nobody is served first."""
    if stock.was_short(draft.lots[receipt.lot], moment):
        raise Refused("ReceiptsShort", receipt.lot.hex())


def must_not_be_contested(draft: Draft, receipt: Receipt, time_s: int) -> None:
    """No court and no dispute, unless the lot has been short for long."""
    if not stock.was_short(draft.lots[receipt.lot], time_s - CONTESTED_S) and any(
        one.kind in (HoldKind.COURT, HoldKind.DISPUTE) for one in receipt.holds
    ):
        raise Refused("ReceiptsHeld", "contested")


def must_stay(receipt: Receipt, left: int, moment: int) -> None:
    """What was held at that moment fits into what is left; holds add up, as they may be for different goods."""
    held = [one.quantity for one in receipt.holds if one.time <= moment]
    if 0 in held or sum(held) > left:
        raise Refused("ReceiptsHeld", f"{left} g would be left")


def _setter(draft: Draft, act: Act, receipt: Receipt) -> Party:
    """Who signed the hold, if it may hold this receipt for that reason."""
    kind, role = act["kind"], act["role"]
    lot = stock.opened(draft, receipt.lot)
    if role in _STRANGERS.get(kind, ()):
        if kind == HoldKind.LOST:
            return act.court_before(receipt.held_block, *_parties(receipt, lot.keeper))
        stranger = act.signer(0, KeyRole(role))
        if kind == HoldKind.SEAL and not lot.has_witness(stranger):
            raise Refused("ReceiptsNotAWitness", stranger.organisation.hex())
        return stranger
    party = None
    stage = receipt.charge.stage
    # Else a pledgor would hold up its own sale for ever; a court still may. That it lost nothing it may always say.
    lost = any(one.kind is HoldKind.LOST for one in receipt.holds)
    denies = kind == HoldKind.DISPUTE and lost
    stops_a_sale = role == KeyRole.HOLDER and stage >= Encumbrance.DEFAULT and not denies
    if role in _PARTIES.get(kind, ()) and not stops_a_sale:
        parties = {
            KeyRole.HOLDER: receipt.holder,
            KeyRole.LENDER: receipt.charge.lender if stage >= Encumbrance.ACCEPTED else None,
            KeyRole.KEEPER: lot.keeper,
        }
        party = parties[KeyRole(role)]
    if party is None:
        raise Refused("ReceiptsNotByThatRole", f"role {role} does not hold for reason {kind}")
    act.must_sign(0, party)
    return party


def _lifted_by_court(draft: Draft, act: Act, receipt: Receipt, held: Hold) -> None:
    """By one that is no party, which then stays ended, unless a court had set it."""
    no_party(act.court_ends(held.setter, held.block), *_parties(receipt, stock.known(draft, receipt.lot).keeper))
    if held.setter.role is not KeyRole.COURT_LIAISON:
        word = _word(act["receipt"], held.kind, held.setter.organisation, held.reason)
        draft.ended[word] = held.hold


def _parties(receipt: Receipt, keeper: Party) -> tuple[bytes, ...]:
    lender = receipt.charge.lender
    return receipt.holder.organisation, keeper.organisation, NONE if lender is None else lender.organisation


def _word(number: bytes, kind: int, organisation: bytes, reason: bytes) -> bytes:
    return number + bytes([kind]) + organisation + reason


def _is_over(receipt: Receipt, setter: Party) -> bool:
    """A lender's hold that outlived its pledge, or a former holder's."""
    lender = receipt.charge.lender
    now = {
        KeyRole.LENDER: None if lender is None else lender.organisation,
        KeyRole.HOLDER: receipt.holder.organisation,
    }
    return setter.role in now and setter.organisation != now[setter.role]


RULES = {"Hold": hold, "Lift": lift}
