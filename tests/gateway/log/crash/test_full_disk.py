"""A full disk, at every single write: a clear error, nothing lost, and work again once there is space."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from tally_gateway.errors import LogBroken, LogExists, LogFull
from tally_gateway.log.files import DurableFiles
from tests.gateway.log import kit
from tests.gateway.log.crash.judge import Told, judge
from tests.gateway.log.kit import entry


class Failing(DurableFiles):
    """Fails the n-th call. `persisted`: the call took effect, and only the answer was bad."""

    def __init__(self, fails_at: int, number: int, *, persisted: bool) -> None:
        self.left = fails_at
        self.number = number
        self.persisted = persisted

    def _call(self, work: object, *arguments: object) -> None:
        self.left -= 1
        if self.left == 0:
            if self.persisted:
                work(*arguments)  # type: ignore[operator]
            raise OSError(self.number, os.strerror(self.number))
        work(*arguments)  # type: ignore[operator]

    def place(self, path: Path, data: bytes) -> None:
        self._call(super().place, path, data)

    def make_folder(self, folder: Path) -> None:
        self._call(super().make_folder, folder)

    def sync(self, folder: Path) -> None:
        self._call(super().sync, folder)

    def remove(self, path: Path) -> None:
        self._call(super().remove, path)


BATCHES = [[entry(stream, seq) for stream in range(3) for seq in range(100 * at, 100 * at + 100)] for at in range(2)]


def run(folder: Path, files: Failing, *, reopen: bool) -> bool:
    """Create, append and seal, each repeated once on LogFull; True if something failed. Checks all of it after."""
    failed, said = False, list[str]()
    try:
        log = kit.create(folder, files=files)
    except LogFull:
        failed = True
        try:
            log = kit.create(folder, files=files)
        except LogExists:  # all of it was written, only the last answer was bad
            log = kit.reopen(folder, files=files)
    for batch in BATCHES:
        log.append(batch)
        published = log.head
        try:
            log.seal()
        except LogFull as full:
            failed = True
            said.append(str(full))
            assert log.head.size >= published.size
            if reopen:
                log.close()
                log = kit.reopen(folder, (published.size, published.root), files=files)
            log.seal()
    kit.check_whole(folder, log, [each for batch in BATCHES for each in batch])
    log.close()
    assert all(str(folder) in each for each in said)
    return failed


@pytest.mark.parametrize("persisted", [False, True], ids=["not-persisted", "persisted"])
@pytest.mark.parametrize("reopen", [False, True], ids=["goes-on", "reopened"])
def test_no_space_at_any_call_of_the_file_system(scratch: Path, persisted: bool, reopen: bool) -> None:
    calls = 0
    while True:
        calls += 1
        folder = scratch / str(calls)
        if not run(folder, Failing(calls, errno.ENOSPC, persisted=persisted), reopen=reopen):
            break
    assert calls > 30, "the writes were not reached"


def test_another_error_ends_the_log_until_it_is_opened_again(tmp_path: Path) -> None:
    files = Failing(10**9, errno.EIO, persisted=False)
    log = kit.create(tmp_path, files=files)
    log.append(BATCHES[0])
    files.left = 1
    with pytest.raises(LogBroken):
        log.seal()
    for work in (log.seal, lambda: log.append(BATCHES[1]), lambda: log.entry(0)):
        with pytest.raises(LogBroken, match="can not be used"):
            work()
    log.close()
    log = kit.reopen(tmp_path)
    log.append(BATCHES[1])
    log.seal()
    kit.check_whole(tmp_path, log, [each for batch in BATCHES for each in batch])
    log.close()


def test_no_space_for_any_page_of_the_database(tmp_path: Path) -> None:
    log = kit.create(tmp_path)
    database = log._store._db
    stored: list[object] = []
    refused: list[str] = []
    for number in range(12):
        batch = [entry(number, seq, length=2_000) for seq in range(40)]
        pages = database.execute("PRAGMA page_count").fetchone()[0]
        database.execute(f"PRAGMA max_page_count = {pages + number}").fetchall()
        size = log.size
        try:
            log.append(batch)
        except LogFull as full:
            refused.append(str(full))
            assert log.size == size
            assert log.last_of(batch[0].kid) is None
            database.execute("PRAGMA max_page_count = 1000000").fetchall()
            assert [place.index for place in log.append(batch)] == list(range(size, size + 40))
        stored += batch
        if number % 4 == 3:
            database.execute("PRAGMA max_page_count = 1000000").fetchall()
            log.seal()
    assert len(refused) > 5
    assert all("state.sqlite" in each for each in refused)
    database.execute("PRAGMA max_page_count = 1000000").fetchall()
    log.seal()
    kit.check_whole(tmp_path, log, stored)  # type: ignore[arg-type]
    log.close()


@pytest.mark.parametrize("limit", [2_500, 4_200, 9_000, 21_000, 30_011, 40_000, 50_021, 70_001, 100_000, 150_000])
def test_files_that_may_not_grow(tmp_path: Path, limit: int) -> None:
    """The system itself refuses to let any file grow past `limit`: SQLite's files too, in the middle of a write."""
    arguments = [str(tmp_path / "gateway"), str(tmp_path / "marks"), "0", "40"]
    done = subprocess.run(
        [sys.executable, "-m", "tests.gateway.log.crash.writing", *arguments],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0, "the limit was not reached"
    last = done.stderr.strip().rsplit("\n", 1)[-1]
    assert last.startswith(("tally_gateway.errors.Log", "OSError: [Errno 27]")), done.stderr
    told = Told()
    marks = tmp_path / "marks"
    for line in marks.read_text().splitlines() if marks.exists() else ():
        told.hear(line)
    judge(tmp_path / "gateway", told)


def test_a_log_is_created_once(tmp_path: Path) -> None:
    kit.create(tmp_path).close()
    with pytest.raises(LogExists):
        kit.create(tmp_path)
    (tmp_path / "state.sqlite").unlink()
    with pytest.raises(LogExists, match="published"):
        kit.create(tmp_path)
