"""Where a passphrase comes from: a file that only its owner can read, else the environment. Never an argument."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from tally_edge import config
from tally_edge.errors import ConfigError, KeyStoreError

VARIABLE: Final = "TALLYSTICK_PASSPHRASE"
SECOND_VARIABLE: Final = "TALLYSTICK_SECOND_PASSPHRASE"
"""The second person's, where both sit at one machine. One variable for both would make them one person."""


def read(file: Path | None, variable: str = VARIABLE) -> str:
    """The line in `file`, or the value of `variable`. Raises KeyStoreError where neither gives one."""
    if file is None:
        value = os.environ.get(variable, "")
        if not value:
            raise KeyStoreError(f"no passphrase: set {variable}, or name a file that holds it")
        return value
    try:
        value = config.secret(file)
    except ConfigError as error:
        raise KeyStoreError(str(error)) from None
    if not value:
        raise KeyStoreError(f"the passphrase file {file} is empty")
    return value
