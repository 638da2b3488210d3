"""The pipeline inside a running service: real log, real tables, no network."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path

import pytest

from tally_edge import keys, senml, statement, wire
from tally_edge.answers import Refusal, RefusalReason
from tally_edge.authority import Enrolment, SigningPlace
from tally_edge.senml import Reading
from tally_edge.statement import Claims, Clock, Kind, Statement
from tally_gateway.admission import Message
from tally_gateway.config import LogSection
from tally_gateway.errors import SinkUnavailable
from tally_gateway.intake.interface import Delivery, Outcome
from tally_gateway.pipeline import Incoming, Pipeline, Port, Taken
from tests.gateway.intake.support import eventually
from tests.gateway.service.client_side import Down, up
from tests.gateway.service.world import POINT, START, Stream, World, device, make_world


async def take(pipeline: Pipeline, *statements: Statement | bytes) -> list[Taken]:
    payloads = [one if isinstance(one, bytes) else one.encoded for one in statements]
    return await pipeline.take([Incoming(Message(payload), "test") for payload in payloads])


async def test_a_statement_is_appended_sealed_and_confirmed(world: World) -> None:
    stream, down = device(), Down()
    async with world.running() as service:
        pipeline = service.parts.pipeline
        await take(pipeline, world.enrolment(stream))
        sent = [stream.readings() for _ in range(5)]
        outcomes = await pipeline.port(down.send).deliver(up("plant", *(one.encoded for one in sent)))
        assert outcomes == [Outcome.COMMITTED] * 5
        await eventually(lambda: len(down.proofs()) == 1)
    confirmed = down.proofs()[0]
    assert confirmed.run == (stream.kid, 0)
    key = keys.decode_public_key(bytes.fromhex(world.fingerprints.proof_public_key))
    confirmed.verify([one.encoded for one in sent], key)
    assert confirmed.head.origin == world.fingerprints.origin


async def test_a_repeat_is_committed_once_and_confirmed_again(world: World) -> None:
    stream, down = device(), Down()
    async with world.running() as service:
        pipeline = service.parts.pipeline
        first = stream.readings()
        await take(pipeline, world.enrolment(stream), first)
        size = service.parts.log.size
        port = pipeline.port(down.send)
        for expected in (1, 2):
            assert await port.deliver(up("plant", first.encoded)) == [Outcome.COMMITTED]
            await eventually(lambda wanted=expected: len(down.proofs()) == wanted)  # type: ignore[misc]
        assert service.parts.log.size == size
        assert pipeline.counters.duplicates == 2


async def test_both_sides_of_a_fork_are_kept_and_the_third_is_counted(world: World) -> None:
    stream = device()
    async with world.running() as service:
        pipeline = service.parts.pipeline
        await take(pipeline, world.enrolment(stream))
        sides = [stream.readings(value, advance=False) for value in (1, 2, 3)]
        taken = await take(pipeline, *sides)
        assert [one.index for one in taken] == [2, 3, None]
        assert taken[2].checked.reason is RefusalReason.FORKED
        assert service.parts.log.forks()[0].further == 1
        assert [service.parts.log.entry(index) for index in (2, 3)] == [one.encoded for one in sides[:2]]
        assert pipeline.counters.fork_offers == 1


async def test_an_unknown_key_is_refused_then_enrolled_then_taken(world: World) -> None:
    stream, down = device(), Down()
    async with world.running() as service:
        pipeline = service.parts.pipeline
        port = pipeline.port(down.send)
        first = stream.readings()
        assert await port.deliver(up("plant", first.encoded)) == [Outcome.REFUSED]
        refusal = down.refusals()[0]
        assert (refusal.reason, refusal.mendable) == (RefusalReason.UNKNOWN_KEY, True)
        assert refusal.message == first.id
        assert await port.deliver(up("authority", world.enrolment(stream).encoded)) == [Outcome.COMMITTED]
        assert await port.deliver(up("plant", first.encoded)) == [Outcome.COMMITTED]


async def test_an_enrolment_counts_for_its_own_batch(world: World) -> None:
    stream = device()
    async with world.running() as service:
        early, enrolment = stream.readings(), world.enrolment(stream)
        taken = await take(service.parts.pipeline, early, enrolment)
        assert all(one.index is not None for one in taken)


async def test_an_authority_of_another_name_enrols_nobody(world: World) -> None:
    """The key is the authority's, so its statement is appended; the name is not, so it has no effect."""
    stream = device()
    world.authority.issuer = "urn:dev:org:32473-somebody-else"
    async with world.running() as service:
        taken = await take(service.parts.pipeline, world.enrolment(stream), stream.readings())
        assert [one.index for one in taken] == [1, None]


async def test_keys_survive_a_restart_and_a_lost_table(world: World) -> None:
    old, new = device(), device()
    async with world.running() as service:
        taken = await take(service.parts.pipeline, world.enrolment(old), old.readings(), world.rotation(old, new))
        assert all(one.index is not None for one in taken)
    async with world.running() as service:
        assert (await take(service.parts.pipeline, old.readings(), new.readings()))[1].index is not None
    for name in ("service.sqlite", "service.sqlite-wal", "service.sqlite-shm"):
        (world.folder / name).unlink(missing_ok=True)
    async with world.running() as service:
        assert (await take(service.parts.pipeline, new.readings()))[0].index is not None
        assert len(service.parts.keys.facts()) == 2


def _high_s(signed: Statement) -> bytes:
    s = int.from_bytes(signed.signature[32:], "big")
    return signed.encoded[:-32] + (keys.P256_ORDER - s).to_bytes(32, "big")


def _with(stream: Stream, kind: Kind, payload: bytes) -> bytes:
    claims = Claims(kind, stream.kid, stream.issuer, POINT, START, stream.seq, stream.prev, 1, Clock.SYNCHRONISED)
    return statement.sign(claims, payload, stream.key).encoded


async def test_bad_input_of_every_kind_is_refused_counted_and_blocks_nothing(world: World) -> None:
    stream, stranger, down = device(), device(), Down()
    good = [stream.readings() for _ in range(2)]
    pack = senml.encode([Reading(POINT, "energy_import", START, 1, "kWh")])
    bad: dict[RefusalReason, list[bytes]] = {
        RefusalReason.MALFORMED: [
            b"",
            b"\x00",
            b"\xd2\x84",
            good[0].encoded + b"\x00",
            good[0].encoded[:-1],
            _with(stream, Kind.READINGS, b"\x80"),
            _with(stream, Kind.READINGS, pack + b"\x00"),
            _with(stream, Kind.GAP, b"\xa1\x01\x01"),
        ],
        RefusalReason.TOO_LARGE: [b"\xd2" + bytes(70_000)],
        RefusalReason.BAD_SIGNATURE: [_high_s(good[0]), good[0].encoded[:-1] + bytes((good[0].encoded[-1] ^ 1,))],
        RefusalReason.UNKNOWN_KEY: [stranger.readings().encoded],
        RefusalReason.UNKNOWN_AUTHORITY: [
            Stream(stranger.key, "urn:dev:org:32473-x")
            .authority(Kind.ENROLMENT, "urn:x:y", _enrolment_of(stranger), world.person)
            .encoded
        ],
        RefusalReason.WRONG_KIND: [_stand_alone(stream)],
    }
    async with world.running() as service:
        pipeline = service.parts.pipeline
        await take(pipeline, world.enrolment(stream))
        every = [payload for group in bad.values() for payload in group]
        batch = up("plant", good[0].encoded, *every, good[1].encoded)
        outcomes = await pipeline.port(down.send).deliver(batch)
        assert outcomes == [Outcome.COMMITTED, *[Outcome.REFUSED] * len(every), Outcome.COMMITTED]
        assert pipeline.counters.refused == {reason: len(group) for reason, group in bad.items()}
        assert len(down.refusals()) == len(every)
        counts = await service.parts.lane.run(lambda _: service.parts.desk.counts_of("plant"))
        assert counts == pipeline.counters.refused
        assert (await take(pipeline, stream.readings()))[0].index is not None


def _enrolment_of(stream: Stream) -> Enrolment:
    return Enrolment(stream.issuer, stream.key.public_key.encode(), (POINT,), SigningPlace.SIMULATED, "test")


def _stand_alone(stream: Stream) -> bytes:
    claims = Claims(Kind.REFUSAL, stream.kid, stream.issuer, POINT, START)
    payload = wire.encode(Refusal(bytes(32), RefusalReason.MALFORMED, "x", mendable=False))
    return statement.sign(claims, payload, stream.key).encoded


async def test_a_client_named_by_a_key_speaks_for_that_key_alone(world: World) -> None:
    stream, other, down = device(), device(), Down()
    async with world.running() as service:
        pipeline = service.parts.pipeline
        await take(pipeline, world.enrolment(stream), world.enrolment(other))
        name = stream.kid.hex()
        outcomes = await pipeline.port(down.send).deliver(up(name, stream.readings().encoded, other.readings().encoded))
        assert outcomes == [Outcome.COMMITTED, Outcome.REFUSED]
        assert down.refusals()[0].reason is RefusalReason.WRONG_SENDER


async def test_the_ring_of_refusals_is_capped_and_the_counts_are_exact(tmp_path: Path) -> None:
    world = make_world(tmp_path / "gateway")
    world.change(log=LogSection(refusal_kb_per_client=4, min_free_mb=1, seal_every_ms=50))
    down = Down()
    async with world.running() as service:
        port = service.parts.pipeline.port(down.send)
        for number in range(10):
            await port.deliver(up("noisy", *(bytes((number, other)) for other in range(10))))
        desk = service.parts.desk
        ring = await service.parts.lane.run(lambda _: desk.ring("noisy"))
        assert 0 < len(ring) < 20
        assert await service.parts.lane.run(lambda _: desk.counts_of("noisy")) == {RefusalReason.MALFORMED: 100}
        assert ring[-1] == down.got[-1][1]


async def test_a_full_disk_turns_batches_away_and_loses_nothing(world: World) -> None:
    stream = device()
    async with world.running() as service:
        pipeline, disk = service.parts.pipeline, service.parts.disk
        await take(pipeline, world.enrolment(stream))
        reading = stream.readings()
        disk._min_free_bytes = 1 << 62
        with pytest.raises(SinkUnavailable):
            await take(pipeline, reading)
        assert service.parts.standing().faults()
        disk._min_free_bytes = 1
        assert (await take(pipeline, reading))[0].index is not None


async def test_a_refusal_that_the_disk_has_no_room_for_is_put_off(world: World) -> None:
    down = Down()
    async with world.running() as service:
        service.parts.disk._min_free_bytes = 1 << 62
        with pytest.raises(SinkUnavailable):
            await service.parts.pipeline.port(down.send).deliver(up("noisy", b"\xa3"))
        assert service.parts.desk.counts() == {}


async def deliver_often(port: Port, deliveries: list[Delivery]) -> None:
    for _ in range(200):
        await port.deliver(deliveries)


async def test_a_refusal_that_the_tables_have_no_room_for_is_put_off(world: World) -> None:
    down = Down()
    async with world.running() as service:
        state, port = service.parts.state, service.parts.pipeline.port(down.send)
        (pages,) = state.execute("PRAGMA page_count").fetchone()
        state.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(SinkUnavailable):
            await deliver_often(port, up("noisy", bytes(9)))
        state.execute(f"PRAGMA max_page_count = {pages * 100}")
        assert await port.deliver(up("noisy", bytes(9))) == [Outcome.REFUSED]


async def test_a_run_is_split_where_the_stream_is_not_consecutive(world: World) -> None:
    stream, down = device(), Down()
    async with world.running() as service:
        pipeline = service.parts.pipeline
        await take(pipeline, world.enrolment(stream))
        one, _, three, four = (stream.readings() for _ in range(4))
        await pipeline.port(down.send).deliver(up("a", one.encoded, three.encoded, four.encoded))
        await eventually(lambda: len(down.proofs()) == 2)
        assert sorted((found.run or (b"", -1))[1] for found in down.proofs()) == [0, 2]


async def test_a_client_that_takes_nothing_is_tried_again_then_left(world: World) -> None:
    stream, down = device(), Down()
    down.takes = False
    async with world.running() as service:
        pipeline = service.parts.pipeline
        await take(pipeline, world.enrolment(stream))
        await pipeline.port(down.send).deliver(up("a", stream.readings().encoded))
        await asyncio.sleep(0.12)
        down.takes = True
        await eventually(lambda: len(down.proofs()) == 1)


@pytest.mark.parametrize("value", [Decimal("0.01"), Decimal("9223372036854775.807"), 2**63])
async def test_every_value_that_a_reading_may_have_is_taken(world: World, value: Decimal | int) -> None:
    stream = device()
    async with world.running() as service:
        taken = await take(service.parts.pipeline, world.enrolment(stream), stream.readings(value), stream.gap())
        assert [one.index for one in taken] == [1, 2, 3]
