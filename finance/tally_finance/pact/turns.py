"""One writer of a host at a time, so that arrivals and letters have running numbers without gaps or doubles."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, text


@contextmanager
def turn(engine: Engine, host: str) -> Iterator[Connection]:
    """A transaction that writes; another one of the same host waits for its end. SQLite has one writer anyway."""
    with engine.execution_options(writes=True).begin() as connection:
        if connection.dialect.name == "postgresql":
            digest = hashlib.sha256(b"tallystick pact " + host.encode()).digest()
            lock = int.from_bytes(digest[:8], "big", signed=True)
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": lock})
        yield connection
