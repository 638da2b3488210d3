"""state.sqlite: what is committed. Statements wait here for tiles, streams are found here, heads are swapped here.

One connection, one process (EXCLUSIVE: no shared-memory file either, whose pages would kill the process with SIGBUS on
a full disk), write-ahead log, synchronous=FULL: COMMIT returns after the write-ahead log is synced.

    log      one row   format, origin, verifier key, proof key
    head     one row   the newest sealed head; replaced by compare-and-swap only
    staged             statements whose full entry tile is not durable yet: index, leaf hash, bytes
    stream             a number for each key, so that the rows below are small
    place              (stream, seq) -> index of the first statement there
    fork               (stream, seq) -> index of the second, and how often a further one was offered
    alone              leaf hash -> index, for statements without a seq
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Final

from tally_edge.proof import decode_head
from tally_gateway.errors import LogBroken, LogDamaged, LogFull
from tally_gateway.log.records import Fork, Head

FORMAT: Final = 1
STATE_NAME: Final = "state.sqlite"
WAL_PAGES: Final = 1_000
"""Pages in the write-ahead log before SQLite copies them home: about 4 MB, a few batches."""

_SCHEMA: Final = (
    "CREATE TABLE log (only INTEGER PRIMARY KEY CHECK (only = 1), format INTEGER NOT NULL, origin TEXT NOT NULL,"
    " verifier_key TEXT NOT NULL, proof_key BLOB NOT NULL)",
    "CREATE TABLE head (only INTEGER PRIMARY KEY CHECK (only = 1), size INTEGER NOT NULL, root BLOB NOT NULL,"
    " checkpoint BLOB NOT NULL, protected BLOB NOT NULL, signature BLOB NOT NULL, at INTEGER NOT NULL,"
    " edge BLOB NOT NULL)",
    "CREATE TABLE staged (idx INTEGER PRIMARY KEY, leaf BLOB NOT NULL, encoded BLOB NOT NULL)",
    "CREATE TABLE stream (number INTEGER PRIMARY KEY, kid BLOB NOT NULL UNIQUE)",
    "CREATE TABLE place (stream INTEGER, seq INTEGER, idx INTEGER NOT NULL, PRIMARY KEY (stream, seq)) WITHOUT ROWID",
    "CREATE TABLE fork (stream INTEGER, seq INTEGER, idx INTEGER NOT NULL, further INTEGER NOT NULL DEFAULT 0,"
    " PRIMARY KEY (stream, seq)) WITHOUT ROWID",
    "CREATE TABLE alone (leaf BLOB PRIMARY KEY, idx INTEGER NOT NULL) WITHOUT ROWID",
)


@dataclass(frozen=True, slots=True)
class Identity:
    """Which log this is: its origin, the vkey of its checkpoints, the COSE key of its proofs."""

    origin: str
    verifier_key: str
    proof_key: bytes


@dataclass(slots=True)
class Rows:
    """What one commit adds."""

    staged: list[tuple[int, bytes, bytes]] = field(default_factory=list)
    streams: list[tuple[int, bytes]] = field(default_factory=list)
    places: list[tuple[int, int, int]] = field(default_factory=list)
    forks: list[tuple[int, int, int]] = field(default_factory=list)
    further: list[tuple[int, int]] = field(default_factory=list)
    alone: list[tuple[bytes, int]] = field(default_factory=list)

    def any(self) -> bool:
        """Whether there is anything to commit."""
        return bool(self.staged or self.further)


_INSERTS: Final = (
    ("streams", "INSERT INTO stream VALUES (?, ?)"),
    ("forks", "INSERT INTO fork (stream, seq, idx) VALUES (?, ?, ?)"),
    ("further", "UPDATE fork SET further = further + 1 WHERE stream = ? AND seq = ?"),
    ("alone", "INSERT INTO alone VALUES (?, ?)"),
)

# Python's sqlite3 hands the interpreter to other threads at every row it steps through, and with a busy thread beside
# it each row then waits milliseconds to get it back (measured: 1 ms a row, 0.03 ms so). The rows that every statement
# has go in by many to a step. Few sizes, so that the statements stay prepared.
_MANY: Final = (128, 8, 1)


def _by_many(insert: str) -> dict[int, str]:
    return {many: f"{insert} VALUES {', '.join(['(?, ?, ?)'] * many)}" for many in _MANY}


_STAGED_ROWS: Final = _by_many("INSERT INTO staged")
_PLACE_ROWS: Final = _by_many("INSERT INTO place")


class Store:
    """The open database. Not safe for two threads at once; the log's own lock sees to that.

    Every method raises LogFull (nothing happened), LogDamaged (the file is not what it was) or LogBroken (in doubt).
    """

    def __init__(self, folder: Path, wal_pages: int = WAL_PAGES) -> None:
        """Open or create the database in `folder`; an empty one has no `identity`."""
        self._path = folder / STATE_NAME
        with self._errors():
            self._db = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False, timeout=5.0)
            try:
                for pragma in (
                    "locking_mode = EXCLUSIVE",
                    "journal_mode = WAL",
                    "synchronous = FULL",
                    f"wal_autocheckpoint = {wal_pages}",
                    "journal_size_limit = 16777216",  # after a burst the write-ahead log gives its space back
                ):
                    self._db.execute(f"PRAGMA {pragma}").fetchall()
            except BaseException:
                self._db.close()
                raise

    def close(self) -> None:
        """Close; SQLite folds its write-ahead log in."""
        self._db.close()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
            if code == sqlite3.SQLITE_FULL:
                raise LogFull(f"no space for {self._path}: nothing was stored") from error
            if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
                raise LogDamaged(f"{self._path} is damaged: {error}") from error
            raise LogBroken(f"{self._path}: {error}") from error

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._errors():
            try:
                self._db.execute("BEGIN IMMEDIATE")
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    def identity(self) -> Identity | None:
        """Whose log this is; None when creation never came to its commit."""
        with self._errors():
            if not self._db.execute("SELECT 1 FROM sqlite_master WHERE name = 'log'").fetchone():
                return None
            row = self._db.execute("SELECT format, origin, verifier_key, proof_key FROM log").fetchone()
        if row is None or row[0] != FORMAT:
            raise LogDamaged(f"{self._path} has format {row and row[0]}, this program knows {FORMAT}")
        return Identity(*row[1:])

    def create(self, identity: Identity, rows: Rows) -> None:
        """Make the tables and the first entries, in one transaction: the log exists after it, or not at all."""
        with self._transaction() as db:
            for statement in _SCHEMA:
                db.execute(statement)
            values = (FORMAT, identity.origin, identity.verifier_key, identity.proof_key)
            db.execute("INSERT INTO log VALUES (1, ?, ?, ?, ?)", values)
            self._insert(rows)

    def commit(self, rows: Rows) -> None:
        """The commit: all rows or none, durable on return."""
        with self._transaction():
            self._insert(rows)

    def _insert(self, rows: Rows) -> None:
        self._insert_many(_STAGED_ROWS, rows.staged)
        self._insert_many(_PLACE_ROWS, rows.places)
        for name, statement in _INSERTS:
            values = getattr(rows, name)
            if values:
                self._db.executemany(statement, values)

    def _insert_many(self, statements: dict[int, str], rows: Sequence[tuple[object, ...]]) -> None:
        at = 0
        for many, statement in statements.items():
            while len(rows) - at >= many:
                self._db.execute(statement, [*chain.from_iterable(rows[at : at + many])])
                at += many

    def head(self) -> tuple[Head, bytes] | None:
        """The sealed head and the digests of its edge; None before the first."""
        with self._errors():
            row = self._db.execute("SELECT size, root, checkpoint, protected, signature, at, edge FROM head").fetchone()
        if row is None:
            return None
        size, root, checkpoint, protected, signature, at, edge = row
        return Head(size, root, checkpoint, decode_head(protected, signature), at), edge

    def swap_head(self, old: Head | None, new: Head, edge: bytes, keep_from: int) -> None:
        """Replace `old` by `new` if `old` is what stands, and drop staged statements below `keep_from`, as one.

        The caller has made every tile of `new` durable before: that is what allows the statements to go.
        Raises LogBroken when another head stands there.
        """
        values = (new.size, new.root, new.checkpoint, new.signed.protected, new.signed.signature, new.at, edge)
        with self._transaction() as db:
            if old is None:
                changed = db.execute("INSERT OR IGNORE INTO head VALUES (1, ?, ?, ?, ?, ?, ?, ?)", values).rowcount
            else:
                changed = db.execute(
                    "UPDATE head SET size = ?, root = ?, checkpoint = ?, protected = ?, signature = ?, at = ?, edge = ?"
                    " WHERE size = ? AND root = ?",
                    (*values, old.size, old.root),
                ).rowcount
            if changed != 1:
                raise LogBroken(f"the head is no longer {old.size if old else 'absent'}: another writer was here")
            db.execute("DELETE FROM staged WHERE idx < ?", (keep_from,))

    def staged(self, start: int, stop: int) -> list[tuple[bytes, bytes]]:
        """Leaf hash and bytes of the staged statements [start, stop); fewer where the range leaves what is staged."""
        with self._errors():
            return self._db.execute(
                "SELECT leaf, encoded FROM staged WHERE idx >= ? AND idx < ? ORDER BY idx", (start, stop)
            ).fetchall()

    def staged_span(self) -> tuple[int, int] | None:
        """The first index staged and the one after the last; None when nothing is."""
        with self._errors():
            row = self._db.execute("SELECT (SELECT min(idx) FROM staged), (SELECT max(idx) FROM staged)").fetchone()
        return None if row[0] is None else (row[0], row[1] + 1)

    def stream(self, kid: bytes) -> int | None:
        """The number of a key."""
        return self._one("SELECT number FROM stream WHERE kid = ?", kid)

    def next_stream(self) -> int:
        """The number that the next new key gets."""
        return (self._one("SELECT max(number) FROM stream") or 0) + 1

    def last_place(self, stream: int) -> tuple[int, int] | None:
        """(seq, index) of the highest seq."""
        with self._errors():
            row: tuple[int, int] | None = self._db.execute(
                "SELECT seq, idx FROM place WHERE stream = ? ORDER BY seq DESC LIMIT 1", (stream,)
            ).fetchone()
        return row

    def first_at(self, stream: int, seq: int) -> int | None:
        """The index of the first statement at a place."""
        return self._one("SELECT idx FROM place WHERE stream = ? AND seq = ?", stream, seq)

    def second_at(self, stream: int, seq: int) -> int | None:
        """The index of the second statement at a place: there is a fork."""
        return self._one("SELECT idx FROM fork WHERE stream = ? AND seq = ?", stream, seq)

    def alone_at(self, leaf: bytes) -> int | None:
        """The index of a statement that stands alone."""
        return self._one("SELECT idx FROM alone WHERE leaf = ?", leaf)

    def places(self, stream: int, seq_from: int, seq_to: int) -> list[tuple[int, int]]:
        """(seq, index) of all statements of a stream from `seq_from` to `seq_to`, both included, forks too."""
        span = (stream, seq_from, seq_to)
        with self._errors():
            return self._db.execute(
                "SELECT seq, idx FROM place WHERE stream = ? AND seq BETWEEN ? AND ? UNION ALL"
                " SELECT seq, idx FROM fork WHERE stream = ? AND seq BETWEEN ? AND ? ORDER BY 1, 2",
                (*span, *span),
            ).fetchall()

    def count_places(self, stream: int, seq_from: int, seq_to: int) -> int:
        """How many numbers of a stream from `seq_from` to `seq_to`, both included, hold a statement."""
        question = "SELECT count(*) FROM place WHERE stream = ? AND seq BETWEEN ? AND ?"
        return self._one(question, stream, seq_from, seq_to) or 0

    def forks(self) -> list[Fork]:
        """Every fork, in the order in which they were proven."""
        with self._errors():
            rows = self._db.execute(
                "SELECT kid, fork.seq, place.idx, fork.idx, further FROM fork JOIN stream ON number = fork.stream"
                " JOIN place ON place.stream = fork.stream AND place.seq = fork.seq ORDER BY fork.idx"
            ).fetchall()
        return [Fork(*row) for row in rows]

    def _one(self, statement: str, *values: object) -> int | None:
        with self._errors():
            row = self._db.execute(statement, values).fetchone()
        return None if row is None else row[0]
