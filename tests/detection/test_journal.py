"""A journal goes on where it was cut off, and does not mix what other code measured."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.detection import journal

JOBS: list[journal.Job] = [["a", 1], ["a", 2], ["b", 1]]


def doubled(job: journal.Job) -> dict[str, object]:
    name, number = job
    return {"name": name * 2, "pid": os.getpid(), "tuple": (number,)}


def refused(job: journal.Job) -> None:
    raise AssertionError(f"{job} was there already")


def unlucky(job: journal.Job) -> str:
    if job == JOBS[2]:
        raise RuntimeError("the third fails")
    return "done"


def test_every_job_is_done_once_and_results_come_in_order(tmp_path: Path) -> None:
    path = tmp_path / "new" / "one.jsonl"
    results = journal.fill(path, JOBS, doubled, workers=2)
    assert [one["name"] for one in results] == ["aa", "aa", "bb"]
    assert [one["tuple"] for one in results] == [[1], [2], [1]]
    assert os.getpid() not in {one["pid"] for one in results}
    assert journal.fill(path, JOBS, refused) == results
    assert journal.fill(path, JOBS[::-1], refused) == results[::-1]
    assert len(path.read_text().splitlines()) == 3


@pytest.mark.parametrize("cut", [1, 10, 30])
def test_a_line_that_was_cut_off_is_done_again(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "one.jsonl"
    journal.fill(path, JOBS, doubled, workers=1)
    path.write_bytes(path.read_bytes()[:-cut])
    lost = cut > 1
    before = journal.read(path)
    assert len(before) == 3 - lost
    results = journal.fill(path, JOBS, doubled, workers=1)
    assert [one["name"] for one in results] == ["aa", "aa", "bb"]
    assert journal.fill(path, JOBS, refused) == results
    assert {**journal.read(path), **before} == journal.read(path)


def test_what_was_done_before_a_job_failed_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "one.jsonl"
    with pytest.raises(RuntimeError, match="the third"):
        journal.fill(path, JOBS, unlucky, workers=1)
    assert journal.read(path) == {json.dumps(job): "done" for job in JOBS[:2]}


def test_a_journal_belongs_to_the_code_that_was_measured(tmp_path: Path) -> None:
    for folder in journal.MEASURED:
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "module.py").write_text("one = 1\n")
    names = {journal.code(tmp_path)}
    for change in ("edge/module.py", "firmware-sim/profile.toml", "tests/detection/rules.py"):
        (tmp_path / change).write_text("two = 2\n")
        names.add(journal.code(tmp_path))
    assert len(names) == 4
    for aside in ("edge/README.md", "tests/detection/page.py", "tests/detection/test_page.py"):
        (tmp_path / aside).write_text("three\n")
    assert journal.code(tmp_path) in names
