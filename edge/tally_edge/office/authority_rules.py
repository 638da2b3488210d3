"""What an authority may say next, and who must say it with it. Pure rules over what it has said before.

 1. The first statement of an authority is a site plan.
 2. Everything is countersigned by a second person, except a site plan that only renews the one in force.
 3. The second person has another key than the authority, and stands in the site plan in force (the first: in itself).
 4. A statement about a metering point or a device of points names points of the plan in force.
 5. Facts about a point begin with an installation; an exchange carries closing and opening registers, a removal closing
    ones; no other event carries any. Their registers are those of the facts.
 6. A plan's parents are points of the plan and make no circle; it is renewed later than it is issued.
 7. A correction covers time that has passed, in order.
 8. A key is enrolled once; again only for its own device, and where points, place or model change. One that was revoked
    or replaced is never enrolled again: no later statement lifts that.

A reader checks all of this again; here it keeps an honest authority from saying what a reader would refuse.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field

from tally_edge import keys
from tally_edge.authority import (
    AuthorityPayload,
    Correction,
    Enrolment,
    FactsEvent,
    MeterFacts,
    Person,
    Revocation,
    Rotation,
    SigningPlace,
    SitePlan,
)
from tally_edge.errors import ConfigError
from tally_edge.statement import Kind


@dataclass(frozen=True, slots=True)
class Standing:
    """What an authority's statements come to: the plan in force, the newest facts by point, the enrolled keys."""

    kid: bytes
    plan: SitePlan | None = None
    facts: Mapping[str, MeterFacts] = field(default_factory=dict)
    device_of_key: Mapping[bytes, str] = field(default_factory=dict)
    enrolled: Mapping[bytes, tuple[int, Enrolment]] = field(default_factory=dict)
    """By key, the number of the statement that enrols it, and what it is enrolled for."""
    ended: Mapping[bytes, int] = field(default_factory=dict)
    """By key, the number of the statement that revoked or replaced it."""
    statements: int = 0

    def after(self, payload: AuthorityPayload) -> Standing:
        """The standing once `payload` has been stated."""
        counted = dataclasses.replace(self, statements=self.statements + 1)
        match payload:
            case SitePlan():
                return dataclasses.replace(counted, plan=payload)
            case MeterFacts():
                return dataclasses.replace(counted, facts={**self.facts, payload.point: payload})
            case Enrolment():
                return counted._with_key(self.statements, payload)
            case Rotation(last=last):
                counted = dataclasses.replace(counted, ended={**self.ended, last.kid: self.statements})
                known = self.enrolled.get(last.kid)
                points, place, model = ((), SigningPlace.POLLED_BUS, "") if known is None else _enrolled_for(known[1])
                taken_over = Enrolment(payload.device, payload.public_key, points, place, model, last)
                return counted._with_key(self.statements, taken_over)
            case Revocation(kid=kid):
                return dataclasses.replace(counted, ended={**self.ended, kid: self.statements})
            case _:
                return counted

    def _with_key(self, at: int, enrolment: Enrolment) -> Standing:
        kid = keys.decode_public_key(enrolment.public_key).kid
        return dataclasses.replace(
            self,
            device_of_key={**self.device_of_key, kid: enrolment.device},
            enrolled={**self.enrolled, kid: (at, enrolment)},
        )


def _enrolled_for(enrolment: Enrolment) -> tuple[tuple[str, ...], SigningPlace, str]:
    return tuple(sorted(enrolment.points)), enrolment.place, enrolment.model


def kind_of(payload: AuthorityPayload) -> Kind:
    """The kind of statement that carries `payload`."""
    kinds = {
        "SitePlan": Kind.SITE_PLAN,
        "Enrolment": Kind.ENROLMENT,
        "MeterFacts": Kind.METER_FACTS,
        "Rotation": Kind.ROTATION,
        "Revocation": Kind.REVOCATION,
        "Correction": Kind.CORRECTION,
    }
    return kinds[type(payload).__name__]


def subject_of(payload: AuthorityPayload) -> str:
    """What `payload` speaks of: a site, a metering point or a device."""
    match payload:
        case SitePlan(site=site):
            return site
        case MeterFacts(point=point) | Correction(point=point):
            return point
        case Enrolment(device=device) | Rotation(device=device) | Revocation(device=device):
            return device


def is_renewal(payload: AuthorityPayload, standing: Standing) -> bool:
    """Whether `payload` is the plan in force with nothing but a later `renew_by`."""
    if not isinstance(payload, SitePlan) or standing.plan is None:
        return False
    bare = dataclasses.replace(payload, countersignature=None)
    before = dataclasses.replace(standing.plan, countersignature=None)
    return bare.renew_by > before.renew_by and dataclasses.replace(bare, renew_by=before.renew_by) == before


def needs_second_person(payload: AuthorityPayload, standing: Standing) -> bool:
    """Rule 2."""
    return not is_renewal(payload, standing)


def second_person(payload: AuthorityPayload, standing: Standing, kid: bytes) -> Person:
    """Rule 3: who `kid` is. Raises ConfigError for a key that may not countersign `payload`."""
    plan = standing.plan if standing.plan is not None else payload
    if kid == standing.kid:
        raise ConfigError("the second person must have another key than the authority")
    if isinstance(plan, SitePlan):
        for person in plan.persons:
            if person.kid == kid:
                return person
    raise ConfigError(f"the key {kid.hex()} is not that of a person of the site plan in force")


def check(payload: AuthorityPayload, standing: Standing, now: int) -> None:
    """Rules 1 and 4-8. Raises ConfigError with what is wrong."""
    if isinstance(payload, SitePlan):
        _check_plan(payload, now)
        return
    if standing.plan is None:
        raise ConfigError("an authority begins with a site plan; none has been stated yet")
    points = {planned.point for planned in standing.plan.points}
    match payload:
        case Enrolment(points=enrolled):
            strangers = sorted(set(enrolled) - points)
            if strangers or not enrolled:
                raise ConfigError(f"not metering points of the site plan: {', '.join(strangers) or '(none is named)'}")
        case MeterFacts(point=point) | Correction(point=point) if point not in points:
            raise ConfigError(f"{point} is not a metering point of the site plan")
        case Rotation(device=device) | Revocation(device=device) if device not in standing.device_of_key.values():
            raise ConfigError(f"no key of {device} has been enrolled here")
        case _:
            pass
    if isinstance(payload, Enrolment | Rotation):
        _check_key(payload, standing)
    if isinstance(payload, MeterFacts):
        _check_facts(payload, standing.facts.get(payload.point))
    if isinstance(payload, Revocation) and standing.device_of_key.get(payload.kid) != payload.device:
        raise ConfigError(f"the key {payload.kid.hex()} is not one of {payload.device}")
    if isinstance(payload, Correction) and not payload.from_at < payload.to_at <= now:
        raise ConfigError("a correction covers time that has passed: from < to <= now")


def _check_key(payload: Enrolment | Rotation, standing: Standing) -> None:
    kid = keys.decode_public_key(payload.public_key).kid
    if kid in standing.ended:
        raise ConfigError(
            f"statement {standing.ended[kid]} of this authority ended the key {kid.hex()}, and nothing lifts that: "
            "the device needs a new key"
        )
    if kid not in standing.enrolled:
        return
    at, before = standing.enrolled[kid]
    repeats = isinstance(payload, Rotation) or _enrolled_for(payload) == _enrolled_for(before)
    if repeats or payload.device != before.device:
        raise ConfigError(
            f"statement {at} of this authority enrols the key {kid.hex()} for {before.device} already; "
            "nothing was signed"
        )


def _check_plan(plan: SitePlan, now: int) -> None:
    parents = {planned.point: planned.parent for planned in plan.points}
    if len(parents) != len(plan.points) or not parents:
        raise ConfigError("a site plan names at least one metering point, and none twice")
    if any(point.endswith("/") for point in parents):
        raise ConfigError("a metering point does not end in '/'")
    if not plan.logs:
        raise ConfigError("a site plan names the log that its streams go to")
    if not plan.persons:
        raise ConfigError("a site plan names at least one second person")
    for start, parent in parents.items():
        seen, at = {start}, parent
        while at is not None:
            if at not in parents:
                raise ConfigError(f"the parent {at} of {start} is not a metering point of the plan")
            if at in seen:
                raise ConfigError(f"{start} is its own parent, through {at}")
            seen.add(at)
            at = parents[at]
    if plan.renew_by <= now:
        raise ConfigError("the plan would be stale at once: renew_by has passed")


def _check_facts(facts: MeterFacts, before: MeterFacts | None) -> None:
    if (before is None or before.event is FactsEvent.REMOVAL) != (facts.event is FactsEvent.INSTALL):
        stands = "no meter is installed" if facts.event is not FactsEvent.INSTALL else "a meter is installed already"
        raise ConfigError(f"{facts.point}: {stands}")
    if before is not None and facts.effective_at < before.effective_at:
        raise ConfigError(f"{facts.point}: facts from a later time have been stated already")
    names = [register.register for register in facts.registers]
    if not names or len(set(names)) != len(names):
        raise ConfigError(f"{facts.point}: facts name at least one register, and none twice")
    for register in facts.registers:
        if register.cumulative and register.per_event:
            raise ConfigError(f"{facts.point}: {register.register} is cumulative, so it speaks at the cadence")
    wants = {FactsEvent.EXCHANGE: (True, True), FactsEvent.REMOVAL: (True, False)}.get(facts.event, (False, False))
    if (facts.closing is not None, facts.opening is not None) != wants:
        raise ConfigError(f"{facts.point}: an exchange states closing and opening registers, a removal closing ones")
    units = {register.register: register.unit for register in facts.registers}
    old = {register.register: register.unit for register in before.registers} if before is not None else {}
    for name, values, known in (("closing", facts.closing, old), ("opening", facts.opening, units)):
        shown = {value.register: value.unit for value in values or ()}
        if values is not None and shown != known:
            raise ConfigError(f"{facts.point}: the {name} registers must be {known}, not {shown}")
    if facts.multiplier <= 0:
        raise ConfigError(f"{facts.point}: a multiplier is above 0")
