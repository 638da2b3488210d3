"""Cases of several keys for one metering point: each that lived in the period shows its stream. Step 8, second part."""

from __future__ import annotations

from tally_chain.bundle import Content
from tally_edge.authority import Enrolment, Revocation, RevocationReason, Rotation, SigningPlace, StreamPlace
from tally_edge.statement import Kind
from tests.chain.verify.case import Given, case, given, hour, opened
from tests.chain.verify.cases_authority import revoke
from tests.chain.verify.cases_registers import read, totals
from tests.world import POINT, Stream, World, p256

SECOND = "urn:dev:org:32473-mill:a2"


def _enrol(world: World, *, at: int = hour(0), predecessor: StreamPlace | None = None) -> Stream:
    """A second key for the same metering point."""
    stream = Stream(p256("second device"), SECOND)
    key = stream.signer.public_key.encode()
    enrolment = Enrolment(SECOND, key, (POINT,), SigningPlace.POLLED_BUS, "m", predecessor)
    world.state(Kind.ENROLMENT, SECOND, enrolment, at=at)
    return stream


def _without(world: World, stream: Stream) -> frozenset[int]:
    """The places of a stream."""
    kid = stream.signer.public_key.kid
    return frozenset(member.index for member in world.placed() if member.statement.claims.kid == kid)


def _two_live_keys() -> tuple[World, Stream]:
    world = opened()
    second = _enrol(world)
    read(world, 100, 101, 102, 103)
    for number in range(4):
        world.log(world.readings((number, 100 + 5 * number), device=second))
    return world, second


@case(413)
def stream_of_a_second_key_left_out() -> Given:
    """Two keys are enrolled for the point; the bundle shows the one whose register rises less, without a hole."""
    world, second = _two_live_keys()
    return given(world, bundle=world.bundle(hours=3, drop=_without(world, second)))


@case(515)
def streams_of_two_keys_that_disagree() -> Given:
    """The same with both streams: what they say of one register differs, and shows."""
    world, _ = _two_live_keys()
    return given(world)


@case(413)
def stream_of_a_second_key_cut() -> Given:
    """Of the second key's stream only the first statement is carried."""
    world, second = _two_live_keys()
    dropped = sorted(_without(world, second))[1:]
    return given(world, bundle=world.bundle(hours=3, drop=frozenset(dropped)))


@case(413)
def second_key_silent() -> Given:
    """A second key is enrolled and says nothing at all: nobody can tell whether it was left out."""
    world = opened()
    _enrol(world)
    return given(read(world, 100, 101, 102, 103))


@case(413)
def stream_left_out_and_revoked_later() -> Given:
    """The second key was revoked after the period, as of its last statement: what it said before still counts."""
    world, second = _two_live_keys()
    kid = second.signer.public_key.kid
    world.state(Kind.REVOCATION, SECOND, Revocation(SECOND, kid, RevocationReason.RETIRED, 3), at=hour(9))
    return given(world, bundle=world.bundle(hours=3, drop=_without(world, second)))


@case(413)
def settlements_of_a_second_key_left_out() -> Given:
    """Two keys settle the point; the totals carry the settlements of the one that suits the owner."""
    world = opened()
    second = _enrol(world)
    world.log(world.settle(0, 100))
    world.log(world.settle(3, 103))
    world.last_settlement = bytes(32)
    world.log(world.settle(0, 100, device=second))
    world.log(world.settle(3, 115, device=second))
    bundle = world.bundle(Content.TOTALS, hours=3, drop=_without(world, second))
    return given(world, bundle=bundle)


@case(211, holds=True)
def keys_one_after_the_other() -> Given:
    """A key takes over by rotation inside the period; the old stream is there to its named end."""
    world = read(opened(), 100)
    last = world.log(world.readings((1, 101)))
    new = Stream(p256("device-2"), world.device.issuer)
    place = StreamPlace(last.claims.kid, last.claims.seq or 0, last.id)
    rotation = Rotation(world.device.issuer, place, new.signer.public_key.encode())
    world.state(Kind.ROTATION, world.device.issuer, rotation, at=hour(1))
    for number in (2, 3):
        world.log(world.readings((number, 100 + number), device=new))
    return given(world)


@case(211, holds=True)
def ended_before_the_period_and_said_so_in_it() -> Given:
    """The first key fell silent before the period, its successor was enrolled in it; the last statement is shown."""
    world = opened()
    last = world.log(world.readings((-9, 91)))
    place = StreamPlace(last.claims.kid, last.claims.seq or 0, last.id)
    second = _enrol(world, at=hour(1), predecessor=place)
    for number in range(4):
        world.log(world.readings((number, 100 + number), device=second))
    bundle = world.bundle(hours=3)
    assert any(entry.statement == last.encoded for entry in bundle.sections[0].entries)
    return given(world, bundle=bundle)


@case(211, holds=True)
def totals_after_a_key_that_ended() -> Given:
    """The same in totals: the end of the first stream stands before both settlements of the second."""
    world = opened()
    last = world.log(world.readings((-9, 91)))
    place = StreamPlace(last.claims.kid, last.claims.seq or 0, last.id)
    second = _enrol(world, at=hour(1), predecessor=place)
    world.log(world.settle(0, 100, device=second))
    world.log(world.settle(3, 103, device=second))
    return totals(world)


@case(211, holds=True)
def second_key_enrolled_later() -> Given:
    """A second key was enrolled after the period: it could not speak of it."""
    world = read(opened(), 100, 101, 102, 103)
    _enrol(world, at=hour(5))
    return given(world)


@case(211, holds=True)
def second_key_void() -> Given:
    """The first key was lost before it spoke, and nothing of it counts."""
    world = opened()
    revoke(world, None)
    second = _enrol(world)
    for number in range(4):
        world.log(world.readings((number, 100 + number), device=second))
    return given(world)


@case(211, holds=True)
def two_keys_that_settle_alike() -> Given:
    """Two keys settle the point and say the same at both edges."""
    world = opened()
    second = _enrol(world)
    for stream in (None, second):
        world.last_settlement = bytes(32)
        world.log(world.settle(0, 100, device=stream))
        world.log(world.settle(3, 103, device=stream))
    return totals(world)
