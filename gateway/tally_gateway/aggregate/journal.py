"""A gateway's own record of the heads that it hands to an aggregator, and of what it was shown of the log of heads.

Durability: every method that changes something is one SQLite transaction (WAL, synchronous FULL), on disk when it
returns. A head is stored before it is sent, so that after any crash the very same bytes are sent again.

States: built -> taken -> final, and back from taken to built when the aggregator no longer holds it. `refused` is an
end: the next head is built on what the aggregator does hold.
"""

from __future__ import annotations

import enum
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tally_chain import head_entry
from tally_chain.bundle import AnchorClaim
from tally_chain.head_entry import HeadEntry
from tally_edge import wire
from tally_edge.proof import HASH_BYTES
from tally_gateway.errors import StateError

FILE_NAME: Final = "heads.sqlite"
_VERSION: Final = 1
_AGGREGATOR: Final = "aggregator"
MAX_EVIDENCE: Final = 64
"""Answers of an aggregator that did not hold, the first ones: more of the same prove no more."""

_SCHEMA: Final = (
    "CREATE TABLE fact (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID",
    """CREATE TABLE head (size INTEGER NOT NULL, entry BLOB NOT NULL, path BLOB NOT NULL, state TEXT NOT NULL,
                          reason TEXT NOT NULL DEFAULT '', taken_at INTEGER, proof BLOB, claim BLOB, sequence INTEGER,
                          id INTEGER PRIMARY KEY AUTOINCREMENT)""",
    "CREATE INDEX head_by_state ON head (state, id)",
    """CREATE TABLE evidence (id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, what TEXT NOT NULL,
                              answer BLOB NOT NULL)""",
    f"PRAGMA user_version = {_VERSION}",
)
_COLUMNS: Final = "id, entry, path, state, reason, taken_at, proof, claim, sequence"


class HeadState(enum.Enum):
    """How far a head is."""

    BUILT = "built"
    TAKEN = "taken"
    FINAL = "final"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class JournalHead:
    """A head that was submitted. `proof`, `claim` and `sequence` are set once it is final."""

    id: int
    entry: HeadEntry
    path: tuple[bytes, ...]
    state: HeadState
    reason: str
    taken_at: int | None
    proof: bytes | None
    claim: AnchorClaim | None
    sequence: int | None

    @property
    def size(self) -> int:
        """Of the gateway's tree."""
        return self.entry.head.size


class HeadsJournal:
    """See the module's text. One thread at a time."""

    def __init__(self, path: Path, aggregator: str) -> None:
        """Open or make the journal; `aggregator` is the origin of the log of heads. Raises StateError."""
        self._path = path
        try:
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            self._begin(aggregator)
        except sqlite3.Error as error:
            raise StateError(f"{path}: {error}") from error
        if self._fact(_AGGREGATOR) != aggregator.encode():
            self.close()
            raise StateError(f"{path} was kept for another aggregator: move it away to begin with {aggregator}")

    def _begin(self, aggregator: str) -> None:
        """Tables, version and the aggregator's name in one transaction. Earlier programs wrote the name in a second:
        a journal that has none and no head yet is one that was cut short there, and is finished."""
        self._db.execute("BEGIN IMMEDIATE")
        with self._db:  # commits, or rolls back
            version = self._db.execute("PRAGMA user_version").fetchone()[0]
            if version not in (0, _VERSION):
                raise StateError(f"{self._path} has version {version}, this program knows {_VERSION}")
            for statement in () if version else _SCHEMA:
                self._db.execute(statement)
            if self._fact(_AGGREGATOR) is None and not self._db.execute("SELECT count(*) FROM head").fetchone()[0]:
                self._put(_AGGREGATOR, aggregator.encode())

    def add(self, entry: HeadEntry, path: Sequence[bytes]) -> None:
        """Keep a head in state built."""
        self._db.execute(
            "INSERT INTO head (size, entry, path, state) VALUES (?, ?, ?, ?)",
            (entry.head.size, entry.encode(), b"".join(path), HeadState.BUILT.value),
        )

    def newest(self) -> JournalHead | None:
        """The head submitted last, refused ones aside."""
        found = self._heads("WHERE state != ? ORDER BY id DESC LIMIT 1", HeadState.REFUSED.value)
        return found[0] if found else None

    def waiting(self) -> list[JournalHead]:
        """Heads on their way, oldest first."""
        return self._heads("WHERE state IN (?, ?) ORDER BY id", HeadState.BUILT.value, HeadState.TAKEN.value)

    def final(self) -> list[JournalHead]:
        """Heads under an anchor, oldest first."""
        return self._heads("WHERE state = ? ORDER BY id", HeadState.FINAL.value)

    def largest_taken(self) -> HeadEntry | None:
        """The largest head that the aggregator once took."""
        found = self._heads("WHERE state IN ('taken', 'final') ORDER BY size DESC LIMIT 1")
        return found[0].entry if found else None

    def ended(self) -> tuple[int, int]:
        """How many heads are final, and the size of the largest."""
        row: tuple[int, int] = self._db.execute(
            "SELECT count(*), coalesce(max(size), 0) FROM head WHERE state = 'final'"
        ).fetchone()
        return row

    def mark_taken(self, head: JournalHead, now: int) -> None:
        """The aggregator said that it holds the head."""
        self._db.execute("UPDATE head SET state = ?, taken_at = ? WHERE id = ?", (HeadState.TAKEN.value, now, head.id))

    def mark_built(self, head: JournalHead, reason: str) -> None:
        """Back: it is to be sent again."""
        self._db.execute(
            "UPDATE head SET state = ?, reason = ?, taken_at = NULL WHERE id = ?",
            (HeadState.BUILT.value, reason, head.id),
        )

    def mark_refused(self, head: JournalHead, reason: str) -> None:
        """An end: the aggregator does not take it."""
        self._db.execute(
            "UPDATE head SET state = ?, reason = ? WHERE id = ?", (HeadState.REFUSED.value, reason, head.id)
        )

    def mark_final(self, head: JournalHead, entry: bytes, proof: bytes, claim: AnchorClaim, sequence: int) -> None:
        """Under an anchored head of the log of heads. `entry` is the head as it stands there."""
        self._db.execute(
            "UPDATE head SET state = ?, entry = ?, proof = ?, claim = ?, sequence = ?, path = x'' WHERE id = ?",
            (HeadState.FINAL.value, entry, proof, wire.encode(claim), sequence, head.id),
        )

    def seen(self) -> tuple[int, bytes] | None:
        """The largest head of the log of heads that was shown and held: its size and root."""
        kept = self._fact("seen")
        return None if kept is None else (int.from_bytes(kept[:8], "big"), kept[8:])

    def mark_seen(self, size: int, root: bytes) -> None:
        """Keep a head of the log of heads that holds."""
        self._put("seen", size.to_bytes(8, "big") + root)

    def keep_evidence(self, at: int, what: str, answer: bytes) -> None:
        """Keep an answer of the aggregator that does not hold, the first `MAX_EVIDENCE` of them."""
        self._db.execute(
            "INSERT INTO evidence (at, what, answer) SELECT ?, ?, ? WHERE (SELECT count(*) FROM evidence) < ?",
            (at, what, answer, MAX_EVIDENCE),
        )

    def evidence(self) -> list[tuple[int, str, bytes]]:
        """What was kept: when, what does not hold, and the answer."""
        return self._db.execute("SELECT at, what, answer FROM evidence ORDER BY id").fetchall()

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _heads(self, where: str, *values: object) -> list[JournalHead]:
        rows = self._db.execute(f"SELECT {_COLUMNS} FROM head {where}", values)  # noqa: S608  fixed texts only
        return [_head(row) for row in rows]

    def _fact(self, name: str) -> bytes | None:
        row = self._db.execute("SELECT value FROM fact WHERE name = ?", (name,)).fetchone()
        return None if row is None else bytes(row[0])

    def _put(self, name: str, value: bytes) -> None:
        self._db.execute("INSERT OR REPLACE INTO fact VALUES (?, ?)", (name, value))


def _head(row: tuple[Any, ...]) -> JournalHead:
    number, entry, path, state, reason, taken_at, proof, claim, sequence = row
    nodes = tuple(path[at : at + HASH_BYTES] for at in range(0, len(path), HASH_BYTES))
    known = None if claim is None else wire.decode(AnchorClaim, claim)
    decoded = head_entry.decode(entry)
    return JournalHead(number, decoded, nodes, HeadState(state), reason, taken_at, proof, known, sequence)


def read_final(path: Path) -> list[JournalHead]:
    """Heads under an anchor, oldest first, beside a running service; none without a journal. Raises StateError."""
    if not path.is_file():
        return []
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as db:
            rows = db.execute(f"SELECT {_COLUMNS} FROM head WHERE state = 'final' ORDER BY id")  # noqa: S608
            return [_head(row) for row in rows]
    except sqlite3.Error as error:
        raise StateError(f"{path}: {error}") from error
