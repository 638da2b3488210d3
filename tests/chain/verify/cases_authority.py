"""Cases of authorities and their keys: step 3."""

from __future__ import annotations

import dataclasses

from tally_chain.bundle import Content
from tally_chain.policy import Accept, Policy, TrustedKey
from tally_edge import statement, wire
from tally_edge.authority import (
    Enrolment,
    FactsEvent,
    Revocation,
    RevocationReason,
    Rotation,
    SigningPlace,
    StreamPlace,
)
from tally_edge.statement import Kind, Statement
from tests.chain.verify.case import Given, case, given, hour, opened, plain
from tests.world import POINT, SITE, START, Stream, World, p256

OTHER = "urn:dev:org:32473-mill:m2"


def revoke(world: World, last_good_seq: int | None) -> None:
    """The authority revokes the device's key."""
    kid = world.device.signer.public_key.kid
    revocation = Revocation(world.device.issuer, kid, RevocationReason.COMPROMISED, last_good_seq)
    world.state(Kind.REVOCATION, world.device.issuer, revocation)


def _rotate(world: World, last: Statement, seed: str = "device-2") -> Stream:
    new = Stream(p256(seed), world.device.issuer)
    place = StreamPlace(last.claims.kid, last.claims.seq or 0, last.id)
    rotation = Rotation(world.device.issuer, place, new.signer.public_key.encode())
    world.state(Kind.ROTATION, world.device.issuer, rotation)
    return new


def _with(policy: Policy, **changes: object) -> Policy:
    return dataclasses.replace(policy, **changes)  # type: ignore[arg-type]


@case(301, 315)
def unknown_authority() -> Given:
    """The policy trusts another office."""
    world = plain()
    stranger = TrustedKey(p256("stranger").public_key, "Office", world.authority.issuer)
    return given(world, policy=_with(world.policy(), authorities=(stranger,)))


@case(302)
def authority_forged() -> Given:
    """A statement under the authority's name and key id, signed by somebody else, stands in the log."""
    world = plain()
    claims = world.authority.claims(Kind.SITE_PLAN, SITE, hour(1))
    forger = p256("forger")
    forged = statement.sign(dataclasses.replace(claims, kid=forger.public_key.kid), wire.encode(world.plan()), forger)
    true_kid, false_kid = world.authority.signer.public_key.kid, forger.public_key.kid
    world.entries.append(forged.encoded.replace(false_kid, true_kid))
    return given(world)


@case(303)
def revocation_withheld() -> Given:
    """The bundle leaves out the authority's statement that takes a key away; the next one shows the hole."""
    world = plain()
    revoke(world, 0)
    withheld = len(world.entries) - 1
    world.state(Kind.SITE_PLAN, SITE, world.plan(renew_by=START + 500 * 86_400))
    return given(world, bundle=world.bundle(hours=3, drop=frozenset({withheld})))


@case(304)
def authority_forked() -> Given:
    """The authority signed two plans in one place."""
    world = plain()
    seq, prev = world.authority.seq, world.authority.prev
    world.state(Kind.SITE_PLAN, SITE, world.plan(renew_by=START + 500 * 86_400))
    world.authority.seq, world.authority.prev = seq, prev
    world.state(Kind.SITE_PLAN, SITE, world.plan(renew_by=START + 600 * 86_400))
    return given(world)


@case(305)
def authority_stale() -> Given:
    """The newest plan had run out when the head was made: what the authority said since may be left out."""
    world = World()
    world.open()
    world.state(Kind.SITE_PLAN, SITE, world.plan(renew_by=hour(5)))
    world.day(3)
    return given(world)


@case(306)
def countersignature_missing() -> Given:
    """Meter facts that nobody countersigned."""
    world = plain()
    world.state(Kind.METER_FACTS, POINT, world.facts(FactsEvent.CALIBRATION, hour(1)), alone=True)
    return given(world)


@case(holds=True)
def renewal_alone() -> Given:
    """A plan that changes nothing but its own term needs no second person."""
    world = plain()
    world.state(Kind.SITE_PLAN, SITE, world.plan(renew_by=START + 500 * 86_400), alone=True)
    return given(world)


@case(307)
def countersignature_of_a_stranger() -> Given:
    """The second person is unknown to the reader."""
    world = plain()
    world.state(Kind.METER_FACTS, POINT, world.facts(FactsEvent.CALIBRATION, hour(1)), person=p256("stranger"))
    return given(world)


@case(307)
def countersignature_by_the_first_person() -> Given:
    """The authority countersigned itself, with a key that the policy also lists as a person's."""
    world = plain()
    first = world.authority.signer
    world.state(Kind.METER_FACTS, POINT, world.facts(FactsEvent.CALIBRATION, hour(1)), person=first)
    policy = world.policy()
    persons = (*policy.persons, TrustedKey(first.public_key, "Office"))
    return given(world, policy=_with(policy, persons=persons))


@case(307)
def countersignature_moved() -> Given:
    """A countersignature for one place of the stream, put into another."""
    world = plain()
    first = world.state(Kind.METER_FACTS, POINT, world.facts(FactsEvent.CALIBRATION, hour(1)))
    claims = world.authority.claims(Kind.METER_FACTS, POINT, hour(2))
    world.log(world.authority.advance(statement.sign(claims, first.payload, world.authority.signer)))
    return given(world)


@case(308, 320)
def self_enrolled() -> Given:
    """Authority and second person are the audited party's own."""
    world = plain()
    policy = world.policy()
    authority = dataclasses.replace(policy.authorities[0], organisation="Mill")
    person = dataclasses.replace(policy.persons[0], organisation="Mill")
    return given(world, policy=_with(policy, authorities=(authority,), persons=(person,)))


@case(308, 320, holds=True)
def self_enrolled_accepted() -> Given:
    """The same, where the reader accepts it."""
    world = plain()
    policy = world.policy(accept=Accept(self_enrolled=True))
    authority = dataclasses.replace(policy.authorities[0], organisation="Mill")
    person = dataclasses.replace(policy.persons[0], organisation="Mill")
    return given(world, policy=_with(policy, authorities=(authority,), persons=(person,)))


@case(320)
def ratio_stated_by_the_audited_party_alone() -> Given:
    """An inspector saw the enrolment; the ratio was changed later by two people of the audited party."""
    world = plain()
    own = p256("own person")
    world.state(Kind.METER_FACTS, POINT, world.facts(FactsEvent.CALIBRATION, hour(1)), person=own)
    policy = world.policy()
    authority = dataclasses.replace(policy.authorities[0], organisation="Mill")
    persons = (*policy.persons, TrustedKey(own.public_key, "Mill"))
    return given(world, policy=_with(policy, authorities=(authority,), persons=persons))


@case(308)
def owner_named_after_the_enrolment() -> Given:
    """The policy names another firm as audited, and the plan that names the owner comes after the enrolment."""
    world = World()
    world.open()
    world.state(Kind.SITE_PLAN, SITE, world.plan(owner="Inspection"))
    world.day(3)
    policy = world.policy()
    authority = dataclasses.replace(policy.authorities[0], organisation="Inspection")
    return given(world, policy=_with(policy, authorities=(authority,), audited="Mill Holding"))


@case(309)
def unknown_key() -> Given:
    """A key that nobody enrolled speaks for the metering point."""
    world = plain()
    stranger = Stream(p256("stranger"), world.device.issuer)
    world.log(world.readings((1, 500), device=stranger))
    return given(world)


@case(309)
def before_its_enrolment() -> Given:
    """Statements stand in the log before the enrolment of their key."""
    world = World()
    world.open()
    early = Stream(p256("early"), "urn:dev:org:32473-mill:a2")
    world.log(world.readings((0, 100), device=early))
    enrolment = Enrolment(early.issuer, early.signer.public_key.encode(), (POINT,), SigningPlace.IN_METER, "m")
    world.state(Kind.ENROLMENT, early.issuer, enrolment)
    world.day(3)
    return given(world)


@case(310)
def revoked_key() -> Given:
    """The key was revoked, and what it signed after the last good statement is void."""
    world = plain()
    revoke(world, 2)
    return given(world)


@case(310)
def revoked_key_enrolled_again() -> Given:
    """A revoked key does not come back by a new enrolment, nor by a rotation onto it."""
    world = plain()
    revoke(world, 2)
    world.state(Kind.ENROLMENT, world.device.issuer, world.enrolment())
    return given(world)


@case(310)
def revoked_before_it_was_enrolled() -> Given:
    """A revocation counts whatever comes first in the stream."""
    world = World()
    world.open()
    kid = p256("late").public_key.kid
    revocation = Revocation("urn:dev:org:32473-mill:a9", kid, RevocationReason.DEVICE_LOST)
    world.state(Kind.REVOCATION, "urn:dev:org:32473-mill:a9", revocation)
    late = Stream(p256("late"), "urn:dev:org:32473-mill:a9")
    enrolment = Enrolment(late.issuer, late.signer.public_key.encode(), (POINT,), SigningPlace.IN_METER, "m")
    world.state(Kind.ENROLMENT, late.issuer, enrolment)
    world.day(3)
    world.log(world.readings((2, 999), device=late))
    return given(world)


@case(311)
def rotated_key_speaks_on() -> Given:
    """The old key goes on after a new one took over."""
    world = opened()
    world.log(world.readings((0, 100)))
    last = world.log(world.readings((1, 101)))
    _rotate(world, last)
    world.log(world.readings((2, 102)))
    world.log(world.readings((3, 103)))
    return given(world)


@case(holds=True)
def rotated_key() -> Given:
    """A new key takes over at the old one's last statement, and the figure runs on."""
    world = opened()
    world.log(world.readings((0, 100)))
    last = world.log(world.readings((1, 101)))
    new = _rotate(world, last)
    world.log(world.readings((2, 102), device=new))
    world.log(world.readings((3, 103), device=new))
    return given(world)


@case(316)
def stream_before_is_left_out() -> Given:
    """The new key's stream begins in the bundle, and the old one that it continues is not there."""
    world = opened()
    world.log(world.readings((0, 100)))
    last = world.log(world.readings((1, 101)))
    new = _rotate(world, last)
    world.log(world.readings((2, 102), device=new))
    world.log(world.readings((3, 103), device=new))
    return given(world, bundle=world.bundle(hours=3, drop=frozenset({4, 5})))


@case(405)
def stream_before_ends_otherwise() -> Given:
    """What the authority saw as the old stream's end is not what the log holds there: the old key signed twice."""
    world = opened()
    world.log(world.readings((0, 100)))
    seq, prev = world.device.seq, world.device.prev
    seen = world.readings((1, 101))
    world.device.seq, world.device.prev = seq, prev
    world.log(world.readings((1, 100)))
    new = _rotate(world, seen)
    world.log(world.readings((2, 102), device=new))
    world.log(world.readings((3, 103), device=new))
    return given(world)


@case(312)
def speaks_for_another_point() -> Given:
    """The key is enrolled for one metering point and speaks for another."""
    world = plain()
    world.log(world.readings((1, 5), point=OTHER))
    return given(world)


@case(313)
def unplanned_point() -> Given:
    """The key is enrolled for a metering point that no site plan lists."""
    world = World()
    world.open()
    points = dataclasses.replace(world.enrolment(), points=(POINT, OTHER))
    world.state(Kind.ENROLMENT, world.device.issuer, points)
    world.day(3)
    world.log(world.readings((1, 5), point=OTHER))
    return given(world)


@case(314)
def facts_missing() -> Given:
    """Nobody stated meter facts for the metering point."""
    world = World()
    world.open()
    world.state(Kind.SITE_PLAN, SITE, world.plan(points=(POINT, OTHER)))
    world.state(Kind.ENROLMENT, world.device.issuer, dataclasses.replace(world.enrolment(), points=(POINT, OTHER)))
    world.day(3)
    world.log(world.readings((1, 5), point=OTHER))
    return given(world)


@case(314)
def facts_missing_in_totals() -> Given:
    """The same in a totals-only bundle: settlements alone do not say what a register is."""
    world = World()
    world.open()
    world.state(Kind.SITE_PLAN, SITE, world.plan(points=(POINT, OTHER)))
    world.state(Kind.ENROLMENT, world.device.issuer, dataclasses.replace(world.enrolment(), points=(POINT, OTHER)))
    world.day(3)
    world.last_settlement = bytes(32)
    world.log(world.settle(0, 5, point=OTHER))
    world.log(world.settle(3, 9, point=OTHER))
    return given(world, bundle=world.bundle(Content.TOTALS, hours=3))


@case(317)
def two_authorities_for_one_site() -> Given:
    """Two trusted offices plan one site: whoever makes the bundle could choose which one comes last."""
    world = plain()
    second = Stream(p256("second office"), "urn:example:office-2")
    first, world.authority = world.authority, second
    world.state(Kind.SITE_PLAN, SITE, world.plan(cadence_s=86_400))
    world.authority = first
    policy = world.policy()
    also = TrustedKey(second.signer.public_key, "Second Office", second.issuer)
    return given(world, policy=_with(policy, authorities=(*policy.authorities, also)))


@case(306, 317)
def renewal_by_another_authority() -> Given:
    """A second office repeats the plan of the first, alone: for it, that is no renewal."""
    world = plain()
    second = Stream(p256("second office"), "urn:example:office-2")
    first, world.authority = world.authority, second
    world.state(Kind.SITE_PLAN, SITE, world.plan(), alone=True)
    world.authority = first
    policy = world.policy()
    also = TrustedKey(second.signer.public_key, "Second Office", second.issuer)
    return given(world, policy=_with(policy, authorities=(*policy.authorities, also)))


@case(319)
def another_device_name() -> Given:
    """The key signs in the name of another device."""
    world = plain()
    pretender = Stream(world.device.signer, "urn:dev:org:32473-mill:best", world.device.seq, world.device.prev)
    world.log(world.readings((2, 102), device=pretender))
    return given(world)


@case(401)
def enrolment_of_no_key() -> Given:
    """The authority enrols bytes that are no key."""
    world = plain()
    world.state(Kind.ENROLMENT, world.device.issuer, dataclasses.replace(world.enrolment(), public_key=b"\xa0"))
    return given(world)


@case(506)
def dropped_from_the_plan_later() -> Given:
    """A point that was planned in the period and vanished from the plan afterwards still had to speak."""
    world = World()
    world.open()
    world.state(Kind.SITE_PLAN, SITE, world.plan(points=(POINT, OTHER)), at=hour(0))
    world.day(3)
    world.state(Kind.SITE_PLAN, SITE, world.plan(), at=hour(10))
    return given(world)


@case(holds=True)
def planned_later() -> Given:
    """A point that was planned after the period need not have spoken in it."""
    world = plain()
    world.state(Kind.SITE_PLAN, SITE, world.plan(points=(POINT, OTHER)), at=hour(10))
    return given(world)
