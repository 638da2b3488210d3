"""A database for books: SQLite in a file (write-ahead log, foreign keys, full synchronisation), PostgreSQL by URL.

    engine_for("sqlite:///book.db")
    engine_for("postgresql://name@127.0.0.1/books")     through psycopg 3, whatever driver the URL leaves out

A transaction that writes says so beforehand (`execution_options(writes=True)`): SQLite then takes its one writer's
place at once, where it waits for others, and not at the first INSERT, where it could only give up.

A new SQLite file is its owner's alone (0600), and so is its log; errors name statements and no values, as they are
written into messages.
"""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import suppress
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
        engine = create_engine(made, hide_parameters=True)
        event.listen(engine, "do_connect", _make_sqlite)
        event.listen(engine, "connect", _open_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    if kind == "postgresql":
        made = made.set(drivername="postgresql+psycopg")
        return create_engine(made, isolation_level="READ COMMITTED", hide_parameters=True)
    raise BookError(f"books are kept in SQLite or PostgreSQL, not in {kind}")


def _make_sqlite(_: Any, __: Any, arguments: list[Any], ___: Any) -> None:
    """The file, where there is none: SQLite itself makes one that the umask leaves open. What fails, it says itself."""
    with suppress(OSError):
        os.close(os.open(arguments[0], os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


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
