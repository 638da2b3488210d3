"""`tallystick finance watch` against a real gateway."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tally_chain import policy_text
from tally_chain.policy import TrustedLog
from tally_edge.command import main
from tally_gateway.http.tokens import Scope, TokenFile
from tests.finance.watch.test_follow import policy_of
from tests.gateway.service.test_pipeline import take
from tests.gateway.service.world import Stream, World, device, make_world
from tests.ports import free_port


@contextlib.asynccontextmanager
async def gateway(folder: Path) -> AsyncIterator[tuple[World, Stream, list[str], Any]]:
    """A running gateway with an enrolled device, and the command's arguments."""
    world, stream = make_world(folder / "g"), device()
    token = TokenFile(world.folder / "api-tokens.toml").add("bank", frozenset({Scope.ENTRIES}))
    (folder / "token").write_text(token)
    (folder / "token").chmod(0o600)
    (folder / "policy.toml").write_text(policy_text.write(policy_of(world)))
    async with world.running() as service:
        host, port = service.addresses["http"]
        arguments = ["finance", "watch", "--gateway", f"http://{host}:{port}", "--policy", str(folder / "policy.toml")]
        arguments += ["--token-file", str(folder / "token"), "--json"]
        await take(service.parts.pipeline, world.enrolment(stream), stream.readings())
        await service.parts.pipeline.seal()
        yield world, stream, arguments, service


async def test_once_tells_what_stands_and_whether_it_blocks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with gateway(tmp_path) as (_, _, arguments, _):
        assert await asyncio.to_thread(main, [*arguments, "--once"]) == 1
        told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        # This gateway's authority states no site plan, so the policy's checks fail.
        assert {(one["name"], one["became"], one["blocks"]) for one in told} == {("EVIDENCE_FAILS", "raised", True)}
        assert any("PLAN_MISSING" in one["touches"] for one in told)
        assert await asyncio.to_thread(main, [*arguments[:-1], "--once"]) == 1
        assert "raised urgent 603 证据不成立: finding 315 PLAN_MISSING" in capsys.readouterr().out


async def test_it_follows_until_it_is_told_to_stop(tmp_path: Path) -> None:
    async with gateway(tmp_path) as (_, stream, arguments, service):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tally_edge.command", *arguments, stdout=asyncio.subprocess.PIPE, env=dict(os.environ)
        )
        assert process.stdout is not None

        async def told(touches: str) -> dict[str, Any]:
            assert process.stdout is not None
            async for line in process.stdout:
                one: dict[str, Any] = json.loads(line)
                if touches in one["touches"]:
                    return one
            raise AssertionError("it ended")

        try:
            async with asyncio.timeout(30):
                assert (await told("PLAN_MISSING"))["code"] == 603
                stray = Stream(stream.key, stream.issuer, stream.seq + 3, bytes(31) + b"\x01")
                await take(service.parts.pipeline, stray.readings(7))
                missing = await told(f"device {stream.issuer}")
                assert (missing["name"], missing["sentence"]) == (
                    "STATEMENT_MISSING",
                    "3 statements of the stream are missing, the first seq 1",
                )
                process.send_signal(signal.SIGTERM)
                assert await process.wait() == 0
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()


async def test_a_gateway_that_is_not_there_or_refuses_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with gateway(tmp_path) as (world, _, arguments, _):
        (tmp_path / "token").write_text(
            TokenFile(world.folder / "api-tokens.toml").add("mill", frozenset({Scope.SUBMIT}))
        )
        assert await asyncio.to_thread(main, [*arguments, "--once"]) == 4
        assert "answers 403" in capsys.readouterr().err
        away = [*arguments, "--once"]
        away[3] = f"http://127.0.0.1:{free_port()}"
        assert await asyncio.to_thread(main, away) == 4
        assert "ConnectError" in capsys.readouterr().err


def test_the_log_must_be_one_of_the_policys(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    world = make_world(tmp_path / "g")
    trusted = policy_of(world)
    second = TrustedLog("other.example/log", trusted.logs[0].proof_key, trusted.logs[0].checkpoint_key)
    (tmp_path / "policy.toml").write_text(policy_text.write(replace(trusted, logs=(*trusted.logs, second))))
    arguments = ["finance", "watch", "--gateway", "http://127.0.0.1:1", "--policy", str(tmp_path / "policy.toml")]
    for named in ([], ["--log", "third.example/log"]):
        assert main([*arguments, *named]) == 2
        assert "--log must name one of" in capsys.readouterr().err
