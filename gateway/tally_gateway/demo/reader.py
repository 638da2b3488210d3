"""The reader's side of a demonstration: `tallystick verify` in a process of its own, which can reach no network."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tally_gateway.errors import DemoError

_WITHOUT_SOCKETS: Final = """
import sys
def refuse(event, _):
    if event.startswith("socket."):
        raise PermissionError("this process has no network")
sys.addaudithook(refuse)
from tally_edge.command import main
sys.exit(main(sys.argv[1:]))
"""
"""Refuses sockets from inside; where the system allows it, a network namespace of its own does so from outside too."""

TIMEOUT_S: Final = 120


@dataclass(frozen=True, slots=True)
class Read:
    """What the reader was told: the exit code, and the verdict as `verify --json` prints it."""

    code: int
    verdict: dict[str, Any]
    isolated: bool

    def codes(self) -> set[str]:
        """The names of the findings that are failures."""
        return {finding["name"] for finding in self.verdict["findings"] if finding["severity"] == "failure"}


def read(bundle: Path, policy: Path) -> Read:
    """Verify `bundle` under `policy`. Raises DemoError when the process says something that is no verdict."""
    isolation = _isolation()
    command = [sys.executable, "-c", _WITHOUT_SOCKETS, "verify", str(bundle), "--policy", str(policy), "--json"]
    done = subprocess.run([*isolation, *command], capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    try:
        verdict = json.loads(done.stdout)
    except json.JSONDecodeError:
        raise DemoError(f"the verifier ended with {done.returncode}: {done.stderr.strip()[-500:]}") from None
    return Read(done.returncode, verdict, bool(isolation))


def _isolation() -> list[str]:
    """What to put before a command so that it runs without a network; nothing where the system does not allow it."""
    unshare = shutil.which("unshare")
    if unshare is None:
        return []
    prefix = [unshare, "--map-root-user", "--net"]
    allowed = subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode == 0
    return prefix if allowed else []
