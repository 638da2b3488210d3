"""What an operator is told of a gateway, over HTTP, from a real log with a real authority."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tally_edge import countersign
from tally_edge.authority import (
    AuthorityPayload,
    FactsEvent,
    MeterFacts,
    NamedLog,
    Person,
    PlannedPoint,
    RegisterFacts,
    Revocation,
    RevocationReason,
    SitePlan,
)
from tally_edge.office.authority_files import log_id_of
from tally_edge.office.authority_rules import kind_of, subject_of
from tally_edge.statement import Claims, Statement
from tally_gateway.admission import Message
from tally_gateway.http.tokens import Scope, TokenFile
from tally_gateway.pipeline import Incoming
from tally_gateway.service import Service
from tests.gateway.http.test_http import problem
from tests.gateway.intake.support import eventually
from tests.gateway.service.test_pipeline import take
from tests.gateway.service.world import ORIGIN, POINT, START, Stream, World, device, make_world

SITE = "urn:dev:org:32473-steel"


def stated(world: World, payload: AuthorityPayload, *, at: int = START) -> Statement:
    """The next statement of the world's authority, signed by both persons."""
    stream = world.authority
    claims = Claims(kind_of(payload), stream.kid, stream.issuer, subject_of(payload), at, stream.seq, stream.prev)
    return stream._next(countersign.sign(claims, payload, stream.key, world.person))


def plan(world: World, *points: str, renew_by: int = 4_000_000_000) -> SitePlan:
    planned = tuple(PlannedPoint(point, 900) for point in points or (POINT,))
    persons = (Person(world.person.public_key.kid, "Example Bank"),)
    logs = (NamedLog(log_id_of(ORIGIN), ORIGIN),)
    return SitePlan(SITE, "Example Steel", "Asia/Shanghai", 1, logs, planned, persons, renew_by)


def meter(point: str = POINT) -> MeterFacts:
    register = RegisterFacts("energy_import", "kWh", cumulative=True)
    return MeterFacts(point, FactsEvent.INSTALL, START, "11223344", "0.5S", 120, (register,), "CERT-1", 4_000_000_000)


@dataclass
class Operated:
    """A running gateway, and a client with a token of scope operate."""

    world: World
    service: Service
    client: httpx.AsyncClient
    stream: Stream

    async def state(self) -> dict[str, Any]:
        """What stands now: the next tick has passed, and nothing told before is told again."""
        await self.service.desk.survey.tick()
        self.service.desk._told = self.service.desk._counts = None
        answer = await self.client.get("/v1/state")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def take(self, *statements: Statement) -> None:
        await take(self.service.parts.pipeline, *statements)


@contextlib.asynccontextmanager
async def operated(
    world: World, stream: Stream, scopes: frozenset[Scope] = frozenset({Scope.OPERATE, Scope.SUBMIT})
) -> AsyncIterator[Operated]:
    file = TokenFile(world.folder / "api-tokens.toml")
    with contextlib.suppress(Exception):
        file.remove("operator")
    token = file.add("operator", scopes)
    async with world.running() as service:
        await eventually(lambda: service.desk.survey.done)
        host, port = service.addresses["http"]
        headers = {"authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(base_url=f"http://{host}:{port}", headers=headers, timeout=10) as client:
            yield Operated(world, service, client, stream)


async def test_a_site_comes_to_life_step_by_step(tmp_path: Path) -> None:
    world, stream = make_world(tmp_path / "g"), device()
    async with operated(world, stream) as at:
        told = await at.state()
        assert [step["code"] for step in told["steps"]] == ["no-plan"]
        assert told["log"]["size"] == 1
        await at.take(stated(world, plan(world)))
        assert {step["code"] for step in (await at.state())["steps"]} == {"no-meter", "no-key"}
        await at.take(stated(world, meter()), world.enrolment(stream))
        told = await at.state()
        assert [step["code"] for step in told["steps"]] == ["never"]
        assert told["points"][0]["serial"] == "11223344"
        assert told["points"][0]["speakers"] == [stream.kid.hex()]
        await at.take(*(stream.readings() for _ in range(5)))
        told = await at.state()
        (one,) = told["devices"]
        assert (one["standing"], one["next_seq"], one["missing"], one["taken"]) == ("speaking", 5, 0, 5)
        assert one["last_index"] == 8
        assert one["offset_s"] > 0  # the test's device lives in the past
        assert [step["code"] for step in told["steps"]] == ["behind"]
        assert told["log"]["appended"] == 8
        detail = (await at.client.get(f"/v1/state/devices/{stream.kid.hex()}")).json()
        assert detail["points"][0]["values"][0]["value"] == "0.04"
        assert [step["what"] for step in detail["keys"]] == ["enrolled"]
        assert (one["outbox"], one["outbox_told_at"]) == (None, None)


async def test_an_outbox_is_told_by_the_newest_number_and_counted_down_as_it_drains(tmp_path: Path) -> None:
    world, stream = make_world(tmp_path / "g"), device()
    sent = [stream.readings() for _ in range(200)]
    async with operated(world, stream) as at:

        async def told(newest: int | None, *statements: Statement) -> tuple[Any, set[str]]:
            incoming = [Incoming(Message(one.encoded), "test", None, newest) for one in statements]
            await at.service.parts.pipeline.take(incoming)
            state = await at.state()
            return state["devices"][0], {step["code"] for step in state["steps"]}

        await at.take(stated(world, plan(world)), stated(world, meter()), world.enrolment(stream))
        one, steps = await told(199, sent[0], sent[2])
        assert (one["outbox"], one["missing"]) == (198, 1)
        assert one["outbox_told_at"] == one["last_seen_at"] == one["last_arrived_at"]
        assert one["last_seen_by"] == "gateway"
        assert steps == {"outbox", "holes", "behind"}
        page = (await at.client.get("/v1/state")).text
        assert "Devices with more than 100 statements in their outboxes: 1, the most 198." in page
        one, steps = await told(199, *sent[1:199])
        assert one["outbox"] == 1
        assert steps == {"behind"}
        one, steps = await told(199, sent[199])
        assert one["outbox"] == 0
        assert steps == {"clock"}, "what comes an hour late out of an empty outbox waited nowhere"
    async with operated(world, stream) as at:
        one = (await at.state())["devices"][0]
        assert (one["outbox"], one["last_seen_at"], one["last_seen_by"]) == (None, START + 199, "device")


async def test_holes_forks_and_refusals_are_told_and_told_again_after_a_restart(tmp_path: Path) -> None:
    world, stream, stranger = make_world(tmp_path / "g"), device(), device()
    sent: list[Statement] = []
    async with operated(world, stream) as at:
        await at.take(stated(world, plan(world)), stated(world, meter()), world.enrolment(stream))
        sent += [stream.readings() for _ in range(10)]
        fork = sent[4]
        await at.take(*sent[:3], *sent[6:])
        await at.take(stranger.readings())
        told = await at.state()
        (one,) = told["devices"]
        assert (one["next_seq"], one["missing"], one["holes"], one["forks"]) == (10, 3, [[3, 5]], 0)
        assert [(row["reason"], row["count"], row["mendable"]) for row in told["refusals"]] == [
            ("unknown_key", 1, True)
        ]
        (item,) = (await at.client.get("/v1/state/refusals?reason=unknown_key")).json()
        assert stranger.kid.hex() in item["explanation"]
        assert {"holes", "unknown-key"} <= {step["code"] for step in told["steps"]}
        await at.take(fork)
        (one,) = (await at.state())["devices"]
        assert one["holes"] == [[3, 3], [5, 5]]
    async with operated(world, stream) as at:
        (one,) = (await at.state())["devices"]
        assert (one["next_seq"], one["missing"], one["holes"]) == (10, 2, [[3, 3], [5, 5]])
        assert (one["last_arrived_at"], one["last_issued_at"]) == (None, START + 9)
        assert one["standing"] == "silent"
        await at.take(sent[3], sent[5])
        other = Stream(stream.key, stream.issuer, 9, sent[8].id)
        await at.take(other.readings(99))
        told = await at.state()
        (one,) = told["devices"]
        assert (one["missing"], one["forks"]) == (0, 1)
        assert told["steps"][0]["code"] == "forked"
        assert told["counted"]["appended"] == 3


async def test_a_revoked_key_is_no_silent_device(tmp_path: Path) -> None:
    world, stream = make_world(tmp_path / "g"), device()
    async with operated(world, stream) as at:
        await at.take(stated(world, plan(world)), stated(world, meter()), world.enrolment(stream), stream.readings())
        revocation = Revocation(stream.issuer, stream.kid, RevocationReason.RETIRED, 0)
        await at.take(stated(world, revocation))
        told = await at.state()
        assert told["devices"][0]["standing"] == "revoked"
        assert told["devices"][0]["ended_index"] == 5
        assert {step["code"] for step in told["steps"]} == {"no-key"}
        history = (await at.client.get("/v1/state/history")).json()
        assert history["points"][-1]["size"] == 6
        book = (await at.client.get(f"/v1/state/authorities/{world.authority.kid.hex()}")).json()
        assert len(book["statements"]) == 4


async def test_only_a_token_of_scope_operate_sees_it(tmp_path: Path) -> None:
    world = make_world(tmp_path / "g")
    file = TokenFile(world.folder / "api-tokens.toml")
    async with operated(world, device()) as at:
        reader = {"authorization": f"Bearer {file.add('bank', frozenset({Scope.ENTRIES}))}"}
        kid = "0" * 64
        for path in ("", f"/devices/{kid}", "/point?name=urn:a:b", "/refusals", "/history", f"/authorities/{kid}"):
            problem(await at.client.get(f"/v1/state{path}", headers={"authorization": ""}), 401)
            problem(await at.client.get(f"/v1/state{path}", headers=reader), 403)
        problem(await at.client.get(f"/v1/state/devices/{kid}"), 404)
        problem(await at.client.get("/v1/state/devices/zz"), 400)
        problem(await at.client.get(f"/v1/state/authorities/{kid}"), 404)
        problem(await at.client.get("/v1/state/point?name=urn:a:b"), 404)
