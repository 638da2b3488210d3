"""The commands of this part: `edge`, `authority`, `meter`, `site`. Light until one of them runs."""

from __future__ import annotations

import argparse
import importlib
import importlib.util
from typing import Final

_MODULES: Final = ("cli_edge", "cli_authority", "cli_meter", "cli_site")


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands of this part."""
    for name in _MODULES:
        if importlib.util.find_spec(f"tally_edge.{name}") is not None:
            importlib.import_module(f"tally_edge.{name}").register(subparsers)
