"""Databases as migrating leaves them. A process migrates one of each kind; the others are its copies."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

import psycopg
from sqlalchemy import Engine

from tally_finance.book.database import engine_for
from tally_finance.book.schema import migrate
from tests.postgresql import PostgreSql


def migrated(path: Path) -> Engine:
    """A new file at `path`, with no row of anybody."""
    path.write_bytes(_as_migrating_leaves_it())
    return engine_for(f"sqlite:///{path}")


def migrated_on(server: PostgreSql, url: str) -> Engine:
    """The empty database of `server` at `url`, with no row of anybody.

    By its SQL: to make a database after another, as a template, costs the server more than migrating it.
    """
    with psycopg.connect(url) as connection:
        connection.execute(_migrated_on(server))
    return engine_for(url)


@cache
def _migrated_on(server: PostgreSql) -> bytes:
    url = server.database()
    engine = engine_for(url)
    migrate(engine)
    engine.dispose()
    return server.dump(url)


@cache
def _as_migrating_leaves_it() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "books.db"
        engine = engine_for(f"sqlite:///{path}")
        migrate(engine)
        engine.dispose()  # the last connection takes what is in the log beside it into the file
        return path.read_bytes()
