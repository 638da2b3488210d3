"""What the authorities of a gateway have stated, as it stands in the log: plan, meters, keys. No IO.

The rules are those by which the authority's own tool signs (`tally_edge.office`), so a form of the console refuses what
that tool would refuse, and nothing else.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass

from tally_edge import keys, statement, wire
from tally_edge.authority import PAYLOAD_OF_KIND, AuthorityPayload, Enrolment, Revocation, Rotation
from tally_edge.errors import DecodeError, EdgeError
from tally_edge.office.authority_rules import Standing
from tally_edge.statement import NO_PREV, Kind


@dataclass(frozen=True, slots=True)
class Stated:
    """One statement of an authority at its place in the log."""

    seq: int
    index: int
    kind: Kind
    subject: str
    issued_at: int
    encoded: bytes


@dataclass(frozen=True, slots=True)
class KeyEvent:
    """What happened to a device's key: `what` is enrolled, rotated-in, replaced or revoked."""

    kid: bytes
    device: str
    what: str
    index: int
    issued_at: int


@dataclass(frozen=True, slots=True)
class SiteBook:
    """One authority: who it is, what stands by its statements, and the statements themselves, oldest first."""

    issuer: str
    kid: bytes
    standing: Standing
    stated: tuple[Stated, ...] = ()
    keys: tuple[KeyEvent, ...] = ()

    @property
    def next_place(self) -> tuple[int, bytes]:
        """Number and `prev` of the statement that follows the newest one in the log."""
        if not self.stated:
            return 0, NO_PREV
        last = self.stated[-1]
        return last.seq + 1, statement.decode(last.encoded).id

    def with_statements(self, found: Iterable[tuple[int, bytes]]) -> SiteBook:
        """The book once these (log index, encoding) are read too. What says nothing usable changes nothing."""
        standing, stated, events = self.standing, list(self.stated), list(self.keys)
        for index, encoded in found:
            try:
                signed = statement.decode(encoded)
                claims = signed.claims
                if (claims.kid, claims.issuer) != (self.kid, self.issuer) or claims.kind not in PAYLOAD_OF_KIND:
                    continue
                payload = wire.decode(PAYLOAD_OF_KIND[claims.kind], signed.payload)
                standing = standing.after(payload)
                events += _events(payload, index, claims.issued_at)
            except (DecodeError, EdgeError):
                continue
            stated.append(Stated(claims.seq or 0, index, claims.kind, claims.subject, claims.issued_at, encoded))
        return dataclasses.replace(self, standing=standing, stated=tuple(stated), keys=tuple(events))


def empty_book(issuer: str, kid: bytes) -> SiteBook:
    """The book of an authority that has stated nothing yet."""
    return SiteBook(issuer, kid, Standing(kid))


def _events(payload: AuthorityPayload, index: int, at: int) -> list[KeyEvent]:
    if isinstance(payload, Enrolment):
        return [KeyEvent(keys.decode_public_key(payload.public_key).kid, payload.device, "enrolled", index, at)]
    if isinstance(payload, Rotation):
        new = keys.decode_public_key(payload.public_key).kid
        return [
            KeyEvent(payload.last.kid, payload.device, "replaced", index, at),
            KeyEvent(new, payload.device, "rotated-in", index, at),
        ]
    if isinstance(payload, Revocation):
        return [KeyEvent(payload.kid, payload.device, "revoked", index, at)]
    return []
