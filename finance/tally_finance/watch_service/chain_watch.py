"""The chain as a watch follows it: proven, replayed by the rules, and told of within a look of each block.

The history grows by what is new alone (`receipts.following`); the rules replay each operation, and the invariants are
checked over the book after every look. A node that does not answer is told of after a while; a chain that takes
something back, or carries out what the rules refuse, at once, and nothing more is read of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from tally_chain.engine.interface import Engine
from tally_chain.errors import RegistryHistoryError
from tally_chain.receipts.following import continue_history
from tally_chain.receipts.history import ReceiptHistory, SignedOperation, read_history
from tally_chain.receipts.rules.book import Book
from tally_chain.receipts.rules.invariants import broken
from tally_edge.errors import TallyError
from tally_finance.desk.replay import Step, View, start
from tally_finance.errors import DeskError
from tally_finance.release.picker import Picker
from tally_finance.watch.of_chain import receipt_seen, seen_on
from tally_finance.watch.of_yards import is_secured, yard_of
from tally_finance.watch.seen import Seen, joined
from tally_finance.watch.seen_sources import ChainSeen, ReceiptSeen


class ChainWatch:
    """One chain, for one lender. `look` is for one thread at a time; what it has found may be read from any."""

    def __init__(
        self, engine: Engine, places: Mapping[str, str], organisations: str, lender: bytes, clock: Callable[[], int]
    ) -> None:
        """The caller has checked that the chain is the pinned one. `clock` gives Unix seconds."""
        self._engine, self._places, self._organisations = engine, dict(places), organisations
        self._lender, self._clock = lender, clock
        self._state = ChainSeen("?", clock())
        self._view: View | None = None
        self._noted: dict[str, ReceiptSeen] = {}
        self._pledged_since: dict[bytes, int] = {}

    @property
    def history(self) -> ReceiptHistory | None:
        """What was proven so far; None before the first look that held."""
        return None if self._view is None else self._view.history

    @property
    def book(self) -> Book | None:
        """The state that follows from it."""
        return None if self._view is None else self._view.book

    @property
    def read_at(self) -> int:
        """When the chain was last read and held, Unix seconds."""
        return self._state.last_at

    def look(self) -> bool:
        """Read what is new; says whether anything was, or anything is wrong."""
        if self._state.contradicts:
            return False
        try:
            return self._read()
        except (RegistryHistoryError, DeskError) as error:
            if self._view is None or not _is_lagging(error):
                self._state = replace(self._state, contradicts=str(error))
                return True
            self._state = replace(self._state, trouble=str(error))
        except TallyError as error:  # the node does not answer: it may again
            self._state = replace(self._state, trouble=str(error))
        return False

    def take_note(self, number: str, head: bytes) -> None:
        """The lender takes note of a receipt (hex) as it stands at `head`: it is called changed from there on."""
        book = self.book
        receipt = None if book is None else book.receipts.get(bytes.fromhex(number))
        if book is not None and receipt is not None and receipt.head == head:
            self._noted[number] = receipt_seen(book, bytes.fromhex(number))

    def seen(self, at: int, watched: Iterable[bytes], yards: Mapping[str, bytes], pickers: Iterable[Picker]) -> Seen:
        """What the chain says at `at` of the receipts that are pledged to the lender, and of those `watched`.

        `yards`: lots by the scale through which their goods leave. Receipts of other numbers are passed over.
        """
        book, base = self.book, Seen(at, self._lender.hex(), chains=(self._state,))
        if book is None:
            return base
        ours = {number for number, one in book.receipts.items() if is_secured(one, self._lender)}
        numbers = ours | {number for number in (*watched, *self._known()) if number in book.receipts}
        opened = tuple(pickers)
        found = (
            yard_of(book, lot, point, lender=self._lender, pledged_since=self._pledged_since, pickers=opened)
            for point, lot in yards.items()
        )
        on_chain = seen_on(book, numbers, self._lender, at, self._noted)
        return replace(joined(base, on_chain), yards=tuple(one for one in found if one is not None))

    def _known(self) -> Iterable[bytes]:
        """What the lender took note of while it was pledged to it, and has not given back."""
        return (
            bytes.fromhex(number)
            for number, one in tuple(self._noted.items())  # another thread may add to it
            if one.lender == self._lender.hex() and one.encumbrance != "free"
        )

    def _read(self) -> bool:
        view = self._view
        if view is None:
            view = start(read_history(self._engine, self._places, self._organisations))
            self._state = replace(self._state, name=str(view.history.chain_id))
        else:
            view = view.on(continue_history(self._engine, view.history))
        news = False
        for step, after in view.steps():
            self._step(step)
            view, news = after, True
        if news:
            wrong = broken(view.book)
            if wrong:
                raise RegistryHistoryError(f"the chain's operations lead where they must not: {wrong[0]}")
        first = self._view is None
        self._view = view
        evidence = tuple(entry.moment.tx_hash for entry in view.history.entries[-1:])
        self._state = replace(self._state, last_at=self._clock(), trouble="", evidence=evidence)
        return news or first

    def _step(self, step: Step) -> None:
        """The lender knows what it signed itself; and since when goods of a lot are pledged to it."""
        entry = step.entry
        if not isinstance(entry, SignedOperation):
            return
        if self._lender not in {by.organisation for by in entry.signers}:
            return
        for number, receipt in step.after.receipts.items():
            if step.before.receipts.get(number) is not receipt:
                self._noted[number.hex()] = receipt_seen(step.after, number)
                if is_secured(receipt, self._lender):
                    self._pledged_since.setdefault(receipt.lot, entry.moment.time_seconds)


def _is_lagging(error: TallyError) -> bool:
    """A node behind the one that was asked before shows fewer blocks; that is no contradiction yet."""
    return str(error).startswith("the node is at block")
