"""A copy of a gateway that can run again: while it runs, or while it does not.

What is copied, in this order, so that the copy of the log is never behind the copy of what was said about it:

    1. settings and the files in the folder that they name, keys (encrypted as they are), TLS files; never the
       passphrase: beside the keys that it opens it would make every copy an open one
    2. the embedded chain and the anchoring journal, by SQLite's own backup
    3. full tiles, which never change, while appends go on
    4. with appends and seals held: state.sqlite with its write-ahead log, service.sqlite, the checkpoint, the tiles
       that are new

A restored copy recovers as after a crash. It lacks what was appended after it was made: the agents send that again from
their outboxes as long as they have it, and the first confirmation or anchor beyond the copy stops it
(docs/operating-gateway.md).
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

from tally_chain.tiles import MAX_LEVEL, TileName, extent
from tally_edge import durable
from tally_edge.proof import log_id_of
from tally_gateway import anchor_link, config, keys_on_disk, state
from tally_gateway.aggregate import journal as heads_journal
from tally_gateway.anchored_log import AnchoredLog, forget_unheld, wall_clock
from tally_gateway.errors import BackupUnreadable, MaintenanceError
from tally_gateway.log.lock import WriterLock
from tally_gateway.log.reader import LogReader
from tally_gateway.log.store import STATE_NAME
from tally_gateway.log.tile_folder import CHECKPOINT_NAME, LOG_FOLDER
from tally_gateway.log.writer import Log

NOTE_NAME: Final = "backup.json"
_PARTIAL_SUFFIX: Final = ".p"


async def copy_running(parts: AnchoredLog, to: Path) -> int:
    """Copy the running service's folder to `to`, which must not exist. Returns the entries in the copy."""
    import asyncio  # noqa: PLC0415

    fresh = _fresh(to)
    try:
        folder, tables = parts.config.folder, parts.state
        before = await asyncio.to_thread(_copy_around, folder, fresh)
        size = await parts.lane.quiet(lambda log: _copy_log(folder, fresh, before, log.head.size, tables))
        await asyncio.to_thread(_finish, fresh, to, size)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    return size


def copy_stopped(folder: Path, to: Path) -> int:
    """Copy a gateway that does not run. Raises LogLocked when it does, MaintenanceError when `to` exists."""
    lock = WriterLock(folder)
    try:
        fresh = _fresh(to)
        try:
            before = _copy_around(folder, fresh)
            size = _copy_log(folder, fresh, before, LogReader(folder).size, None)
            _finish(fresh, to, size)
        except BaseException:
            shutil.rmtree(fresh, ignore_errors=True)
            raise
    finally:
        lock.release()
    return size


def restore(copy: Path, to: Path) -> int:
    """Put a copy at `to`, which must not exist, and open it once against the chain's newest anchor. Returns its
    entries.

    Raises MaintenanceError, or LogBehind when the chain holds more: such a copy must not run.
    """
    if not (copy / NOTE_NAME).is_file():
        raise BackupUnreadable(f"{copy} is not a whole backup: {NOTE_NAME} is missing")
    fresh = _fresh(to)
    try:
        shutil.copytree(copy, fresh, dirs_exist_ok=True)
        (fresh / NOTE_NAME).unlink()
        size = _try_to_open(fresh)
        _sync_tree(fresh)
        fresh.rename(to)
        durable.sync_folder(to.parent)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    return size


def _try_to_open(folder: Path) -> int:
    """Recover the copied log below the chain's newest anchor. What the gateway had heard of the chain before is dropped
    where the log does not hold it: the chain was asked, by a person, and does not name it."""
    settings = config.load(folder)
    signers = keys_on_disk.load(folder, settings.passphrase())
    floor = anchor_link.anchored_floor(settings)
    log = Log.open(folder, signers.checkpoint, signers.proof, wall_clock, floor, origin=settings.gateway.origin)
    try:
        with closing(state.open_state(folder, log_id_of(settings.gateway.origin))) as tables:
            forget_unheld(tables, log)
        return log.size
    finally:
        log.close()


def _fresh(to: Path) -> Path:
    if to.exists():
        raise MaintenanceError(f"{to} exists already")
    fresh = to.with_name(f".{to.name}.{os.getpid()}.tmp")
    durable.make_folder(fresh, mode=0o700)
    return fresh


def _copy_around(folder: Path, to: Path) -> int:
    """Steps 1 to 3. Returns the size of the log whose full tiles are copied."""
    for name in _named_files(folder):
        (to / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(folder / name, to / name)
    for name in (keys_on_disk.FOLDER, "tls"):
        if (folder / name).is_dir():
            shutil.copytree(folder / name, to / name, dirs_exist_ok=True, ignore=_secret_of(folder))
    journals = (anchor_link.JOURNAL_NAME, heads_journal.FILE_NAME)
    for name in (*journals, *(f"{anchor_link.CHAIN_FOLDER}/{n}" for n in _databases(folder))):
        if (folder / name).is_file():
            (to / name).parent.mkdir(exist_ok=True)
            _copy_database(folder / name, to / name)
    size = LogReader(folder).size
    _copy_tiles(folder, to, 0, size, partial=False)
    return size


def _named_files(folder: Path) -> list[str]:
    """The settings, and every file below the folder that they name, but for the passphrase."""
    settings = config.load(folder)
    broker = settings.broker
    names = (
        *(settings.listener.clients_file, settings.http.tokens_file, broker.tls_ca_file, broker.password_file),
        *(settings.aggregator.token_file, settings.aggregator.tls_ca_file, settings.heads.logs_file),
    )
    inside = [name for name in names if name and (folder / name).is_file() and _is_below(folder, folder / name)]
    return [config.FILE_NAME, *(name for name in inside if (folder / name) != _passphrase_of(settings))]


def _is_below(folder: Path, path: Path) -> bool:
    return path.resolve().is_relative_to(folder.resolve())


def _passphrase_of(settings: config.GatewayConfig) -> Path | None:
    name = settings.gateway.passphrase_file
    return settings.path(name) if name else None


def _secret_of(folder: Path) -> Callable[[str, list[str]], set[str]]:
    """For copytree: leaves the passphrase file out, wherever it lies."""
    secret = _passphrase_of(config.load(folder))

    def ignore(at: str, names: list[str]) -> set[str]:
        return {name for name in names if secret is not None and (Path(at) / name).resolve() == secret.resolve()}

    return ignore


def _databases(folder: Path) -> list[str]:
    chain = folder / anchor_link.CHAIN_FOLDER
    return sorted(path.name for path in chain.glob("*.sqlite")) if chain.is_dir() else []


def _copy_log(folder: Path, to: Path, before: int, size: int, service_state: sqlite3.Connection | None) -> int:
    """Step 4, where the full tiles up to the size `before` are copied already. Nothing writes meanwhile, so the files
    are as after a crash at this moment."""
    for name in (STATE_NAME, f"{STATE_NAME}-wal"):
        if (folder / name).is_file():
            shutil.copy2(folder / name, to)
    if service_state is not None:
        _copy_open_database(service_state, to / state.FILE_NAME)
    elif (folder / state.FILE_NAME).is_file():
        _copy_database(folder / state.FILE_NAME, to / state.FILE_NAME)
    _copy_tiles(folder, to, before, size, partial=True)
    shutil.copy2(folder / LOG_FOLDER / CHECKPOINT_NAME, to / LOG_FOLDER)
    return size


def _copy_tiles(folder: Path, to: Path, before: int, size: int, *, partial: bool) -> None:
    """The tiles that became full between the sizes `before` and `size`, and what a crash left after them; with
    `partial` also those that are not full.

    By their names: to look for them would take as long as the log is, and meet partial ones that a seal removes.
    """
    root, target = folder / LOG_FOLDER, to / LOG_FOLDER
    target.mkdir(exist_ok=True)
    for level in (None, *range(MAX_LEVEL + 1)):
        first, last = extent(before, level or 0)[0], extent(size, level or 0)[0]
        while (root / TileName(level, last).path()).is_file():
            last += 1
        names = [TileName(level, number).path() for number in range(first, last + 1)]
        if partial:
            edges = [f"{name}{_PARTIAL_SUFFIX}" for name in names]
            names += [f"{edge}/{path.name}" for edge in edges for path in (root / edge).glob("[!.]*")]
        for name in names:
            if (root / name).is_file():  # entries that have expired may be gone
                (target / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(root / name, target / name)


def _copy_database(path: Path, to: Path) -> None:
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as source:
            _copy_open_database(source, to)
    except sqlite3.Error as error:
        raise MaintenanceError(f"cannot copy {path}: {error}") from error


def _copy_open_database(source: sqlite3.Connection, to: Path) -> None:
    try:
        with closing(sqlite3.connect(to)) as target:
            source.backup(target)
    except sqlite3.Error as error:
        raise MaintenanceError(f"cannot copy to {to}: {error}") from error


def _finish(fresh: Path, to: Path, size: int) -> None:
    """Sync everything, then give the copy its name: a backup that has its name is whole."""
    (fresh / NOTE_NAME).write_text(json.dumps({"format": 1, "size": size}))
    _sync_tree(fresh)
    fresh.rename(to)
    durable.sync_folder(to.parent)


def _sync_tree(root: Path) -> None:
    for path in root.rglob("*"):
        if path.is_dir():
            durable.sync_folder(path)
            continue
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    durable.sync_folder(root)
