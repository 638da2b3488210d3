"""Step 3: what the authorities say, and whether they may: keys, meters, plans. Verdict-critical: no IO."""

from __future__ import annotations

from bisect import insort

from tally_chain.findings import Code, Ledger, Severity
from tally_chain.policy import Policy, TrustedKey
from tally_chain.verify.facts import Facts, StatedFacts
from tally_chain.verify.log_check import Logged
from tally_chain.verify.registry_check import RegistryCheck
from tally_chain.verify.stream_check import check_links
from tally_edge import countersign, wire
from tally_edge.authority import (
    PAYLOAD_OF_KIND,
    AuthorityPayload,
    Correction,
    Enrolment,
    MeterFacts,
    Revocation,
    Rotation,
    SitePlan,
)
from tally_edge.errors import DecodeError, EdgeError, SignatureError
from tally_edge.statement import AUTHORITY_KINDS


def check_authorities(statements: list[Logged], policy: Policy, registry: RegistryCheck, ledger: Ledger) -> Facts:
    """Read every authority's stream.

    3.1 the policy knows the authority: issuer and key
    3.2 its signature verifies
    3.3 its stream is whole from seq 0 and linked, without a fork: a withheld revocation would show
    3.4 a second person that the policy knows has signed where one must, and not both for the audited party
    3.5 what it says takes effect in the order of its stream; no two authorities speak of the same thing
    3.6 where the policy wants authority or second person registered, the registry called the key good by then
    """
    facts = Facts()
    trusted = {(authority.issuer, authority.key.kid): authority for authority in policy.authorities}
    for name, members in _streams(statements, trusted, ledger).items():
        whole = check_links(
            f"authority {name[0]}",
            members,
            ledger,
            missing=Code.AUTHORITY_INCOMPLETE,
            fork=Code.AUTHORITY_FORK,
            from_zero=True,
        )
        for logged in whole:
            registry.authority(trusted[name], logged.signed_by)
            apply_statement(logged, trusted[name], policy, facts, ledger, registry=registry)
    if not facts.plans:
        ledger.add(Code.PLAN_MISSING, "bundle")
    check_independence(facts, policy, ledger)
    check_agreement(facts, ledger)
    return facts


def _streams(
    statements: list[Logged], trusted: dict[tuple[str, bytes], TrustedKey], ledger: Ledger
) -> dict[tuple[str, bytes], list[Logged]]:
    """Steps 3.1 and 3.2."""
    streams: dict[tuple[str, bytes], list[Logged]] = {}
    for logged in statements:
        claims = logged.statement.claims
        if claims.kind not in AUTHORITY_KINDS:
            continue
        authority = trusted.get((claims.issuer, claims.kid))
        if authority is None:
            detail = f"key {claims.kid.hex()[:16]}…"
            ledger.add(Code.UNKNOWN_AUTHORITY, f"authority {claims.issuer}", detail, times=logged.times)
            continue
        try:
            logged.statement.verify(authority.key)
        except SignatureError as error:
            ledger.add(Code.AUTHORITY_SIGNATURE_WRONG, logged.place, str(error))
            continue
        streams.setdefault((claims.issuer, claims.kid), []).append(logged)
    return streams


def apply_statement(
    logged: Logged, authority: TrustedKey, policy: Policy, facts: Facts, ledger: Ledger, *, registry: RegistryCheck
) -> None:
    """Steps 3.4 to 3.6 for one statement, the next of its authority's stream."""
    kind = logged.statement.claims.kind
    try:
        payload = wire.decode(PAYLOAD_OF_KIND[kind], logged.statement.payload)
    except DecodeError as error:
        ledger.add(Code.STATEMENT_MALFORMED, logged.place, str(error))
        return
    renewal = isinstance(payload, SitePlan) and _is_renewal(logged, payload, facts)
    second = _second_person(logged, payload, policy, ledger, needed=not renewal)
    if second is not None:
        registry.person(second, logged.signed_by)
    if not renewal:
        signers = frozenset({authority.organisation} | ({second.organisation} if second else set()))
        facts.signed_by.append((logged, payload, signers))
    match payload:
        case SitePlan():
            facts.plans.append((logged, payload))
        case Enrolment():
            facts.enrol(logged, payload, ledger)
        case MeterFacts():
            stated = facts.meters.setdefault(payload.point, [])
            # Behind what took effect at the same time: the later statement wins.
            insort(stated, StatedFacts(logged.statement.id, payload), key=lambda known: known.facts.effective_at)
        case Rotation():
            facts.rotate(logged, payload, ledger)
        case Revocation():
            facts.revoke(logged, payload)
        case Correction():
            facts.corrections.append((logged, payload))


def _second_person(
    logged: Logged, payload: AuthorityPayload, policy: Policy, ledger: Ledger, *, needed: bool
) -> TrustedKey | None:
    """The second person behind a statement; missing and wrong ones become findings."""
    try:
        countersignature = countersign.read(logged.statement, payload)
    except DecodeError as error:
        ledger.add(Code.COUNTERSIGNATURE_WRONG, logged.place, str(error), times=logged.times)
        return None
    if countersignature is None:
        if needed:
            ledger.add(Code.COUNTERSIGNATURE_MISSING, logged.place, times=logged.times)
        return None
    person = next((known for known in policy.persons if known.key.kid == countersignature.kid), None)
    if person is None:
        ledger.add(Code.COUNTERSIGNATURE_WRONG, logged.place, "the policy does not know the person", times=logged.times)
        return None
    if person.key.kid == logged.statement.claims.kid:
        ledger.add(Code.COUNTERSIGNATURE_WRONG, logged.place, "the second person is the first", times=logged.times)
        return None
    try:
        countersignature.verify(person.key)
    except EdgeError as error:
        ledger.add(Code.COUNTERSIGNATURE_WRONG, logged.place, str(error), times=logged.times)
        return None
    return person


def _is_renewal(logged: Logged, plan: SitePlan, facts: Facts) -> bool:
    """Whether the plan changes nothing but the term of this authority's own last plan of the site."""
    previous = next(((place, known) for place, known in reversed(facts.plans) if known.site == plan.site), None)
    if previous is None or previous[0].statement.claims.kid != logged.statement.claims.kid:
        return False
    return wire.to_item(plan) | {8: 0, 99: b""} == wire.to_item(previous[1]) | {8: 0, 99: b""}


def check_independence(facts: Facts, policy: Policy, ledger: Ledger) -> None:
    """Step 3.4, last part. Looked at when all plans are known: a plan may name the owner after the enrolment."""
    audited = {plan.owner for _, plan in facts.plans} | ({policy.audited} if policy.audited else set())
    severity = Severity.WARNING if policy.accept.self_enrolled else Severity.FAILURE
    for logged, payload, signers in facts.signed_by:
        if not signers <= audited:
            continue
        by = f"by {', '.join(sorted(signers))}"
        if isinstance(payload, Enrolment | Rotation):
            ledger.add(Code.SELF_ENROLLED, f"device {payload.device}", by, severity)
        else:
            ledger.add(Code.SELF_STATED, logged.statement.claims.subject, f"{by}, {logged.place}", severity)


def check_agreement(facts: Facts, ledger: Ledger) -> None:
    """Step 3.5, last part. Between two streams nothing fixes an order, so whoever makes the bundle could choose one."""
    speakers: dict[str, set[bytes]] = {}
    for logged, payload, _ in facts.signed_by:
        for thing in _spoken_of(payload, facts):
            speakers.setdefault(thing, set()).add(logged.statement.claims.kid)
    for thing, kids in speakers.items():
        if len(kids) > 1:
            ledger.add(Code.AUTHORITIES_DISAGREE, thing, ", ".join(sorted(f"{kid.hex()[:16]}…" for kid in kids)))


def _spoken_of(payload: AuthorityPayload, facts: Facts) -> list[str]:
    """What a statement settles, so that no other authority may settle it too."""
    match payload:
        case SitePlan():
            return [f"site {payload.site}", *(f"plan of {point.point}" for point in payload.points)]
        case MeterFacts():
            return [payload.point]
        case Enrolment():
            return [f"device {payload.device}", *(f"keys of {point}" for point in payload.points)]
        case Rotation():
            # The new key speaks in the name of the old one's device, whatever device the rotation names.
            rotated = facts.keys.get(payload.last.kid)
            return [] if rotated is None else [f"device {rotated.device}"]
        case Correction():
            return [f"{payload.point}/{payload.register}"]
        case _:
            return []  # a revocation by another trusted authority only takes belief away
