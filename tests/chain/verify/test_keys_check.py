"""Which keys could speak for a metering point in a period: by enrolment, rotation, revocation and what names them."""

from __future__ import annotations

import dataclasses

import pytest

from tally_chain.findings import Code
from tally_chain.verify.verifier import verify
from tally_edge.authority import Rotation, SigningPlace, StreamPlace
from tally_edge.statement import Kind
from tests.chain.verify.case import NOW, hour, opened
from tests.chain.verify.cases_authority import OTHER
from tests.chain.verify.cases_registers import read
from tests.world import POINT, SITE, Stream, World, p256


def missing(world: World, hours: int = 3) -> list[str]:
    """The points for which a key does not show its stream, in a bundle as its maker selects it."""
    verdict = verify(world.bundle(hours=hours), world.policy(), now=NOW)
    return [finding.touches for finding in verdict.findings if finding.code is Code.STREAM_MISSING]


def second(world: World, at: int, *points: str) -> Stream:
    """A second key, enrolled at an hour for these points."""
    stream = Stream(p256("second device"), "urn:dev:org:32473-mill:a2")
    enrol(world, stream, at, *points)
    return stream


def enrol(world: World, stream: Stream, at: int, *points: str) -> None:
    enrolment = dataclasses.replace(world.enrolment(stream.signer), device=stream.issuer, points=points)
    world.state(Kind.ENROLMENT, stream.issuer, enrolment, at=hour(at))


def test_a_key_of_another_point_is_not_missed() -> None:
    world = opened()
    second(world, 0, OTHER)
    assert missing(read(world, 100, 101, 102, 103)) == []


@pytest.mark.parametrize(("dropped_at", "found"), [(0, []), (2, [POINT])])
def test_a_key_that_is_enrolled_anew_without_the_point(dropped_at: int, found: list[str]) -> None:
    """From its new enrolment on it does not speak for the point; before that it could."""
    world = opened()
    stream = second(world, -5, POINT)
    enrol(world, stream, dropped_at, OTHER)
    assert missing(read(world, 100, 101, 102, 103)) == found


def test_a_key_that_takes_over_from_one_that_had_lost_the_point() -> None:
    """A rotation repeats every enrolment of the old key, for its marks; only the last one says what it speaks for."""
    world = opened()
    stream = second(world, -5, POINT)
    last = world.log(world.readings((-4, 96), device=stream))
    enrol(world, stream, -3, OTHER)
    place = StreamPlace(last.claims.kid, 0, last.id)
    rotation = Rotation(stream.issuer, place, p256("third device").public_key.encode())
    world.state(Kind.ROTATION, stream.issuer, rotation, at=hour(1))
    assert missing(read(world, 100, 101, 102, 103)) == []


def test_a_stream_that_was_cut_at_its_end_is_missed() -> None:
    """The old key's last statements before its rotation are left out; the new key has read the same hours again."""
    world = read(opened(), 100, 101, 102)
    last = world.log(world.readings((3, 180)))
    new = Stream(p256("new"), world.device.issuer)
    place = StreamPlace(last.claims.kid, last.claims.seq or 0, last.id)
    rotation = Rotation(world.device.issuer, place, new.signer.public_key.encode())
    world.state(Kind.ROTATION, world.device.issuer, rotation, at=hour(4))
    world.log(world.readings((3, 103), (4, 104), (5, 105), (6, 106), device=new))
    assert missing(world, hours=6) == []
    cut = frozenset(index for index, entry in enumerate(world.entries) if entry == last.encoded)
    verdict = verify(world.bundle(hours=6, drop=cut), world.policy(), now=NOW)
    assert Code.STREAM_MISSING in {finding.code for finding in verdict.findings}
    assert not verdict.holds


def test_simulated_keys_live_in_every_period() -> None:
    """They are enrolled when a demonstration runs, and speak of other times."""
    world = opened(place=SigningPlace.SIMULATED)
    second(world, 500, POINT)
    assert missing(read(world, 100, 101, 102, 103)) == [POINT]


def test_a_point_of_two_streams_that_share_its_registers_by_time() -> None:
    """Two live keys that both reach through the period are no fault by themselves."""
    world = opened()
    stream = second(world, 0, POINT)
    world.state(Kind.SITE_PLAN, SITE, world.plan())
    for number in range(4):
        world.log(world.readings((number, 100 + number), device=stream))
    assert missing(read(world, 100, 101, 102, 103)) == []
