"""The commands of this part. Light until one of them runs."""

from __future__ import annotations

import argparse

from tally_chain.cli import bundle, chain, operation, policy, registry, report, verify


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands of this part."""
    for commands in (verify, bundle, report, policy, chain, registry, operation):
        commands.register(subparsers)
