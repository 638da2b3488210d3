"""The commands of this part: `verify` and what belongs to bundles. Light until one of them runs."""

from __future__ import annotations

import argparse
import importlib
import importlib.util
from typing import Final

_MODULES: Final = ("cli_verify", "cli_bundle", "cli_policy", "cli_chain", "cli_registry")


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands of this part."""
    for name in _MODULES:
        if importlib.util.find_spec(f"tally_chain.{name}") is not None:
            importlib.import_module(f"tally_chain.{name}").register(subparsers)
