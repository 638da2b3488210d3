"""Asks: who is told where a stream stands, and what a head shown with an ask does."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from tally_edge import keys, proof, statement
from tally_edge.answers import Answer, RefusalReason, ShownHead
from tally_gateway import backup
from tally_gateway.admission import Message
from tally_gateway.ask_budget import AskBudget
from tally_gateway.errors import ConfirmationAhead
from tally_gateway.intake.interface import Outcome
from tally_gateway.intake.quota import Rate
from tally_gateway.pipeline import Incoming
from tally_gateway.service import Service
from tests.gateway.intake.support import eventually
from tests.gateway.service.client_side import Down, ask, shown_of, up
from tests.gateway.service.world import START, World, device, make_world


async def test_an_ask_is_answered_with_the_last_statement_and_its_proof(world: World) -> None:
    stream, down = device(), Down()
    async with world.running() as service:
        port = service.parts.pipeline.port(down.send)
        await port.deliver(up("plant", ask(stream, "plant")))
        assert down.answers() == [Answer(stream.kid)], "a key that is not enrolled has said nothing yet"
        await port.deliver(up("office", world.enrolment(stream).encoded))
        last = [stream.readings() for _ in range(3)][-1]
        await port.deliver(up("plant", *(one.encoded for one in stream.sent)))
        await eventually(lambda: any(found.run == (stream.kid, 0) for found in down.proofs()))
        shown = shown_of(down.proofs()[-1], stream.sent[0].encoded)
        await port.deliver(up("plant", ask(stream, "plant", shown)))
        answer = down.answers()[-1]
        assert answer.statement == last.encoded
        assert answer.proof is not None
        key = keys.decode_public_key(bytes.fromhex(world.fingerprints.proof_public_key))
        proof.decode(answer.proof).verify([last.encoded], key)


async def test_an_ask_sees_what_came_in_its_own_batch(world: World) -> None:
    stream, down = device(), Down()
    async with world.running() as service:
        port = service.parts.pipeline.port(down.send)
        enrolment, reading = world.enrolment(stream).encoded, stream.readings().encoded
        outcomes = await port.deliver(up("plant", enrolment, ask(stream, "plant"), reading))
        assert outcomes == [Outcome.COMMITTED] * 3
        assert [answer.statement for answer in down.answers()] == [reading]


async def test_an_agent_renamed_at_the_transport_is_told_where_its_stream_stands(world: World) -> None:
    stream, down = device(), Down()
    async with world.running() as service:
        port = service.parts.pipeline.port(down.send)
        await port.deliver(up("before", world.enrolment(stream).encoded, stream.readings().encoded))
        await port.deliver(up("after", ask(stream, "after")))
        assert [answer.statement for answer in down.answers()] == [stream.sent[-1].encoded]
        await port.deliver(up(stream.kid.hex(), ask(stream, stream.kid.hex())))
        assert len(down.answers()) == 2


async def test_nobody_else_is_told(world: World) -> None:
    """Not who signs with another key, not who repeats an ask that it overheard, not who repeats a statement."""
    stream, stranger, down = device(), device(), Down()
    overheard = ask(stream, "plant")
    async with world.running() as service:
        port = service.parts.pipeline.port(down.send)
        await port.deliver(up("office", world.enrolment(stream).encoded, world.enrolment(stranger).encoded))
        reading = stream.readings().encoded
        await port.deliver(up("plant", reading))
        flipped = overheard[:-1] + bytes((overheard[-1] ^ 1,))
        outcomes = await port.deliver(up("thief", reading, overheard, flipped, ask(stranger, "thief")))
        assert outcomes == [Outcome.COMMITTED, Outcome.REFUSED, Outcome.REFUSED, Outcome.COMMITTED]
        assert [one.reason for one in down.refusals()] == [RefusalReason.WRONG_SENDER, RefusalReason.BAD_SIGNATURE]
        assert down.answers() == [Answer(stranger.kid)]
        named = await port.deliver(up(stranger.kid.hex(), ask(stream, stranger.kid.hex())))
        assert named == [Outcome.REFUSED], "who is named by a key speaks for that key alone"


async def test_an_ask_is_no_entry_and_needs_a_way_back(world: World) -> None:
    stream, down = device(), Down()
    async with world.running() as service:
        pipeline = service.parts.pipeline
        port = pipeline.port(down.send)
        await port.deliver(up("office", world.enrolment(stream).encoded))
        size = service.parts.log.size
        assert await port.deliver(up("plant", ask(stream, "plant"))) == [Outcome.COMMITTED]
        (taken,) = await pipeline.take([Incoming(Message(ask(stream, "plant")), "plant")])
        assert taken.checked.reason is RefusalReason.WRONG_KIND
        assert taken.refusal is not None
        assert service.parts.log.size == size


async def test_an_ask_with_a_bad_payload_is_refused_whether_or_not_the_key_is_known(world: World) -> None:
    stream, down = device(), Down()
    bad = statement.sign(statement.decode(ask(stream, "plant")).claims, b"\xa1\x09\x00", stream.key).encoded
    async with world.running() as service:
        port = service.parts.pipeline.port(down.send)
        assert await port.deliver(up("plant", bad)) == [Outcome.REFUSED]
        await port.deliver(up("office", world.enrolment(stream).encoded))
        assert await port.deliver(up("plant", bad)) == [Outcome.REFUSED]
        assert [one.reason for one in down.refusals()] == [RefusalReason.MALFORMED] * 2


async def test_a_client_that_asks_without_end_is_put_off_and_others_are_not(world: World) -> None:
    stream, down = device(), Down()
    async with world.running() as service:
        pipeline = service.parts.pipeline
        pipeline.asks.budget = AskBudget(Rate(per_second=1, burst=3), lambda: 0)
        port = pipeline.port(down.send)
        outcomes = await port.deliver(up("greedy", *[ask(stream, "greedy")] * 4))
        assert outcomes == [*[Outcome.COMMITTED] * 3, Outcome.OVER_QUOTA]
        assert (pipeline.counters.asks, pipeline.counters.asks_over_budget) == (4, 1)
        assert await port.deliver(up("modest", ask(stream, "modest"))) == [Outcome.COMMITTED]


async def test_a_head_that_somebody_made_up_is_refused_and_stops_nothing(world: World) -> None:
    stream, down = device(), Down()
    async with world.running() as service:
        port = service.parts.pipeline.port(down.send)
        head = proof.sign_head(service.parts.log.origin, 99, bytes(32), START, stream.key)
        with_its_key = proof.decode_head(head.protected.replace(stream.kid, _proof_kid(world)), head.signature)
        foreign = proof.sign_head("another.example/log/1", 99, bytes(32), START, stream.key)
        for made_up, outcome in (
            (head, Outcome.COMMITTED),
            (foreign, Outcome.COMMITTED),
            (with_its_key, Outcome.REFUSED),
        ):
            shown = ShownHead(made_up.protected, made_up.signature, bytes(32))
            assert await port.deliver(up("plant", ask(stream, "plant", shown))) == [outcome]
        none = ShownHead(b"\xa0", bytes(64), bytes(32))
        assert await port.deliver(up("plant", ask(stream, "plant", none))) == [Outcome.REFUSED]


def _proof_kid(world: World) -> bytes:
    return keys.decode_public_key(bytes.fromhex(world.fingerprints.proof_public_key)).kid


async def test_a_confirmation_beyond_the_log_stops_it_for_good(tmp_path: Path) -> None:
    """The log is put back from a copy that lacks what was confirmed, and the key's enrolment with it."""
    world = make_world(tmp_path / "gateway")
    stream, down = device(), Down()
    async with world.running() as service:
        assert service.parts.log.size == 1
    backup.copy_stopped(world.folder, tmp_path / "copy")
    async with world.running() as service:
        late = stream.readings()
        port = service.parts.pipeline.port(down.send)
        await port.deliver(up("agent", world.enrolment(stream).encoded, late.encoded))
        await eventually(lambda: any(found.run == (stream.kid, 0) for found in down.proofs()))
    confirmed = next(found for found in down.proofs() if found.run == (stream.kid, 0))
    shown = shown_of(confirmed, late.encoded)
    world.folder.rename(tmp_path / "lost")
    backup.restore(tmp_path / "copy", world.folder)
    async with world.running() as service:
        port = service.parts.pipeline.port(down.send)
        forged = dataclasses.replace(shown, signature=shown.signature[:-1] + bytes((shown.signature[-1] ^ 1,)))
        other_root = dataclasses.replace(shown, root=bytes(32))
        for made_up in (forged, other_root):
            assert await port.deliver(up("agent", ask(stream, "agent", made_up))) == [Outcome.REFUSED]
        service.parts.state.execute("PRAGMA query_only = ON")
        for _ in ("not noted", "noted"):  # tables that can not be written do not hide it
            with pytest.raises(ConfirmationAhead, match="does not contain"):
                await port.deliver(up("agent", ask(stream, "agent", shown)))
            service.parts.state.execute("PRAGMA query_only = OFF")
    with pytest.raises(ConfirmationAhead, match="was shown"):
        Service(world.config)
