"""kill -9 of a process that holds chain and journal, at random moments: no acknowledged anchor is lost.

TALLYSTICK_KILL_ROUNDS sets how often (5).
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from tally_chain.anchoring.reading import Anchor, read_anchors
from tally_chain.engine.embedded import EmbeddedEngine
from tests.chain.contracts import oracle
from tests.chain.contracts.stage import embedded_stage

HOUSE = Path(__file__).resolve().parents[3]
ROUNDS = int(os.environ.get("TALLYSTICK_KILL_ROUNDS", "5"))
PATIENT = 0.8
"""How many lives go on until they have acknowledged something; the others may be killed before, however slow the
machine is."""


@pytest.mark.slow
def test_no_acknowledged_anchor_is_lost(tmp_path: Path) -> None:
    with embedded_stage(tmp_path / "chain") as stage:
        target = stage.registered()
        contract = stage.contract
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    moments = random.Random(seed)
    acknowledged: list[int] = []
    held: set[int] = set()
    for _ in range(ROUNDS):
        heard = 1 if moments.random() < PATIENT else 0
        told = live_and_die(tmp_path, contract, target.log_id, heard, moments.uniform(0.02, 0.6))
        acknowledged += told
        assert [sound(path) for path in sorted(tmp_path.rglob("*.sqlite"))] == ["ok", "ok"]
        held |= {anchor.size for anchor in history(tmp_path, contract, target.log_id, after=len(held))}
        assert set(told) <= held
    anchors = history(tmp_path, contract, target.log_id)
    sizes = [anchor.size for anchor in anchors]
    assert all(anchor.root == oracle.root(0, anchor.size) for anchor in anchors)
    assert set(sizes) == held
    assert sizes == sorted(set(sizes))
    print(f"{ROUNDS} rounds, {len(acknowledged)} acknowledged anchors, {len(sizes)} in all")
    assert len(acknowledged) >= ROUNDS // 3


def history(folder: Path, contract: str, log_id: bytes, after: int = 0) -> list[Anchor]:
    """What the chain holds, read beside nobody."""
    reader = EmbeddedEngine.open_reader(folder / "chain")
    try:
        return read_anchors(reader, contract, log_id, after_sequence=after)
    finally:
        reader.close()


def sound(path: Path) -> str:
    """What SQLite itself says of a file."""
    with closing(sqlite3.connect(path)) as db:
        return str(db.execute("PRAGMA integrity_check").fetchone()[0])


def test_a_copy_of_a_killed_chain_opens(tmp_path: Path) -> None:
    with embedded_stage(tmp_path / "chain") as stage:
        log_id = stage.anchored(3)
        shutil.copytree(tmp_path / "chain", tmp_path / "copy")
        contract = stage.contract
    copy = EmbeddedEngine.open(tmp_path / "copy")
    try:
        assert [anchor.size for anchor in read_anchors(copy, contract, log_id)] == [3]
    finally:
        copy.close()


def live_and_die(folder: Path, contract: str, log_id: bytes, heard: int, after_seconds: float) -> list[int]:
    """One life: killed `after_seconds` after it was ready and had acknowledged `heard` anchors; returns the sizes that
    it had acknowledged."""
    command = [sys.executable, "-m", "tests.chain.anchoring.victim", str(folder), contract, log_id.hex()]
    with subprocess.Popen(command, cwd=HOUSE, stdout=subprocess.PIPE, text=True, env=os.environ | paths()) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        first = [process.stdout.readline().removesuffix("\n") for _ in range(heard)]
        time.sleep(after_seconds)
        process.send_signal(signal.SIGKILL)
        lines = first + process.stdout.read().split("\n")[:-1]
    return [int(line.removeprefix("final ")) for line in lines]


def paths() -> dict[str, str]:
    """What this process can import, its children can too."""
    return {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
