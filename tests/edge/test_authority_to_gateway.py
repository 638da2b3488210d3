"""An authority's stream, handed to a real gateway over HTTP by the command that people type."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from tally_edge import command, keys, signer
from tally_edge.authority import Enrolment, NamedLog, Person, PlannedPoint, SigningPlace, SitePlan
from tally_edge.office import authority_stream
from tally_edge.office.authority_files import log_id_of
from tally_edge.office.authority_stream import AuthorityStream
from tally_edge.passphrase import TOKEN_VARIABLE
from tally_gateway.http.tokens import Scope, TokenFile
from tests.gateway.service.world import ISSUER, ORIGIN, POINT, World, make_world

SITE = "urn:dev:org:32473-steel"


def stated(folder: Path, world: World) -> list[bytes]:
    """A plan and an enrolment in the authority's own folder; their bytes."""
    authority, person = world.authority.key, signer.generate()
    authority_stream.create(folder, ISSUER, authority, "correct horse battery")
    now = int(time.time())
    persons = (Person(person.public_key.kid, "Example Bank"),)
    logs = (NamedLog(log_id_of(ORIGIN), ORIGIN),)
    points = (PlannedPoint(POINT, 900),)
    device = signer.generate(keys.EDDSA)
    enrolment = Enrolment(f"{SITE}:gw1", device.public_key.encode(), (POINT,), SigningPlace.POLLED_BUS, "box")
    with AuthorityStream(folder) as stream:
        plan = SitePlan(SITE, "Example Steel", "Asia/Seoul", 1, logs, points, persons, now + 86_400)
        return [stream.state(payload, now, authority, person).encoded for payload in (plan, enrolment)]


async def test_a_gateway_takes_an_authoritys_stream_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    world = make_world(tmp_path / "gateway")
    encoded = stated(tmp_path / "authority", world)
    token = TokenFile(world.folder / "api-tokens.toml").add("office", frozenset({Scope.SUBMIT}))
    monkeypatch.setenv(TOKEN_VARIABLE, token)
    async with world.running() as service:
        host, port = service.addresses["http"]
        send = ["authority", "send", "--dir", str(tmp_path / "authority"), "--gateway", f"http://{host}:{port}"]
        for _ in range(2):
            assert await asyncio.to_thread(command.main, send) == 0
            assert capsys.readouterr().out == "the gateway has 2 of 2 statements\n"
        assert service.parts.log.size == 3  # the log's opening, and each statement once
        assert [service.parts.log.entry(index) for index in (1, 2)] == encoded
        monkeypatch.setenv(TOKEN_VARIABLE, "0" * 64)
        assert await asyncio.to_thread(command.main, send) == 2


async def test_a_gateway_that_does_not_know_the_authority_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    world = make_world(tmp_path / "gateway")
    world.authority.key = signer.generate()
    stated(tmp_path / "authority", world)
    token = TokenFile(world.folder / "api-tokens.toml").add("office", frozenset({Scope.SUBMIT}))
    monkeypatch.setenv(TOKEN_VARIABLE, token)
    async with world.running() as service:
        host, port = service.addresses["http"]
        send = ["authority", "send", "--dir", str(tmp_path / "authority"), "--gateway", f"http://{host}:{port}"]
        assert await asyncio.to_thread(command.main, send) == 1
    said = capsys.readouterr().out
    assert "refused: unknown" in said
    assert said.endswith("the gateway has 0 of 2 statements\n")
