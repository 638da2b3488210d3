"""The chain into the book: each entry once, by its contract and number, in the order in which it was carried out.

What was written already is not written again; of two desks that follow one chain into one book, one is first. Where a
pledge is this lender's and its facility or its goods are not known here, it is told of and not guessed; once they are
known, the next synchronisation attaches it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from tally_chain.receipts.history import SignedOperation
from tally_finance.book.journal import Head, Recorded
from tally_finance.book.position import position_in, state_at
from tally_finance.book.store import News
from tally_finance.desk.desk import Desk
from tally_finance.desk.following import Reader
from tally_finance.desk.quotes import judge
from tally_finance.desk.replay import Step, View, key_of, name_of
from tally_finance.desk.sheet import facilities_by_terms
from tally_finance.errors import BookMovedError, DeskError

_TRIES: Final = 5
"""Of two desks that write at once one reads again; a third time in a row is chance, a sixth is something else."""


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
        history = desk.chain.history()
        view = desk.view.on(history)
        written = 0
        for _ in range(_TRIES):
            try:
                done = _run(desk, view, written)
            except BookMovedError:
                continue
            judge(desk)
            return done
        raise BookMovedError(f"book {desk.sheet.book} was written by others {_TRIES} times in a row")


def reader_of(desk: Desk, entries: Sequence[Recorded]) -> Reader:
    """How the desk reads the chain, by what its book knows."""

    def missing(facility: str, at: int) -> Decimal:
        known_at = max(one.entry.known_at for one in entries)
        return position_in(state_at(entries, max(known_at, at), at), facility).missing_cash

    living = state_at(entries, 2**37, 2**37).events if entries else ()
    return Reader(desk.sheet, facilities_by_terms(living), missing)


def _run(desk: Desk, view: View, written: int) -> Synced:
    entries = list(desk.book.entries())
    known = {key.rpartition(" ")[0]: key for key in (one.entry.key for one in entries) if key.startswith("chain ")}
    reader = reader_of(desk, entries)
    for step, after in view.steps():
        news = _news(reader, step, known)
        if news:
            key = f"{key_of(step.entry)} {name_of(step.entry)}"
            entries += desk.append(news, key=key, expected=_head(desk, entries))
            written += 1
        view = after
        desk.show(view)
    unattributed = []
    for number, news in _unattached(reader, view, entries):
        if news:
            entries += desk.append(news, key=f"attach {view.read} {number.hex()}", expected=_head(desk, entries))
            written += 1
        else:
            unattributed.append(number)
    desk.show(view)
    return Synced(view.read, view.history.last_block, written, tuple(unattributed))


def _head(desk: Desk, entries: Sequence[Recorded]) -> Head:
    return Head(entries[-1].entry.seq, entries[-1].digest) if entries else desk.book.head()


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


def _unattached(reader: Reader, view: View, entries: Sequence[Recorded]) -> Iterator[tuple[bytes, list[News]]]:
    """Pledges that the chain has and the book has not, with what attaches them, or nothing where that is not known."""
    ours = [number for number, receipt in view.book.receipts.items() if reader.is_ours(receipt)]
    if not ours:
        return
    goods = state_at(entries, 2**37, 2**37).goods if entries else None
    for number in sorted(ours):
        if goods is not None and number in goods.pledges:
            continue
        digest = view.book.receipts[number].head
        yield number, reader.attached(view.book, number, digest, view.block, view.time_seconds)
