"""What is in a lot, and what of it is receipted and pledged: the sums, as title, pledging and intake change them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from tally_chain.receipts.rules.acts import Act, Refused, moved
from tally_chain.receipts.rules.book import Draft
from tally_chain.receipts.rules.records import NONE, Deposit, Lot, Party, Stake, Use, Weighing

MOST_WEIGHINGS = 64
MOST_RECEIPTS = 256
"""Live receipts of a lot, so that a shortage is shared in one operation."""
MOST_RECEIPTS_BEFORE_SALES = 192
"""As many of them come by issues and splits; the rest is room for parts that are sold."""
MOST_DEPOSITORS = 128
"""Depositors with goods in no receipt, for the same reason."""
MOST_DEPOSITORS_BY_INBOUND = 64
"""As many of them come by what is brought in; the rest is room for those whose receipts end."""
MOST_LENDERS = 16
"""Lenders of a lot, so that all of them can sign one operation."""
LEAST_PLEDGE = 64
"""A lender's first pledge in a lot is at least this part of the lower bound, so that no trifles fill the list."""
NOTICED_PART = 64
"""Notice of a shortage begins anew where this part more of the estimate is missing; noise is less."""
PPM = 1_000_000


def issued(draft: Draft, act: Act, name: bytes, quantity: int, holder: bytes) -> None:
    """One receipt more, over goods that its holder brought (Civil Code art. 908: they go back to who stored them)."""
    lot = _creditable(draft, act, name)
    most = min(lot.weighed, lot.upper)
    if lot.face + quantity > most:
        raise Refused("LotsMoreThanWeighed", f"{lot.face + quantity} g of {most} g")
    deposits = withdrawn(lot, holder, quantity)
    draft.lots[name] = replace(lot, face=lot.face + quantity, deposits=deposits)
    _recounted(draft, name, 0, 1, MOST_RECEIPTS_BEFORE_SALES)


def retired(draft: Draft, act: Act, name: bytes, quantity: int, *, gone: bool, holder: bytes = NONE) -> None:
    """So much of a receipt is no more; `gone` where the receipt itself is no more.

    The goods are `holder`'s again, without a receipt; NONE where they have left.
    """
    lot = opened(draft, name)
    deposits = lot.deposits if holder == NONE else deposited(lot, act, holder, quantity, MOST_DEPOSITORS)
    lot = replace(lot, face=lot.face - quantity, receipts=lot.receipts - gone, deposits=deposits)
    draft.lots[name] = judged(lot, act.time) if lot.short else lot


def written_down(draft: Draft, name: bytes, quantity: int, *, gone: bool) -> None:
    """So much of a receipt is no more because it never was, or is not any more."""
    lot = opened(draft, name)
    draft.lots[name] = replace(lot, face=lot.face - quantity, receipts=lot.receipts - gone)


def recounted(draft: Draft, name: bytes, *, fewer: int = 0, more: int = 0) -> None:
    """The same quantity in other receipts. Where none is gone a part was sold, for which room is kept."""
    _recounted(draft, name, fewer, more, MOST_RECEIPTS_BEFORE_SALES if fewer else MOST_RECEIPTS)


def _recounted(draft: Draft, name: bytes, fewer: int, more: int, most: int) -> None:
    lot = opened(draft, name)
    receipts = lot.receipts + more - fewer
    if receipts > most and more > fewer:
        raise Refused("LotsTooManyOrFew", f"{receipts} receipts, at most {most}")
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
        if quantity * LEAST_PLEDGE < lot.lower:
            raise Refused("LotsTooLittle", f"{quantity} g, {lot.lower} g are lendable")
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


def went_out(draft: Draft, act: Act, name: bytes, left_at: int, *, whole: bool = False) -> None:
    """Goods have left, as `act` says by quantity, evidence and serials: more than was there leaves nothing.

    Figures as of then or later are without them already, and say no more than the book does; where that made the lot
    short and nothing else, it is short no more. Faces and pledges are their owners' to change. Where `whole`, the last
    serial may weigh more than is left of the quantity.
    """
    lot, quantity = opened(draft, name), act["quantity"]
    some(act["evidence"])
    if lot.serialised:
        some(act["serials"])
    elif act["serials"]:
        raise Refused("LotsSerials", f"{len(act['serials'])} serials, not 0")
    for one in act["evidence"]:
        spend(draft, one, Weighing(name, Use.OUT))
    gone = _take_serials(draft, act["serials"], name, quantity, whole=whole) if lot.serialised else quantity
    weighed = max(0, lot.weighed - quantity)
    figures = {field: getattr(lot, field) for field in ("estimate", "lower", "upper")}
    if left_at > lot.attested_at:
        figures = {field: max(0, figure - gone) for field, figure in figures.items()}
    else:
        figures = {field: min(figure, weighed) for field, figure in figures.items()}
    lot = moved(lot, act, weighed=weighed, moved_at=max(lot.moved_at, left_at), **figures)
    draft.lots[name] = judged(lot, act.time) if lot.short else lot


def was_short(lot: Lot, moment: int) -> bool:
    """Whether the lot was held for shortage at that time, and still is."""
    return lot.short and lot.short_since <= moment


def must_witness(lot: Lot, act: Act, *, needed: bool, first: int) -> None:
    """The lot's quorum, none of them its keeper, at the places that the act names; where not needed, no places."""
    if needed:
        witnessed(lot, act, first=first, keeper_too=False)
    elif act["places"]:
        raise Refused("LotsQuorum", f"{len(act['places'])} witnesses where none is asked for")


def witnessed(lot: Lot, act: Act, *, first: int, keeper_too: bool = True) -> None:
    """Enough witnesses, at ascending places, whose signatures begin at `first`."""
    chosen = act["places"]
    if len(chosen) < lot.quorum:
        raise Refused("LotsQuorum", f"{len(chosen)} of {lot.quorum}")
    for at, place in enumerate(chosen):
        if place >= len(lot.witnesses) or (at and place <= chosen[at - 1]):
            raise Refused("LotsPlace", str(place))
        witness = lot.witnesses[place]
        if witness.organisation == lot.keeper.organisation and not keeper_too:
            raise Refused("LotsKeepersPlace", str(place))
        act.must_sign(first + at, Party(witness.organisation, lot.panel_since, witness.role))


def over_picked(draft: Draft, act: Act, name: bytes) -> None:
    """More went out than was ordered."""
    draft.lots[name] = judged(replace(opened(draft, name), said_short=True), act.time)


def judged(lot: Lot, time_s: int) -> Lot:
    """A lot is short where that was said, where goods are missing beyond the allowance, or receipts are over more than
    there is by the book.

    Notice of it begins anew where the estimate falls much below what was noticed.
    """
    # In millionths of a gram, so that nothing rounds.
    missing = lot.upper * PPM + lot.allowance_ppm * lot.weighed_ever < lot.weighed * PPM
    short = lot.said_short or missing or lot.weighed < lot.face
    if short != lot.short:
        noticed = (time_s, lot.estimate) if short else (0, 0)
        return replace(lot, short=short, short_since=noticed[0], noticed_at=noticed[0], noticed=noticed[1])
    if lot.estimate * NOTICED_PART < lot.noticed * (NOTICED_PART - 1):
        return replace(lot, noticed_at=time_s, noticed=lot.estimate)
    return lot


def deposited(lot: Lot, act: Act, depositor: bytes, quantity: int, most: int) -> Mapping[bytes, Deposit]:
    """The deposits of a lot with goods more that are in no receipt."""
    if quantity == 0:
        return lot.deposits
    has = lot.deposits.get(depositor, Deposit(0, act.block - 1))
    if not has.quantity and len(lot.deposits) >= most:
        raise Refused("LotsTooManyOrFew", f"at most {most} depositors")
    return {**lot.deposits, depositor: replace(has, quantity=has.quantity + quantity)}


def withdrawn(lot: Lot, depositor: bytes, quantity: int) -> dict[bytes, Deposit]:
    """The deposits of a lot without goods that get a receipt, or were none."""
    has = lot.deposits.get(depositor, Deposit(0, 0))
    if has.quantity < quantity:
        raise Refused("LotsNotDeposited", f"{quantity} g of {has.quantity} g that {depositor.hex()} brought")
    left = replace(has, quantity=has.quantity - quantity)
    others = {name: one for name, one in lot.deposits.items() if name != depositor}
    return {**others, depositor: left} if left.quantity else others


def opened(draft: Draft, name: bytes) -> Lot:
    """A lot that lives."""
    lot = known(draft, name)
    if not lot.open:
        raise Refused("LotsClosed", name.hex())
    return lot


def known(draft: Draft, name: bytes) -> Lot:
    """A lot, also one that is closed."""
    lot = draft.lots.get(name)
    if lot is None:
        raise Refused("LotsUnknown", name.hex())
    return lot


def lies_in(draft: Draft, serial: bytes) -> bytes:
    """The open lot that a serial lies in, or NONE."""
    weighing = draft.weighings.get(draft.serials.get(serial, NONE))
    return weighing.lot if weighing is not None and draft.lots[weighing.lot].open else NONE


def spend(draft: Draft, evidence: bytes, weighing: Weighing) -> None:
    """The evidence of a weighing counts once for ever."""
    if evidence == NONE:
        raise Refused("LotsZeroId", "no evidence")
    if evidence in draft.weighings:
        raise Refused("LotsSpent", evidence.hex())
    draft.weighings[evidence] = weighing


def put_serial(draft: Draft, serial: bytes, evidence: bytes) -> None:
    """A serial lies in one open lot."""
    if serial == NONE:
        raise Refused("LotsZeroId", "no serial")
    if lies_in(draft, serial) != NONE:
        raise Refused("LotsSerialKnown", serial.hex())
    draft.serials[serial] = evidence


def _take_serials(draft: Draft, serials: Sequence[bytes], name: bytes, quantity: int, *, whole: bool) -> int:
    """What they weigh: each leaves the lot that it lies in, and weighs what it weighed when it came."""
    weighs, last = 0, 0
    for serial in serials:
        weighing = draft.weighings.get(draft.serials.get(serial, NONE))
        if weighing is None or weighing.lot != name:
            raise Refused("LotsSerialNotHere", serial.hex())
        last = weighing.quantity
        weighs += last
        draft.serials[serial] = NONE
    if weighs != quantity and not (whole and weighs - last < quantity < weighs):
        raise Refused("LotsSerialQuantity", f"{weighs} g, not {quantity} g")
    return weighs


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
