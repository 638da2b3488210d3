"""The outbox's tables, and how its database is opened. What is durable, and when, is decided here."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tally_edge import durable
from tally_edge.errors import OutboxError, OutboxFullError

DATABASE: Final = "outbox.sqlite"
_LOCK: Final = "lock"

_PAGE_BYTES: Final = 4096
_SPARE_PAGES: Final = 512
"""Two megabytes beside twice the bound, for indexes and half-filled pages: the file never grows past that."""

_IO_ERRORS: Final = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR})

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS stream (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    kid BLOB NOT NULL,
    next_seq INTEGER NOT NULL,
    prev BLOB NOT NULL,
    boot_count INTEGER NOT NULL,
    confirmation BLOB,
    confirmed_size INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE IF NOT EXISTS point (uri TEXT PRIMARY KEY, settlement BLOB NOT NULL, state BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS entry (
    seq INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    encoded BLOB NOT NULL,
    state INTEGER NOT NULL,
    refusal TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS entry_state ON entry (state, seq);
CREATE TABLE IF NOT EXISTS held (
    n INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    payload BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS counter (name TEXT PRIMARY KEY, n INTEGER NOT NULL) STRICT;
"""


def lock(folder: Path) -> int:
    """Take the folder for this process; the kernel gives it back when the process ends. Raises OutboxError."""
    durable.make_folder(folder, mode=0o700)
    descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(descriptor, 32).decode("ascii", "replace").strip() or "unknown"
        os.close(descriptor)
        raise OutboxError(f"{folder} is in use by another process (pid {holder})") from None
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)  # only so that the refusal above can name the holder
    except OSError:
        pass  # a full disk: the lock itself holds
    return descriptor


def connect(folder: Path, max_bytes: int) -> sqlite3.Connection:
    """Open the database for writing: every commit is on the disk when it returns. Raises OutboxError."""
    try:
        database = sqlite3.connect(folder / DATABASE, isolation_level=None)
        database.execute(f"PRAGMA page_size={_PAGE_BYTES}")
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=FULL")
        database.execute("PRAGMA wal_autocheckpoint=256")
        database.execute("PRAGMA journal_size_limit=4194304")
        database.execute(f"PRAGMA max_page_count={2 * max_bytes // _PAGE_BYTES + _SPARE_PAGES}")
        database.executescript(_SCHEMA)
    except sqlite3.Error as error:
        raise OutboxError(f"cannot open {folder / DATABASE}: {error}") from None
    return database


def connect_to_look(folder: Path) -> sqlite3.Connection:
    """Open the database for reading, beside the agent that holds it. Raises OutboxError."""
    path = folder / DATABASE
    if not path.is_file():
        raise OutboxError(f"{path} does not exist: the agent has not run yet")
    try:
        database = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)
        database.execute("SELECT count(*) FROM stream")
    except sqlite3.Error as error:
        raise OutboxError(f"cannot read {path}: {error}") from None
    return database


@contextmanager
def transaction(database: sqlite3.Connection) -> Iterator[None]:
    """All or nothing. Raises OutboxFullError where the disk or the page bound is the cause, OutboxError otherwise."""
    try:
        database.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            _roll_back(database)
            raise
        database.execute("COMMIT")
    except sqlite3.Error as error:
        _roll_back(database)
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in _IO_ERRORS:
            raise OutboxFullError(f"the disk does not take it: {error}") from None
        raise OutboxError(f"the database refuses: {error}") from None


def _roll_back(database: sqlite3.Connection) -> None:
    if database.in_transaction:
        database.execute("ROLLBACK")
