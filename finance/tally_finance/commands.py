"""The commands of this part: `tallystick finance`. Light until one of them runs."""

from __future__ import annotations

import argparse

from tally_finance import cli_alert, cli_ownership, cli_quantity, cli_quote, cli_watch


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands of this part."""
    finance = subparsers.add_parser("finance", help="what a lender or a reviewer works out from verified evidence")
    commands = finance.add_subparsers(dest="finance_command", metavar="COMMAND", title="commands", required=True)
    cli_quantity.register(commands)
    cli_ownership.register(commands)
    cli_quote.register(commands)
    cli_watch.register(commands)
    cli_alert.register(commands)
