"""What the log itself says about keys: an enrolment or a rotation makes a key known, a revocation marks it.

A known key's statements are appended, revoked or not: whether one counts is judged by its place in the log, by whoever
reads. Authorities come from the configuration. Their statements are applied as they are appended, and at start those
that were appended but not applied before a crash: the authorities' streams alone are looked at, so the length of the
log does not matter.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from tally_edge import keys, statement, wire
from tally_edge.authority import PAYLOAD_OF_KIND, Enrolment, Revocation, Rotation
from tally_edge.errors import DecodeError
from tally_gateway.checking import KnownKeys
from tally_gateway.config import AuthorityKey

_LOG = logging.getLogger(__name__)


class AuthorityStreams(Protocol):
    """The part of the log that is read at start."""

    def last_of(self, kid: bytes) -> tuple[int, int] | None:
        """(seq, index) of a stream's newest statement."""
        ...

    def indexes_of(self, kid: bytes, seq_from: int, seq_to: int) -> list[tuple[int, int]]:
        """(seq, index) of a stream's statements in a range of seq."""
        ...

    def entry(self, index: int) -> bytes:
        """An entry's bytes."""
        ...


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """A key that the log has made known. Entries are log indexes."""

    kid: bytes
    device: str
    entry: int
    revoked_entry: int | None


class KeyState:
    """See the module's text. Used from the log's thread; `known` may be read from any."""

    def __init__(self, connection: sqlite3.Connection, authorities: Sequence[AuthorityKey]) -> None:
        self._connection = connection
        self._authorities = {authority.kid: authority for authority in authorities}
        self.known = KnownKeys()
        for authority in authorities:
            self.known.add(authority.public_key)
        for (encoded,) in connection.execute("SELECT public_key FROM key ORDER BY entry"):
            self.known.add(keys.decode_public_key(encoded))

    def catch_up(self, log: AuthorityStreams) -> int:
        """Apply what the log holds of the authorities' streams and the tables do not. Returns how many that were."""
        applied = {entry for (entry,) in self._connection.execute("SELECT entry FROM applied")}
        missing: list[int] = []
        for kid in self._authorities:
            last = log.last_of(kid)
            if last is not None:
                missing += [index for _, index in log.indexes_of(kid, 0, last[0]) if index not in applied]
        for index in sorted(missing):
            self.apply(index, log.entry(index))
        return len(missing)

    def is_authority(self, kid: bytes) -> bool:
        """Whether the key is an authority's."""
        return kid in self._authorities

    def apply(self, index: int, encoded: bytes) -> None:
        """Take in an authority's statement that was appended at `index`. One that says nothing usable changes
        nothing."""
        signed = statement.decode(encoded)
        authority = self._authorities.get(signed.claims.kid)
        with self._connection:
            self._connection.execute("BEGIN")
            self._connection.execute("INSERT OR IGNORE INTO applied VALUES (?)", (index,))
            if (
                authority is None
                or authority.issuer != signed.claims.issuer
                or signed.claims.kind not in PAYLOAD_OF_KIND
            ):
                return
            payload = wire.decode(PAYLOAD_OF_KIND[signed.claims.kind], signed.payload)
            if isinstance(payload, Enrolment | Rotation):
                self._learn(index, payload.device, payload.public_key)
            elif isinstance(payload, Revocation):
                self._connection.execute(
                    "UPDATE key SET revoked_entry = ? WHERE kid = ? AND revoked_entry IS NULL", (index, payload.kid)
                )

    def _learn(self, index: int, device: str, encoded: bytes) -> None:
        try:
            key = keys.decode_public_key(encoded)
        except DecodeError as error:
            _LOG.warning("entry %d enrols %s with a key that is none: %s", index, device, error)
            return
        self._connection.execute(
            "INSERT OR IGNORE INTO key (kid, public_key, device, entry) VALUES (?, ?, ?, ?)",
            (key.kid, encoded, device, index),
        )
        self.known.add(key)

    def facts(self) -> list[KeyFacts]:
        """Every key that the log made known, in the order of its enrolment."""
        rows = self._connection.execute("SELECT kid, device, entry, revoked_entry FROM key ORDER BY entry")
        return [KeyFacts(*row) for row in rows]
