"""A database for books: SQLite in a file (write-ahead log, foreign keys, full synchronisation), PostgreSQL by URL.

    engine_for("sqlite:///book.db")
    engine_for("postgresql://name@127.0.0.1/books")     through psycopg 3, whatever driver the URL leaves out

A transaction that writes says so beforehand (`execution_options(writes=True)`): SQLite then takes its one writer's
place at once, where it waits for others, and not at the first INSERT, where it could only give up.
"""

from __future__ import annotations

import sqlite3
import time
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from tally_finance.errors import BookError

_BUSY_MS: Final = 30_000
"""For another writer's commit, which takes milliseconds; a minute's wait would look like a hang."""


def engine_for(url: str) -> Engine:
    """An engine for `url`. Raises BookError for a URL of another kind of database; nothing is connected to yet."""
    try:
        made = make_url(url)
    except ArgumentError as error:
        raise BookError(f"no database has this URL: {error}") from None
    kind = made.get_backend_name()
    if kind == "sqlite":
        if not made.database or made.database == ":memory:":
            raise BookError("a book needs a file: in memory it would end with its process")
        engine = create_engine(made)
        event.listen(engine, "connect", _open_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    if kind == "postgresql":
        return create_engine(made.set(drivername="postgresql+psycopg"), isolation_level="READ COMMITTED")
    raise BookError(f"books are kept in SQLite or PostgreSQL, not in {kind}")


def _open_sqlite(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # transactions begin where we say, not where the driver guesses
    for pragma in (f"busy_timeout={_BUSY_MS}", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
    deadline = time.monotonic() + _BUSY_MS / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:  # of two that change a new file's mode at once, one is told so without a wait
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
