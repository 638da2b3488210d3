"""The firmware, built once for all workers of a run; a test that needs it is skipped where the compiler or a library is
missing.
"""

from __future__ import annotations

import fcntl
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "firmware-sim" / "device"
OUT = ROOT / "build" / "firmware"
NEEDED = {
    "#include <mbedtls/version.h>\n": "libmbedtls-dev (2.28 or 3)",
    "#include <mosquitto.h>\n": "libmosquitto-dev",
}
"""What must go through the preprocessor."""
BUILD_S = 600


@dataclass(frozen=True, slots=True)
class Device:
    """The built program."""

    program: Path

    def run(self, *arguments: str, lines: str = "", timeout_s: float = 600) -> str:
        """What it prints for `lines` on its standard input. An exit code other than 0 fails the test."""
        done = subprocess.run(
            [self.program, *arguments], input=lines, capture_output=True, text=True, timeout=timeout_s, check=False
        )
        assert done.returncode == 0, f"exit code {done.returncode}: {done.stderr[-2000:]}"
        return done.stdout

    def answers(self, *arguments: str, lines: list[str]) -> list[str]:
        """One line of answer for each line."""
        if not lines:
            return []
        answers = self.run(*arguments, lines="\n".join(lines) + "\n").splitlines()
        assert len(answers) == len(lines)
        return answers


def missing() -> str:
    """The Debian packages that are not there, or ""."""
    if shutil.which("make") is None or shutil.which("cc") is None:
        return "build-essential"
    absent = []
    for source, package in NEEDED.items():
        found = subprocess.run(["cc", "-E", "-x", "c", "-"], input=source, capture_output=True, text=True, check=False)
        absent += [package] if found.returncode else []
    return ", ".join(absent)


def build(target: str = "all", out: Path = OUT) -> Device:
    """Make `target` into `out`. Skips where something is missing, fails where the compiler complains."""
    absent = missing()
    if absent:
        pytest.skip(f"the firmware needs the Debian packages: {absent}")
    out.mkdir(parents=True, exist_ok=True)
    with (out / ".building").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the workers of a run share the folder
        command = ["make", "--silent", "-C", str(SOURCES), f"OUT={out}", target]
        done = subprocess.run(command, capture_output=True, text=True, timeout=BUILD_S, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
    return Device(out / "tally-device")
