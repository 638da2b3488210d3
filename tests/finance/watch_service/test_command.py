"""`finance watch --config` and `finance alert` against a real gateway and a book in a file."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import urllib.request
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tally_edge.command import main
from tally_finance.watch_service.metrics import METRICS
from tests.docs.pages import DOCS
from tests.finance.watch.test_command import gateway
from tests.gateway.service.test_pipeline import take
from tests.gateway.service.world import Stream
from tests.ports import free_port

ID = "ab" * 32


@contextlib.asynccontextmanager
async def configured(folder: Path, more: str = "") -> AsyncIterator[tuple[Path, Any, Any]]:
    """A gateway that runs, and the settings of a watch over it."""
    async with gateway(folder) as (world, stream, arguments, service):
        (folder / "desk.toml").write_text(f'book = "bank-1"\nlender = "{ID}"\n')
        settings = folder / "watch.toml"
        settings.write_text(
            f'database = "sqlite:///bank.db"\nsheet = "desk.toml"\npolicy = "policy.toml"\n{more}\n'
            f'[[log]]\norigin = "{world.config.gateway.origin}"\ngateway = "{arguments[3]}"\ntoken_file = "token"\n'
        )
        yield settings, stream, service


def told(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


async def run(*arguments: str) -> int:
    return await asyncio.to_thread(main, ["finance", *arguments])


async def test_alerts_are_kept_acknowledged_and_ended_by_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with configured(tmp_path) as (settings, _, _):
        config = ("--config", str(settings))
        assert await run("watch", *config, "--once", "--json") == 1
        raised = told(capsys)
        assert {(one["name"], one["became"]) for one in raised} == {("EVIDENCE_FAILS", "raised")}
        assert await run("watch", *config, "--once", "--json") == 1
        assert told(capsys) == [], "what stands already is not told again"
        number = str(raised[0]["number"])
        said = ("--by", "Li Na", "--reason", "the office states its plan tomorrow")
        assert await run("alert", "acknowledge", number, *config, *said) == 0
        assert "by Li Na: the office states its plan tomorrow" in capsys.readouterr().out
        assert await run("alert", "list", *config, "--json") == 0
        listed = told(capsys)
        assert [one["number"] for one in listed] == [one["number"] for one in raised]
        assert [word["by"] for word in listed[0]["acknowledged"]] == ["Li Na"]
        for one in raised:
            assert await run("alert", "end", str(one["number"]), *config, *said) == 0
        capsys.readouterr()
        assert await run("watch", *config, "--once") == 0
        assert await run("alert", "list", *config) == 0
        assert capsys.readouterr().out == ""
        assert await run("alert", "list", *config, "--all", "--json") == 0
        assert {one["became"] for one in told(capsys)} == {"over"}
        assert await run("alert", "list", *config, "--at", "1", "--json") == 0
        assert told(capsys) == []


async def test_it_runs_until_it_is_told_to_stop_and_shows_metrics(tmp_path: Path) -> None:
    port = free_port()
    async with configured(tmp_path, f'metrics = "127.0.0.1:{port}"') as (settings, stream, service):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tally_edge.command", "finance", "watch", "--config", str(settings), "--json",
            stdout=asyncio.subprocess.PIPE, env=dict(os.environ),
        )  # fmt: skip
        assert process.stdout is not None
        try:
            async with asyncio.timeout(60):
                first = json.loads(await process.stdout.readline())
                assert (first["name"], first["number"]) == ("EVIDENCE_FAILS", 1)
                stray = Stream(stream.key, stream.issuer, stream.seq + 3, bytes(31) + b"\x01")
                await take(service.parts.pipeline, stray.readings(7))
                while json.loads(await process.stdout.readline())["name"] != "STATEMENT_MISSING":
                    pass
                assert 'tallystick_watch_alerts{severity="urgent"}' in await asyncio.to_thread(_page, port)
                process.send_signal(signal.SIGTERM)
                assert await process.wait() == 0
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()


def _page(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        body: bytes = answer.read()
    return body.decode()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["watch"], "either --config is needed"),
        (["watch", "--config", "w.toml", "--guard", "P"], "do not go with it"),
        (["watch", "--config", "nowhere.toml"], "cannot read nowhere.toml"),
    ],
)
def test_what_can_not_be_watched_is_said(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["finance", *arguments]) == 2
    assert said in capsys.readouterr().err


async def test_a_log_that_the_policy_does_not_know_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with configured(tmp_path) as (settings, _, _):
        settings.write_text(settings.read_text().replace('[[log]]\norigin = "', '[[log]]\norigin = "other.'))
        assert await run("watch", "--config", str(settings), "--once") == 2
        assert "knows no log other." in capsys.readouterr().err


def test_the_page_shows_every_metric() -> None:
    page = (DOCS / "watch.md").read_text("utf-8")
    for name, (kind, text) in METRICS.items():
        assert f"| `{name}` | {kind} | {text} |" in page
