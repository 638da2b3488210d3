"""What was heard of the chain binds a log at every later start, whatever a node says then."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

import pytest

from tally_chain.errors import EngineUnavailableError
from tally_chain.tree import CompactRange
from tally_edge.proof import log_id_of
from tally_gateway import assembly, backup
from tally_gateway.anchor_link import ChainAnchoring
from tally_gateway.anchored_log import keep_anchored, kept_anchor
from tally_gateway.errors import LogBehind, LogDamaged
from tally_gateway.state import open_state
from tests.gateway.intake.support import eventually
from tests.gateway.service.test_pipeline import take
from tests.gateway.service.world import ORIGIN, World, device, make_world

Head = tuple[int, bytes]


@pytest.fixture
async def grown(tmp_path: Path) -> tuple[World, Head, Head]:
    """A gateway on an embedded chain, its first head and its newest anchored one."""
    world, stream = make_world(tmp_path / "gateway", engine="embedded"), device()
    async with world.running() as service:
        first = (1, service.parts.log.head.root)
        await take(service.parts.pipeline, world.enrolment(stream), *(stream.readings() for _ in range(3)))
        feed, log = service.parts.feed, service.parts.log
        assert feed is not None
        await eventually(lambda: feed.counters.anchored_size == log.size)
        newest = (log.size, CompactRange.load(log.size, log.nodes).root())
    return world, first, newest


def _kept(world: World) -> Head | None:
    with closing(open_state(world.folder, log_id_of(ORIGIN))) as state:
        return kept_anchor(state)


def _start(world: World, said: Head | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Start, with a node that says this; None: nothing."""

    def newest(_: ChainAnchoring) -> Head:
        if said is None:
            raise EngineUnavailableError("nobody answers")
        return said

    with monkeypatch.context() as patched:
        patched.setattr(ChainAnchoring, "newest", newest)
        assembly.assemble(world.config).close()


@pytest.mark.slow
async def test_a_node_that_lags_does_not_lower_the_floor(
    grown: tuple[World, Head, Head], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, first, newest = grown
    _start(world, newest, monkeypatch)
    for said in (first, None, newest):
        _start(world, said, monkeypatch)
        assert _kept(world) == newest
    # The log goes back to what it was; the tables that heard of the anchor do not.
    fresh = make_world(tmp_path / "fresh", engine="embedded")
    for name in ("state.sqlite", "log", "keys"):
        target, source = world.folder / name, fresh.folder / name
        for path in world.folder.glob(f"{name}*"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        shutil.copytree(source, target) if source.is_dir() else shutil.copy2(source, target)
    shutil.copy2(fresh.folder / "gateway.toml", world.folder)
    shutil.rmtree(world.folder / "chain")
    shutil.copytree(fresh.folder / "chain", world.folder / "chain")
    for path in world.folder.glob("anchors.sqlite*"):
        path.unlink()
    with pytest.raises(LogBehind, match=r"heard before, and the chain does not answer"):
        _start(world, None, monkeypatch)
    with pytest.raises(LogBehind, match=r"heard before, and the chain names size 1 now"):
        _start(world, (1, bytes(32)), monkeypatch)


@pytest.mark.slow
async def test_of_two_roots_neither_wins_and_a_restored_copy_asks_anew(
    grown: tuple[World, Head, Head], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, first, newest = grown
    with pytest.raises((LogBehind, LogDamaged)):
        _start(world, (newest[0], bytes(32)), monkeypatch)
    assert _kept(world) == newest
    with pytest.raises(LogBehind, match="not one of this log"):
        _start(world, (1, bytes(32)), monkeypatch)
    _start(world, first, monkeypatch)
    # A lie of a larger head keeps the log shut until a person has the chain asked again.
    with pytest.raises(LogBehind):
        _start(world, (1 << 40, bytes(32)), monkeypatch)
    with pytest.raises(LogBehind, match=r"the chain names size 1 now.*gateway restore"):
        _start(world, first, monkeypatch)
    backup.copy_stopped(world.folder, tmp_path / "copy")
    backup.restore(tmp_path / "copy", tmp_path / "restored")
    restored = World(tmp_path / "restored", world.fingerprints, world.authority, world.person)
    _start(restored, None, monkeypatch)
    _start(restored, newest, monkeypatch)
    assert _kept(restored) == newest


def test_the_larger_is_kept_and_the_first_of_two_roots(tmp_path: Path) -> None:
    with closing(open_state(tmp_path, bytes(32))) as state:
        keep_anchored(state, 5, bytes(32))
        keep_anchored(state, 3, bytes(32))
        keep_anchored(state, 5, bytes(range(32)))
        assert kept_anchor(state) == (5, bytes(32))
        keep_anchored(state, 6, bytes(range(32)))
        assert kept_anchor(state) == (6, bytes(range(32)))
