"""The chain into the book: each entry once, by its contract and number, in the order in which it was carried out.

What was written already is not written again; of two desks that follow one chain into one book, one is first. Where a
pledge is this lender's and its facility or its goods are not known here, it is told of and not guessed; once they are
known, the next synchronisation finds all that the chain ever said of it (`recovering`). A chain that shows less than it
showed, or another block where one was read, is not read on: also not by a desk that was started anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from tally_chain.receipts.history import SignedOperation
from tally_finance.book.journal import Head, Recorded
from tally_finance.book.loan_events import FacilityOpened
from tally_finance.book.position import position_in, state_at
from tally_finance.book.reservation_events import ReservationEnded, Reserved
from tally_finance.book.store import News
from tally_finance.desk import recovering
from tally_finance.desk.chain_reads import ChainReads
from tally_finance.desk.deciding import decided
from tally_finance.desk.desk import CHAIN_AGE_S, OWN, Desk
from tally_finance.desk.following import Reader
from tally_finance.desk.quotes import judge
from tally_finance.desk.replay import Step, View, key_of, name_of, start
from tally_finance.desk.sheet import facilities_by_terms
from tally_finance.errors import DeskError

_EVER: Final = 2**37
_MOST_AT_ONCE: Final = 900
"""Less than a book takes at once."""


@dataclass(frozen=True, slots=True)
class Synced:
    """How far the chain was read, how many entries went into the book, and the pledges that belong nowhere here."""

    read: int
    block: int
    written: int
    unattributed: tuple[bytes, ...]


def sync(desk: Desk) -> Synced:
    """Read the chain and write what is new; then prices are judged by what is known now.

    Raises DeskError, EngineError, RegistryHistoryError, BookError.
    """
    with desk.syncing:
        reads = ChainReads(desk.engine, desk.sheet.book)
        began_at = desk.clock()
        history = desk.chain.history()
        reads.must_still_stand(desk.chain, history)
        view = desk.view.on(history)
        done = decided(desk.sheet.book, lambda: _run(desk, view))
        reads.keep(desk.chain, history)
        judge(desk)
        desk.was_read(began_at)  # and not before: nobody lends on a price that the news would have changed
        return done


def refresh(desk: Desk) -> None:
    """Read the chain if it was not read just now, and judge prices in any case: new credit stands on both.

    A quote may have come that another process kept and died before it judged. Raises as `sync`.
    """
    if desk.chain_age_s is None or desk.chain_age_s > CHAIN_AGE_S // 2:
        sync(desk)
    else:
        judge(desk)


def reader_of(desk: Desk, entries: Sequence[Recorded]) -> Reader:
    """How the desk reads the chain, by what its book knows."""

    def missing(facility: str, at: int) -> Decimal:
        known_at = max(one.entry.known_at for one in entries)
        return position_in(state_at(entries, max(known_at, at), at), facility).missing_cash

    if not entries:
        return Reader(desk.sheet, {}, missing)
    state = state_at(entries, _EVER, _EVER)
    opened_at = {one.event.facility: one.effective_at for one in state.events if isinstance(one.event, FacilityOpened)}
    facilities = facilities_by_terms(state.events)
    return Reader(desk.sheet, facilities, missing, opened_at, state.goods.reservations.open())


def _run(desk: Desk, view: View) -> Synced:
    entries, written = list(desk.entries()), 0
    known = {key.rpartition(" ")[0]: key for key in (one.entry.key for one in entries) if key.startswith("chain ")}
    _must_show(view, known)
    reader = reader_of(desk, entries)
    for step, after in view.steps():
        news = _news(reader, step, known)
        if news:
            key = f"{key_of(step.entry)} {name_of(step.entry)}"
            entries += desk.append(news, key=key, expected=_head(desk, entries))
            written += 1
        view = after
        desk.show(view)
    found = recovering.unattached(reader, view, entries)
    for number, news in found.attaching:
        for first in range(0, len(news), _MOST_AT_ONCE):
            key = f"attach {view.read} {number.hex()}" + (f" {first}" if first else "")
            entries += desk.append(news[first : first + _MOST_AT_ONCE], key=key, expected=_head(desk, entries))
        written += 1
    desk.show(view)
    for one in _left_behind(desk, view):
        ended = News(desk.now(), ReservationEnded(one.facility, one.operation, "its receipt had moved on"))
        entries += desk.append([ended], key=f"{OWN}left {one.operation.hex()}", expected=_head(desk, entries))
        written += 1
    return Synced(view.read, view.history.last_block, written, found.unattributed)


def is_behind(desk: Desk) -> bool:
    """Whether the book has entries of the chain that this desk has not read: another desk wrote them."""
    read = {key_of(entry) for entry in desk.view.history.entries[: desk.view.read]}
    keys = {one.entry.key.rpartition(" ")[0] for one in desk.entries() if one.entry.key.startswith("chain ")}
    return not keys <= read


def has_head(view: View, number: bytes, head: bytes) -> bool:
    """Whether an operation that names this head of a receipt still counts."""
    receipt = view.book.receipts.get(number)
    return receipt is not None and receipt.head == head


def _left_behind(desk: Desk, view: View) -> list[Reserved]:
    """One for each operation that is still held for though a receipt has left the head that it names.

    A desk that had not read the chain so far, or a receipt that did not concern the lender when it moved. A head that
    this view never saw was read by another desk, which is further.
    """
    if not desk.book.head().seq:
        return []
    held = desk.state().goods.reservations.open(desk.now())
    moved = [one for one in held if not has_head(view, one.receipt, one.head)]
    if not moved:
        return []
    seen = {
        (number, receipt.head)
        for step, after in start(view.history).steps()
        if step.number <= view.read
        for number, receipt in after.book.receipts.items()
        if step.before.receipts.get(number) is not receipt
    }
    return list({one.operation: one for one in moved if (one.receipt, one.head) in seen}.values())


def _head(desk: Desk, entries: Sequence[Recorded]) -> Head:
    return Head(entries[-1].entry.seq, entries[-1].digest) if entries else desk.book.head()


def _must_show(view: View, known: Mapping[str, str]) -> None:
    """Raises DeskError where the book has entries of the chain that the chain does not show any more."""
    gone = known.keys() - {key_of(entry) for entry in view.history.entries}
    if gone:
        raise DeskError(f"the book has {min(gone)!r}, which the chain does not show any more: it took something back")


def _news(reader: Reader, step: Step, known: Mapping[str, str]) -> list[News]:
    """What an entry means; nothing where the book has it already. Raises DeskError where the book has another one."""
    if not isinstance(step.entry, SignedOperation):
        return []
    name = name_of(step.entry)
    written = known.get(key_of(step.entry))
    if written is not None:
        if written != f"{key_of(step.entry)} {name}":
            raise DeskError(f"the book has {written!r}, and the chain carried out {name}: it took something back")
        return []
    return reader.news(step.before, step.after, step.entry)
