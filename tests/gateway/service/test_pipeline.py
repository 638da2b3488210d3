"""The pipeline inside a running service: real log, real tables, no network."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path

import pytest

from tally_edge import keys, proof, senml, statement, wire
from tally_edge.answers import Answer, Ask, Refusal, RefusalReason
from tally_edge.authority import Enrolment, SigningPlace
from tally_edge.errors import TallyError
from tally_edge.senml import Reading
from tally_edge.statement import Claims, Clock, Kind, Statement
from tally_gateway import backup, senders
from tally_gateway.admission import Message
from tally_gateway.ask_budget import AskBudget
from tally_gateway.config import LogSection
from tally_gateway.errors import ConfirmationAhead, SinkUnavailable
from tally_gateway.intake.interface import Delivery, Outcome
from tally_gateway.intake.quota import Rate
from tally_gateway.pipeline import Incoming, Pipeline, Taken
from tally_gateway.service import Service
from tests.gateway.intake.support import eventually
from tests.gateway.service.world import POINT, START, Stream, World, device, make_world


class Down:
    """An intake's send: keeps what was sent, or refuses."""

    def __init__(self) -> None:
        self.got: list[tuple[str, bytes]] = []
        self.takes = True

    async def send(self, client: str, payload: bytes) -> bool:
        if self.takes:
            self.got.append((client, payload))
        return self.takes

    def proofs(self) -> list[proof.Proof]:
        return [found for _, body in self.got if (found := _proof(body)) is not None]

    def refusals(self) -> list[Refusal]:
        return [found for _, body in self.got if (found := _refusal(body)) is not None]

    def answers(self) -> list[Answer]:
        return [wire.decode(Answer, body) for _, body in self.got if body[:1] != b"\xd2"]


def _proof(body: bytes) -> proof.Proof | None:
    try:
        return proof.decode(body)
    except TallyError:
        return None


def _refusal(body: bytes) -> Refusal | None:
    try:
        return wire.decode(Refusal, statement.decode(body).payload)
    except TallyError:
        return None


async def take(pipeline: Pipeline, *statements: Statement | bytes) -> list[Taken]:
    payloads = [one if isinstance(one, bytes) else one.encoded for one in statements]
    return await pipeline.take([Incoming(Message(payload), "test") for payload in payloads])


def up(client: str, *payloads: bytes) -> list[Delivery]:
    return [Delivery(client, f"tally/1/{client}/up", payload) for payload in payloads]


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


async def test_an_ask_is_answered_with_the_last_statement_and_its_proof(world: World) -> None:
    stream, down = device(), Down()
    async with world.running() as service:
        pipeline = service.parts.pipeline
        port = pipeline.port(down.send)
        await port.deliver(up(stream.kid.hex(), wire.encode(Ask())))
        assert down.answers() == [Answer(stream.kid)]
        await take(pipeline, world.enrolment(stream))
        last = [stream.readings() for _ in range(3)][-1]
        await port.deliver(up(stream.kid.hex(), *(one.encoded for one in stream.sent)))
        await eventually(lambda: len(down.proofs()) == 1)
        shown = down.got[-1][1]
        await port.deliver(up(stream.kid.hex(), wire.encode(Ask(shown, last.encoded))))
        answer = down.answers()[-1]
        assert answer.statement == last.encoded
        assert answer.proof is not None
        key = keys.decode_public_key(bytes.fromhex(world.fingerprints.proof_public_key))
        proof.decode(answer.proof).verify([last.encoded], key)


async def test_an_agent_with_several_keys_is_answered_for_each(world: World) -> None:
    one, two, down = device(), device(), Down()
    async with world.running() as service:
        port = service.parts.pipeline.port(down.send)
        await take(service.parts.pipeline, world.enrolment(one), world.enrolment(two))
        await port.deliver(up("agent", one.readings().encoded, two.readings().encoded))
        await port.deliver(up("agent", wire.encode(Ask())))
        assert {answer.kid for answer in down.answers()} == {one.kid, two.kid}
        await eventually(lambda: len(down.proofs()) == 2)
        last = next(body for _, body in down.got if (found := _proof(body)) is not None and found.run == (two.kid, 0))
        down.got.clear()
        # An ask with every member it may have, on the topic of statements.
        await port.deliver(up("agent", wire.encode(Ask(last, two.sent[0].encoded, two.kid))))
        assert [answer.kid for answer in down.answers()] == [two.kid]


async def test_a_client_that_asks_without_end_is_put_off_and_others_are_not(world: World) -> None:
    stream, down = device(), Down()
    async with world.running() as service:
        pipeline = service.parts.pipeline
        pipeline._budget = AskBudget(Rate(per_second=1, burst=3), lambda: 0)
        port = pipeline.port(down.send)
        asks = [wire.encode(Ask(kid=stream.kid)), b"\xa3", wire.encode(Ask(kid=stream.kid)), wire.encode(Ask())]
        outcomes = await port.deliver(up("greedy", *asks))
        assert outcomes == [Outcome.COMMITTED, Outcome.REFUSED, Outcome.COMMITTED, Outcome.OVER_QUOTA]
        assert pipeline.counters.asks_over_budget == 1
        assert await port.deliver(up("modest", asks[0])) == [Outcome.COMMITTED]


async def test_an_ask_for_many_streams_pays_for_each_answer(world: World) -> None:
    streams, down = [device() for _ in range(4)], Down()
    async with world.running() as service:
        pipeline = service.parts.pipeline
        pipeline._budget = AskBudget(Rate(per_second=1, burst=3), lambda: 0)
        port = pipeline.port(down.send)
        await take(pipeline, *(world.enrolment(stream) for stream in streams))
        await port.deliver(up("agent", *(stream.readings().encoded for stream in streams)))
        assert await port.deliver(up("agent", wire.encode(Ask()))) == [Outcome.COMMITTED]
        assert len(down.answers()) == 4
        assert await port.deliver(up("agent", wire.encode(Ask()))) == [Outcome.OVER_QUOTA]


async def test_a_client_is_told_nothing_of_streams_that_others_bring(world: World) -> None:
    stream, down = device(), Down()
    async with world.running() as service:
        port = service.parts.pipeline.port(down.send)
        await take(service.parts.pipeline, world.enrolment(stream))
        await port.deliver(up("agent", stream.readings().encoded))
        await port.deliver(up("stranger", wire.encode(Ask(kid=stream.kid))))
        assert down.answers() == []


async def test_names_that_somebody_makes_up_fill_no_table(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(senders, "MAX_CLIENTS", 3, raising=False)
    stream, down = device(), Down()
    async with world.running() as service:
        port = service.parts.pipeline.port(down.send)
        await take(service.parts.pipeline, world.enrolment(stream))
        reading = stream.readings().encoded
        for number in range(9):
            assert await port.deliver(up(f"made-up-{number}", reading)) == [Outcome.COMMITTED]
        rows = service.parts.state.execute("SELECT count(DISTINCT client) FROM sender").fetchone()
        assert rows == (3,)


async def test_a_refusal_that_the_disk_has_no_room_for_is_put_off(world: World) -> None:
    down = Down()
    async with world.running() as service:
        service.parts.disk._min_free_bytes = 1 << 62
        with pytest.raises(SinkUnavailable):
            await service.parts.pipeline.port(down.send).deliver(up("noisy", b"\xa3"))
        assert service.parts.desk.counts() == {}


async def test_a_confirmation_beyond_the_log_stops_it_for_good(tmp_path: Path) -> None:
    """The log is put back from a copy that lacks what was confirmed; the first agent that shows it stops it."""
    world = make_world(tmp_path / "gateway")
    stream, down = device(), Down()
    async with world.running() as service:
        await take(service.parts.pipeline, world.enrolment(stream))
    backup.copy_stopped(world.folder, tmp_path / "copy")
    async with world.running() as service:
        late = stream.readings()
        await service.parts.pipeline.port(down.send).deliver(up("agent", late.encoded))
        await eventually(lambda: len(down.proofs()) == 1)
    confirmed = down.got[-1][1]
    world.folder.rename(tmp_path / "lost")
    backup.restore(tmp_path / "copy", world.folder)
    async with world.running() as service:
        port = service.parts.pipeline.port(down.send)
        # A forged one, and one without its statement, are refused and stop nothing.
        forged = confirmed[:-1] + bytes((confirmed[-1] ^ 1,))
        assert await port.deliver(up("agent", wire.encode(Ask(forged, late.encoded)))) == [Outcome.REFUSED]
        assert await port.deliver(up("agent", wire.encode(Ask(confirmed)))) == [Outcome.REFUSED]
        with pytest.raises(ConfirmationAhead, match="does not contain"):
            await port.deliver(up("agent", wire.encode(Ask(confirmed, late.encoded))))
    with pytest.raises(ConfirmationAhead, match="was shown"):
        Service(world.config)


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
