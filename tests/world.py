"""A small world in memory: an authority, second persons, devices, a log, and bundles of it. No gateway, no disk.

Every key comes from a seed, so that a failing case can be looked at again. The keys are for tests and worth nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from tally_chain import bundle, bundling, checkpoint, note
from tally_chain.bundle import Bundle, Content
from tally_chain.bundling import Placed
from tally_chain.policy import Accept, PinnedRoot, Policy, RootSource, TrustedKey, TrustedLog
from tally_chain.tree import LeafNodes, root_of
from tally_edge import countersign, proof, senml, statement, wire
from tally_edge.authority import (
    AuthorityPayload,
    Enrolment,
    FactsEvent,
    MeterFacts,
    NamedLog,
    Person,
    PlannedPoint,
    RegisterFacts,
    SigningPlace,
    SitePlan,
)
from tally_edge.device import NO_SETTLEMENT, Boundary, Counts, Gap, GapReason, RegisterValue, Settlement
from tally_edge.keys import P256_ORDER
from tally_edge.log_opening import LogOpening
from tally_edge.proof import HeadSignature, leaf_hash, log_id_of
from tally_edge.senml import Reading
from tally_edge.signer import FileSigner
from tally_edge.statement import DEVICE_KINDS, NO_PREV, Claims, Clock, Kind, Statement

START = 1_767_225_600  # 2026-01-01T00:00Z
HOUR = 3600
POINT = "urn:dev:org:32473-mill:m1"
REGISTER = "energy_import"
SITE = "urn:example:site:mill"


def p256(seed: str) -> FileSigner:
    """A P-256 key that follows from a seed. For tests."""
    secret = int.from_bytes(hashlib.sha256(seed.encode()).digest(), "big") % (P256_ORDER - 1) + 1
    return FileSigner(ec.derive_private_key(secret, ec.SECP256R1()))


def ed(seed: str) -> FileSigner:
    """An Ed25519 key that follows from a seed. For tests."""
    return FileSigner(ed25519.Ed25519PrivateKey.from_private_bytes(hashlib.sha256(seed.encode()).digest()))


@dataclass
class Stream:
    """A stream being written: the next seq and link."""

    signer: FileSigner
    issuer: str
    seq: int = 0
    prev: bytes = NO_PREV

    def claims(
        self, kind: Kind, subject: str, at: int, clock: Clock = Clock.SYNCHRONISED, beacon: bytes | None = None
    ) -> Claims:
        """Claims for the next statement."""
        device = kind in DEVICE_KINDS
        return Claims(
            kind=kind,
            kid=self.signer.public_key.kid,
            issuer=self.issuer,
            subject=subject,
            issued_at=at,
            seq=self.seq,
            prev=self.prev,
            boot_count=1 if device else None,
            clock=clock if device else None,
            beacon=beacon if device else None,
        )

    def advance(self, signed: Statement) -> Statement:
        """Take `signed` as the newest statement."""
        self.seq, self.prev = self.seq + 1, signed.id
        return signed


@dataclass
class World:
    """The parties, and the log as a list of encoded statements."""

    origin: str = "tallystick.example/mill/1"
    place: SigningPlace = SigningPlace.POLLED_BUS
    authority: Stream = field(default_factory=lambda: Stream(p256("authority"), "urn:example:office"))
    person: FileSigner = field(default_factory=lambda: p256("person"))
    device: Stream = field(default_factory=lambda: Stream(p256("device"), "urn:dev:org:32473-mill:a1"))
    proof_key: FileSigner = field(default_factory=lambda: p256("proof"))
    checkpoint_key: FileSigner = field(default_factory=lambda: ed("checkpoint"))
    entries: list[bytes] = field(default_factory=list)
    facts_id: bytes = bytes(32)
    last_settlement: bytes = NO_SETTLEMENT
    beacon: bytes | None = None
    plan_log: str = ""
    """The log that the site plan names, where it is not this one."""

    def log(self, signed: Statement) -> Statement:
        """Append a statement to the log."""
        self.entries.append(signed.encoded)
        return signed

    def open(self) -> None:
        """The log's opening, the site plan, the enrolment and the meter facts."""
        vkey = note.verifier_key_of(self.origin, self.checkpoint_key).encode()
        opening = LogOpening(log_id_of(self.origin), self.origin, vkey, self.proof_key.public_key.encode(), START)
        claims = Claims(
            Kind.LOG_OPENING,
            self.proof_key.public_key.kid,
            f"urn:tallystick:log:{log_id_of(self.origin).hex()}",
            SITE,
            START,
        )
        self.log(statement.sign(claims, wire.encode(opening), self.proof_key))
        self.state_all()

    def state_all(self) -> None:
        """The site plan, the enrolment and the meter facts."""
        self.state(Kind.SITE_PLAN, SITE, self.plan())
        self.state(Kind.ENROLMENT, self.device.issuer, self.enrolment())
        self.facts_id = self.state(Kind.METER_FACTS, POINT, self.facts()).id

    def plan(
        self,
        points: tuple[str, ...] = (POINT,),
        renew_by: int = START + 400 * 86_400,
        owner: str = "Mill",
        cadence_s: int = HOUR,
    ) -> SitePlan:
        """A site plan."""
        return SitePlan(
            site=SITE,
            owner=owner,
            timezone="Asia/Shanghai",
            reading_day=1,
            logs=(NamedLog(log_id_of(self.plan_log or self.origin), self.plan_log or self.origin),),
            points=tuple(PlannedPoint(point, cadence_s) for point in points),
            persons=(Person(self.person.public_key.kid, "Inspection"),),
            renew_by=renew_by,
        )

    def enrolment(self, signer: FileSigner | None = None) -> Enrolment:
        """An enrolment of the device's key, or of another."""
        key = (signer or self.device.signer).public_key.encode()
        return Enrolment(self.device.issuer, key, (POINT,), self.place, "test meter")

    def facts(self, event: FactsEvent = FactsEvent.INSTALL, effective_at: int = START, **changes: object) -> MeterFacts:
        """Meter facts."""
        values: dict[str, object] = {
            "point": POINT,
            "event": event,
            "effective_at": effective_at,
            "serial": "A-1",
            "accuracy_class": "0.5S",
            "multiplier": 1,
            "registers": (RegisterFacts(REGISTER, "kWh", cumulative=True, modulus=1_000_000),),
        }
        return MeterFacts(**(values | changes))  # type: ignore[arg-type]

    def state(
        self,
        kind: Kind,
        subject: str,
        payload: AuthorityPayload,
        *,
        at: int = START,
        person: FileSigner | None = None,
        alone: bool = False,
    ) -> Statement:
        """The authority states `payload`, countersigned unless `alone`."""
        claims = self.authority.claims(kind, subject, at)
        second = None if alone else (person or self.person)
        return self.log(self.authority.advance(countersign.sign(claims, payload, self.authority.signer, second)))

    def readings(
        self,
        *values: tuple[int, int | Decimal],
        register: str = REGISTER,
        unit: str = "kWh",
        point: str = POINT,
        clock: Clock = Clock.SYNCHRONISED,
        device: Stream | None = None,
    ) -> Statement:
        """The device says (hour, value) pairs; not logged."""
        stream = device or self.device
        pack = [Reading(point, register, START + hour * HOUR, value, unit) for hour, value in values]
        claims = stream.claims(Kind.READINGS, point, pack[-1].taken_at, clock, self.beacon)
        return stream.advance(statement.sign(claims, senml.encode(pack), stream.signer))

    def gap(self, after: int, before: int, registers: tuple[str, ...] = (), point: str = POINT) -> Statement:
        """The device declares a gap between two hours; not logged."""
        gap = Gap(START + after * HOUR, START + before * HOUR, GapReason.METER_SILENT, registers, 1)
        claims = self.device.claims(Kind.GAP, point, gap.before)
        return self.device.advance(statement.sign(claims, wire.encode(gap), self.device.signer))

    def settle(
        self,
        hour: int,
        value: int | Decimal,
        counts: Counts | None = None,
        issued_at: int | None = None,
        point: str = POINT,
        device: Stream | None = None,
        **changes: object,
    ) -> Statement:
        """The device settles its register at an hour; not logged."""
        stream = device or self.device
        values: dict[str, object] = {
            "boundary": Boundary.DAY,
            "at": START + hour * HOUR,
            "local": "2026-01-01T08:00+08:00",
            "registers": (RegisterValue(REGISTER, value, "kWh"),),
            "serial": "A-1",
            "multiplier": 1,
            "facts": self.facts_id,
            "counts": counts or Counts(0, 0, 0, 0),
            "previous": self.last_settlement,
        }
        settlement = Settlement(**(values | changes))  # type: ignore[arg-type]
        at = settlement.at if issued_at is None else issued_at
        claims = stream.claims(Kind.SETTLEMENT, point, at, beacon=self.beacon)
        signed = stream.advance(statement.sign(claims, wire.encode(settlement), stream.signer))
        self.last_settlement = signed.id
        return signed

    def day(self, hours: int = 24) -> None:
        """A plain day: settled at both ends, hourly readings between, 1.25 kWh an hour."""
        self.log(self.settle(0, Decimal("100.00")))
        for hour in range(hours + 1):
            self.log(self.readings((hour, Decimal("100.00") + hour * Decimal("1.25"))))
        self.log(self.settle(hours, Decimal("100.00") + hours * Decimal("1.25")))

    # -- what a reader sees ---------------------------------------------------------------------------------------

    @property
    def nodes(self) -> LeafNodes:
        """The tree over the entries."""
        return LeafNodes([leaf_hash(entry) for entry in self.entries])

    @property
    def root(self) -> bytes:
        """The root over all entries."""
        return root_of(leaf_hash(entry) for entry in self.entries)

    @property
    def head(self) -> HeadSignature:
        """The signed head over all entries."""
        return proof.sign_head(self.origin, len(self.entries), self.root, START + 40 * 86_400, self.proof_key)

    @property
    def checkpoint(self) -> bytes:
        """The signed checkpoint over all entries."""
        body = checkpoint.Checkpoint(self.origin, len(self.entries), self.root)
        return checkpoint.sign(body, self.checkpoint_key)

    def entry(self, index: int) -> bytes:
        """See bundling.LogSource."""
        return self.entries[index]

    def placed(self) -> list[Placed]:
        """Every entry, decoded."""
        return [Placed(index, statement.decode(entry)) for index, entry in enumerate(self.entries)]

    def bundle_of(self, indexes: Iterable[int], hours: int = 24, content: Content = Content.FULL) -> Bundle:
        """A bundle of these entries, whatever they are."""
        section = bundling.section(self, list(indexes))
        return Bundle(bundle.MEDIA_TYPE, content, START, START, START + hours * HOUR, (section,))

    def bundle(self, content: Content = Content.FULL, hours: int = 24, drop: frozenset[int] = frozenset()) -> Bundle:
        """A bundle over [START, START + hours); `drop` leaves out log indexes, provably."""
        period = (START, START + hours * HOUR)
        select = bundling.select_full if content is Content.FULL else bundling.select_totals
        indexes = [index for index in select(self.placed(), frozenset(), *period) if index not in drop]
        return Bundle(bundle.MEDIA_TYPE, content, START, *period, (bundling.section(self, indexes),))

    def policy(self, *, accept: Accept | None = None, source: RootSource = RootSource.PUBLIC) -> Policy:
        """A policy that trusts the authority, the person, and the log at its present head."""
        vkey = note.verifier_key_of(self.origin, self.checkpoint_key).encode()
        roots = (PinnedRoot(len(self.entries), self.root, source, START + 50 * 86_400),)
        return Policy(
            authorities=(TrustedKey(self.authority.signer.public_key, "Office", self.authority.issuer),),
            persons=(TrustedKey(self.person.public_key, "Inspection"),),
            owners=(),
            logs=(TrustedLog(self.origin, self.proof_key.public_key, vkey, roots),),
            accept=accept or Accept(),
            audited="Mill",
        )
