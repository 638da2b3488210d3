"""Events that stand where they can not (次序): a sale before a default, goods that left before a pledge. No IO.

Events may be written late, and a correction may move one, so what can not be is not refused: it is told, and until a
correction mends it nothing new is lent and nothing leaves. Where counting it would make the loan look better than it
may be (proceeds without a default, an extension that is none), it is not counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

from tally_finance.book.cover_events import PriceLocked, PriceLockEnded
from tally_finance.book.goods_events import Disposed, FloorSet, PledgeAttached, PledgeEnded, Released, ReleaseOrdered
from tally_finance.book.journal import Living
from tally_finance.book.loan_events import Defaulted, FacilityExtended, FacilityOpened
from tally_finance.book.reasons import Reason, Why

NOT_COUNTED: Final = (Disposed, FacilityExtended)
"""What a loan takes no notice of where it is out of order."""

_OF_A_PLEDGE: Final = (Released, FloorSet, ReleaseOrdered, Disposed)


def misplaced(opened: FacilityOpened, opened_at: int, own: Iterable[Living]) -> dict[int, Reason]:
    """What is out of order among a facility's `own` events, which are in order: by their numbers in the book.

    Two of one second are in any order. Of the earlier ones the later rely on, `own` holds all that count.
    """
    own = tuple(own)
    began = _beginnings(own)
    found: dict[int, Reason] = {}
    matures = opened.matures
    for one in own:
        for text in _against(one, opened_at, matures, began):
            found.setdefault(one.seq, Reason(Why.OUT_OF_ORDER, opened.facility, f"entry {one.seq}: {text}"))
        if isinstance(one.event, FacilityExtended) and one.seq not in found:
            matures = one.event.matures
    return found


def _beginnings(own: Iterable[Living]) -> dict[object, int]:
    """When default, each receipt's pledge and each price lock first took effect."""
    began: dict[object, int] = {}
    for one in own:
        match one.event:
            case Defaulted():
                began.setdefault(Defaulted, one.effective_at)
            case PledgeAttached() as event:
                began.setdefault(event.receipt, one.effective_at)
            case PriceLocked() as event:
                began.setdefault((PriceLocked, event.contract), one.effective_at)
            case _:
                pass
    return began


def _against(one: Living, opened_at: int, matures: date, began: dict[object, int]) -> Iterator[str]:
    event, at = one.event, one.effective_at

    def precedes(what: object) -> bool:
        return at < began.get(what, at + 1)

    if at < opened_at:
        yield "it took effect before the facility was opened"
    if isinstance(event, Disposed) and precedes(Defaulted):
        yield f"receipt {event.receipt.hex()} was sold, and no default was declared by then"
    if isinstance(event, _OF_A_PLEDGE) and precedes(event.receipt):
        yield f"receipt {event.receipt.hex()} did not secure this facility by then"
    if isinstance(event, PledgeEnded) and at < began.get(event.receipt, at):
        yield f"the pledge of receipt {event.receipt.hex()} ended before it began"
    if isinstance(event, PriceLockEnded) and precedes((PriceLocked, event.contract)):
        yield f"no price was locked by contract {event.contract.hex()} by then"
    if isinstance(event, FacilityExtended) and event.matures <= matures:
        yield f"an extension to {event.matures}, and it matures on {matures}"
