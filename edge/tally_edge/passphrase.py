"""Where secrets come from: a file that only its owner can read, else the environment. Never an argument."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from tally_edge.errors import KeyStoreError

VARIABLE: Final = "TALLYSTICK_PASSPHRASE"
SECOND_VARIABLE: Final = "TALLYSTICK_SECOND_PASSPHRASE"
"""The second person's, where both sit at one machine. One variable for both would make them one person."""

TOKEN_VARIABLE: Final = "TALLYSTICK_TOKEN"  # noqa: S105  the name of a variable


def read(file: Path | None, variable: str = VARIABLE) -> str:
    """The line in `file`, or the value of `variable`. Raises KeyStoreError where neither gives one."""
    if file is not None:
        return secret(file)
    value = os.environ.get(variable, "")
    if not value:
        raise KeyStoreError(f"a secret is missing: set {variable}, or name a file that holds it")
    return value


def secret(file: Path) -> str:
    """The one line of a file that only its owner may read. Raises KeyStoreError."""
    try:
        mode = file.stat().st_mode
        value = file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise KeyStoreError(f"cannot read {file}: {error}") from None
    if os.name == "posix" and mode & 0o077:
        raise KeyStoreError(f"{file} can be read by others (mode {mode & 0o777:o}); set it to 600")
    if not value:
        raise KeyStoreError(f"{file} is empty")
    return value
