"""Where a passphrase comes from: a file that only its owner can read, else the environment. Never an argument."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from tally_edge.errors import KeyStoreError

VARIABLE: Final = "TALLYSTICK_PASSPHRASE"
SECOND_VARIABLE: Final = "TALLYSTICK_SECOND_PASSPHRASE"
"""The second person's, where both sit at one machine. One variable for both would make them one person."""


def read(file: Path | None, variable: str = VARIABLE) -> str:
    """The first line of `file`, or the value of `variable`. Raises KeyStoreError where neither gives one."""
    if file is None:
        value = os.environ.get(variable, "")
        if not value:
            raise KeyStoreError(f"no passphrase: set {variable}, or name a file that holds it")
        return value
    try:
        mode = file.stat().st_mode
        lines = file.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise KeyStoreError(f"cannot read the passphrase file {file}: {error}") from None
    if os.name == "posix" and mode & 0o077:
        raise KeyStoreError(f"{file} can be read by others (mode {mode & 0o777:o}); set it to 600")
    if not lines or not lines[0]:
        raise KeyStoreError(f"the passphrase file {file} is empty")
    return lines[0]
