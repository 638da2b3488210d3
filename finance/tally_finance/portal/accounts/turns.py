"""One writer of a kind at a time, where what is written follows from what was read. SQLite has one writer anyway."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, text


@contextmanager
def turn(engine: Engine, what: str) -> Iterator[Connection]:
    """A transaction that writes; another one of the same kind waits for its end."""
    with engine.execution_options(writes=True).begin() as connection:
        if connection.dialect.name == "postgresql":
            digest = hashlib.sha256(b"tallystick portal " + what.encode()).digest()
            lock = int.from_bytes(digest[:8], "big", signed=True)
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": lock})
        yield connection
