"""The commands of this part: `tallystick finance`. Light until one of them runs."""

from __future__ import annotations

import argparse
from typing import Final

from tally_edge import command
from tally_finance import (
    cli_account,
    cli_alert,
    cli_attest,
    cli_audit,
    cli_close,
    cli_export,
    cli_factor,
    cli_footprint,
    cli_loan,
    cli_ownership,
    cli_pact,
    cli_pledge,
    cli_portal,
    cli_quantity,
    cli_quote,
    cli_receipt,
    cli_review,
    cli_serve,
    cli_token,
    cli_trace,
    cli_watch,
)

GROUP: Final = "tallystick.finance"
"""Entry points of parts above this one that add commands below `tallystick finance`."""


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands of this part."""
    finance = subparsers.add_parser("finance", help="what a lender or a reviewer works out from verified evidence")
    commands = finance.add_subparsers(dest="finance_command", metavar="COMMAND", title="commands", required=True)
    cli_quantity.register(commands)
    cli_attest.register(commands)
    cli_ownership.register(commands)
    cli_quote.register(commands)
    cli_watch.register(commands)
    cli_alert.register(commands)
    cli_receipt.register(commands)
    cli_pledge.register(commands)
    cli_loan.register(commands)
    cli_close.register(commands)
    cli_factor.register(commands)
    cli_footprint.register(commands)
    cli_export.register(commands)
    cli_trace.register(commands)
    cli_review.register(commands)
    cli_serve.register(commands)
    cli_token.register(commands)
    cli_portal.register(commands)
    cli_account.register(commands)
    cli_audit.register(commands)
    cli_pact.register(commands)
    for part in command.parts(GROUP):
        part.load()(commands)
