"""Refusals: signed with the log's proof key, kept in a ring per client that is capped in bytes, counted exactly.

A refusal names the message by its hash, says why and whether it is worth sending again. It is sent down at once; who
missed it finds it in the ring. Counts never shrink, the ring does: a client that sends nonsense fills its own ring and
nothing else.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from tally_edge import statement, wire
from tally_edge.answers import CLIENT_PREFIX, Refusal, RefusalReason
from tally_edge.keys import Signer
from tally_edge.statement import Claims, Kind
from tally_gateway.admission import MENDABLE

MAX_CLIENTS: Final = 10_000
"""Clients with a ring of their own. Behind a broker anybody with a login may make up names; the rest share one ring."""

OTHER_CLIENTS: Final = "other-clients"
_ROW_BYTES: Final = 128
"""What a row costs beside its body, roughly."""


@dataclass(frozen=True, slots=True)
class ToRefuse:
    """A message that will not be appended."""

    client: str
    payload: bytes
    reason: RefusalReason
    explanation: str


class RefusalDesk:
    """Signs, keeps and counts. Used from the log's thread."""

    def __init__(
        self, connection: sqlite3.Connection, signer: Signer, log_id: bytes, ring_bytes: int, clock: Callable[[], int]
    ) -> None:
        self._connection, self._signer, self._clock = connection, signer, clock
        self._issuer = f"urn:tallystick:log:{log_id.hex()}"
        self._ring_bytes = ring_bytes
        rows = connection.execute("SELECT client, SUM(LENGTH(body) + ?) FROM refusal GROUP BY client", (_ROW_BYTES,))
        self._held: dict[str, int] = dict(rows)
        self._counts: dict[RefusalReason, int] = {
            RefusalReason(reason): count
            for reason, count in connection.execute("SELECT reason, SUM(count) FROM refusal_count GROUP BY reason")
        }

    def refuse(self, refused: Sequence[ToRefuse]) -> list[bytes]:
        """The signed refusals, in order, kept and counted. They are durable with the next commit of the tables."""
        if not refused:
            return []
        bodies = [self._sign(one) for one in refused]
        held, counts = dict(self._held), dict(self._counts)
        try:
            with self._connection:
                self._connection.execute("BEGIN")
                for one, body in zip(refused, bodies, strict=True):
                    self._keep(one, body)
        except BaseException:
            self._held, self._counts = held, counts
            raise
        return bodies

    def _sign(self, one: ToRefuse) -> bytes:
        digest = hashlib.sha256(one.payload).digest()
        payload = wire.encode(Refusal(digest, one.reason, one.explanation or one.reason.name, one.reason in MENDABLE))
        claims = Claims(
            Kind.REFUSAL,
            self._signer.public_key.kid,
            self._issuer,
            CLIENT_PREFIX + one.client,
            self._clock(),
        )
        return statement.sign(claims, payload, self._signer).encoded

    def _keep(self, one: ToRefuse, body: bytes) -> None:
        client = one.client if one.client in self._held or len(self._held) < MAX_CLIENTS else OTHER_CLIENTS
        execute = self._connection.execute
        execute(
            "INSERT INTO refusal (client, at, reason, message, body) VALUES (?, ?, ?, ?, ?)",
            (client, self._clock(), int(one.reason), hashlib.sha256(one.payload).digest(), body),
        )
        execute(
            "INSERT INTO refusal_count VALUES (?, ?, 1) ON CONFLICT (client, reason) DO UPDATE SET count = count + 1",
            (client, int(one.reason)),
        )
        self._counts[one.reason] = self._counts.get(one.reason, 0) + 1
        held = self._held.get(client, 0) + len(body) + _ROW_BYTES
        while held > self._ring_bytes:
            number, length = execute(
                "SELECT number, LENGTH(body) FROM refusal WHERE client = ? ORDER BY number LIMIT 1", (client,)
            ).fetchone()
            execute("DELETE FROM refusal WHERE number = ?", (number,))
            held -= length + _ROW_BYTES
        self._held[client] = held

    def counts(self) -> dict[RefusalReason, int]:
        """How many messages were ever refused, by reason."""
        return dict(self._counts)

    def ring(self, client: str) -> list[bytes]:
        """The refusals still kept for a client, oldest first."""
        rows = self._connection.execute("SELECT body FROM refusal WHERE client = ? ORDER BY number", (client,))
        return [bytes(body) for (body,) in rows]

    def counts_of(self, client: str) -> dict[RefusalReason, int]:
        """How many messages of a client were ever refused, by reason."""
        rows = self._connection.execute("SELECT reason, count FROM refusal_count WHERE client = ?", (client,))
        return {RefusalReason(reason): count for reason, count in rows}
