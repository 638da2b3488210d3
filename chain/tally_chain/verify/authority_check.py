"""Step 3: what the authorities say, and whether they may: keys, meters, plans. Verdict-critical: no IO."""

from __future__ import annotations

from dataclasses import dataclass, field

from tally_chain.findings import Code, Ledger, Severity
from tally_chain.policy import Policy, TrustedKey
from tally_chain.verify.log_check import Logged
from tally_chain.verify.stream_check import check_links
from tally_edge import countersign, keys, wire
from tally_edge.authority import (
    PAYLOAD_OF_KIND,
    AuthorityPayload,
    Correction,
    Enrolment,
    MeterFacts,
    PlannedPoint,
    Revocation,
    Rotation,
    SitePlan,
)
from tally_edge.errors import DecodeError, EdgeError, SignatureError
from tally_edge.keys import PublicKey
from tally_edge.statement import AUTHORITY_KINDS


@dataclass(slots=True)
class KeyFacts:
    """What is known of a device's key: what it may speak for, since which entry, and until which seq."""

    public_key: PublicKey
    enrolment: Enrolment
    section: int
    enrolled_index: int
    enrolled_at: int
    self_enrolled: bool
    void_after: int | None = None
    """Statements with a greater seq are void; -1 voids all; None voids none."""
    void_code: Code = Code.REVOKED_KEY


@dataclass(frozen=True, slots=True)
class StatedFacts:
    """Meter facts and the statement that states them."""

    statement_id: bytes
    facts: MeterFacts


@dataclass(slots=True)
class Facts:
    """Everything that the believed authorities say."""

    keys: dict[bytes, KeyFacts] = field(default_factory=dict)
    plans: list[tuple[Logged, SitePlan]] = field(default_factory=list)
    meters: dict[str, list[StatedFacts]] = field(default_factory=dict)
    corrections: list[tuple[Logged, Correction]] = field(default_factory=list)

    def planned_points(self) -> dict[str, PlannedPoint]:
        """The metering points of the newest plan of every site."""
        newest: dict[str, SitePlan] = {plan.site: plan for _, plan in self.plans}
        return {point.point: point for plan in newest.values() for point in plan.points}

    def ever_planned(self) -> set[str]:
        """Every metering point that any plan listed: a point that vanished is still one."""
        return {point.point for _, plan in self.plans for point in plan.points}

    def facts_at(self, point: str, at: int) -> StatedFacts | None:
        """The meter facts in force at a time; for a time before the first, the first."""
        stated = self.meters.get(point, [])
        in_force = [facts for facts in stated if facts.facts.effective_at <= at]
        return in_force[-1] if in_force else (stated[0] if stated else None)

    def enrol(self, logged: Logged, enrolment: Enrolment, signers: set[str], policy: Policy, ledger: Ledger) -> None:
        """Take in an enrolment that these organisations signed."""
        try:
            public_key = keys.decode_public_key(enrolment.public_key)
        except DecodeError as error:
            ledger.add(Code.STATEMENT_MALFORMED, logged.place, str(error))
            return
        known = self.keys.get(public_key.kid)
        if known is not None and known.void_after is not None:
            return  # a voided key does not come back: the device makes a new one
        audited = {plan.owner for _, plan in self.plans} | ({policy.audited} if policy.audited else set())
        self.keys[public_key.kid] = KeyFacts(
            public_key=public_key,
            enrolment=enrolment,
            section=logged.section,
            enrolled_index=logged.index,
            enrolled_at=logged.statement.claims.issued_at,
            self_enrolled=signers <= audited,
        )
        if signers <= audited:
            severity = Severity.WARNING if policy.accept.self_enrolled else Severity.FAILURE
            ledger.add(Code.SELF_ENROLLED, f"device {enrolment.device}", f"by {', '.join(sorted(signers))}", severity)

    def rotate(self, logged: Logged, rotation: Rotation, ledger: Ledger) -> None:
        """Take in a rotation: the old key ends at its last statement, the new one begins."""
        old = self.keys.get(rotation.last.kid)
        if old is None:
            ledger.add(Code.UNKNOWN_KEY, logged.place, "a rotation of a key that was never enrolled")
            return
        _void(old, rotation.last.seq, Code.ROTATED_KEY)
        try:
            public_key = keys.decode_public_key(rotation.public_key)
        except DecodeError as error:
            ledger.add(Code.STATEMENT_MALFORMED, logged.place, str(error))
            return
        self.keys[public_key.kid] = KeyFacts(
            public_key=public_key,
            enrolment=old.enrolment,
            section=logged.section,
            enrolled_index=logged.index,
            enrolled_at=logged.statement.claims.issued_at,
            self_enrolled=old.self_enrolled,
        )


def check_authorities(statements: list[Logged], policy: Policy, ledger: Ledger) -> Facts:
    """Read every authority's stream.

    3.1 the policy knows the authority: issuer and key
    3.2 its signature verifies
    3.3 its stream is whole from seq 0 and linked, without a fork: a withheld revocation would show
    3.4 a second person that the policy knows has signed where one must
    3.5 what it says takes effect in the order of its stream
    """
    streams: dict[bytes, list[Logged]] = {}
    trusted = {(authority.issuer, authority.key.kid): authority for authority in policy.authorities}
    for logged in statements:
        claims = logged.statement.claims
        if claims.kind not in AUTHORITY_KINDS:
            continue
        authority = trusted.get((claims.issuer, claims.kid))
        if authority is None:
            ledger.add(Code.UNKNOWN_AUTHORITY, f"authority {claims.issuer}", f"key {claims.kid.hex()[:16]}…")
            continue
        try:
            logged.statement.verify(authority.key)
        except SignatureError as error:
            ledger.add(Code.AUTHORITY_SIGNATURE_WRONG, logged.place, str(error))
            continue
        streams.setdefault(claims.kid, []).append(logged)
    facts = Facts()
    for kid, members in streams.items():
        authority = next(known for known in policy.authorities if known.key.kid == kid)
        whole = check_links(
            f"authority {authority.issuer}",
            members,
            ledger,
            missing=Code.AUTHORITY_INCOMPLETE,
            fork=Code.AUTHORITY_FORK,
            from_zero=True,
        )
        for logged in whole:
            _apply(logged, authority, policy, facts, ledger)
    if not facts.plans:
        ledger.add(Code.PLAN_MISSING, "bundle")
    return facts


def _apply(logged: Logged, authority: TrustedKey, policy: Policy, facts: Facts, ledger: Ledger) -> None:
    kind = logged.statement.claims.kind
    try:
        payload = wire.decode(PAYLOAD_OF_KIND[kind], logged.statement.payload)
    except DecodeError as error:
        ledger.add(Code.STATEMENT_MALFORMED, logged.place, str(error))
        return
    second = _second_person(logged, payload, policy, facts, ledger)
    match payload:
        case SitePlan():
            facts.plans.append((logged, payload))
        case Enrolment():
            signers = {authority.organisation} | ({second.organisation} if second else set())
            facts.enrol(logged, payload, signers, policy, ledger)
        case MeterFacts():
            stated = facts.meters.setdefault(payload.point, [])
            stated.append(StatedFacts(logged.statement.id, payload))
            stated.sort(key=lambda known: known.facts.effective_at)  # stable: the later statement wins at one time
        case Rotation():
            facts.rotate(logged, payload, ledger)
        case Revocation():
            known = facts.keys.get(payload.kid)
            if known is not None:
                _void(known, -1 if payload.last_good_seq is None else payload.last_good_seq, Code.REVOKED_KEY)
        case Correction():
            facts.corrections.append((logged, payload))


def _second_person(
    logged: Logged, payload: AuthorityPayload, policy: Policy, facts: Facts, ledger: Ledger
) -> TrustedKey | None:
    """The second person behind a statement; missing and wrong ones become findings."""
    try:
        countersignature = countersign.read(logged.statement, payload)
    except DecodeError as error:
        ledger.add(Code.COUNTERSIGNATURE_WRONG, logged.place, str(error))
        return None
    if countersignature is None:
        if not (isinstance(payload, SitePlan) and _is_renewal(payload, facts)):
            ledger.add(Code.COUNTERSIGNATURE_MISSING, logged.place)
        return None
    person = next((known for known in policy.persons if known.key.kid == countersignature.kid), None)
    if person is None:
        ledger.add(Code.COUNTERSIGNATURE_WRONG, logged.place, "the policy does not know the person")
        return None
    if person.key.kid == logged.statement.claims.kid:
        ledger.add(Code.COUNTERSIGNATURE_WRONG, logged.place, "the second person is the first")
        return None
    try:
        countersignature.verify(person.key)
    except EdgeError as error:
        ledger.add(Code.COUNTERSIGNATURE_WRONG, logged.place, str(error))
        return None
    return person


def _is_renewal(plan: SitePlan, facts: Facts) -> bool:
    """Whether the plan changes nothing but its own term."""
    previous = next((known for _, known in reversed(facts.plans) if known.site == plan.site), None)
    if previous is None:
        return False
    return wire.to_item(plan) | {8: 0, 99: b""} == wire.to_item(previous) | {8: 0, 99: b""}


def _void(known: KeyFacts, after: int, code: Code) -> None:
    if known.void_after is None or after < known.void_after:
        known.void_after, known.void_code = after, code
