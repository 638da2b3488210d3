"""The lender's book and documents as a watch follows them: what is new is read, and everything judged by the clock.

The journal is read on from its head, each entry checked against the one before; quotes are admitted by the registry
that the chain shows, again when it changes; a bundle is verified once, when it comes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from sqlalchemy import Engine, func, select

from tally_chain import bundle
from tally_chain.policy import Policy
from tally_chain.receipts.history import ReceiptHistory
from tally_chain.receipts.rules.book import Book as ChainBook
from tally_chain.verify.verifier import examine
from tally_edge.errors import TallyError
from tally_finance.book import journal
from tally_finance.book.journal import Head, Recorded
from tally_finance.book.position import state_at
from tally_finance.book.schema import JOURNAL
from tally_finance.desk.documents import Documents, Kind
from tally_finance.desk.sheet import Sheet
from tally_finance.errors import PriceError
from tally_finance.lending.quotes import Quote, SignedQuote, decode
from tally_finance.quantity import sheet
from tally_finance.quantity.evidence import evidence_of
from tally_finance.quantity.pieces import PiecePosition
from tally_finance.quantity.position import Position
from tally_finance.quoting import admit
from tally_finance.watch.of_book import seen_in
from tally_finance.watch.of_quantity import doubts_of, lot_seen
from tally_finance.watch.of_quotes import market_of
from tally_finance.watch.seen import Seen
from tally_finance.watch.seen_goods import LotSeen
from tally_finance.watch.seen_loans import DoubtSeen, Market

_BATCH: Final = 1000


class BookWatch:
    """One lender's book. For one thread at a time."""

    def __init__(self, engine: Engine, sheet: Sheet, policy: Policy) -> None:
        """`engine` is a migrated database; `policy`: whom the lender believes evidence."""
        self._engine, self._sheet, self._policy = engine, sheet, policy
        self._documents = Documents(engine, sheet.book)
        self._entries: list[Recorded] = []
        self._head = journal.start(sheet.book)
        self._signed: dict[bytes, SignedQuote] = {}
        self._admitted: dict[bytes, Quote] = {}
        self._registry_sequence = -1
        self._bundles: dict[bytes, tuple[bytes, Position | PiecePosition]] = {}
        self._looked: set[tuple[bytes, bytes]] = set()
        self._pledged: tuple[bytes, ...] = ()
        self._counted = 0

    @property
    def seq(self) -> int:
        """How many entries of the book were read."""
        return self._head.seq

    @property
    def pledged(self) -> tuple[bytes, ...]:
        """The receipts that the book calls pledged, by number."""
        return self._pledged

    def has_news(self) -> bool:
        """Whether somebody wrote into the book, or documents came, since the last look."""
        newest = select(func.max(JOURNAL.c.seq)).where(JOURNAL.c.book == self._sheet.book)
        with self._engine.connect() as connection:
            seq = connection.execute(newest).scalar() or 0
        documents = self._documents.count()
        changed = (seq, documents) != (self._head.seq, self._counted)
        self._counted = documents
        return changed

    def look(self, now: int, history: ReceiptHistory | None, chain: ChainBook | None) -> Seen:
        """Everything that book, quotes and bundles say at `now` (Unix seconds).

        `history` and `chain`: as the chain was last read; without them no quote is admitted, no bundle held against
        what was weighed in. Raises BookError where the journal does not hold.
        """
        self._read()
        known_at = max(now, self._entries[-1].entry.known_at if self._entries else 0)
        seen = Seen(now, self._sheet.lender.hex())
        if self._entries:
            state = state_at(self._entries, known_at, known_at)
            seen = replace(seen_in(state, self._sheet.lender.hex()), at=now)
            self._pledged = tuple(state.goods.pledges)
        self._quotes(now, history)
        self._take_bundles(now, chain)
        quantities = tuple(self._quantities(chain))
        by_lot = {one.lot for one, _ in quantities}
        return replace(
            seen,
            markets=tuple(self._markets(now)),
            lots=(*(lot for lot, _ in quantities), *(one for one in seen.lots if one.lot not in by_lot)),
            doubts=(*seen.doubts, *(doubt for _, doubts in quantities for doubt in doubts)),
        )

    def _read(self) -> None:
        query = (
            select(JOURNAL.c.entry)
            .where(JOURNAL.c.book == self._sheet.book, JOURNAL.c.seq > self._head.seq)
            .order_by(JOURNAL.c.seq)
        )
        with self._engine.connect() as connection:
            rows = connection.execution_options(yield_per=_BATCH).execute(query)
            read = (journal.decode(bytes(row.entry)) for row in rows)
            for one in journal.following(self._head, self._sheet.book, read):
                self._entries.append(one)
                self._head = Head(one.entry.seq, one.digest)

    def _quotes(self, now: int, history: ReceiptHistory | None) -> None:
        fresh = [digest for digest in self._documents.digests(Kind.QUOTE) if digest not in self._signed]
        for digest in fresh:
            self._signed[digest] = decode(self._documents.get(digest).body)
        if history is None:
            return
        renewed = history.registry.sequence != self._registry_sequence
        self._registry_sequence = history.registry.sequence
        for digest in self._signed if renewed else fresh:
            quote = self._admit(self._signed[digest], history, now)
            if quote is None:
                self._admitted.pop(digest, None)
            else:
                self._admitted[digest] = quote

    def _admit(self, signed: SignedQuote, history: ReceiptHistory, now: int) -> Quote | None:
        try:
            return admit(
                signed,
                history.registry,
                chain_id=history.chain_id,
                block_number=history.last_block,
                time_seconds=now,
                interested={*self._sheet.interested, self._sheet.lender},
            )
        except PriceError:
            return None

    def _markets(self, now: int) -> Iterator[Market]:
        for commodity, pricing in self._sheet.prices.items():
            yield market_of(
                now,
                commodity,
                self._admitted,
                quoted_as=pricing.quoted_as,
                currency=pricing.currency,
                rules=pricing.rules,
            )

    def _take_bundles(self, now: int, chain: ChainBook | None) -> None:
        """The newest position of each lot that has a store sheet. What does not hold says nothing, as in the book."""
        for digest, lot in self._documents.taken():
            store = self._sheet.stores.get(lot)
            if store is None or chain is None or lot not in chain.lots or (digest, lot) in self._looked:
                continue
            self._looked.add((digest, lot))
            try:
                examined = examine(bundle.decode(self._documents.get(digest).body), self._policy, now=now)
                of_store = sheet.parse(store.text, store.path, examined.verdict.to_at)
                found = sheet.position_of(evidence_of(examined), of_store)
            except TallyError:
                continue
            known = self._bundles.get(lot)
            if examined.verdict.holds and (known is None or known[1].at <= found.at):
                self._bundles[lot] = digest, found

    def _quantities(self, chain: ChainBook | None) -> Iterator[tuple[LotSeen, Sequence[DoubtSeen]]]:
        for lot, (digest, found) in self._bundles.items():
            if chain is not None and lot in chain.lots:
                yield lot_seen(lot, chain.lots[lot], found, digest), tuple(doubts_of(lot, found, digest))
