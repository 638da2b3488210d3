"""What the ring of refusals holds, decoded for people. On the log's thread: the tables are its own."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Final

from tally_edge import statement, wire
from tally_edge.answers import Refusal, RefusalReason
from tally_gateway.admission import MENDABLE
from tally_gateway.console.state import RefusalCount

MOST: Final = 100


@dataclass(frozen=True, slots=True)
class RefusedItem:
    """One refusal that is still kept. `message`: SHA-256 of what was sent, hex."""

    number: int
    client: str
    at: int
    reason: str
    mendable: bool
    explanation: str
    message: str


def counts(tables: sqlite3.Connection) -> tuple[RefusalCount, ...]:
    """How many were ever refused, by client and reason, the most first; when the newest that is kept was."""
    rows = tables.execute(
        "SELECT client, reason, count, (SELECT at FROM refusal WHERE refusal.client = refusal_count.client"
        " AND refusal.reason = refusal_count.reason ORDER BY number DESC LIMIT 1)"
        " FROM refusal_count ORDER BY count DESC, client LIMIT 500"
    )
    return tuple(
        RefusalCount(client, RefusalReason(reason).name.lower(), RefusalReason(reason) in MENDABLE, count, at)
        for client, reason, count, at in rows
    )


def items(tables: sqlite3.Connection, client: str, reason: str, before: int) -> tuple[RefusedItem, ...]:
    """The newest refusals kept, at most MOST, older than number `before`; of one client or reason where named."""
    wanted = {member.name.lower(): int(member) for member in RefusalReason}.get(reason, 0)
    rows = tables.execute(
        "SELECT number, client, at, reason, body FROM refusal WHERE number < ? AND (? = '' OR client = ?)"
        " AND (? = 0 OR reason = ?) ORDER BY number DESC LIMIT ?",
        (before, client, client, wanted, wanted, MOST),
    )
    return tuple(_item(*row) for row in rows)


def _item(number: int, client: str, at: int, reason: int, body: bytes) -> RefusedItem:
    said = wire.decode(Refusal, statement.decode(bytes(body)).payload)
    name = RefusalReason(reason).name.lower()
    return RefusedItem(number, client, at, name, said.mendable, said.explanation, said.message.hex())
