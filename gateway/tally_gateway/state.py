"""The service's own tables, beside the log: what keys the log has made known, refusals, the highest confirmation ever
shown.

One SQLite file, used from the log's thread alone. Nothing in it is evidence. The keys are read again from the log when
it is missing; the refusals and the shown confirmation are not. Damage stops the service; it never changes what is
appended.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

from tally_gateway.errors import StateError

FILE_NAME: Final = "service.sqlite"
VERSION: Final = 1

_SCHEMA: Final = (
    "CREATE TABLE fact (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID",
    "CREATE TABLE applied (entry INTEGER PRIMARY KEY)",
    """CREATE TABLE key (kid BLOB PRIMARY KEY, public_key BLOB NOT NULL, device TEXT NOT NULL, entry INTEGER NOT NULL,
                      revoked_entry INTEGER) WITHOUT ROWID""",
    """CREATE TABLE refusal (number INTEGER PRIMARY KEY AUTOINCREMENT, client TEXT NOT NULL, at INTEGER NOT NULL,
                          reason INTEGER NOT NULL, message BLOB NOT NULL, body BLOB NOT NULL)""",
    "CREATE INDEX refusal_of_client ON refusal (client, number)",
    """CREATE TABLE refusal_count (client TEXT NOT NULL, reason INTEGER NOT NULL, count INTEGER NOT NULL,
                                PRIMARY KEY (client, reason)) WITHOUT ROWID""",
    f"PRAGMA user_version = {VERSION}",
)


def open_state(folder: Path, log_id: bytes) -> sqlite3.Connection:
    """Open the tables of the log `log_id`, or make them. Raises StateError."""
    path = folder / FILE_NAME
    try:
        # One thread at a time uses it (the log's), but not always the one that opened it.
        connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        _begin(connection, path, log_id)
    except sqlite3.Error as error:
        raise StateError(f"{path}: {error}") from error
    if get_fact(connection, "log_id") != log_id:
        connection.close()
        raise StateError(f"{path} belongs to another log")
    return connection


def _begin(connection: sqlite3.Connection, path: Path, log_id: bytes) -> None:
    """Tables, version and the log's id in one transaction. Earlier programs wrote the id in a second one: tables that
    have no fact at all were cut short there, and are finished."""
    connection.execute("BEGIN IMMEDIATE")
    with connection:  # commits, or rolls back
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version not in (0, VERSION):
            raise StateError(f"{path} has version {version}, this program knows {VERSION}")
        for statement in () if version else _SCHEMA:
            connection.execute(statement)
        if not connection.execute("SELECT count(*) FROM fact").fetchone()[0]:
            put_fact(connection, "log_id", log_id)


def get_fact(connection: sqlite3.Connection, name: str) -> bytes | None:
    """The bytes kept under `name`."""
    row = connection.execute("SELECT value FROM fact WHERE name = ?", (name,)).fetchone()
    return None if row is None else bytes(row[0])


def put_fact(connection: sqlite3.Connection, name: str, value: bytes) -> None:
    """Keep `value` under `name`, durable on return."""
    connection.execute(
        "INSERT INTO fact VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", (name, value)
    )


def drop_fact(connection: sqlite3.Connection, name: str) -> None:
    """Keep nothing under `name` any more."""
    connection.execute("DELETE FROM fact WHERE name = ?", (name,))
