"""The key-value store under the embedded chain: one SQLite file, one transaction for each block.

WAL with synchronous FULL, so that a block is on disk when its COMMIT returns, and so that readers in other processes
see either all of a block or nothing of it. One process writes (an flock that the kernel gives back when the process
dies); any number reads.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from eth.db.backends.base import BaseAtomicDB

from tally_chain import recursion
from tally_chain.errors import EngineStoreError

recursion.bound()

FILE_NAME = "chain.sqlite"
LOCK_NAME = "writer.lock"
# How long a statement waits for SQLite's own short locks (checkpointing, a reader opening) before it fails.
BUSY_TIMEOUT_MS = 10_000

_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS kv (k BLOB PRIMARY KEY, v BLOB NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS meta (k TEXT PRIMARY KEY, v TEXT NOT NULL) WITHOUT ROWID",
)


class WriterLock:
    """An exclusive lock on a directory, held as long as the object lives open. Raises EngineStoreError when taken."""

    def __init__(self, directory: Path) -> None:
        self._file = os.open(directory / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._file)
            raise EngineStoreError(f"another process writes the chain in {directory}") from error

    def release(self) -> None:
        """Gives the lock back."""
        os.close(self._file)


class ChainStore(BaseAtomicDB):
    """py-evm's database interface over SQLite.

    Writes are allowed only inside `block()`, which is one SQLite transaction. `snapshot()` gives a reader one
    consistent state. Neither nests.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._writing = False

    @classmethod
    def open_writer(cls, directory: Path) -> ChainStore:
        """Opens for writing, creating the file when it is missing; the caller holds the WriterLock."""
        connection = sqlite3.connect(directory / FILE_NAME, isolation_level=None, check_same_thread=False)
        connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        return cls(connection)

    @classmethod
    def open_reader(cls, directory: Path) -> ChainStore:
        """Opens an existing file read-only; raises EngineStoreError when there is none."""
        path = directory / FILE_NAME
        if not path.is_file():
            raise EngineStoreError(f"no embedded chain in {directory}")
        uri = f"{path.resolve().as_uri()}?mode=ro"
        connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
        connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        return cls(connection)

    @contextmanager
    def block(self) -> Iterator[None]:
        """One durable transaction: everything written inside is on disk at its end, or nothing is."""
        self._connection.execute("BEGIN IMMEDIATE")
        self._writing = True
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise
        finally:
            self._writing = False

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Reads inside see one state, whatever a writer commits meanwhile."""
        self._connection.execute("BEGIN")
        try:
            yield
        finally:
            self._connection.execute("ROLLBACK")

    def create_tables(self) -> None:
        """Lays out the file; inside `block()`."""
        for statement in _SCHEMA:
            self._connection.execute(statement)

    def has_tables(self) -> bool:
        """Whether the file is laid out."""
        row = self._connection.execute("SELECT count(*) FROM sqlite_master WHERE name IN ('kv', 'meta')").fetchone()
        return bool(row[0] == len(_SCHEMA))

    def facts(self) -> dict[str, str]:
        """The chain's own facts (format, chain id, genesis hash)."""
        return dict(self._connection.execute("SELECT k, v FROM meta").fetchall())

    def put_facts(self, facts: dict[str, str]) -> None:
        """Writes facts once; inside `block()`."""
        self._connection.executemany("INSERT INTO meta VALUES (?, ?)", sorted(facts.items()))

    def close(self) -> None:
        """Closes the file."""
        self._connection.close()

    def __getitem__(self, key: bytes) -> bytes:
        row = self._connection.execute("SELECT v FROM kv WHERE k = ?", (key,)).fetchone()
        if row is None:
            raise KeyError(key)
        return bytes(row[0])

    def __setitem__(self, key: bytes, value: bytes) -> None:
        self._require_block()
        self._connection.execute("INSERT OR REPLACE INTO kv VALUES (?, ?)", (key, value))

    def __delitem__(self, key: bytes) -> None:
        self._require_block()
        if self._connection.execute("DELETE FROM kv WHERE k = ?", (key,)).rowcount == 0:
            raise KeyError(key)

    def _exists(self, key: bytes) -> bool:
        return self._connection.execute("SELECT 1 FROM kv WHERE k = ?", (key,)).fetchone() is not None

    @contextmanager
    def atomic_batch(self) -> Iterator[Any]:
        """py-evm's smaller batches live inside the block's transaction, which is what makes them atomic."""
        self._require_block()
        yield self

    def _require_block(self) -> None:
        if not self._writing:
            raise EngineStoreError("the embedded chain is written only while a block is made")
