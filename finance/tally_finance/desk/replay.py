"""The contracts' state entry by entry, as the rules replay what the chain proved (docs/formats/operation.md). No IO.

The word of no node is taken for a state: events are complete and signed, and the rules say what follows from them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tally_chain.errors import RegistryHistoryError
from tally_chain.receipts.history import Entry, ReceiptHistory, SignedOperation
from tally_chain.receipts.rebuilding import carried_out
from tally_chain.receipts.rules.acts import Refused
from tally_chain.receipts.rules.apply import book_at
from tally_chain.receipts.rules.book import Book as ChainBook
from tally_finance.errors import DeskError


@dataclass(frozen=True)
class Step:
    """Entry number `number`, from 1, and the states around it."""

    number: int
    entry: Entry
    before: ChainBook
    after: ChainBook


@dataclass(frozen=True)
class View:
    """The first `read` entries of a history, and the state after them. A view never changes; `forward` gives others."""

    history: ReceiptHistory
    book: ChainBook
    read: int = 0

    @property
    def time_seconds(self) -> int:
        """Of the newest block that holds an entry of those read; 0 before the first."""
        return self.history.entries[self.read - 1].moment.time_seconds if self.read else 0

    @property
    def block(self) -> int:
        """That block's number."""
        return self.history.entries[self.read - 1].moment.block_number if self.read else 0

    def block_at(self, time_seconds: int) -> int:
        """The newest block of those read that was there at a time and holds an entry; 0 before the first."""
        moments = (entry.moment for entry in self.history.entries[: self.read])
        return max((one.block_number for one in moments if one.time_seconds <= time_seconds), default=0)

    def steps(self) -> Iterator[tuple[Step, View]]:
        """The entries that follow, each with the view after it. Raises RegistryHistoryError where the rules differ."""
        view = self
        for entry in self.history.entries[self.read :]:
            after = _after(view.book, entry)
            step = Step(view.read + 1, entry, view.book, after)
            view = View(self.history, after, view.read + 1)
            yield step, view

    def on(self, newer: ReceiptHistory) -> View:
        """The same entries in a newer reading of the same chain. Raises DeskError where they are others there."""
        if not self.read:
            return start(newer)
        if self.history.chain_id != newer.chain_id or dict(self.history.places) != dict(newer.places):
            raise DeskError("the chain that is read now is another one")
        if newer.entries[: self.read] != self.history.entries[: self.read]:
            raise DeskError("the chain took back what it had carried out: nothing more goes into the book by itself")
        return View(newer, self.book, self.read)


def start(history: ReceiptHistory) -> View:
    """Before the first entry."""
    return View(history, ChainBook(history.chain_id, dict(history.places)))


def key_of(entry: Entry) -> str:
    """Under which an entry's news stand in a book, but for what it was: its contract and its number there."""
    return f"chain {entry.moment.contract} {entry.moment.sequence}"


def name_of(entry: Entry) -> str:
    """What it was, short: by this a chain that took an entry back is noticed."""
    return entry.digest.hex()[:16] if isinstance(entry, SignedOperation) else entry.site.hex()[:16]


def _after(book: ChainBook, entry: Entry) -> ChainBook:
    try:
        return book_at(book, (carried_out(entry),))
    except Refused as refused:
        raise RegistryHistoryError(f"the chain carried out what the rules refuse: {refused}") from refused
