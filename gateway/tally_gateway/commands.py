"""The commands of this part. Light until one of them runs."""

from __future__ import annotations

import argparse

from tally_gateway import cli_demo, cli_gateway, cli_heads


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands of this part."""
    cli_gateway.register(subparsers)
    cli_heads.register(subparsers)
    cli_demo.register(subparsers)
