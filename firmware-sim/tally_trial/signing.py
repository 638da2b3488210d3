"""Streams being written: drafts become statements of a key, numbered and linked."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from tally_edge import countersign, senml, statement, wire
from tally_edge.authority import AuthorityPayload
from tally_edge.device import NO_SETTLEMENT, Settlement
from tally_edge.senml import Reading
from tally_edge.signer import FileSigner
from tally_edge.statement import NO_PREV, Claims, Kind, Statement
from tally_trial.drafts import SITE_TIME, Draft


@lru_cache(maxsize=8192)
def _packed(readings: tuple[Reading, ...]) -> bytes:
    """A pack. Remembered: a seed's plays sign the same readings over and over."""
    return senml.encode(readings)


@dataclass(slots=True)
class DeviceStream:
    """The stream of one device's key: the next seq, the links, and the meter facts that it was told."""

    signer: FileSigner
    issuer: str
    facts: bytes = bytes(32)
    seq: int = 0
    prev: bytes = NO_PREV
    settled: bytes = NO_SETTLEMENT

    def sign(self, draft: Draft, beacon: bytes | None) -> Statement:
        """The draft as the next statement of the stream."""
        signed = self.offer(draft, beacon)
        self.seq, self.prev = self.seq + 1, signed.id
        if draft.kind is Kind.SETTLEMENT:
            self.settled = signed.id
        return signed

    def offer(self, draft: Draft, beacon: bytes | None) -> Statement:
        """The draft as it would stand next in the stream, which does not move on."""
        claims = Claims(
            kind=draft.kind,
            kid=self.signer.public_key.kid,
            issuer=self.issuer,
            subject=draft.point,
            issued_at=draft.issued_at,
            seq=self.seq,
            prev=self.prev,
            boot_count=draft.boot_count,
            clock=draft.clock,
            beacon=beacon,
        )
        return statement.sign(claims, self._payload(draft), self.signer)

    def _payload(self, draft: Draft) -> bytes:
        if draft.readings:
            return _packed(draft.readings)
        if draft.frozen is None:
            return wire.encode(draft.gap)
        frozen = draft.frozen
        return wire.encode(
            Settlement(
                boundary=frozen.boundary,
                at=frozen.at,
                local=SITE_TIME.local_text(frozen.at),
                registers=frozen.registers,
                serial=frozen.serial,
                multiplier=frozen.multiplier,
                facts=self.facts,
                counts=frozen.counts,
                previous=self.settled,
            )
        )


@dataclass(slots=True)
class AuthorityStream:
    """The stream of an authority."""

    signer: FileSigner
    issuer: str
    seq: int = 0
    prev: bytes = NO_PREV

    def state(
        self, kind: Kind, subject: str, payload: AuthorityPayload, at: int, person: FileSigner | None
    ) -> Statement:
        """The authority states `payload` at `at`; without a `person` nobody countersigns."""
        claims = Claims(kind, self.signer.public_key.kid, self.issuer, subject, at, self.seq, self.prev)
        signed = countersign.sign(claims, payload, self.signer, person)
        self.seq, self.prev = self.seq + 1, signed.id
        return signed
