"""What is in a lot, and what of it is receipted and pledged: the sums, as title, pledging and intake change them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tally_chain.receipts.rules.acts import Act, Refused, moved
from tally_chain.receipts.rules.book import Draft
from tally_chain.receipts.rules.records import NONE, Lot, Party, Stake, Use, Weighing

MOST_WEIGHINGS = 64
MOST_RECEIPTS = 256
"""Live receipts of a lot, so that a shortage is shared in one operation."""
MOST_LENDERS = 16
"""Lenders of a lot, so that all of them can sign one operation."""


def issued(draft: Draft, act: Act, name: bytes, quantity: int) -> None:
    """One receipt more."""
    lot = _creditable(draft, act, name)
    if lot.face + quantity > lot.weighed:
        raise Refused("LotsMoreThanWeighed", f"{lot.face + quantity} g of {lot.weighed} g")
    draft.lots[name] = replace(lot, face=lot.face + quantity)
    recounted(draft, name, more=1)


def retired(draft: Draft, name: bytes, quantity: int, *, gone: bool) -> None:
    """So much of a receipt is no more; `gone` where the receipt itself is no more."""
    lot = opened(draft, name)
    draft.lots[name] = replace(lot, face=lot.face - quantity, receipts=lot.receipts - gone)


def recounted(draft: Draft, name: bytes, *, fewer: int = 0, more: int = 0) -> None:
    """The same quantity in other receipts."""
    lot = opened(draft, name)
    receipts = lot.receipts + more - fewer
    if receipts > MOST_RECEIPTS:
        raise Refused("LotsTooManyOrFew", f"{receipts} receipts, at most {MOST_RECEIPTS}")
    draft.lots[name] = replace(lot, receipts=receipts)


def pledged_more(draft: Draft, act: Act, name: bytes, quantity: int, lender: Party) -> None:
    """So much more is pledged to that lender."""
    lot = _creditable(draft, act, name)
    if lot.pledged + quantity > lot.lower:
        raise Refused("LotsMoreThanAttested", f"{lot.pledged + quantity} g of {lot.lower} g")
    stakes = list(lot.stakes)
    for place, stake in enumerate(stakes):
        if stake.lender.organisation == lender.organisation:
            oldest = min(stake.lender, lender, key=lambda party: party.since)
            stakes[place] = Stake(oldest, stake.pledged + quantity)
            break
    else:
        if len(stakes) >= MOST_LENDERS:
            raise Refused("LotsTooManyOrFew", f"at most {MOST_LENDERS} lenders")
        stakes.append(Stake(lender, quantity))
    draft.lots[name] = replace(lot, pledged=lot.pledged + quantity, stakes=tuple(stakes))


def pledged_less(draft: Draft, name: bytes, quantity: int, lender: Party) -> None:
    """So much less is pledged to that lender; the last lender takes the place of one that goes."""
    lot = opened(draft, name)
    if quantity == 0:
        return
    stakes = list(lot.stakes)
    place = next(at for at, stake in enumerate(stakes) if stake.lender.organisation == lender.organisation)
    left = stakes[place].pledged - quantity
    if left:
        stakes[place] = replace(stakes[place], pledged=left)
    else:
        stakes[place] = stakes[-1]
        stakes.pop()
    draft.lots[name] = replace(lot, pledged=lot.pledged - quantity, stakes=tuple(stakes))


def went_out(draft: Draft, act: Act, name: bytes) -> None:
    """Goods have left, as `act` says by quantity, evidence and serials: more than was there leaves nothing.

    Faces and pledges are their owners' to change.
    """
    lot, quantity = opened(draft, name), act["quantity"]
    some(act["evidence"])
    if lot.serialised:
        some(act["serials"])
    elif act["serials"]:
        raise Refused("LotsSerials", f"{len(act['serials'])} serials, not 0")
    for one in act["evidence"]:
        spend(draft, one, Weighing(name, Use.OUT))
    for serial in act["serials"]:
        take_serial(draft, serial, name)
    left = {field: max(0, getattr(lot, field) - quantity) for field in ("weighed", "estimate", "lower", "upper")}
    draft.lots[name] = moved(lot, act, **left)


def over_picked(draft: Draft, name: bytes) -> None:
    """More went out than was ordered."""
    draft.lots[name] = replace(opened(draft, name), short=True)


def opened(draft: Draft, name: bytes) -> Lot:
    """A lot that lives."""
    lot = draft.lots.get(name)
    if lot is None:
        raise Refused("LotsUnknown", name.hex())
    if not lot.open:
        raise Refused("LotsClosed", name.hex())
    return lot


def lies_in(draft: Draft, serial: bytes) -> bytes:
    """The open lot that a serial lies in, or NONE."""
    name = draft.serials.get(serial, NONE)
    return name if name != NONE and draft.lots[name].open else NONE


def spend(draft: Draft, evidence: bytes, weighing: Weighing) -> None:
    """The evidence of a weighing counts once for ever."""
    if evidence == NONE:
        raise Refused("LotsZeroId", "no evidence")
    if evidence in draft.weighings:
        raise Refused("LotsSpent", evidence.hex())
    draft.weighings[evidence] = weighing


def put_serial(draft: Draft, serial: bytes, name: bytes) -> None:
    """A serial lies in one open lot."""
    if serial == NONE:
        raise Refused("LotsZeroId", "no serial")
    if lies_in(draft, serial) != NONE:
        raise Refused("LotsSerialKnown", serial.hex())
    draft.serials[serial] = name


def take_serial(draft: Draft, serial: bytes, name: bytes) -> None:
    """A serial leaves the lot that it lies in."""
    if draft.serials.get(serial) != name:
        raise Refused("LotsSerialNotHere", serial.hex())
    draft.serials[serial] = NONE


def _creditable(draft: Draft, act: Act, name: bytes) -> Lot:
    """A lot that takes new receipts and pledges."""
    lot = opened(draft, name)
    if lot.short:
        raise Refused("LotsShort", name.hex())
    must_be_fresh(lot, act)
    return lot


def must_be_fresh(lot: Lot, act: Act) -> None:
    """New credit, and sharing a shortage, needs a young attestation."""
    if not lot.fresh(act.time):
        raise Refused("LotsStale", f"attested as of {lot.attested_at}")


def some(given: Sequence[object]) -> None:
    """At least one, and as many as one operation carries."""
    if not 0 < len(given) <= MOST_WEIGHINGS:
        raise Refused("LotsTooManyOrFew", f"{len(given)}, at most {MOST_WEIGHINGS}")
