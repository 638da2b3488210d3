"""`tallystick …` in a process of its own or in this one, and what it said."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tally_edge.command import main

SHARED_TOOL = Path(__file__).parents[3] / "shared" / "tools" / "tlog_check.py"
"""A checker of logs that shares no code with the project; kept beside it."""


@dataclass(frozen=True, slots=True)
class Said:
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str

    def json(self) -> dict[str, Any]:
        """What it printed, as JSON."""
        return dict(json.loads(self.out))

    def refusal(self) -> str:
        """Its one line on standard error; fails where there is a traceback, or more than a usage and a line."""
        assert self.code != 0, self.out
        assert "Traceback" not in self.err, self.err
        lines = self.err.strip().splitlines()
        assert lines, self.out
        assert len(lines) == 1 or lines[0].startswith(("usage:", "[")), self.err
        return lines[-1]


def tallystick(
    *arguments: str | Path, passphrase: str = "", prefix: Sequence[str] = (), within_s: float = 120.0
) -> Said:
    """Run it; `prefix` stands before the command."""
    command = [*prefix, sys.executable, "-m", "tally_edge.command", *(str(argument) for argument in arguments)]
    environment = {**os.environ, "TALLYSTICK_PASSPHRASE": passphrase}
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        env=environment,
        timeout=within_s,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    return Said(done.returncode, done.stdout, done.stderr)


def run(*arguments: str | Path) -> Said:
    """Run it in this process, which spares a start of Python and most of the imports."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as ended:
            code = int(ended.code or 0)
    return Said(code, out.getvalue(), err.getvalue())


def independent_check(log: Path) -> str:
    """What the stranger's checker says of a log folder; "" with a message where it is absent. Fails when it objects."""
    if not SHARED_TOOL.is_file():
        print("the independent checker is absent: no ../shared/tools beside the project; that part is left out")
        return ""
    done = subprocess.run([sys.executable, str(SHARED_TOOL), str(log)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()
