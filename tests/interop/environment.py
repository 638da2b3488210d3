"""An environment for the independent libraries: they pin a CBOR library that ours outgrew, so they can not share one.

`python -m tests.interop.environment` makes it under build/interop-venv, once; a changed list makes it anew.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import venv
from pathlib import Path

REQUIREMENTS = ("cwt==3.3.0", "scitt-cose==0.5.0")
"""The versions that the tests were written against."""

FOLDER = Path(__file__).parents[2] / "build" / "interop-venv"
SECONDS = 300


class CannotMake(Exception):
    """The environment can not be made; the text is the installer's last word."""


def ensure() -> Path:
    """The environment's interpreter, made when it is not there. Raises CannotMake."""
    python = FOLDER / "bin" / "python"
    stamp = FOLDER / "made-for.txt"
    wanted = "\n".join(REQUIREMENTS)
    if stamp.is_file() and stamp.read_text("utf-8") == wanted:
        return python
    shutil.rmtree(FOLDER, ignore_errors=True)
    try:
        venv.create(FOLDER, with_pip=True)
        command = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *REQUIREMENTS]
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    except (OSError, subprocess.SubprocessError) as error:
        raise CannotMake(str(error)) from None
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or ["pip said nothing"]
        raise CannotMake(f"{' '.join(REQUIREMENTS)}: {last[0]}")
    stamp.write_text(wanted, "utf-8")
    return python


if __name__ == "__main__":
    try:
        print(ensure())
    except CannotMake as failure:
        sys.exit(f"can not make {FOLDER}: {failure}")
