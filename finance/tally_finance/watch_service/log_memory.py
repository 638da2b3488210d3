"""What followers remember of logs, in the lender's database: a cache, which can be deleted at any time."""

from __future__ import annotations

from sqlalchemy import Engine, delete, insert, select

from tally_finance.watch_service.tables import READ_LOGS


def keep(engine: Engine, book: str, origin: str, state: bytes, at: int) -> None:
    """Keep what a follower remembers of a log, instead of what it remembered before. Durable when it returns."""
    mine = (READ_LOGS.c.book == book) & (READ_LOGS.c.origin == origin)
    with engine.execution_options(writes=True).begin() as connection:
        connection.execute(delete(READ_LOGS).where(mine))
        connection.execute(insert(READ_LOGS).values(book=book, origin=origin, kept_at=at, state=state))


def find(engine: Engine, book: str, origin: str) -> bytes | None:
    """What is remembered of a log; None where nothing is."""
    query = select(READ_LOGS.c.state).where(READ_LOGS.c.book == book, READ_LOGS.c.origin == origin)
    with engine.connect() as connection:
        found = connection.execute(query).scalar()
    return None if found is None else bytes(found)
