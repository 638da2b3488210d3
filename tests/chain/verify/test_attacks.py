"""Bundles that a cheat, or an honest party's slip, could make the verifier believe. Each must not hold as it stands."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from tally_chain.bundle import Content
from tally_chain.findings import Code
from tally_chain.policy import Policy, TrustedKey
from tally_chain.verify.figures import Basis
from tally_chain.verify.verdict import Verdict
from tally_chain.verify.verifier import verify
from tally_edge import countersign
from tally_edge.authority import (
    AuthorityPayload,
    FactsEvent,
    MeterFacts,
    RegisterFacts,
    Rotation,
    SigningPlace,
    SitePlan,
    StreamPlace,
)
from tally_edge.device import Counts, RegisterValue
from tally_edge.statement import Kind
from tests.world import HOUR, POINT, REGISTER, SITE, START, Stream, World, p256


def verdict_of(world: World, hours: int, policy: Policy | None = None) -> Verdict:
    """What a reader with the default policy sees of everything in the log."""
    bundle = world.bundle_of(range(len(world.entries)), hours=hours)
    return verify(bundle, policy or world.policy(), now=START + 60 * 86_400)


def codes(verdict: Verdict) -> set[Code]:
    """What was found."""
    return {finding.code for finding in verdict.findings}


def opened() -> World:
    """A world with an open log."""
    world = World()
    world.open()
    return world


def exchanged(world: World, hour: int, closing: int, opening: int, unit: str = "kWh") -> MeterFacts:
    """Facts of an exchange at an hour."""
    values: dict[str, object] = {
        "serial": "B-2",
        "closing": (RegisterValue(REGISTER, closing, unit),),
        "opening": (RegisterValue(REGISTER, opening, unit),),
    }
    return world.facts(FactsEvent.EXCHANGE, START + hour * HOUR, **values)


def test_an_exchange_at_the_first_second_adds_nothing() -> None:
    """The maker of a bundle chooses the period: it may begin when the old meter was read for the last time."""
    world = opened()
    world.state(Kind.METER_FACTS, POINT, exchanged(world, 0, 100, 5000))
    world.log(world.readings((0, 100)))  # still the old meter's register
    world.log(world.readings((1, 5001), (2, 5002)))
    (figure,) = verdict_of(world, 2).figures
    assert figure.quantity == 2


def test_an_exchange_at_the_first_second_needs_its_registers() -> None:
    world = opened()
    world.state(Kind.METER_FACTS, POINT, replace(exchanged(world, 0, 100, 5000), closing=None, opening=None))
    world.log(world.readings((0, 100), (1, 5001), (2, 5002)))
    verdict = verdict_of(world, 2)
    assert not verdict.holds
    assert Code.EXCHANGE_BETWEEN in codes(verdict)
    assert verdict.figures[0].basis is Basis.INCOMPLETE


def test_the_new_meter_read_in_the_second_of_the_exchange_is_no_rollover() -> None:
    """An old meter near the end of its range: the new one's low register would look like a turn, and count twice."""
    for hour, after in ((1, [(2, 6)]), (2, [])):
        world = opened()
        world.state(Kind.METER_FACTS, POINT, exchanged(world, hour, 999_999, 5))
        before = [(0, 999_990), (1, 999_995)][:hour]
        world.log(world.readings(*before, (hour, 5), *after))
        verdict = verdict_of(world, 2)
        (figure,) = verdict.figures
        assert figure.quantity == 9 + len(after)
        assert Code.ROLLOVER not in codes(verdict)


def test_another_meter_called_calibration_needs_its_opening() -> None:
    world = opened()
    facts = replace(exchanged(world, 1, 101, 0), event=FactsEvent.CALIBRATION, opening=None)
    world.state(Kind.METER_FACTS, POINT, facts)
    world.log(world.readings((0, 100), (1, 101), (2, 5001)))
    verdict = verdict_of(world, 2)
    assert not verdict.holds
    assert Code.EXCHANGE_BETWEEN in codes(verdict)


def test_registers_of_an_exchange_in_another_unit() -> None:
    world = opened()
    world.state(Kind.METER_FACTS, POINT, exchanged(world, 1, 101_000, 0, unit="Wh"))
    world.log(world.readings((0, 100), (1, 101), (2, 1)))
    verdict = verdict_of(world, 2)
    assert not verdict.holds
    assert Code.UNIT_WRONG in codes(verdict)


def test_a_settlement_in_another_unit() -> None:
    world = opened()
    world.log(world.readings((0, 100), (1, 101)))
    world.log(world.settle(2, 102_000, registers=(RegisterValue(REGISTER, 102_000, "Wh"),)))
    verdict = verdict_of(world, 2)
    assert not verdict.holds
    assert Code.UNIT_WRONG in codes(verdict)


def test_a_settlement_of_a_register_that_is_not_in_the_facts() -> None:
    world = opened()
    registers = (RegisterValue(REGISTER, 102, "kWh"), RegisterValue("energy_export", 7, "kWh"))
    world.log(world.readings((0, 100), (1, 101)))
    world.log(world.settle(2, 102, registers=registers))
    assert Code.UNIT_WRONG in codes(verdict_of(world, 2))


def test_one_reading_is_no_quantity() -> None:
    """A period shorter than the tolerance of the cadence, with one reading in it, is no proof that nothing was used."""
    world = opened()
    world.log(world.readings((1, 100)))
    verdict = verdict_of(world, 2)
    assert not verdict.holds
    assert [figure.basis for figure in verdict.figures] == [Basis.INCOMPLETE]


def test_one_reading_and_a_gap_over_the_rest_is_no_quantity() -> None:
    world = opened()
    world.log(world.readings((0, 100)))
    world.log(world.gap(0, 24))
    verdict = verdict_of(world, 24)
    assert not verdict.holds
    assert [figure.basis for figure in verdict.figures] == [Basis.INCOMPLETE]


def test_a_gap_at_the_edge_is_bridged_by_nothing() -> None:
    """Behind the gap no register was read, so what ran through it is unknown."""
    for hours, gap in (((0, 1, 2), (2, 24)), ((22, 23, 24), (0, 22))):
        world = opened()
        world.log(world.readings(*((hour, 100 + hour) for hour in hours)))
        world.log(world.gap(*gap))
        (figure,) = verdict_of(world, 24).figures
        assert figure.basis is Basis.INCOMPLETE


def test_the_range_of_the_old_meter_does_not_follow_from_the_new_one() -> None:
    """A register without a range can not roll over, whatever the range of the meter that came after it."""
    world = opened()
    register = RegisterFacts(REGISTER, "kWh", cumulative=True)
    world.state(Kind.METER_FACTS, POINT, world.facts(FactsEvent.CALIBRATION, registers=(register,)))
    new = (replace(register, modulus=100_000),)
    world.state(Kind.METER_FACTS, POINT, replace(exchanged(world, 3, 11, 0), registers=new))
    world.log(world.readings((0, 95_000), (1, 95_001), (2, 10), (3, 11), (4, 1)))
    verdict = verdict_of(world, 4)
    assert not verdict.holds
    assert Code.REGISTER_BACKWARDS in codes(verdict)


def test_a_slower_cadence_does_not_reach_back() -> None:
    """A plan that asks for less from now on does not make the hours before complete."""
    world = opened()
    world.log(world.readings((0, 100), (1, 101), (12, 112), (13, 113)))
    plan = world.plan(cadence_s=24 * HOUR)
    world.state(Kind.SITE_PLAN, SITE, plan, at=START + 13 * HOUR)
    world.log(world.readings((24, 124)))
    verdict = verdict_of(world, 24)
    assert Code.UNCOVERED_INTERVAL in codes(verdict)
    assert not verdict.holds


def test_a_slower_cadence_holds_from_its_plan_on() -> None:
    world = opened()
    world.log(world.readings(*((hour, 100 + hour) for hour in range(13))))
    world.state(Kind.SITE_PLAN, SITE, world.plan(cadence_s=24 * HOUR), at=START + 12 * HOUR)
    world.log(world.readings((24, 124)))
    (figure,) = verdict_of(world, 24).figures
    assert (figure.quantity, figure.basis) == (Decimal(24), Basis.COMPLETE)


def test_a_register_twice_in_a_settlement_of_totals() -> None:
    world = opened()
    twice = (RegisterValue(REGISTER, 100, "kWh"), RegisterValue(REGISTER, 90, "kWh"))
    world.log(world.settle(0, 100, registers=twice))
    world.log(world.settle(24, 130, counts=Counts(0, 0, 0, 0)))
    bundle = replace(world.bundle_of(range(len(world.entries))), content=Content.TOTALS)
    assert not verify(bundle, world.policy(), now=START).holds


# -- two authorities that one policy trusts ---------------------------------------------------------------------------


def second(world: World) -> tuple[Stream, Policy]:
    """Another authority, which the policy trusts for another site."""
    other = Stream(p256("other authority"), "urn:example:other")
    policy = world.policy()
    trusted = TrustedKey(other.signer.public_key, "Other", other.issuer)
    return other, replace(policy, authorities=(*policy.authorities, trusted))


def say(world: World, other: Stream, kind: Kind, subject: str, payload: AuthorityPayload) -> None:
    """The other authority states something, countersigned."""
    claims = other.claims(kind, subject, START)
    world.log(other.advance(countersign.sign(claims, payload, other.signer, world.person)))


def test_another_authority_enrols_a_key_for_a_point() -> None:
    world = opened()
    device = Stream(p256("their device"), "urn:dev:org:32473-mill:theirs")
    other, _ = second(world)
    enrolment = replace(world.enrolment(device.signer), device=device.issuer)
    say(world, other, Kind.ENROLMENT, device.issuer, enrolment)
    world.log(world.readings((0, 1), (1, 2)))
    world.log(world.readings((2, 3), device=device))
    _, policy = second(world)
    assert Code.AUTHORITIES_DISAGREE in codes(verdict_of(world, 2, policy))


def test_another_authority_rotates_a_key() -> None:
    world = opened()
    said = world.log(world.readings((0, 1), (1, 2)))
    other, _ = second(world)
    new = Stream(p256("their device"), world.device.issuer)
    place = StreamPlace(world.device.signer.public_key.kid, 0, said.id)
    rotation = Rotation("urn:dev:org:32473-mill:unrelated", place, new.signer.public_key.encode())
    say(world, other, Kind.ROTATION, world.device.issuer, rotation)
    world.log(world.readings((2, 3), device=new))
    _, policy = second(world)
    assert Code.AUTHORITIES_DISAGREE in codes(verdict_of(world, 2, policy))


def test_another_authority_plans_a_point_at_another_cadence() -> None:
    world = opened()
    world.log(world.readings((0, 1), (24, 25)))
    other, _ = second(world)
    plan: SitePlan = replace(world.plan(cadence_s=24 * HOUR), site="urn:example:site:other")
    say(world, other, Kind.SITE_PLAN, plan.site, plan)
    _, policy = second(world)
    assert Code.AUTHORITIES_DISAGREE in codes(verdict_of(world, 24, policy))


def test_a_meter_installed_after_a_removal_begins_with_its_own_readings() -> None:
    """A positive control: nothing stood there before, so the reading of that very second is the new meter's."""
    world = opened()
    removal = world.facts(FactsEvent.REMOVAL, START - HOUR, closing=(RegisterValue(REGISTER, 7, "kWh"),))
    world.state(Kind.METER_FACTS, POINT, removal)
    world.state(Kind.METER_FACTS, POINT, world.facts(FactsEvent.INSTALL, START, serial="B-2"))
    world.log(world.readings((0, 100), (1, 101), (2, 102)))
    (figure,) = verdict_of(world, 2).figures
    assert (figure.quantity, figure.basis) == (Decimal(2), Basis.COMPLETE)


# -- keys and marks ---------------------------------------------------------------------------------------------------


def test_a_rotation_does_not_wash_off_the_mark() -> None:
    """The old key would be refused still, after its second enrolment; so is the key that takes over from it."""
    world = World(place=SigningPlace.SIMULATED)
    world.open()
    said = world.log(world.readings((0, 100)))
    world.place = SigningPlace.POLLED_BUS
    world.state(Kind.ENROLMENT, world.device.issuer, world.enrolment())
    new = Stream(p256("new"), world.device.issuer)
    place = StreamPlace(world.device.signer.public_key.kid, 0, said.id)
    rotation = Rotation(world.device.issuer, place, new.signer.public_key.encode())
    world.state(Kind.ROTATION, world.device.issuer, rotation)
    world.log(world.readings((1, 101), (2, 102), device=new))
    bundle = world.bundle_of([index for index, entry in enumerate(world.entries) if entry != said.encoded], hours=2)
    verdict = verify(replace(bundle, from_at=START + HOUR), world.policy(), now=START)
    assert Code.SIMULATED in codes(verdict)
    assert not verdict.holds


def test_a_stream_that_ended_speaks_on() -> None:
    """Its key was lost and replaced; who still signs with it after that is not who signed before."""
    world = opened()
    said = world.log(world.readings((0, 100)))
    new = Stream(p256("new"), world.device.issuer)
    place = StreamPlace(world.device.signer.public_key.kid, 0, said.id)
    world.log(world.readings((1, 101)))  # still under way when the authority looked: no fault
    world.state(Kind.ENROLMENT, world.device.issuer, replace(world.enrolment(new.signer), predecessor=place))
    world.log(world.readings((2, 102), device=new))
    assert Code.ROTATED_KEY not in codes(verdict_of(world, 2))
    world.log(world.readings((1, 101)))
    assert Code.ROTATED_KEY in codes(verdict_of(world, 2))


def test_a_register_that_counts_and_is_never_summed() -> None:
    world = opened()
    hidden = RegisterFacts(REGISTER, "kWh", cumulative=True, per_event=True)
    world.state(Kind.METER_FACTS, POINT, world.facts(FactsEvent.CALIBRATION, registers=(hidden,)))
    world.log(world.readings((0, 100), (2, 90)))
    verdict = verdict_of(world, 2)
    assert not verdict.holds
    assert Code.FACTS_IMPLAUSIBLE in codes(verdict)
