"""The shim sees what the kernel sees: one writer, recorded by strace and by the shim, does the same to its files."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.gateway.log.crash.recording import Event, record, strace
from tests.simulation import shim

ROUNDS = 4
_RECORDER = """
import json, sys
from pathlib import Path
from tests.gateway.log.crash import writing
from tests.simulation.shim import Watch
heard = []
def told(what, path, target, offset, data, length):
    if not what & 0x100:
        heard.append((what, path.decode(), None if target is None else target.decode(), offset, length))
    return 0
root, marks, rounds = sys.argv[1:]
watch = Watch(Path(root), told)
sys.argv = ["writing", root + "/gateway", marks, "0", rounds]
writing.main()
watch.close()
print(json.dumps(heard))
"""
_NAMES = {1: "create", 2: "write", 3: "truncate", 4: "sync", 5: "rename", 6: "unlink", 7: "mkdir", 8: "rmdir"}


def _plain(name: str) -> str:
    """Without the number of the process that named a temporary file."""
    return re.sub(r"\.\d+\.tmp$", ".tmp", name)


def _by_strace(tool: str, folder: Path) -> list[tuple[str, str, str, int, int]]:
    (folder / "disk").mkdir(parents=True)
    events: list[Event] = record(tool, folder / "disk", 0, ROUNDS)
    return [
        (event.what, _plain(event.path), _plain(event.target), event.offset, _length(event.path, len(event.data)))
        for event in events
        if event.what != "mark"
    ]


def _by_shim(folder: Path) -> list[tuple[str, str, str, int, int]]:
    root = folder / "disk"
    root.mkdir(parents=True)
    command = [sys.executable, "-B", "-c", _RECORDER, str(root), str(folder / "marks"), str(ROUNDS)]
    done = subprocess.run(
        command, env=shim.environment(), cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    cut = len(str(root)) + 1
    return [
        (_NAMES[what], _plain(path[cut:]), _plain((target or "")[cut:]), offset, _length(path, length))
        for what, path, target, offset, length in json.loads(done.stdout)
    ]


def _length(path: str, length: int) -> int:
    """Of a write; the lock file holds the number of its process, which is as long as it is."""
    return 0 if path.endswith("/lock") else length


@pytest.mark.skipif(shim.compiler() is None, reason="the disk that forgets needs a C compiler (cc)")
def test_the_shim_sees_what_the_kernel_sees(tmp_path: Path) -> None:
    tool = strace()
    if tool is None:
        pytest.skip("strace is not installed, or may not trace here")
    seen, heard = _by_strace(tool, tmp_path / "strace"), _by_shim(tmp_path / "shim")
    assert len(heard) > 200
    assert {what for what, *_ in heard} >= {"create", "write", "sync", "rename", "unlink", "mkdir"}
    assert heard == seen
