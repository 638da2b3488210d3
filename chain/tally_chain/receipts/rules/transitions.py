"""What must not change from one book to the next: I4, I6, I7, I12, I13, I15 of the project's list.

Each is said of the receipts alone, by other means than the rules: of who signed, and of what was so before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from tally_chain.receipts.kinds.kind import HoldKind
from tally_chain.receipts.rules.acts import Signer
from tally_chain.receipts.rules.book import Book
from tally_chain.receipts.rules.records import FREE, NONE, Encumbrance, Receipt
from tally_chain.registry.roles import KeyRole

_SUCCESSIONS = ("Split", "Merge", "Replace", "ReplaceLost", "Sell", "TakeOver")
_BY_EARLIER_WORD_OF_THE_LENDER = ("Execute", "ExecuteDynamic")
_WITHOUT_THE_LENDER = ("Apportion", "ReplaceLost")
"""A loss is borne by all; a lost document is replaced with its pledge on it."""


def broken_by(before: Book, after: Book, kind: str, signers: Sequence[Signer], left_at: int | None = None) -> list[str]:
    """Everything that one operation of that kind, signed by these, must not have done.

    `left_at` is when the goods left that it writes down (seconds): what began later stops nothing of it.
    """
    found = []
    signed = {signer.organisation for signer in signers}
    courts = any(signer.role is KeyRole.COURT_LIAISON for signer in signers)
    for number, old in before.receipts.items():
        new = after.receipts.get(number)
        if new is old:
            continue
        if new is None:
            found.append(f"I4: receipt {number.hex()} is gone")
            continue
        said = [
            *_title(old, new, kind),
            *_consent(old, new, kind, signed, left_at),
            *_shortage(before, old, new, kind, left_at),
            *_forfeiture(old, new, kind, signed),
            *_holds(old, new, kind, courts=courts),
        ]
        found += [f"{text} (receipt {number.hex()}, {kind})" for text in said]
    return [*found, *_conservation(before, after, kind)]


def _title(old: Receipt, new: Receipt, kind: str) -> Iterator[str]:
    """I4: what is over stays over, with whom and how much it was."""
    if not old.live and replace(new, head=old.head, charge=old.charge) != old:
        yield "I4: what was over has changed"
    if not old.live and new.charge not in (old.charge, FREE):
        yield "I4: what was over is encumbered"
    # What was sold is in the pledgor's trade no more, nor what went to who is no party of it.
    left_it = kind in ("Sell", "TakeOver", "Endorse") and new.trade == NONE
    trade = NONE if left_it else old.trade
    if (old.lot, old.until, trade, old.parent) != (new.lot, new.until, new.trade, new.parent):
        yield "I7: lot, term, trade or parent has changed"


def _moved(old: Receipt, new: Receipt) -> bool:
    return (old.holder, old.quantity, old.state) != (new.holder, new.quantity, new.state)


def _consent(old: Receipt, new: Receipt, kind: str, signed: set[bytes], left_at: int | None) -> Iterator[str]:
    """I6: what is pledged or held moves by nobody's word but the lender's too, or not at all."""
    lender = old.charge.lender
    pledged = lender is not None and old.charge.stage is not Encumbrance.OFFERED
    allowed = kind in (*_BY_EARLIER_WORD_OF_THE_LENDER, *_WITHOUT_THE_LENDER)
    if pledged and _moved(old, new) and lender is not None and lender.organisation not in signed and not allowed:
        yield "I6: it moved without its lender"
    holds = [one for one in old.holds if left_at is None or one.time <= left_at]
    if kind in ("Sell", "TakeOver"):
        holds = [one for one in holds if one.setter.role is not KeyRole.HOLDER]
    if holds and _moved(old, new) and kind not in ("Deliver", "Apportion", "ReplaceLost"):
        yield "I6: it moved while it was held"
    if kind == "Deliver" and new.quantity < sum(one.quantity for one in holds):
        yield "I6: what was held of it is gone"


def _shortage(before: Book, old: Receipt, new: Receipt, kind: str, left_at: int | None) -> Iterator[str]:
    """I12: of a short lot nobody is served first; a shortage is shared by face, rounded down."""
    lot = before.lots[old.lot]
    was_short = lot.short and (left_at is None or lot.short_since <= left_at)
    if kind == "Apportion":
        claims = lot.face + lot.deposited
        if new.quantity != old.quantity * min(lot.estimate, claims) // claims or new.charge.pledged != min(
            old.charge.pledged, new.quantity
        ):
            yield "I12: it does not bear its share"
    elif was_short and _moved(old, new) and kind != "ReplaceLost":
        yield "I12: it moved while its lot was short"


def _forfeiture(old: Receipt, new: Receipt, kind: str, signed: set[bytes]) -> Iterator[str]:
    """I13: no lender comes into title without the pledgor's word after the default (Civil Code art. 428, 436)."""
    lender = old.charge.lender
    if lender is None or old.charge.stage is Encumbrance.OFFERED or new.holder == old.holder:
        return
    if new.holder.organisation == lender.organisation:
        agreed = kind == "TakeOver" and old.holder.organisation in signed
        if not agreed or old.charge.stage < Encumbrance.DEFAULT:
            yield "I13: its lender holds it without the pledgor's word"


def _holds(old: Receipt, new: Receipt, kind: str, *, courts: bool) -> Iterator[str]:
    """I15: a hold changes nothing else, and a court's hold falls by a court alone."""
    if kind in ("Hold", "Lift"):
        if replace(new, head=old.head, holds=old.holds) != old:
            yield "I15: a hold changed more than the hold"
    elif new.holds != old.holds:
        yield "I15: a hold came or went by the way"
    lost = set(old.holds) - set(new.holds)
    if any(one.kind is HoldKind.COURT for one in lost) and not courts:
        yield "I15: a court's hold fell without a court"


def _conservation(before: Book, after: Book, kind: str) -> Iterator[str]:
    """I7: where receipts succeed receipts, nothing is more or less, of each lot and of each pledge."""
    if kind not in _SUCCESSIONS:
        return
    for name, lot in before.lots.items():
        now = after.lots[name]
        if now is not lot and (now.face, now.weighed) != (lot.face, lot.weighed):
            yield f"I7: lot {name.hex()} has {now.face} g in receipts after {lot.face} g ({kind})"
    for name, pledge in before.pledges.items():
        if kind not in ("Sell", "TakeOver") and after.pledges[name].outstanding != pledge.outstanding:
            yield f"I7: pledge {name.hex()} is another quantity ({kind})"
