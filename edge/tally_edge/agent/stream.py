"""The stream of one key: numbering, linking and signing, in one transaction with what is remembered about it.

Order of a `say`, and what a crash between two steps leaves:

    begin                  nothing
    sign                   nothing: the bytes existed in memory alone, the number is still free
    append, state, commit  the statement under its number, waiting to be sent
    send (delivery)        the same; it is sent again

so one number never carries two contents, whether or not the signer is deterministic.
"""

from __future__ import annotations

from dataclasses import replace

from tally_edge import statement, wire
from tally_edge.agent.clock import TimeSource
from tally_edge.agent.outbox import Held, Outbox
from tally_edge.agent.point_state import PointState
from tally_edge.device import Gap, Settlement
from tally_edge.keys import Signer
from tally_edge.statement import NO_PREV, Claims, Kind, Statement

Said = bytes | Gap | Settlement
"""What can be said of a metering point: an encoded pack of readings, a gap, a settlement."""


class Stream:
    """Says things as `device`. Until `allow` it may not sign, and what is said is held durably instead."""

    def __init__(self, outbox: Outbox, signer: Signer, device: str, clock: TimeSource) -> None:
        """Counts one more start, durably. Raises OutboxError."""
        self._outbox = outbox
        self._signer = signer
        self._kid = signer.public_key.kid
        self._device = device
        self._clock = clock
        self._boot_count = outbox.raise_boot_count()
        self._may_sign = False
        self._beacon: bytes | None = None

    @property
    def may_sign(self) -> bool:
        """Whether the stream is known to stand where its log stands."""
        return self._may_sign

    def set_beacon(self, root: bytes) -> None:
        """Put an anchored root (32 bytes) into the statements from here on: a lower bound on when they were signed."""
        self._beacon = root

    def say(self, point: str, said: Said, state: PointState) -> None:
        """Sign `said` about `point` and remember `state`, both or neither. Raises OutboxFullError, OutboxError."""
        with self._outbox.transaction():
            self._outbox.set_point(point, state)
            if self._may_sign and self._outbox.next_held() is None:
                self._sign(point, said)
            else:
                kind = _kind_of(said)
                self._outbox.hold(kind, point, said if isinstance(said, bytes) else wire.encode(said))

    def remember(self, point: str, state: PointState) -> None:
        """Remember `state` without a word. Raises OutboxFullError, OutboxError."""
        with self._outbox.transaction():
            self._outbox.set_point(point, state)

    def allow(self) -> None:
        """From here on signing is allowed: the stream stands where its log stands."""
        self._may_sign = True

    def release_held(self) -> int:
        """Sign what was held, in its order; returns how many. Raises OutboxFullError, then call again."""
        signed = 0
        while (held := self._outbox.next_held()) is not None:
            with self._outbox.transaction():
                self._outbox.drop_held(held)
                self._sign(held.subject, _said_of(held))
            signed += 1
        return signed

    def _sign(self, point: str, said: Said) -> Statement:
        known = self._outbox.point(point)
        if isinstance(said, Settlement):
            said = replace(said, previous=NO_PREV if known is None else known[1])
        position = self._outbox.stream()
        claims = Claims(
            kind=_kind_of(said),
            kid=self._kid,
            issuer=self._device,
            subject=point,
            issued_at=self._clock.now(),
            seq=position.next_seq,
            prev=position.prev,
            boot_count=self._boot_count,
            clock=self._clock.state(),
            beacon=self._beacon,
        )
        signed = statement.sign(claims, said if isinstance(said, bytes) else wire.encode(said), self._signer)
        self._outbox.append(signed)
        if isinstance(said, Settlement):
            self._outbox.set_settlement(point, signed.id)
        return signed


def _kind_of(said: Said) -> Kind:
    if isinstance(said, bytes):
        return Kind.READINGS
    return Kind.GAP if isinstance(said, Gap) else Kind.SETTLEMENT


def _said_of(held: Held) -> Said:
    if held.kind is Kind.READINGS:
        return held.payload
    if held.kind is Kind.GAP:
        return wire.decode(Gap, held.payload)
    return wire.decode(Settlement, held.payload)
