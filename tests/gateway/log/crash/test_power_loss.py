"""Power loss, by recorded IO: whatever a disk may have forgotten, everything that was acknowledged is there.

A writer runs under strace. Its calls are replayed into a model of a disk; at many points the power goes, and what may
be left is written out, opened and judged. Then the proof that the test would notice: for each group of sync calls, a
disk that does not hear them must fail the same test.

TALLYSTICK_CRASH_LONG=1 takes every point, and more ways to tear it; TALLYSTICK_CRASH_SEED repeats a run's choices.
"""

from __future__ import annotations

import os
import random
import shutil
import tempfile
from itertools import pairwise
from pathlib import Path

import pytest

from tally_chain.errors import ChainError
from tally_edge.errors import TallyError
from tests.gateway.log.crash.disk_model import Deaf, Disk
from tests.gateway.log.crash.judge import Told, judge
from tests.gateway.log.crash.recording import Event, record, strace

LONG = os.environ.get("TALLYSTICK_CRASH_LONG") == "1"
ROUNDS = 24 if LONG else 12
POINTS = 100_000 if LONG else 150
TEARS = 4 if LONG else 1

GROUPS = {
    "write-ahead log": "SQLite: at COMMIT, and before it copies pages home",
    "database": "SQLite: before it begins its write-ahead log anew",
    "hash tiles": "durable.place_file",
    "entry tiles": "durable.place_file",
    "checkpoint": "durable.place_file",
    "checkpoint folder": "TileFolder.publish",
    "folders of partial hash tiles": "TileFolder.sync",
    "folders of partial entry tiles": "TileFolder.sync",
    "folders of hash tiles": "TileFolder.sync",
    "folder of entry tiles": "TileFolder.sync",
}
"""Groups of sync calls that go on while a log runs, and where they stand."""

CREATION_GROUPS = {
    "folder above the log": "durable.make_folder",
    "folder of the gateway": "durable.make_folder; SQLite, with its first write-ahead log",
    "folder of the log": "TileFolder.sync, for the name of the folder of tiles",
    "folder of levels": "TileFolder.sync, for the names of the levels",
}
"""Groups that matter when a log, or a level of it, begins.

The folder of the gateway is synced twice on the way, by us and by SQLite; either would do, and ours does not count
on what SQLite happens to sync. SQLite's rollback journal is in no group: it serves while the empty database goes over
to its write-ahead log, before the creation of the log is acknowledged, and never again.
"""


def group_of(path: str, before: Event | None) -> str:
    """Which call site, in effect, a sync belongs to."""
    name = path.rsplit("/", 1)[-1]
    for suffix, group in (("-wal", "write-ahead log"), ("-journal", "rollback journal"), (".sqlite", "database")):
        if name.endswith(suffix):
            return group
    if path == "gateway/log" and before is not None and before.target == "gateway/log/checkpoint":
        return "checkpoint folder"
    if name.endswith(".tmp"):
        return "checkpoint" if "/tile/" not in path else "entry tiles" if "/entries/" in path else "hash tiles"
    if name.endswith(".p"):
        return "folders of partial entry tiles" if "/entries/" in path else "folders of partial hash tiles"
    if path.startswith("gateway/log/tile/"):
        return "folder of entry tiles" if "/entries" in path else "folders of hash tiles"
    places = {
        "": "folder above the log",
        "gateway": "folder of the gateway",
        "gateway/log": "folder of the log",
        "gateway/log/tile": "folder of levels",
    }
    return places[path]


@pytest.fixture(scope="module")
def events() -> list[Event]:
    tool = strace()
    if tool is None:
        pytest.skip("strace is not installed, or may not trace here (Debian package: strace)")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "root").mkdir()
        return record(tool, Path(folder) / "root", 0, ROUNDS)


def crash(disk: Disk, told: Told, scratch: Path, mode: str, seed: int) -> None:
    """Cut the power now, and judge what is left."""
    target = scratch / "disk"
    disk.materialise(target, mode, random.Random(seed))
    try:
        judge(target / "gateway", told)
    finally:
        shutil.rmtree(target)


def test_the_record_holds_what_it_should(events: list[Event]) -> None:
    syncs = [group_of(event.path, before) for before, event in pairwise(events) if event.what == "sync"]
    assert set(syncs) - {"rollback journal"} == {*GROUPS, *CREATION_GROUPS}
    assert sum(event.what == "mark" and event.data.startswith(b"published") for event in events) > ROUNDS // 2
    assert any(event.what == "rmdir" for event in events), "no tile became full: the run is too short"
    assert syncs.count("database") > 4, "SQLite never began its write-ahead log anew: the run is too short"


def test_nothing_acknowledged_is_lost_when_the_power_goes(events: list[Event], scratch: Path) -> None:
    seed = int(os.environ.get("TALLYSTICK_CRASH_SEED") or random.SystemRandom().randrange(2**32))
    print(f"seed {seed}, {len(events)} events")
    choose = random.Random(seed)
    chosen = set(choose.sample(range(len(events)), min(POINTS, len(events))))
    disk, told = Disk(), Told()
    for number, event in enumerate(events):
        disk.apply(event)
        if event.what == "mark":
            told.hear(event.data.decode().strip())
        if number in chosen and disk.root.now():
            modes = ("dropped", *["torn"] * TEARS, *(["kept"] if LONG or number % 5 == 0 else []))
            for turn, mode in enumerate(modes):
                try:
                    crash(disk, told, scratch, mode, choose.randrange(2**32))
                except (AssertionError, TallyError) as error:
                    pytest.fail(
                        f"seed {seed}, after event {number} {event.what} {event.path}, {mode} {turn}: {error!r}"
                    )


def first_failure(events: list[Event], scratch: Path, deaf: Deaf, hears: int) -> str | None:
    """Where a disk that is deaf to some syncs is found out, from event `hears` on; None if it is not."""
    at = 0
    disk, told = Disk(lambda path, before: at > hears and deaf(path, before)), Told()
    for at, event in enumerate(events):
        if event.what == "mark":
            told.hear(event.data.decode().strip())
        if disk.root.now() and at >= hears and event.what in ("mark", "sync", "rename"):
            for mode in ("dropped", "torn"):
                try:
                    crash(disk, told, scratch, mode, at)
                except (AssertionError, ChainError, TallyError, OSError) as error:
                    return f"after event {at} ({event.what}), {mode}: {type(error).__name__}: {error}"
        disk.apply(event)
    return None


@pytest.mark.parametrize("group", [*GROUPS, *CREATION_GROUPS])
def test_no_sync_can_be_left_out(events: list[Event], scratch: Path, group: str) -> None:
    created = next(at for at, event in enumerate(events) if event.what == "mark")
    hears = created if group in GROUPS else -1
    found = first_failure(events, scratch, lambda path, before: group_of(path, before) == group, hears)
    print(f"{group}: {found}")
    assert found is not None, f"nothing fails without the syncs of: {group}"


def after_kill(events: list[Event], tool: str, kill: int) -> list[Event]:
    """Kill the writer after event `kill`, start it again on what it left (all: the power stays), record on."""
    disk = Disk()
    rounds = 0
    for event in events[: kill + 1]:
        disk.apply(event)
        rounds += event.data.startswith(b"appended") and event.what == "mark"
    with tempfile.TemporaryDirectory() as folder:
        disk.materialise(Path(folder) / "root", "kept", random.Random(0))
        return [*events[: kill + 1], *record(tool, Path(folder) / "root", rounds, 2)]


def kills(events: list[Event]) -> dict[str, int]:
    """Moments between a change of names and the sync that makes it durable."""
    late = len(events) // 4
    return {
        "folders of hash tiles": next(
            at for at, event in enumerate(events) if at > late and event.what == "mkdir" and "tile/0/" in event.path
        ),
        "folder of entry tiles": next(
            at for at, event in enumerate(events) if at > late and event.what == "mkdir" and "entries/" in event.path
        ),
        "folder of the log": next(
            at for at, event in enumerate(events) if at > late and event.target == "gateway/log/checkpoint"
        ),
    }


@pytest.mark.parametrize("group", ["folders of hash tiles", "folder of entry tiles", "folder of the log"])
def test_killed_first_and_the_power_goes_later(events: list[Event], scratch: Path, group: str) -> None:
    tool = strace()
    assert tool is not None
    kill = kills(events)[group]
    both = after_kill(events, tool, kill)
    assert first_failure(both, scratch, lambda path, before: False, kill) is None
    # The killed process left names that the new one sees and the disk does not have. Deaf to the syncs of these:
    found = first_failure(both, scratch, lambda path, before: group_of(path, before) == group, kill)
    assert found is not None, f"nothing fails if a new process trusts the names it finds: {group}"
