"""Pledges that the chain has and the book has not, once their facility and goods are known (补登). No IO.

A desk may come to know a facility or goods after they were pledged. Then all that the chain ever said of such a pledge
is read again from its beginning: orders, floors, calls, default and what left, and not only what stands now. What took
effect before the facility was opened is dated to its opening: the book knows nothing of an earlier time.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from tally_chain.receipts.history import SignedOperation
from tally_chain.receipts.rules.book import Book as ChainBook
from tally_finance.book.events import Event
from tally_finance.book.journal import Recorded
from tally_finance.book.loan_events import MarginCalled
from tally_finance.book.position import State, position_in, state_at
from tally_finance.book.store import News
from tally_finance.desk.following import Reader
from tally_finance.desk.replay import View, start

_EVER: Final = 2**37


@dataclass(frozen=True, slots=True)
class Found:
    """`attaching`: by the first receipt of each pledge, what attaches it; `unattributed`: what belongs nowhere here."""

    attaching: tuple[tuple[bytes, list[News]], ...]
    unattributed: tuple[bytes, ...]


def unattached(reader: Reader, view: View, entries: Sequence[Recorded]) -> Found:
    """What the book lacks of the pledges that the chain has now."""
    state = state_at(entries, _EVER, _EVER) if entries else None
    in_book = frozenset() if state is None else frozenset(state.goods.pledges)
    ours = sorted(number for number, receipt in view.book.receipts.items() if reader.is_ours(receipt))
    new = [number for number in ours if number not in in_book]
    known = [number for number in new if reader.pledged(view.book, number) is not None]
    unattributed = tuple(number for number in new if number not in known)
    if not known or state is None:
        return Found((), unattributed)
    by_pledge: dict[bytes, list[bytes]] = {}
    for number in known:
        by_pledge.setdefault(view.book.receipts[number].charge.pledge, []).append(number)
    return Found(
        tuple((numbers[0], _all_of(reader, view, state, numbers)) for numbers in by_pledge.values()), unattributed
    )


def _all_of(reader: Reader, view: View, state: State, numbers: Sequence[bytes]) -> list[News]:
    """All that happened to the receipts of one pledge, those included that they were split from, and stands nowhere."""
    pledged = reader.pledged(view.book, numbers[0])
    assert pledged is not None  # noqa: S101  the caller has looked
    pledge = view.book.receipts[numbers[0]].charge.pledge
    written = {(one.effective_at, _same(one.event)) for one in state.events}
    found: list[News] = []

    def missing(facility: str, at: int) -> Decimal:
        """By what is known now of the goods then: what was called for is what this position lacks."""
        del at
        return position_in(state.after(*(one.event for one in found)), facility).missing_cash

    late = replace(reader, missing=missing)
    for step, after in start(view.history).steps():
        if after.read > view.read:
            break
        if isinstance(step.entry, SignedOperation):
            mine = _under(pledge, step.before) | _under(pledge, step.after)
            news = late.of_receipts(mine, step.before, step.after, step.entry)
            found += [one for one in news if (one.effective_at, _same(one.event)) not in written]
    now = max(view.time_seconds, reader.opened_at[pledged.facility])
    for number in numbers:
        found += reader.noted(view.book, number, view.book.receipts[number].head, view.block, now)
    return found


def _under(pledge: bytes, book: ChainBook) -> frozenset[bytes]:
    return frozenset(number for number, one in book.receipts.items() if one.charge.pledge == pledge)


def _same(event: Event) -> Hashable:
    """By which an event is known again: how much a call missed was reckoned when it was written."""
    return (event.facility, event.until) if isinstance(event, MarginCalled) else event
