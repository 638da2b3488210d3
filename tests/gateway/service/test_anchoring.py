"""Heads reach the embedded chain; what the chain says against the log stops it; backups, restores and successors."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import re
import sqlite3
from pathlib import Path

import pytest

from tally_chain.anchoring import setup
from tally_chain.anchoring.alarms import Alarm
from tally_chain.anchoring.profile import EMBEDDED
from tally_chain.anchoring.reading import Anchor
from tally_chain.tree import CompactRange
from tally_gateway import anchor_link, backup, replace
from tally_gateway.anchor_feed import check_against
from tally_gateway.errors import LogBehind, MaintenanceError
from tally_gateway.founding import found
from tally_gateway.metrics import Measured, render
from tally_gateway.service import Service
from tests.gateway.intake.support import eventually
from tests.gateway.service.test_pipeline import take
from tests.gateway.service.world import PASSPHRASE, SCRYPT_FAST, World, device, fixed_clock, make_world


@pytest.fixture
def anchored(tmp_path: Path) -> World:
    return make_world(tmp_path / "gateway", engine="embedded")


async def _run_and_anchor(world: World, count: int) -> int:
    """Append `count` statements, wait until all are anchored; returns the anchored size."""
    stream = device()
    async with world.running() as service:
        await take(service.parts.pipeline, world.enrolment(stream), *(stream.readings() for _ in range(count)))
        feed, log = service.parts.feed, service.parts.log
        assert feed is not None
        await eventually(lambda: feed.counters.anchored_size == log.size)
        for anchor in feed.counters.anchors:
            assert CompactRange.load(anchor.size, log.nodes).root() == anchor.root
        return log.size


@pytest.mark.slow
async def test_heads_are_anchored_and_a_copy_behind_them_does_not_run(anchored: World, tmp_path: Path) -> None:
    first = await _run_and_anchor(anchored, 3)
    assert backup.copy_stopped(anchored.folder, tmp_path / "copy") == first
    assert await _run_and_anchor(anchored, 3) > first
    assert anchor_link.anchored_floor(anchored.config) is not None
    # A chain that the operator does not control would not go back with the copy: keep the newer one.
    (tmp_path / "copy" / "chain" / "chain.sqlite").unlink()
    for path in (anchored.folder / "chain").glob("chain.sqlite*"):
        (tmp_path / "copy" / "chain" / path.name).write_bytes(path.read_bytes())
    with pytest.raises(LogBehind):
        backup.restore(tmp_path / "copy", tmp_path / "restored")
    assert not (tmp_path / "restored").exists()
    anchored.folder.rename(tmp_path / "kept")
    (tmp_path / "copy").rename(anchored.folder)
    with pytest.raises(LogBehind):
        Service(anchored.config)


@pytest.mark.slow
async def test_a_successor_names_the_last_anchor_and_is_registered(anchored: World, tmp_path: Path) -> None:
    size = await _run_and_anchor(anchored, 2)
    owner = anchored.folder / anchor_link.OWNER_KEY
    old = anchored.config
    new_folder = tmp_path / "successor"
    new_folder.mkdir()
    (anchored.folder / "chain").rename(new_folder / "chain")
    config = replace.new_settings(old, "tallystick.example/test/2")
    config = type(config)(
        **{name: getattr(config, name) for name in config.__dataclass_fields__} | {"folder": new_folder}
    )
    with pytest.raises(MaintenanceError, match="owner"):
        replace.succeed(config, PASSPHRASE, fixed_clock, old_origin=old.gateway.origin)
    # On an embedded chain only the accounts of its beginning can pay, so the old transaction key goes on.
    paying = anchored.folder / anchor_link.TRANSACTION_KEY
    origin = old.gateway.origin
    replace.succeed(config, PASSPHRASE, fixed_clock, old_origin=origin, owner_key=owner, transaction_key=paying)
    successor = World(new_folder, anchored.fingerprints, anchored.authority, anchored.person)
    async with successor.running() as service:
        predecessor = service.parts.opening.predecessor
        assert predecessor is not None
        assert predecessor.size == size
        feed, log = service.parts.feed, service.parts.log
        assert feed is not None
        await eventually(lambda: feed.counters.anchored_size == log.size)


async def test_a_chain_that_answers_late_still_stops_a_log_that_is_behind(world: World) -> None:
    """The feed compares again, for the chain may have been silent when the log was opened."""
    async with world.running() as service:
        log = service.parts.log
        anchor = Anchor(1, log.head.root, 1, 0, 7, bytes(32), 0, bytes(32))
        check_against(log, anchor)
        with pytest.raises(LogBehind, match="holds 1 entries"):
            check_against(log, dataclasses.replace(anchor, size=2))
        with pytest.raises(LogBehind, match="not one of this log"):
            check_against(log, dataclasses.replace(anchor, root=bytes(32)))


async def test_a_gateway_is_not_made_over_another(world: World) -> None:
    with pytest.raises(MaintenanceError, match="already"):
        found(world.config, PASSPHRASE, fixed_clock, keystore_work_factor=SCRYPT_FAST)


async def test_a_backup_of_a_running_gateway_is_whole_and_continues(world: World, tmp_path: Path) -> None:
    stream = device()
    async with world.running() as service:
        await take(service.parts.pipeline, world.enrolment(stream), *(stream.readings() for _ in range(300)))
        await service.parts.pipeline.seal()
        unsealed = stream.readings()
        await take(service.parts.pipeline, unsealed)
        await backup.copy_running(service.parts, tmp_path / "copy")
        with pytest.raises(MaintenanceError, match="exists"):
            await backup.copy_running(service.parts, tmp_path / "copy")
        head = service.parts.log.head
    assert backup.restore(tmp_path / "copy", tmp_path / "restored") == 303
    restored = World(tmp_path / "restored", world.fingerprints, world.authority, world.person)
    async with restored.running() as service:
        log = service.parts.log
        assert log.entry(302) == unsealed.encoded
        assert CompactRange.load(head.size, log.nodes).root() == head.root
        assert (await take(service.parts.pipeline, stream.readings()))[0].index == 303


async def test_a_copy_meets_no_partial_tile_that_a_seal_removes_and_looks_at_no_old_one_while_appends_wait(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = device()
    async with world.running() as service:
        await take(service.parts.pipeline, world.enrolment(stream), *(stream.readings() for _ in range(600)))
        await service.parts.pipeline.seal()
    real = os.scandir

    def scandir(path: str) -> os._ScandirIterator[str]:
        if str(path).endswith(".p"):
            raise FileNotFoundError(2, "a seal has just removed it", str(path))
        return real(path)

    (tmp_path / "copy").mkdir()
    with monkeypatch.context() as patched:
        patched.setattr(os, "scandir", scandir)
        before = backup._copy_around(world.folder, tmp_path / "copy")
    looked_at: list[str] = []
    is_file = Path.is_file
    monkeypatch.setattr(Path, "is_file", lambda path: looked_at.append(path.name) or is_file(path))  # type: ignore[func-returns-value]
    backup._copy_log(world.folder, tmp_path / "copy", before, before, None)
    assert "001" not in looked_at  # 000 is the first tile of the level above
    monkeypatch.undo()

    def files(root: Path) -> set[Path]:
        return {path.relative_to(root) for path in (root / "log").rglob("*") if path.is_file()}

    assert files(tmp_path / "copy") == files(world.folder)


async def test_a_copy_of_a_gateway_that_died_before_it_published_is_whole(world: World, tmp_path: Path) -> None:
    """Its newest head stands in the tables and its tiles beside them; the checkpoint is the one before."""
    stream = device()
    async with world.running() as service:
        await take(service.parts.pipeline, world.enrolment(stream), *(stream.readings() for _ in range(10)))
        await service.parts.pipeline.seal()
        published = (world.folder / "log" / "checkpoint").read_bytes()
        await take(service.parts.pipeline, *(stream.readings() for _ in range(600)))
        await service.parts.pipeline.seal()
    (world.folder / "log" / "checkpoint").write_bytes(published)
    backup.copy_stopped(world.folder, tmp_path / "copy")
    assert backup.restore(tmp_path / "copy", tmp_path / "restored") == 612


async def test_a_copy_never_holds_the_passphrase_and_holds_what_the_settings_name(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = world.folder / "gateway.toml"
    text = settings.read_text()
    text = re.sub(r'passphrase_file = "[^"]*"', 'passphrase_file = "keys/opens.txt"', text)
    text = text.replace('password_file = ""', 'password_file = "broker.word"')
    settings.write_text(text)
    for name in ("keys/opens.txt", "notes.txt", "broker.word"):
        (world.folder / name).write_text(f"{PASSPHRASE}\n")
        (world.folder / name).chmod(0o600)
    backup.copy_stopped(world.folder, tmp_path / "copy")
    copied = {path.relative_to(tmp_path / "copy").as_posix() for path in (tmp_path / "copy").rglob("*")}
    assert {"gateway.toml", "broker.word", "keys/proof.pem"} <= copied
    assert not {"keys/opens.txt", "notes.txt"} & copied
    monkeypatch.setenv("TALLYSTICK_PASSPHRASE", PASSPHRASE)
    assert backup.restore(tmp_path / "copy", tmp_path / "restored") == 1


async def test_no_space_to_anchor_is_waited_out(anchored: World) -> None:
    stream = device()
    async with anchored.running() as service:
        feed, log = service.parts.feed, service.parts.log
        assert feed is not None
        await eventually(lambda: feed.counters.anchored_size == log.size)
        assert isinstance(feed._anchorer, anchor_link.ChainAnchoring)
        journal = feed._anchorer._journal._db
        journal.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (pages,) = journal.execute("PRAGMA page_count").fetchone()
        journal.execute("CREATE TABLE filling (x)")
        journal.execute(f"PRAGMA max_page_count = {pages + 1}")
        with contextlib.suppress(sqlite3.OperationalError):
            while True:
                journal.execute("INSERT INTO filling VALUES (zeroblob(300))")
        before = feed.counters.unavailable
        await take(service.parts.pipeline, anchored.enrolment(stream), *(stream.readings() for _ in range(4)))
        await service.parts.pipeline.seal()
        for _ in range(120):  # some heads still fit into the pages that are open
            if feed.counters.unavailable > before:
                break
            await take(service.parts.pipeline, stream.readings())
            await service.parts.pipeline.seal()
            await feed.anchor_now()
        assert feed.counters.unavailable > before
        journal.execute("PRAGMA max_page_count = 1000000")
        await feed.anchor_now()
        await eventually(lambda: feed.counters.anchored_size == log.size)


async def test_what_keeps_heads_from_the_chain_is_an_alarm_and_the_gateway_goes_on(anchored: World) -> None:
    """The owner gives the right to anchor to another key, and back."""
    config = anchored.config
    owner = anchor_link.open_transaction_key(config, anchor_link.OWNER_KEY)
    stream = device()
    async with anchored.running() as service:
        feed, log, engine = service.parts.feed, service.parts.log, service.parts.engine
        assert feed is not None
        assert engine is not None
        await take(service.parts.pipeline, anchored.enrolment(stream), stream.readings())
        await eventually(lambda: feed.counters.anchored_size == log.size)
        pins = {"contract": config.anchor.contract, "log_id": service.parts.log_id}
        setup.rotate(engine, owner, EMBEDDED, **pins, tx_key=owner.address)
        await take(service.parts.pipeline, stream.readings())
        await eventually(lambda: Alarm.KEY_ROTATED in feed.counters.alarms)
        faults = service.parts.standing().faults()
        assert [fault for fault in faults if fault.startswith("anchoring alarm key-rotated: the log's transaction key")]
        measured = Measured(service.parts.standing(), service.parts.pipeline.counters, feed.counters, [])
        assert b'tallystick_anchor_alarm{alarm="key-rotated"} 1.0' in render(measured)
        await take(service.parts.pipeline, stream.readings())
        key = anchor_link.open_transaction_key(config)
        setup.rotate(engine, owner, EMBEDDED, **pins, tx_key=key.address)
        await eventually(lambda: feed.counters.anchored_size == log.size)
        assert feed.counters.alarms == {}
        assert service.parts.standing().faults() == []
