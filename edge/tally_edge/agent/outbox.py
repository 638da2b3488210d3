"""The outbox: what a device has signed, durable before anything is sent, and bounded.

Contract.
* One process at a time; a second is refused (`OutboxError`, naming the holder).
* `transaction()` is the unit of durability: what happens inside is on the disk together, or not at all. A statement and
  the stream state that it moves are always in one, so a crash never leaves a number used whose bytes are lost, and
  never lets one number be used for two contents.
* An entry is waiting, confirmed, or dead (refused). "Sent" is known in memory alone (`delivery`): after a restart
  nothing sent is known to have arrived. Waiting and dead entries are never dropped. Confirmed ones stay as space
  allows, oldest evicted first, and all of them go once `release` says that they are anchored and copied.
* A share of the bound is kept for settlements and gaps: readings stop before those do.
* `held` are payloads that may not be signed yet (see `start`): durable, in order, bounded like entries.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum, unique
from pathlib import Path
from typing import Final

from tally_edge import wire
from tally_edge.agent import outbox_tables
from tally_edge.agent.point_state import PointState
from tally_edge.errors import OutboxError, OutboxFullError
from tally_edge.statement import MAX_STATEMENT_BYTES, NO_PREV, Kind, Statement

DEFAULT_MAX_BYTES: Final = 64 * 2**20
"""Two years of quarter hours of a small site; it fits the smallest flash of a gateway PC."""

MIN_MAX_BYTES: Final = 8 * MAX_STATEMENT_BYTES
"""Below this one large statement could take the whole share of another kind."""

ENTRY_OVERHEAD: Final = 160
"""Bytes a row costs beside its statement: two indexes, the record header, the id."""


@unique
class EntryState(IntEnum):
    """Where an entry stands."""

    WAITING = 0
    CONFIRMED = 1
    DEAD = 2


@dataclass(frozen=True, slots=True)
class StreamState:
    """The next number, what the next `prev` holds, and how often the agent has started."""

    next_seq: int
    prev: bytes
    boot_count: int


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An entry that a gateway refused, and why."""

    seq: int
    kind: str
    refusal: str


@dataclass(frozen=True, slots=True)
class Held:
    """A payload that waits to be signed. `payload` is encoded; a settlement's `previous` is filled in when it is
    signed."""

    n: int
    kind: Kind
    subject: str
    payload: bytes


class Outbox:
    """The outbox in `folder` of the key `kid`. Used from one thread."""

    def __init__(
        self, folder: Path, kid: bytes, max_bytes: int = DEFAULT_MAX_BYTES, reserve_bytes: int | None = None
    ) -> None:
        """Open or create. Raises OutboxError: in use, damaged, too small, or of another key."""
        if max_bytes < MIN_MAX_BYTES:
            raise OutboxError(f"an outbox has at least {MIN_MAX_BYTES} bytes, not {max_bytes}")
        self.folder = folder
        self.max_bytes = max_bytes
        self.reserve_bytes = max(max_bytes // 10, 2 * MAX_STATEMENT_BYTES) if reserve_bytes is None else reserve_bytes
        self._lock = outbox_tables.lock(folder)
        try:
            self._db = outbox_tables.connect(folder, max_bytes)
            self._adopt(kid)
        except BaseException:
            os.close(self._lock)
            raise
        self._pending = self._confirmed = 0
        self._measure()

    def _adopt(self, kid: bytes) -> None:
        with outbox_tables.transaction(self._db):
            self._db.execute(
                "INSERT OR IGNORE INTO stream (id, kid, next_seq, prev, boot_count) VALUES (1, ?, 0, ?, 0)",
                (kid, NO_PREV),
            )
        (held,) = self._db.execute("SELECT kid FROM stream").fetchone()
        if held != kid:
            self._db.close()
            raise OutboxError(
                f"{self.folder} belongs to key {held.hex()}, not to {kid.hex()}: a new key needs a new outbox"
            )

    def close(self) -> None:
        """Give the folder back."""
        self._db.close()
        os.close(self._lock)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing. Raises OutboxFullError or OutboxError; then nothing has changed."""
        try:
            with outbox_tables.transaction(self._db):
                yield
        except BaseException:
            self._measure()
            raise

    def _measure(self) -> None:
        cost = f"coalesce(sum(length(encoded) + {ENTRY_OVERHEAD}), 0)"
        self._confirmed = self._number(f"SELECT {cost} FROM entry WHERE state = 1")  # noqa: S608 - a constant of ours
        self._pending = self._number(f"SELECT {cost} FROM entry WHERE state <> 1")  # noqa: S608
        self._pending += self._number(f"SELECT {cost.replace('encoded', 'payload')} FROM held")  # noqa: S608

    def _number(self, query: str) -> int:
        (number,) = self._db.execute(query).fetchone()
        return int(number)

    # The stream

    def stream(self) -> StreamState:
        """Where the stream stands."""
        return StreamState(*self._db.execute("SELECT next_seq, prev, boot_count FROM stream").fetchone())

    def raise_boot_count(self) -> int:
        """Count one more start, durably, and return the count."""
        with self.transaction():
            self._db.execute("UPDATE stream SET boot_count = boot_count + 1")
        return self.stream().boot_count

    def append(self, signed: Statement) -> None:
        """Take the next statement of the stream, inside a transaction. Raises OutboxError, OutboxFullError."""
        state = self.stream()
        if (signed.claims.seq, signed.claims.prev) != (state.next_seq, state.prev):
            raise OutboxError(f"statement {signed.claims.seq} does not continue the stream at {state.next_seq}")
        self._make_room(len(signed.encoded) + ENTRY_OVERHEAD, urgent=signed.claims.kind is not Kind.READINGS)
        self._db.execute(
            "INSERT INTO entry (seq, id, kind, encoded, state) VALUES (?, ?, ?, ?, ?)",
            (state.next_seq, signed.id, signed.claims.kind.value, signed.encoded, EntryState.WAITING),
        )
        self._db.execute("UPDATE stream SET next_seq = next_seq + 1, prev = ?", (signed.id,))

    def _make_room(self, cost: int, *, urgent: bool) -> None:
        limit = self.max_bytes - (0 if urgent else self.reserve_bytes)
        if self._pending + cost > limit:
            raise OutboxFullError(f"{self._pending} of {limit} bytes wait to be confirmed: no room for {cost} more")
        while self._pending + self._confirmed + cost > self.max_bytes:
            seq, length = self._db.execute(
                "SELECT seq, length(encoded) FROM entry WHERE state = 1 ORDER BY seq LIMIT 1"
            ).fetchone()
            self._db.execute("DELETE FROM entry WHERE seq = ?", (seq,))
            self._confirmed -= length + ENTRY_OVERHEAD
        self._pending += cost

    def pressure(self) -> float:
        """How full the share of the readings is with what may not be dropped: 0 empty, 1 full."""
        return self._pending / (self.max_bytes - self.reserve_bytes)

    # Metering points

    def point(self, uri: str) -> tuple[PointState, bytes] | None:
        """A metering point's state and the id of its last settlement, None where nothing was said yet."""
        row = self._db.execute("SELECT state, settlement FROM point WHERE uri = ?", (uri,)).fetchone()
        return None if row is None else (wire.decode(PointState, row[0]), row[1])

    def set_point(self, uri: str, state: PointState) -> None:
        """Remember a metering point's state, inside a transaction."""
        self._db.execute(
            "INSERT INTO point (uri, settlement, state) VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET state = ?3",
            (uri, NO_PREV, wire.encode(state)),
        )

    def set_settlement(self, uri: str, settlement: bytes) -> None:
        """Remember the id of a metering point's last settlement, inside a transaction."""
        self._db.execute("UPDATE point SET settlement = ? WHERE uri = ?", (settlement, uri))

    # Payloads that wait to be signed

    def hold(self, kind: Kind, subject: str, payload: bytes) -> None:
        """Keep a payload until it may be signed, inside a transaction. Raises OutboxFullError."""
        self._make_room(len(payload) + ENTRY_OVERHEAD, urgent=kind is not Kind.READINGS)
        self._db.execute("INSERT INTO held (kind, subject, payload) VALUES (?, ?, ?)", (kind.value, subject, payload))

    def next_held(self) -> Held | None:
        """The oldest payload that waits to be signed."""
        row = self._db.execute("SELECT n, kind, subject, payload FROM held ORDER BY n LIMIT 1").fetchone()
        return None if row is None else Held(row[0], Kind(row[1]), row[2], row[3])

    def drop_held(self, held: Held) -> None:
        """Forget a payload that is being signed, inside the transaction that appends it."""
        self._db.execute("DELETE FROM held WHERE n = ?", (held.n,))
        self._pending -= len(held.payload) + ENTRY_OVERHEAD

    # Delivery

    def waiting(self, from_seq: int, limit: int) -> list[tuple[int, bytes]]:
        """Up to `limit` waiting entries from `from_seq` on, oldest first."""
        return self._db.execute(
            "SELECT seq, encoded FROM entry WHERE state = 0 AND seq >= ? ORDER BY seq LIMIT ?", (from_seq, limit)
        ).fetchall()

    def entries(self, first: int, count: int) -> dict[int, bytes]:
        """Those of the entries [`first`, `first` + `count`) that are still here."""
        query = "SELECT seq, encoded FROM entry WHERE seq >= ? AND seq < ?"
        return dict(self._db.execute(query, (first, first + count)))

    def is_waiting(self, seq: int) -> bool:
        """Whether an entry still waits for its confirmation."""
        row = self._db.execute("SELECT state FROM entry WHERE seq = ?", (seq,)).fetchone()
        return row is not None and row[0] == EntryState.WAITING

    def confirm(self, seqs: list[int], confirmation: bytes, size: int) -> int:
        """Mark entries confirmed by a verified confirmation at tree `size`; returns how many were not before."""
        moved = []
        with self.transaction():
            for seq in seqs:
                moved += self._db.execute(
                    "UPDATE entry SET state = 1, refusal = NULL WHERE seq = ? AND state <> 1 RETURNING length(encoded)",
                    (seq,),
                ).fetchall()
            self._db.execute(
                "UPDATE stream SET confirmation = ?, confirmed_size = ? WHERE confirmed_size <= ?",
                (confirmation, size, size),
            )
        cost = sum(length + ENTRY_OVERHEAD for (length,) in moved)
        self._pending -= cost
        self._confirmed += cost
        return len(moved)

    def newest_confirmation(self) -> bytes | None:
        """The confirmation of the largest tree that was shown to this device."""
        (confirmation,) = self._db.execute("SELECT confirmation FROM stream").fetchone()
        return None if confirmation is None else bytes(confirmation)

    def bury(self, message: bytes, refusal: str) -> int | None:
        """Move the waiting entry with id `message` to the dead letters; returns its seq, None where there is none."""
        with self.transaction():
            row = self._db.execute(
                "UPDATE entry SET state = 2, refusal = ? WHERE id = ? AND state = 0 RETURNING seq", (refusal, message)
            ).fetchone()
        return None if row is None else int(row[0])

    def resend(self) -> int:
        """Let all dead letters wait again; returns how many."""
        with self.transaction():
            return self._db.execute("UPDATE entry SET state = 0 WHERE state = 2").rowcount

    def refill(self, from_seq: int) -> int:
        """Let confirmed entries from `from_seq` on wait again, for a gateway that lost them; returns how many.

        The next confirmation is the newest then, however small its tree: the log has begun again.
        """
        with self.transaction():
            changed = self._db.execute("UPDATE entry SET state = 0 WHERE state = 1 AND seq >= ?", (from_seq,)).rowcount
            if changed:
                self._db.execute("UPDATE stream SET confirmed_size = 0")
        self._measure()
        return changed

    def release(self, through_seq: int) -> int:
        """Drop confirmed entries up to `through_seq`: they are anchored, and copied off the gateway. Returns how
        many."""
        with self.transaction():
            changed = self._db.execute("DELETE FROM entry WHERE state = 1 AND seq <= ?", (through_seq,)).rowcount
        self._measure()
        return changed

    def count(self, name: str) -> None:
        """Add one to a counter that `status` shows. A full disk loses the count, not the agent."""
        try:
            with self.transaction():
                self._db.execute("INSERT INTO counter VALUES (?, 1) ON CONFLICT DO UPDATE SET n = n + 1", (name,))
        except OutboxFullError:
            return


@dataclass(frozen=True, slots=True)
class OutboxStatus:
    """What a person wants to know about an outbox. `confirmed_through`: everything up to here is confirmed, -1:
    nothing."""

    kid: str
    last_seq: int
    boot_count: int
    waiting: int
    held: int
    confirmed_kept: int
    pending_bytes: int
    confirmed_through: int
    dead: list[DeadLetter]
    counters: dict[str, int]


def look(folder: Path) -> OutboxStatus:
    """Look at an outbox, beside the agent that holds it or without one. Raises OutboxError."""
    database = outbox_tables.connect_to_look(folder)
    try:
        return _look(database)
    finally:
        database.close()


def _look(database: sqlite3.Connection) -> OutboxStatus:
    row = database.execute("SELECT kid, next_seq, boot_count FROM stream").fetchone()
    if row is None:
        raise OutboxError("the outbox is being made just now: look again")
    kid, next_seq, boot_count = row
    number = dict(database.execute("SELECT state, count(*) FROM entry GROUP BY state"))
    (oldest,) = database.execute("SELECT min(seq) FROM entry WHERE state <> 1").fetchone()
    (pending,) = database.execute("SELECT coalesce(sum(length(encoded)), 0) FROM entry WHERE state <> 1").fetchone()
    (held,) = database.execute("SELECT count(*) FROM held").fetchone()
    dead = [
        DeadLetter(*row)
        for row in database.execute("SELECT seq, kind, refusal FROM entry WHERE state = 2 ORDER BY seq")
    ]
    return OutboxStatus(
        kid=kid.hex(),
        last_seq=next_seq - 1,
        boot_count=boot_count,
        waiting=number.get(EntryState.WAITING, 0),
        held=held,
        confirmed_kept=number.get(EntryState.CONFIRMED, 0),
        pending_bytes=pending,
        confirmed_through=(next_seq if oldest is None else oldest) - 1,
        dead=dead,
        counters=dict(database.execute("SELECT name, n FROM counter ORDER BY name")),
    )
