"""A desk: one lender's book, what it was shown, the chain as it has read it. It holds no key and signs nothing.

    desk = Desk(engine, sheet, chain, policy, clock)
    syncing.sync(desk)                            the chain into the book
    evidence.take_evidence(desk, lot, bundle)     a verified bundle into the book
    quotes.take_quote(desk, text)                 a signed price into the book
    desk.record(event, key=…)                     what only the lender knows: terms, searches, filings, money
    desk.position("F-1")                          now, or as known at one time and as of another
    preparing.prepare(desk, asked)                an operation to sign, tested before
    rebuilding.rebuild(desk, source)              the same book again, from chain, evidence and the lender's own entries

A desk may be used by several threads and several processes: the book's head decides who was first.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Final, Protocol

from sqlalchemy import Engine

from tally_chain.policy import Policy
from tally_chain.receipts.history import ReceiptHistory
from tally_chain.receipts.operation_file import OperationFile, begin
from tally_chain.receipts.operations import Operation
from tally_finance.book.before import Computation, before_draw
from tally_finance.book.events import Event
from tally_finance.book.goods_events import PledgeAttached
from tally_finance.book.growing import GrowingBook
from tally_finance.book.journal import AHEAD_S, Head, Recorded
from tally_finance.book.loan_events import Drawn, FacilityOpened
from tally_finance.book.position import FacilityPosition, State, position_in, state_at
from tally_finance.book.store import Book, News
from tally_finance.desk import alerted
from tally_finance.desk.deciding import decided
from tally_finance.desk.documents import Document, Documents, Kind
from tally_finance.desk.glancing import Glances
from tally_finance.desk.recording import must_be_possible
from tally_finance.desk.replay import View, start
from tally_finance.desk.sheet import Sheet
from tally_finance.errors import BookError, DeskError, NotAllowedError
from tally_finance.watch_service.alert_store import AlertStore

OWN: Final = "own "
"""How keys of the lender's own entries begin."""

CHAIN_AGE_S: Final = 120
"""So long ago the chain may have been read for new credit: some rounds of `serve`, less than a person's attention."""

MAX_PAPER_BYTES: Final = 8 << 20
"""A scanned contract of some dozens of pages."""


class Chain(Protocol):
    """Where the contracts of warehouse receipts are read."""

    def history(self) -> ReceiptHistory:
        """Everything that happened, proven complete and checked. Raises EngineError, RegistryHistoryError."""
        ...

    def parties(self, operation: Operation) -> Mapping[str, Sequence[bytes]]:
        """Who signs an operation as what, for each place that a contract knows. Raises OperationError, EngineError."""
        ...

    def block_hash(self, number: int) -> bytes | None:
        """Of a block as the node shows it now, None where it shows none. Raises EngineError."""
        ...


@dataclass(frozen=True, slots=True)
class Decided:
    """An act that the book allowed and now holds."""

    computation: Computation
    entries: tuple[Recorded, ...]


class Desk:
    """See the module's text. `engine` is a migrated database; `clock` gives Unix seconds."""

    def __init__(
        self, engine: Engine, sheet: Sheet, chain: Chain, policy: Policy | None, clock: Callable[[], int]
    ) -> None:
        """`policy`: whom the lender believes evidence; without one it takes none."""
        self.engine, self.sheet, self.chain, self.policy, self.clock = engine, sheet, chain, policy, clock
        self.book = Book(engine, sheet.book)
        self._growing = GrowingBook(self.book)
        self.glances = Glances(self._growing, self._clocked, self._chain_time)
        self.documents = Documents(engine, sheet.book)
        self.alerts = AlertStore(engine, sheet.book)
        self.syncing = threading.Lock()
        self._view: View | None = None
        self._read_at: int | None = None

    @property
    def view(self) -> View:
        """The chain as it was last synchronised; of a desk that never was, before its first entry."""
        if self._view is None:
            self._view = start(self.chain.history())
        return self._view

    @property
    def has_view(self) -> bool:
        """Whether the chain was read already; the first look at `view` reads it."""
        return self._view is not None

    def show(self, view: View) -> None:
        """The chain has been read that far."""
        self._view = view

    def was_read(self, at: int) -> None:
        """The chain answered, and all of it is in the book."""
        self._read_at = at

    @property
    def chain_age_s(self) -> int | None:
        """How long ago the chain was read as a whole, None where it never was."""
        return None if self._read_at is None else self.clock() - self._read_at

    def must_be_read(self) -> None:
        """Raises NotAllowedError where the chain was not read just now: on what it said long ago nobody lends."""
        age = self.chain_age_s
        if age is None or age > CHAIN_AGE_S:
            told = "was not read yet" if age is None else f"was read {age} s ago, and {CHAIN_AGE_S} s are allowed"
            raise NotAllowedError(f"the chain {told}: nothing is lent or released until it answers")

    def state(self, known_at: int | None = None, as_of: int | None = None) -> State:
        """The book's state: now, or as it was known at one time, and as of another. Raises BookError."""
        known = self.now() if known_at is None else known_at
        return self._growing.state(known, known if as_of is None else as_of)

    def glance(self) -> State:
        """The state for whoever looks (`glances`); what decides asks `state`. Raises BookError."""
        return self.glances.state()

    def entries(self) -> tuple[Recorded, ...]:
        """All entries of the book; of those that were read before none is read again. Raises BookError."""
        return self._growing.entries()

    @property
    def read_entries(self) -> tuple[Recorded, ...]:
        """Those that were read when anybody looked last: what a glance was reckoned from. It asks no database."""
        return self._growing.read

    def position(self, facility: str, known_at: int | None = None, as_of: int | None = None) -> FacilityPosition:
        """The position of a facility, as `state`. Raises BookError where there was none."""
        return position_in(self.state(known_at, as_of), facility)

    def record(self, event: Event, *, key: str, effective_at: int | None = None) -> tuple[Recorded, ...]:
        """Write what the lender says itself, once under its key. Raises BookError, StatementError.

        A draw goes through `draw`, which tests it, and terms through `open`; what chain and evidence say comes from
        them alone. The same again under its key answers as the first time, though it was said later.
        """
        return decided(self.sheet.book, lambda: self._record(event, OWN + key, effective_at))

    def open(self, opened: FacilityOpened, *, key: str) -> tuple[Recorded, ...]:
        """Open a facility (授信). Raises BookError for a name that is taken: a book with two can say nothing of it."""
        return decided(self.sheet.book, lambda: self._open(opened, key))

    def draw(self, facility: str, amount: Decimal, *, key: str) -> Decided:
        """Test a draw (放款) on the position after it, and write it. Raises NotAllowedError, BookError.

        The same key again answers as the first time, whatever the position is by now.
        """
        return decided(self.sheet.book, lambda: self._draw(Drawn(facility, amount), OWN + key))

    def keep_computation(self, computation: Computation) -> Document:
        """Kept under its digest, so that whoever finds that digest on the chain can be shown what it was."""
        return self.keep(Kind.COMPUTATION, computation.encoded)

    def keep(self, kind: Kind, body: bytes, lot: bytes | None = None) -> Document:
        """A document that came now; of a bundle, for a lot. Raises DeskError."""
        view, seq = self.view, self.book.head().seq
        return self.documents.keep(
            kind, body, lot=lot, received_at=self.now(), entries=view.read, block=view.history.last_block, seq=seq
        )

    def take_paper(self, body: bytes) -> Document:
        """Keep a paper (权属资料, 查询证明, 登记证明) under the SHA-256 that operations name. Raises DeskError."""
        if not 0 < len(body) <= MAX_PAPER_BYTES:
            raise DeskError(f"a paper of {len(body)} bytes is not from 1 to {MAX_PAPER_BYTES}")
        return self.keep(Kind.PAPER, body)

    def begin(self, operation: Operation) -> OperationFile:
        """The operation's file for the chain that this desk reads, without signatures. Raises OperationError."""
        history = self.view.history
        contract = history.places[operation.about.contract]
        return begin(operation, history.chain_id, contract, parties=self.chain.parties(operation))

    def append(self, news: Sequence[News], *, key: str, expected: Head | None = None) -> tuple[Recorded, ...]:
        """Write into the book, known now. Raises as `Book.append`, and BookError for what is dated later than now."""
        now, latest = self.now(), max(one.effective_at for one in news)
        if latest > max(self.clock() + AHEAD_S, self.book.newest()):
            raise BookError(f"{latest} is later than now, {self.clock()}: what is still to come is no event")
        return self.book.append(news, key=key, known_at=max(now, latest), expected=expected)

    def now(self) -> int:
        """By the desk's clock, and never before what its book or its chain knows already: blocks may run ahead."""
        return max(self.clock(), self._newest())

    def _clocked(self) -> int:
        return self.clock()

    def shown_now(self) -> int:
        """The same for whoever only looks, by what was read of the book last: it asks no database."""
        return max(self.clock(), self._growing.known_at, self._chain_time())

    def _newest(self) -> int:
        return max(self.book.newest(), self._chain_time())

    def _chain_time(self) -> int:
        return 0 if self._view is None else self._view.time_seconds

    def are_same_goods(self, state: State | None, one: bytes, other: bytes) -> bool:
        """Whether two receipts are in one lot, by the chain as far as it was read, or by what the book has pledged."""
        events = () if state is None else state.events
        lots = {each.event.receipt: each.event.lot for each in events if isinstance(each.event, PledgeAttached)}
        if self._view is not None:
            lots |= {number: receipt.lot for number, receipt in self._view.book.receipts.items()}
        return one in lots and lots[one] == lots.get(other)

    def _record(self, event: Event, key: str, effective_at: int | None) -> tuple[Recorded, ...]:
        written, now = self.book.under(key), self.now()
        if written:
            at = written[0].entry.effective_at if effective_at is None else effective_at
            return self.append((News(at, event),), key=key)
        at, entries = now if effective_at is None else effective_at, self.entries()
        state = state_at(entries, now, now) if entries else None
        must_be_possible(state, event, at, now, partial(self.are_same_goods, state))
        head = self.book.head() if state is None else state.head
        return self.append((News(at, event),), key=key, expected=head)

    def _open(self, opened: FacilityOpened, key: str) -> tuple[Recorded, ...]:
        entries = self.entries()
        if any(one.entry.key == OWN + key for one in entries):
            return self.record(opened, key=key)
        now = self.now()
        if entries and opened.facility in state_at(entries, now, now).facilities:
            raise BookError(f"facility {opened.facility} is open already")
        head = Head(entries[-1].entry.seq, entries[-1].digest) if entries else self.book.head()
        return self.append((News(now, opened),), key=OWN + key, expected=head)

    def _draw(self, event: Drawn, key: str) -> Decided:
        entries, written = self.entries(), self.book.under(key)
        if written:
            again = [News(one.entry.effective_at, event) for one in written]
            return Decided(self._draw_before(entries, written[0], event), self.append(again, key=key))
        self.must_be_read()
        now = self.now()
        state = state_at(entries, now, now)
        computation = before_draw(state, event, alerted.standing(self.alerts))
        self.keep_computation(computation)
        if not computation.is_allowed:
            raise NotAllowedError(told(computation))
        return Decided(computation, self.append((News(now, event),), key=key, expected=state.head))

    @staticmethod
    def _draw_before(entries: Sequence[Recorded], written: Recorded, event: Drawn) -> Computation:
        at = written.entry.known_at
        return before_draw(state_at([one for one in entries if one.entry.seq < written.entry.seq], at, at), event)


def told(computation: Computation) -> str:
    """Its reasons in one line each."""
    return "; ".join(f"{reason.why} of {reason.subject}: {reason.text}" for reason in computation.reasons)
