"""How far a desk read its chain: the newest block by its hash. By it a desk that starts anew sees a chain set back."""

from __future__ import annotations

from sqlalchemy import Engine, delete, insert, select

from tally_finance.desk.desk import Chain
from tally_finance.desk.tables import CHAIN_READS
from tally_finance.errors import DeskError


class ChainReads:
    """Of one book in a migrated database."""

    def __init__(self, engine: Engine, book: str) -> None:
        self._engine, self._book = engine, book

    def must_still_stand(self, chain: Chain) -> None:
        """Raises DeskError where the chain has another block, or none, where the newest one was read."""
        found = self._newest()
        if found is None:
            return
        block, read = found
        shown = chain.block_hash(block)
        if shown is None:
            raise DeskError(f"the node does not show block {block}, which was read: it lags, or the chain was set back")
        if shown != read:
            raise DeskError(f"block {block} is another one than was read: the chain took back what it had carried out")

    def keep(self, chain: Chain, block: int) -> None:
        """All up to `block` is in the book."""
        found = self._newest()
        if found is not None and found[0] >= block:
            return
        shown = chain.block_hash(block)
        if shown is None:
            raise DeskError(f"the node does not show block {block} any more")
        with self._engine.execution_options(writes=True).begin() as connection:
            connection.execute(delete(CHAIN_READS).where(CHAIN_READS.c.book == self._book, CHAIN_READS.c.block < block))
            if connection.execute(select(CHAIN_READS).where(CHAIN_READS.c.book == self._book)).first() is None:
                connection.execute(insert(CHAIN_READS).values(book=self._book, block=block, hash=shown))

    def _newest(self) -> tuple[int, bytes] | None:
        query = select(CHAIN_READS.c.block, CHAIN_READS.c.hash).where(CHAIN_READS.c.book == self._book)
        with self._engine.connect() as connection:
            row = connection.execute(query).first()
        return None if row is None else (row.block, bytes(row.hash))
