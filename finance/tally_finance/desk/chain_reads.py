"""How far a desk read its chain, kept: by it a desk that starts anew sees that a chain was set back.

Kept are the block of the newest entry, by its hash, and how many events the registry of parties had. Blocks behind
the newest entry may still change places on a chain that is not final at once, and nothing that was read is lost by it.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine, Insert, Update, and_, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from tally_chain.receipts.history import ReceiptHistory
from tally_finance.desk.desk import Chain
from tally_finance.desk.tables import CHAIN_READS
from tally_finance.errors import DeskError


@dataclass(frozen=True, slots=True)
class Kept:
    """`block`: number of the newest entry's, with its `hash`; `parties`: events of the registry of parties."""

    block: int
    hash: bytes
    parties: int


class ChainReads:
    """Of one book in a migrated database."""

    def __init__(self, engine: Engine, book: str) -> None:
        self._engine, self._book = engine, book

    def must_still_stand(self, chain: Chain, history: ReceiptHistory) -> None:
        """Raises DeskError where the chain shows less than was read, or another block."""
        kept = self._kept()
        if kept is None:
            return
        shown = chain.block_hash(kept.block)
        if shown is None:
            raise DeskError(f"the node does not show block {kept.block}, which was read: it lags, or was set back")
        if shown != kept.hash:
            raise DeskError(f"block {kept.block} is another one than was read: the chain took back what it carried out")
        if history.registry.sequence < kept.parties:
            raise DeskError(f"the registry of parties has {history.registry.sequence} events, and had {kept.parties}")

    def keep(self, chain: Chain, history: ReceiptHistory) -> None:
        """All of `history` is in the book."""
        kept = self._kept()
        block = history.entries[-1].moment.block_number if history.entries else 0
        parties = history.registry.sequence
        if not block or (kept is not None and (kept.block, kept.parties) >= (block, parties)):
            return
        shown = chain.block_hash(block)
        if shown is None:
            raise DeskError(f"the node does not show block {block} any more")
        row = {"book": self._book, "block": block, "hash": shown, "parties": parties}
        at = CHAIN_READS.c
        is_less = or_(at.block < block, and_(at.block == block, at.parties < parties))
        if self._written(update(CHAIN_READS).where(at.book == self._book, is_less).values(row)):
            return
        try:
            self._written(insert(CHAIN_READS).values(row))
        except IntegrityError:  # another desk was first; what it read may be less
            self._written(update(CHAIN_READS).where(at.book == self._book, is_less).values(row))

    def _written(self, statement: Insert | Update) -> bool:
        """Whether it changed a row, in a transaction of its own."""
        with self._engine.execution_options(writes=True).begin() as connection:
            return connection.execute(statement).rowcount > 0

    def _kept(self) -> Kept | None:
        query = select(CHAIN_READS).where(CHAIN_READS.c.book == self._book)
        with self._engine.connect() as connection:
            row = connection.execute(query).first()
        return None if row is None else Kept(row.block, bytes(row.hash), row.parties)
