"""Cases of registers, coverage, settlements and corrections: steps 5 to 8."""

from __future__ import annotations

import dataclasses
from decimal import Decimal

from tally_chain.bundle import Content
from tally_edge import senml, statement
from tally_edge.authority import FactsEvent, RegisterFacts
from tally_edge.device import NO_SETTLEMENT, Counts, RegisterValue
from tally_edge.senml import Reading
from tally_edge.statement import Clock, Kind
from tests.chain.verify.case import Given, case, given, hour, opened, plain
from tests.chain.verify.cases_authority import revoke
from tests.world import POINT, REGISTER, World


def read(world: World, *values: int | Decimal, start: int = 0) -> World:
    """The device reads these values, one an hour."""
    for number, value in enumerate(values, start):
        world.log(world.readings((number, value)))
    return world


def totals(world: World, hours: int = 3) -> Given:
    """The totals-only bundle of the world."""
    return given(world, bundle=world.bundle(Content.TOTALS, hours=hours))


def _value(value: int | Decimal) -> tuple[RegisterValue, ...]:
    return (RegisterValue(REGISTER, value, "kWh"),)


@case(501)
def register_backwards() -> Given:
    """A cumulative register falls, far from its highest value."""
    return given(read(opened(), 100, 101, 99, 100))


@case(501)
def register_backwards_in_totals() -> Given:
    """The closing settlement shows less than the opening one."""
    world = opened()
    world.log(world.settle(0, 100))
    world.log(world.settle(3, 90))
    return totals(world)


@case(502, holds=True)
def rollover() -> Given:
    """The register passed its highest value: the rise is small, the fall is nearly the whole range."""
    return given(read(opened(), 999_990, 999_998, 5, 11))


@case(510)
def rollover_in_totals() -> Given:
    """A rollover between two settlements: the counts differ, so the readings between are needed."""
    world = opened()
    world.log(world.settle(0, 999_990))
    world.log(world.settle(3, 11, Counts(0, 0, 1, 0)))
    return totals(world)


@case(503)
def reset() -> Given:
    """The register was reset, and the device counted it: what it showed before is lost."""
    world = opened()
    world.log(world.settle(0, 100))
    read(world, 100, 101, 0, 1)
    world.log(world.settle(3, 1, Counts(0, 1, 0, 0)))
    return given(world)


@case(523, holds=True)
def own_record() -> Given:
    """The meter was not read for two hours; its own record fills them, marked: the curve is complete."""
    world = read(opened(), 100, 101)
    pack = [
        reading
        for number, value in ((2, 102), (3, 104))
        for reading in (
            Reading(POINT, REGISTER, hour(number), value, "kWh"),
            Reading(POINT, senml.SOURCE, hour(number), senml.LOAD_PROFILE),
        )
    ]
    stream = world.device
    claims = stream.claims(Kind.READINGS, POINT, hour(4), Clock.SYNCHRONISED, world.beacon)
    world.log(stream.advance(statement.sign(claims, senml.encode(pack), stream.signer)))
    return given(read(world, 105, start=4), hours=4)


@case(510)
def reset_in_totals() -> Given:
    """A reset between two settlements."""
    world = opened()
    world.log(world.settle(0, 100))
    world.log(world.settle(3, 120, Counts(0, 1, 0, 0)))
    return totals(world)


@case(504, holds=True)
def declared_gap() -> Given:
    """The device says that it could not read; the register runs on behind the gap."""
    world = read(opened(), 100, 101)
    world.log(world.gap(1, 5))
    return given(_gap_world(world), hours=6)


def _gap_world(world: World) -> World:
    return read(world, 105, 106, start=5)


@case(504, holds=True)
def declared_gaps_in_a_row() -> Given:
    """Two declared gaps, one after the other, cover one silence."""
    world = read(opened(), 100, 101)
    world.log(world.gap(1, 3))
    world.log(world.gap(3, 5))
    return given(_gap_world(world), hours=6)


@case(505)
def gap_of_another_register() -> Given:
    """The gap was declared for another register than the one that is silent."""
    world = read(opened(), 100, 101)
    world.log(world.gap(1, 5, ("energy_export",)))
    return given(_gap_world(world), hours=6)


@case(505)
def gap_too_short() -> Given:
    """The declared gap ends before readings begin again."""
    world = read(opened(), 100, 101)
    world.log(world.gap(1, 3))
    return given(_gap_world(world), hours=6)


@case(505)
def uncovered_interval() -> Given:
    """Hours without a reading and without a declared gap."""
    return given(_gap_world(read(opened(), 100, 101)), hours=6)


@case(505)
def nothing_at_the_edges() -> Given:
    """Readings begin after the period does, and end before it."""
    return given(read(opened(), 100, 101, start=4), hours=9)


@case(508)
def settlement_unlinked() -> Given:
    """A settlement does not name the one before it."""
    world = opened()
    world.log(world.settle(0, 100))
    read(world, 100, 101, 102, 103)
    world.log(world.settle(3, 103, previous=NO_SETTLEMENT))
    return given(world)


@case(508)
def settlements_in_the_wrong_order() -> Given:
    """The later settlement stands earlier in the stream: the device's clock went back, or the totals are invented."""
    world = opened()
    world.log(world.settle(3, 103))
    world.log(world.settle(0, 100))
    return totals(world)


@case(509)
def settlement_on_foreign_facts() -> Given:
    """The settlement rests on meter facts that the authority never stated."""
    world = opened()
    world.log(world.settle(0, 100, facts=bytes([3]) * 32))
    read(world, 100, 101, 102, 103)
    return given(world)


@case(509)
def settlement_with_another_multiplier() -> Given:
    """The settlement's multiplier is not that of the facts it names."""
    world = opened()
    world.log(world.settle(0, 100, multiplier=10))
    world.log(world.settle(3, 103, multiplier=10))
    return totals(world)


@case(509)
def settlement_on_old_facts() -> Given:
    """The settlement names facts that were no longer in force: the ratio had changed."""
    world = opened()
    change = world.facts(FactsEvent.RATIO, hour(1), multiplier=10, closing=_value(101), opening=_value(101))
    world.state(Kind.METER_FACTS, POINT, change)
    read(world, 100, 101, 102, 103)
    world.log(world.settle(3, 103))
    return given(world)


@case(510)
def gap_in_totals() -> Given:
    """A gap between two settlements."""
    world = opened()
    world.log(world.settle(0, 100))
    world.log(world.settle(3, 103, Counts(0, 0, 0, 1)))
    return totals(world)


@case(511)
def exchange_in_totals() -> Given:
    """The meter was exchanged between two settlements whose counts do not tell."""
    world = opened()
    world.log(world.settle(0, 100))
    change = world.facts(FactsEvent.EXCHANGE, hour(1), serial="B-2", closing=_value(101), opening=_value(7))
    world.facts_id = world.state(Kind.METER_FACTS, POINT, change).id
    world.log(world.settle(3, 120, serial="B-2"))
    return totals(world)


@case(517, holds=True)
def exchange() -> Given:
    """The meter was exchanged; the authority read both registers, and the quantity is the sum of both parts."""
    world = read(opened(), 100, 101)
    change = world.facts(FactsEvent.EXCHANGE, hour(1), serial="B-2", closing=_value(101), opening=_value(7))
    world.state(Kind.METER_FACTS, POINT, change)
    return given(read(world, 9, 10, start=2))


@case(511)
def exchange_without_registers() -> Given:
    """The meter was exchanged and nobody wrote down what the new one showed."""
    world = read(opened(), 100, 101)
    change = world.facts(FactsEvent.EXCHANGE, hour(1), serial="B-2", closing=_value(101))
    world.state(Kind.METER_FACTS, POINT, change)
    return given(read(world, 9, 10, start=2))


@case(holds=True)
def ratio_change() -> Given:
    """The current transformers were changed: each part counts by its own multiplier."""
    world = read(opened(), 100, 101)
    change = world.facts(FactsEvent.RATIO, hour(1), multiplier=10, closing=_value(101), opening=_value(101))
    world.state(Kind.METER_FACTS, POINT, change)
    return given(read(world, 102, 103, start=2))


@case(511)
def ratio_change_called_calibration() -> Given:
    """A "calibration" that changes the multiplier is a change of ratio, whatever it is called."""
    world = read(opened(), 100, 101)
    world.state(Kind.METER_FACTS, POINT, world.facts(FactsEvent.CALIBRATION, hour(1), multiplier=10))
    return given(read(world, 102, 103, start=2))


@case(511)
def ratio_change_in_totals() -> Given:
    """A change of ratio between two settlements."""
    world = opened()
    world.log(world.settle(0, 100))
    change = world.facts(FactsEvent.RATIO, hour(1), multiplier=10, closing=_value(101), opening=_value(101))
    world.facts_id = world.state(Kind.METER_FACTS, POINT, change).id
    world.log(world.settle(3, 120, multiplier=10))
    return totals(world)


@case(holds=True)
def calibration_between() -> Given:
    """A calibration changes neither serial nor ratio, so totals run through it."""
    world = opened()
    world.log(world.settle(0, 100))
    world.state(Kind.METER_FACTS, POINT, world.facts(FactsEvent.CALIBRATION, hour(1)))
    world.log(world.settle(3, 103))
    return totals(world)


@case(310, 516)
def revocation_in_totals() -> Given:
    """The key was revoked between the two settlements: the second one is void."""
    world = opened()
    world.log(world.settle(0, 100))
    world.log(world.settle(3, 103))
    revoke(world, 0)
    return totals(world)


@case(512)
def settlement_disagrees() -> Given:
    """A settlement and a reading of one time show different registers."""
    world = opened()
    world.log(world.settle(0, 99))
    return given(read(world, 100, 101, 102, 103))


@case(512)
def two_settlements_at_once() -> Given:
    """Two settlements of one time, with different registers: the owner could choose the better one."""
    world = opened()
    world.log(world.settle(0, 100))
    world.log(world.settle(3, 103))
    world.log(world.settle(3, 203))
    return totals(world)


@case(513, holds=True)
def calibration_expired() -> Given:
    """The meter's certificate had run out before the period's end."""
    world = opened()
    read(world, 100, 101, 102, 103)
    facts = world.facts(FactsEvent.CALIBRATION, certificate="C-7", certificate_expires_at=hour(1))
    world.state(Kind.METER_FACTS, POINT, facts)
    return given(world)


@case(516)
def no_settlement() -> Given:
    """A totals-only bundle without the settlement at its end."""
    world = opened()
    world.log(world.settle(0, 100))
    world.log(world.settle(2, 102))
    return given(world, bundle=world.bundle_of(range(len(world.entries)), 3, Content.TOTALS))


@case(518)
def negative_multiplier() -> Given:
    """A multiplier below zero would turn what was drawn into what was fed in."""
    world = opened()
    world.facts_id = world.state(Kind.METER_FACTS, POINT, world.facts(multiplier=-1)).id
    return given(read(world, 100, 101, 102, 103))


@case(520, holds=True)
def installed_inside_the_period() -> Given:
    """The meter was installed inside the period; readings cover all of its life in it."""
    world = World()
    world.open()
    other = "urn:dev:org:32473-mill:m2"
    world.state(Kind.SITE_PLAN, "urn:example:site:mill", world.plan(points=(POINT, other)), at=hour(1))
    enrolment = dataclasses.replace(world.enrolment(), points=(POINT, other))
    world.state(Kind.ENROLMENT, world.device.issuer, enrolment)
    world.state(Kind.METER_FACTS, other, world.facts(effective_at=hour(2), point=other))
    read(world, 100, 101, 102, 103)
    world.log(world.readings((2, 0), point=other))
    world.log(world.readings((3, 4), point=other))
    return given(world)


@case(holds=True)
def huge_numbers() -> Given:
    """Numbers at the limits of the format: the sum is exact."""
    world = World()
    world.open()
    facts = world.facts(
        multiplier=Decimal("9.223372036854775807"),
        registers=(RegisterFacts(REGISTER, "kWh", cumulative=True),),
    )
    world.state(Kind.METER_FACTS, POINT, facts)
    small = Decimal("0.000000000000000001")
    read(world, -(2**63), small, 2**63, 2**64 - 1)
    return given(world)


@case(holds=True)
def a_level() -> Given:
    """A register that is no counter may fall; the figure is its last state."""
    world = World()
    world.open()
    facts = world.facts(registers=(RegisterFacts(REGISTER, "kWh", cumulative=False),))
    world.state(Kind.METER_FACTS, POINT, facts)
    return given(read(world, 100, 7, 50, 3))


@case(521, holds=True)
def last_reading_left_out() -> Given:
    """The owner leaves out the last reading of the period: less than a cadence and a half is missing, and it shows."""
    world = read(opened(), 100, 101, 102, 103)
    return given(world, bundle=world.bundle(hours=3, drop=frozenset({7})))


@case(505)
def a_level_read_long_ago() -> Given:
    """A level whose last reading lies far before the period's end is no state at the end."""
    world = World()
    world.open()
    facts = world.facts(registers=(RegisterFacts(REGISTER, "kWh", cumulative=False),))
    world.state(Kind.METER_FACTS, POINT, facts)
    return given(read(world, 100, 99), hours=9)


@case(314, holds=True)
def facts_that_begin_after_the_period() -> Given:
    """The authority stated what the meter is only from a later time on."""
    world = World()
    world.open()
    world.authority.seq -= 1
    world.entries.pop()
    world.authority.prev = statement.decode(world.entries[-1]).id
    world.state(Kind.METER_FACTS, POINT, world.facts(effective_at=hour(7)))
    return given(read(world, 100, 101, 102, 103))


@case(505)
def everything_withheld_but_the_key_facts() -> Given:
    """Only one statement of the device is carried."""
    world = plain()
    return given(world, bundle=world.bundle(hours=3, drop=frozenset({4, 5, 7, 8, 9})))
