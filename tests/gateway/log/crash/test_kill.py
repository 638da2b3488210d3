"""kill -9 of the writer, at random moments, again and again on the same log.

TALLYSTICK_KILL_ROUNDS sets how often (20), TALLYSTICK_CRASH_SEED the moments.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

from tests.gateway.log.crash.judge import Told, judge

ROUNDS = int(os.environ.get("TALLYSTICK_KILL_ROUNDS", "20"))
ROUNDS_PER_LOG = 25
"""Then another log begins: every round reads all of it, and a long run would mostly read."""
MAX_BATCHES = 40
"""A run that gets through is not killed; then it ends by itself, and the next one goes on."""


def test_kill_9(tmp_path: Path) -> None:
    seed = int(os.environ.get("TALLYSTICK_CRASH_SEED") or random.SystemRandom().randrange(2**32))
    print(f"seed {seed}")
    choose = random.Random(seed)
    killed = 0
    for first in range(0, ROUNDS, ROUNDS_PER_LOG):
        world = tmp_path / f"from-{first}"
        world.mkdir()
        for _ in range(first, min(ROUNDS, first + ROUNDS_PER_LOG)):
            killed += kill_once(world, choose)
        shutil.rmtree(world)
    assert killed > ROUNDS // 2, "most runs ended before they were killed"


def kill_once(world: Path, choose: random.Random) -> bool:
    """Let a writer go on with the log in `world`, kill it, and judge what it left; whether it was killed."""
    folder, marks = world / "gateway", world / "marks"
    marks.touch()
    lines = marks.read_text().splitlines()
    rounds = sum(line.startswith("appended") for line in lines)
    command = [sys.executable, "-m", "tests.gateway.log.crash.writing", str(folder), str(marks), str(rounds)]
    with subprocess.Popen([*command, str(MAX_BATCHES)]) as writer:
        if choose.random() < 0.8:
            _wait_for_more(marks, len(lines), writer)
            time.sleep(choose.uniform(0, 0.1))
        else:
            time.sleep(choose.uniform(0.1, 0.4))
        writer.kill()
    told = Told()
    for line in marks.read_text().splitlines():
        told.hear(line)
    if folder.exists():
        shutil.copytree(folder, world / "copy")
        judge(world / "copy", told)
        shutil.rmtree(world / "copy")
    return writer.returncode < 0


def _wait_for_more(marks: Path, lines: int, writer: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while len(marks.read_text().splitlines()) <= lines and writer.poll() is None:
        assert time.monotonic() < deadline, "the writer acknowledges nothing"
        time.sleep(0.01)
