"""Cases of device streams and what their statements say: steps 4 and 5."""

from __future__ import annotations

import dataclasses

from tally_chain.policy import Accept
from tally_edge import senml, statement
from tally_edge.authority import Enrolment, SigningPlace
from tally_edge.senml import Reading
from tally_edge.statement import Clock, Kind
from tests.chain.verify.case import Given, case, given, hour, opened, plain
from tests.chain.verify.cases_authority import revoke
from tests.chain.verify.cases_registers import read
from tests.world import POINT, REGISTER, START, Stream, World, p256


@case(402)
def altered_reading() -> Given:
    """A value inside a logged statement was changed, and the log was built over the changed bytes."""
    world = opened()
    world.log(world.settle(0, 100))
    signed = world.readings((0, 100), (1, 101))
    world.entries.append(signed.encoded.replace(signed.payload, signed.payload[:-1] + bytes([signed.payload[-1] ^ 1])))
    world.log(world.readings((2, 102)))
    world.log(world.readings((3, 103)))
    return given(world)


@case(403)
def withheld_statement() -> Given:
    """One statement is left out; its place is proven by a hash."""
    world = plain()
    return given(world, bundle=world.bundle(hours=3, drop=frozenset({7})))


@case(403)
def never_sent_statement() -> Given:
    """The device numbered a statement that never reached the log."""
    world = opened()
    world.log(world.readings((0, 100)))
    world.readings((1, 101))
    world.log(world.readings((2, 102)))
    world.log(world.readings((3, 103)))
    return given(world)


@case(404)
def wrong_link() -> Given:
    """A statement names another one before it than the stream holds."""
    world = opened()
    world.log(world.readings((0, 100)))
    world.device.prev = bytes([1]) * 32
    for number in (1, 2, 3):
        world.log(world.readings((number, 100 + number)))
    return given(world)


@case(405)
def forked_stream() -> Given:
    """The device signed two different statements in one place."""
    world = opened()
    world.log(world.readings((0, 100)))
    seq, prev = world.device.seq, world.device.prev
    world.log(world.readings((1, 101)))
    world.device.seq, world.device.prev = seq, prev
    world.log(world.readings((1, 111)))
    world.log(world.readings((2, 112)))
    world.log(world.readings((3, 113)))
    return given(world)


@case(406, holds=True)
def repeated_statement() -> Given:
    """The same statement stands in the log twice: a replay adds nothing."""
    world = plain()
    world.entries.append(world.entries[6])
    return given(world)


@case(406)
def logged_in_two_logs() -> Given:
    """One stream in two logs; the second log's plan and opening are its own, and the second is not anchored."""
    world, second = plain(), World(origin="tallystick.example/mill/2")
    second.entries = [*world.entries]
    both = dataclasses.replace(
        world.bundle(hours=3), sections=(world.bundle(hours=3).sections[0], second.bundle(hours=3).sections[0])
    )
    policy = world.policy()
    other = dataclasses.replace(second.policy().logs[0], roots=())
    return given(world, bundle=both, policy=dataclasses.replace(policy, logs=(*policy.logs, other)))


@case(409, holds=True)
def older_than_its_enrolment() -> Given:
    """The device's clock says that it signed before it was enrolled."""
    world = World()
    world.open()
    revoke(world, None)
    new = Stream(p256("later"), "urn:dev:org:32473-mill:a2")
    enrolment = Enrolment(new.issuer, new.signer.public_key.encode(), (POINT,), SigningPlace.IN_METER, "m")
    world.state(Kind.ENROLMENT, new.issuer, enrolment, at=hour(30))
    for number in range(4):
        world.log(world.readings((number, 100 + number), device=new))
    return given(world)


@case(410, holds=True)
def arrived_out_of_order() -> Given:
    """Two statements reached the log in the other order; the stream is whole."""
    world = opened()
    signed = [world.readings((number, 100 + number)) for number in range(4)]
    for number in (0, 2, 1, 3):
        world.log(signed[number])
    return given(world)


@case(411, holds=True)
def clock_unset() -> Given:
    """The device had no time."""
    world = opened()
    for number in range(4):
        world.log(world.readings((number, 100 + number), clock=Clock.UNSET))
    return given(world)


@case(401)
def pack_of_another_point() -> Given:
    """The pack speaks of another metering point than the statement's subject."""
    world = plain()
    pack = [Reading("urn:dev:org:32473-mill:m9", REGISTER, hour(2), 102, "kWh")]
    claims = world.device.claims(Kind.READINGS, POINT, hour(2))
    world.log(world.device.advance(statement.sign(claims, senml.encode(pack), world.device.signer)))
    return given(world)


@case(401)
def payload_is_no_pack() -> Given:
    """The statement is well signed and its payload is no pack."""
    world = plain()
    claims = world.device.claims(Kind.READINGS, POINT, hour(2))
    world.log(world.device.advance(statement.sign(claims, b"\x80", world.device.signer)))
    return given(world)


@case(506)
def silent_meter() -> Given:
    """The plan lists two metering points, one of them says nothing."""
    world = World()
    world.open()
    world.state(
        Kind.SITE_PLAN, "urn:example:site:mill", world.plan(points=(POINT, "urn:dev:org:32473-mill:m2")), at=START
    )
    world.day(3)
    return given(world)


@case(403)
def withheld_run() -> Given:
    """The statements between two settlements are left out of a bundle that claims to be full."""
    world = plain()
    return given(world, bundle=world.bundle(hours=3, drop=frozenset(range(5, 9))))


@case(706)
def grant_demanded() -> Given:
    """The reader wants a grant, and the bundle has none."""
    world = plain()
    return given(world, policy=world.policy(accept=Accept(without_grant=False)))


@case(601)
def simulated() -> Given:
    """The enrolment says that the evidence is simulated."""
    world = opened(place=SigningPlace.SIMULATED)
    world.day(3)
    return given(world)


@case(601, holds=True)
def simulated_accepted() -> Given:
    """The same, where the reader accepts it."""
    world = opened(place=SigningPlace.SIMULATED)
    world.day(3)
    return given(world, policy=world.policy(accept=Accept(simulated=True)))


@case(602)
def by_hand() -> Given:
    """Readings were typed in."""
    world = opened(place=SigningPlace.BY_HAND)
    world.day(3)
    return given(world)


@case(601)
def simulated_then_enrolled_better() -> Given:
    """A later enrolment with a better signing place does not better what was signed before."""
    world = opened(place=SigningPlace.SIMULATED)
    world.day(3)
    world.place = SigningPlace.IN_METER
    world.state(Kind.ENROLMENT, world.device.issuer, world.enrolment())
    return given(world)


@case(507)
def wrong_unit() -> Given:
    """A reading is in another unit than the meter facts say."""
    world = read(opened(), 100, 101, 102, 103)
    world.log(world.readings((2, 102), unit="J"))
    return given(world)


@case(507)
def unknown_register() -> Given:
    """A reading of a register that the meter facts do not list."""
    world = read(opened(), 100, 101, 102, 103)
    world.log(world.readings((2, 7), register="energy_export"))
    return given(world)


@case(515)
def conflicting_readings() -> Given:
    """One register shows two values at one time."""
    world = read(opened(), 100, 101, 102, 103)
    world.log(world.readings((2, 103)))
    return given(world)
