"""The commands of `tallystick gateway`, as a person runs them."""

from __future__ import annotations

import gc
import json
import socket
from pathlib import Path

import pytest

from tally_chain import bundle
from tally_chain.tree import CompactRange, verify_consistency
from tally_edge.command import main
from tally_gateway.config import HttpSection, load
from tally_gateway.shown import remember_shown
from tally_gateway.state import open_state
from tests.gateway.intake.support import eventually
from tests.gateway.service.test_pipeline import take
from tests.gateway.service.world import PASSPHRASE, device, make_world


@pytest.fixture(autouse=True)
def _passphrase(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALLYSTICK_PASSPHRASE", PASSPHRASE)


def run(*arguments: str | Path) -> int:
    return main([str(argument) for argument in ("gateway", *arguments)])


def test_init_prints_what_to_compare_and_refuses_to_repeat(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "g"
    assert run("init", "--dir", folder, "--origin", "example.org/steel/1", "--chain", "none") == 0
    shown = capsys.readouterr().out
    for wanted in ("log id", "checkpoint key", "proof key", "example.org/steel/1+"):
        assert wanted in shown
    assert load(folder).gateway.origin == "example.org/steel/1"
    assert {path.stat().st_mode & 0o077 for path in (folder / "keys").iterdir()} == {0}
    assert PASSPHRASE not in (folder / "gateway.toml").read_text()
    assert run("init", "--dir", folder, "--origin", "example.org/steel/1", "--chain", "none") == 2
    assert "already" in capsys.readouterr().err


def test_commands_on_a_stopped_gateway(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "g"
    run("init", "--dir", folder, "--origin", "example.org/steel/1", "--chain", "none")
    assert run("status", "--dir", folder) == 4
    capsys.readouterr()
    assert run("status", "--json", "--dir", folder) == 4
    assert json.loads(capsys.readouterr().out) == {"running": False}
    assert run("rebuild", "--dir", folder) == 0
    assert run("backup", "--dir", folder, tmp_path / "copy") == 0
    assert run("backup", "--dir", folder, tmp_path / "copy") == 2
    assert run("restore", "--dir", tmp_path / "again", tmp_path / "copy") == 0
    assert "1 entries restored" in capsys.readouterr().out
    assert run("restore", "--dir", tmp_path / "third", tmp_path / "g") == 3
    assert run("client", "--dir", folder, "add", "plant-7") == 0
    assert len(capsys.readouterr().out.strip()) == 64
    assert run("client", "--dir", folder, "list") == 0
    assert capsys.readouterr().out == "plant-7\n"
    assert run("client", "--dir", folder, "remove", "plant-8") == 2
    assert run("token", "--dir", folder, "add", "bank", "--scope", "entries") == 0
    assert run("token", "--dir", folder, "remove", "bank") == 0


def test_replace_opens_a_successor_of_a_kept_checkpoint(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("init", "--dir", tmp_path / "old", "--origin", "example.org/steel/1", "--chain", "none")
    kept = tmp_path / "old" / "log" / "checkpoint"
    how = ("replace", "--dir", tmp_path / "new", "--chain", "none", "--successor-of", "example.org/steel/1")
    assert run(*how, "--origin", "example.org/steel/1", "--checkpoint", kept) == 2
    assert "origin of its own" in capsys.readouterr().err
    assert run(*how, "--origin", "example.org/steel/2") == 2
    assert run(*how, "--origin", "example.org/steel/2", "--checkpoint", kept) == 0
    assert run("replace", "--dir", tmp_path / "r", "--chain", "none", "--refill", "--origin", "example.org/x") == 0


def test_a_wrong_passphrase_or_folder_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("run", "--dir", tmp_path / "nothing") == 2
    assert "gateway.toml" in capsys.readouterr().err


def test_a_log_that_was_shown_to_be_behind_does_not_start(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    world = make_world(tmp_path / "g")
    state = open_state(world.folder, bytes.fromhex(world.fingerprints.log_id))
    remember_shown(state, 12)
    state.close()
    assert run("run", "--dir", world.folder) == 1
    assert "a confirmation under size 12" in capsys.readouterr().err


def test_a_taken_port_is_said_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    world = make_world(tmp_path / "g")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        world.change(http=HttpSection(port=taken.getsockname()[1]))
        assert run("run", "--dir", world.folder) == 2
    shown = capsys.readouterr().err
    assert "cannot serve HTTP" in shown
    assert "Traceback" not in shown
    gc.collect()  # an MQTT port that was taken before, and left open, complains of it


async def test_export_writes_a_bundle_at_the_newest_anchor(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    world, stream = make_world(tmp_path / "g", engine="embedded"), device()
    async with world.running() as service:
        await take(service.parts.pipeline, world.enrolment(stream), *(stream.readings() for _ in range(3)))
        feed = service.parts.feed
        assert feed is not None
        await eventually(lambda: feed.counters.anchored_size == 5)
    period = ["--from", "2026-01-01T00:00:00Z", "--to", "2026-01-02T00:00:00+08:00"]
    for kind, extra in ((bundle.Content.FULL, []), (bundle.Content.TOTALS, ["--totals"])):
        out = tmp_path / f"{kind.name}.tally"
        assert run("export", "--dir", world.folder, "--out", out, *period, *extra) == 0
        made = bundle.decode(out.read_bytes())
        assert made.content is kind
        assert (made.from_at, made.to_at) == (1_767_225_600, 1_767_283_200)
    assert "at size 5" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        run("export", "--dir", world.folder, "--out", tmp_path / "x", "--from", "2026-01-01T00:00:00")


async def test_export_writes_no_bundle_that_nobody_can_open(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    world, stream = make_world(tmp_path / "g"), device()
    async with world.running() as service:
        await take(service.parts.pipeline, world.enrolment(stream), stream.readings())
        await eventually(lambda: service.parts.log.head.size == 3)
    out, at = tmp_path / "out.tally", "2026-01-01T00:00:00Z"
    assert run("export", "--dir", world.folder, "--out", out, "--from", at, "--to", at) != 0
    assert "the period ends before it begins" in capsys.readouterr().err
    assert not out.exists()


async def test_export_links_the_heads_that_a_reader_holds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    world, stream = make_world(tmp_path / "g"), device()
    async with world.running() as service:
        await take(service.parts.pipeline, world.enrolment(stream), *(stream.readings() for _ in range(5)))
        await eventually(lambda: service.parts.log.head.size == 7)
        roots = {size: CompactRange.load(size, service.parts.log.nodes).root() for size in (2, 5, 7)}
    out = tmp_path / "out.tally"
    period = ["--from", "2026-01-01T00:00:00Z", "--to", "2026-01-02T00:00:00Z"]
    command = ["export", "--dir", world.folder, "--out", out, *period]
    assert run(*command, "--link", 5, "--link", 2, "--link", 7) == 0
    (section,) = bundle.decode(out.read_bytes()).sections
    assert [link.size for link in section.links or ()] == [2, 5], "its own head needs no link"
    for link in section.links or ():
        verify_consistency(link.size, roots[link.size], 7, roots[7], link.path)
    capsys.readouterr()
    assert run(*command, "--link", 8) != 0
    assert "no head of size 8" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        run(*command, "--link", "0")
