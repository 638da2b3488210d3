"""What fails while the service starts or ends leaves no file, lock or process behind, and has a name."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tally_chain.errors import EngineStoreError
from tally_edge.answers import RefusalReason
from tally_edge.proof import log_id_of
from tally_gateway import anchor_link, assembly
from tally_gateway.anchor_feed import AnchorFeed
from tally_gateway.errors import LogFull, ProjectionBusy, StateError
from tally_gateway.log.lock import WriterLock
from tally_gateway.projection.projector import FOLDER, Projector
from tally_gateway.refuse import RefusalDesk, ToRefuse
from tally_gateway.service import Service
from tally_gateway.state import open_state
from tests.gateway.service.world import World, fixed_clock, make_world


class _Full(sqlite3.OperationalError):
    sqlite_errorcode = sqlite3.SQLITE_FULL


def test_a_part_that_does_not_close_keeps_none_of_the_others_open(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = assembly.assemble(world.config)
    projector = parts.projector
    assert projector is not None
    closed = []
    monkeypatch.setattr(parts.checker, "close", lambda: closed.append("checker"))

    class Broken:
        counters = None

        def close(self) -> None:
            raise OSError("the journal does not close")

    parts.feed = Broken()  # type: ignore[assignment]
    monkeypatch.setattr(assembly.Parts, "_keep_anchored", lambda _: (_ for _ in ()).throw(_Full("full")))
    with pytest.raises((OSError, LogFull)):
        parts.close()
    assert closed == ["checker"]
    assert projector._lock < 0
    WriterLock(world.folder).release()
    with pytest.raises(sqlite3.ProgrammingError):
        parts.state.execute("SELECT 1")


def test_a_start_that_is_refused_late_leaves_nothing_open(world: World) -> None:
    log_id = log_id_of(world.config.gateway.origin)
    held = Projector(world.config.path(FOLDER), log_id)
    try:
        with pytest.raises(ProjectionBusy):
            assembly.assemble(world.config)
    finally:
        held.close()
    assembly.assemble(world.config).close()


def test_refusals_that_were_not_kept_are_not_counted(world: World) -> None:
    """The disk is full in the middle of a batch: what stands in memory is what stands in the tables."""
    log_id = bytes(32)
    state = open_state(world.folder.parent, log_id)
    desk = RefusalDesk(state, world.authority.key, log_id, 1 << 20, fixed_clock)
    desk.refuse([ToRefuse("plant-1", b"x", RefusalReason.MALFORMED, "no")])
    before, held = desk.counts(), dict(desk._held)
    state.execute(f"PRAGMA max_page_count = {state.execute('PRAGMA page_count').fetchone()[0]}")
    many = [ToRefuse(f"plant-{number}", b"x", RefusalReason.MALFORMED, "n" * 300) for number in range(40)]
    with pytest.raises(sqlite3.OperationalError, match="full"):
        desk.refuse(many)
    assert (desk.counts(), desk._held) == (before, held)
    assert RefusalDesk(state, world.authority.key, log_id, 1 << 20, fixed_clock).counts() == before
    state.close()


async def test_what_sqlite_says_of_the_tables_has_a_name(world: World) -> None:
    parts = assembly.assemble(world.config)

    def say(error: Exception) -> Any:
        def call(_: object) -> None:
            raise error

        return call

    try:
        with pytest.raises(LogFull, match=r"service\.sqlite"):
            await parts.lane.run(say(_Full("database or disk is full")))
        with pytest.raises(StateError, match="malformed"):
            await parts.lane.quiet(say(sqlite3.DatabaseError("malformed")))
    finally:
        await asyncio.to_thread(parts.close)


def test_damaged_tables_stop_the_start_with_a_sentence(world: World) -> None:
    state = open_state(world.folder, log_id_of(world.config.gateway.origin))
    state.execute("DROP TABLE key")
    state.close()
    with pytest.raises(StateError, match="no such table"):
        Service(world.config)
    WriterLock(world.folder).release()


@pytest.mark.parametrize("read", [anchor_link.anchored_floor, anchor_link.anchors_of, anchor_link.open_engine])
def test_a_damaged_chain_is_named(tmp_path: Path, read: Any) -> None:
    world = make_world(tmp_path / "gateway", engine="embedded")
    for path in (world.folder / "chain").glob("chain.sqlite*"):
        path.write_bytes(b"no database at all" * 500)
    with pytest.raises((StateError, EngineStoreError), match=r"chain in .*not a database"):
        read(world.config)


async def test_a_damaged_journal_stops_the_anchoring_with_a_sentence(world: World) -> None:
    parts = assembly.assemble(world.config)

    class Damaged:
        def history(self) -> None:
            raise sqlite3.DatabaseError("database disk image is malformed")

        def close(self) -> None:
            pass

    feed = AnchorFeed(Damaged(), parts.lane, every_s=1, every_entries=1)  # type: ignore[arg-type]
    try:
        with pytest.raises(StateError, match="malformed"):
            await feed.tick()
    finally:
        feed.close()
        await asyncio.to_thread(parts.close)
