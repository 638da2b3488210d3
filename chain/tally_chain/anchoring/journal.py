"""The anchoring journal: what was asked to be anchored, what was signed for it, and how far each is.

Durability: every method that changes something is one SQLite transaction (WAL, synchronous FULL) and is on disk when it
returns. A signed transaction is stored before it is sent, so that after any crash the hashes that may be in a block are
known. One process holds the journal (a flock that a dead process cannot keep) and the key's nonce lane (`lane`).

States: built -> signed -> sent -> seen -> final, and back from seen to sent when the block was replaced. `refused` and
`superseded` are ends as well: the contract will not take this head, or holds a larger one without it.
"""

from __future__ import annotations

import enum
import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tally_chain.anchoring.keys import FeeOffer, fee_of
from tally_chain.anchoring.lane import take_lock
from tally_chain.anchoring.reading import Anchor, AnchorTarget
from tally_chain.errors import JournalError

FORMAT = "tallystick-anchor-journal-1"
HASH_BYTES = 32
# SQLite's integers are signed; a log never comes near 2^63 leaves.
MAX_SIZE = 2**63 - 1
# RFC 9162 needs at most one hash for each bit of the two sizes.
MAX_PROOF_HASHES = 128

_SCHEMA = (
    "CREATE TABLE facts (k TEXT PRIMARY KEY, v TEXT NOT NULL) WITHOUT ROWID",
    """CREATE TABLE heads (
        id INTEGER PRIMARY KEY AUTOINCREMENT, from_size INTEGER NOT NULL, size INTEGER NOT NULL, root BLOB NOT NULL,
        proof BLOB NOT NULL, state TEXT NOT NULL, reason TEXT NOT NULL DEFAULT '', sequence INTEGER,
        block_number INTEGER, block_hash BLOB, block_time INTEGER, tx_hash BLOB)""",
    "CREATE INDEX heads_by_state ON heads (state, id)",
    """CREATE TABLE attempts (
        tx_hash BLOB PRIMARY KEY, head_id INTEGER NOT NULL REFERENCES heads (id), nonce INTEGER NOT NULL,
        raw BLOB NOT NULL, gas INTEGER NOT NULL,
        fee_wei INTEGER NOT NULL, made_at INTEGER NOT NULL, sent_at INTEGER) WITHOUT ROWID""",
    "CREATE INDEX attempts_by_head ON attempts (head_id, nonce)",
)


class HeadState(enum.Enum):
    """How far a head is on its way to the chain."""

    BUILT = "built"
    SIGNED = "signed"
    SENT = "sent"
    SEEN = "seen"
    FINAL = "final"
    REFUSED = "refused"
    SUPERSEDED = "superseded"


OPEN_STATES = (HeadState.BUILT, HeadState.SIGNED, HeadState.SENT)


@dataclass(frozen=True)
class JournalHead:
    """One head that was submitted. `anchor` is set in the states seen and final."""

    id: int
    from_size: int
    size: int
    root: bytes
    proof: tuple[bytes, ...]
    state: HeadState
    reason: str
    anchor: Anchor | None


@dataclass(frozen=True)
class Attempt:
    """One signed transaction for a head. Several of one nonce exclude each other; any of them may have won."""

    tx_hash: bytes
    nonce: int
    raw: bytes
    gas: int
    fee_wei: int
    made_at: int
    sent_at: int | None

    @property
    def fee(self) -> FeeOffer:
        """What it offers, both numbers, as it was signed. Raises JournalError."""
        try:
            return fee_of(self.raw)
        except ValueError as error:
            raise JournalError(f"transaction 0x{self.tx_hash.hex()} of the journal is damaged: {error}") from error


class Journal:
    """The journal of one log on one chain; opening it for another one fails."""

    def __init__(self, path: Path, target: AnchorTarget) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = take_lock(path.with_name(path.name + ".lock"))
        try:
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            try:
                self._prepare(target)
            except BaseException:
                self._db.close()
                raise
        except sqlite3.DatabaseError as error:
            os.close(self._lock)
            raise JournalError(f"{path}: {error}") from error
        except BaseException:
            os.close(self._lock)
            raise

    def add(self, from_size: int, size: int, root: bytes, proof: Sequence[bytes]) -> None:
        """Stores a head in state built."""
        self._write(
            "INSERT INTO heads (from_size, size, root, proof, state) VALUES (?, ?, ?, ?, ?)",
            (from_size, size, root, b"".join(proof), HeadState.BUILT.value),
        )

    def newest(self) -> JournalHead | None:
        """The head submitted last, refused ones aside."""
        rows = self._heads("WHERE state != ? ORDER BY id DESC LIMIT 1", HeadState.REFUSED.value)
        return rows[0] if rows else None

    def last(self) -> JournalHead | None:
        """The head submitted last, whatever became of it."""
        rows = self._heads("ORDER BY id DESC LIMIT 1")
        return rows[0] if rows else None

    def before(self, head: JournalHead) -> JournalHead | None:
        """The head submitted before `head`."""
        rows = self._heads("WHERE id < ? ORDER BY id DESC LIMIT 1", head.id)
        return rows[0] if rows else None

    def in_states(self, *states: HeadState) -> list[JournalHead]:
        """Heads in any of the states, oldest first."""
        marks = ", ".join("?" * len(states))
        return self._heads(f"WHERE state IN ({marks}) ORDER BY id", *(state.value for state in states))

    def attempts(self, head: JournalHead) -> list[Attempt]:
        """Everything that was ever signed for the head, oldest first."""
        rows = self._db.execute(
            "SELECT tx_hash, nonce, raw, gas, fee_wei, made_at, sent_at FROM attempts"
            " WHERE head_id = ? ORDER BY nonce, fee_wei, made_at",
            (head.id,),
        )
        return [Attempt(*row) for row in rows]

    def add_attempt(self, head: JournalHead, attempt: Attempt) -> None:
        """Stores a signed transaction, before it is sent, and moves the head to signed; one transaction."""
        with self._transaction():
            self._db.execute(
                "INSERT INTO attempts VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    attempt.tx_hash,
                    head.id,
                    attempt.nonce,
                    attempt.raw,
                    attempt.gas,
                    attempt.fee_wei,
                    attempt.made_at,
                    None,
                ),
            )
            self._db.execute("UPDATE heads SET state = ? WHERE id = ?", (HeadState.SIGNED.value, head.id))

    def mark_sent(self, head: JournalHead, attempt: Attempt, now: int) -> None:
        """Notes that a node took the transaction."""
        with self._transaction():
            self._db.execute("UPDATE attempts SET sent_at = ? WHERE tx_hash = ?", (now, attempt.tx_hash))
            self._db.execute("UPDATE heads SET state = ? WHERE id = ?", (HeadState.SENT.value, head.id))

    def mark_seen(self, head: JournalHead, anchor: Anchor) -> None:
        """Notes the block that holds the anchor."""
        self._write(
            "UPDATE heads SET state = ?, sequence = ?, block_number = ?, block_hash = ?, block_time = ?, tx_hash = ?"
            " WHERE id = ?",
            (
                HeadState.SEEN.value,
                anchor.sequence,
                anchor.block_number,
                anchor.block_hash,
                anchor.block_time_seconds,
                anchor.tx_hash,
                head.id,
            ),
        )

    def mark_reorganised(self, head: JournalHead) -> None:
        """Back to sent: the block that held the anchor is no longer in the chain."""
        self._write(
            "UPDATE heads SET state = ?, sequence = NULL, block_number = NULL, block_hash = NULL, block_time = NULL,"
            " tx_hash = NULL WHERE id = ?",
            (HeadState.SENT.value, head.id),
        )

    def mark_end(self, head: JournalHead, state: HeadState, reason: str = "") -> None:
        """Final, refused or superseded. The proof and the signed transactions have done their work and are dropped."""
        with self._transaction():
            self._db.execute(
                "UPDATE heads SET state = ?, reason = ?, proof = x'' WHERE id = ?", (state.value, reason, head.id)
            )
            self._db.execute("DELETE FROM attempts WHERE head_id = ?", (head.id,))

    def close(self) -> None:
        """Closes the file and gives the lock back."""
        self._db.close()
        os.close(self._lock)

    def _prepare(self, target: AnchorTarget) -> None:
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        facts = {
            "format": FORMAT,
            "chain_id": str(target.chain_id),
            "genesis_hash": target.genesis_hash.hex(),
            "contract": target.contract,
            "log_id": target.log_id.hex(),
        }
        with self._transaction():
            if self._db.execute("SELECT 1 FROM sqlite_master WHERE name = 'facts'").fetchone() is None:
                for statement in _SCHEMA:
                    self._db.execute(statement)
                self._db.executemany("INSERT INTO facts VALUES (?, ?)", sorted(facts.items()))
        found = dict(self._db.execute("SELECT k, v FROM facts").fetchall())
        if found != facts:
            different = ", ".join(sorted(k for k in facts if found.get(k) != facts[k]))
            raise JournalError(f"the journal was kept for another log or chain: it differs in {different}")

    def _heads(self, where: str, *arguments: object) -> list[JournalHead]:
        columns = (
            "id, from_size, size, root, proof, state, reason, sequence, block_number, block_hash, block_time, tx_hash"
        )
        rows = self._db.execute(f"SELECT {columns} FROM heads {where}", arguments)  # noqa: S608  fixed texts only
        return [_head(row) for row in rows]

    def _write(self, statement: str, arguments: tuple[object, ...]) -> None:
        with self._transaction():
            self._db.execute(statement, arguments)

    def _transaction(self) -> _Transaction:
        return _Transaction(self._db)


class _Transaction:
    """BEGIN IMMEDIATE .. COMMIT, or ROLLBACK on any exception."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def __enter__(self) -> None:
        self._db.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                self._db.execute("COMMIT")
        finally:
            if self._db.in_transaction:  # after some errors, a full disk among them, SQLite has rolled back itself
                self._db.execute("ROLLBACK")


def _head(row: tuple[Any, ...]) -> JournalHead:
    identifier, from_size, size, root, proof, state, reason, sequence, number, block_hash, block_time, tx_hash = row
    if not (isinstance(proof, bytes) and isinstance(root, bytes) and len(proof) % HASH_BYTES == 0):
        raise JournalError(f"head {identifier} of the journal is damaged")
    hashes = tuple(proof[i : i + HASH_BYTES] for i in range(0, len(proof), HASH_BYTES))
    anchor = None
    if block_hash is not None:
        anchor = Anchor(size, root, sequence, from_size, number, block_hash, block_time, tx_hash)
    return JournalHead(identifier, from_size, size, root, hashes, HeadState(state), reason, anchor)


def read_states(path: Path) -> dict[str, int]:
    """How many heads are in each state; reads beside a running client, for status pages and metrics."""
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as db:
        try:
            return {
                str(state): int(count) for state, count in db.execute("SELECT state, count(*) FROM heads GROUP BY 1")
            }
        except sqlite3.DatabaseError as error:
            raise JournalError(f"{path}: {error}") from error
