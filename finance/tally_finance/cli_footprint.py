"""The command `tallystick finance footprint`: what a site consumed, and what follows from it. Light until it runs."""

from __future__ import annotations

import argparse
from pathlib import Path

from tally_chain.cli import verify
from tally_chain.cli.where import run_in
from tally_finance import cli_claims, cli_report


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands."""
    parser = subparsers.add_parser("footprint", help="what a site consumed, and what that emitted (碳足迹)")
    actions = parser.add_subparsers(dest="footprint_command", metavar="COMMAND", title="commands", required=True)
    activity = actions.add_parser(
        "activity",
        help="what a site consumed, from registers (活动数据)",
        description=(
            "Verify a bundle, and count what a site bought, made, fed in and used, month by month, from the registers "
            "of the meters in its boundary sheet: measured, bridged by registers, estimated by what can have passed "
            "at most, or missing. Sub-meters, invoices and ratios are held against it. What was not measured opens "
            "down to its statements (--json), and so does every interval (--intervals). Exit code 1: the evidence "
            "does not hold, or a remark leaves a sum open."
        ),
    )
    verify.add_reading(activity)
    activity.add_argument(
        "--boundary",
        metavar="SHEET",
        type=Path,
        required=True,
        help="the site's boundary sheet (TOML): meters, invoices",
    )
    activity.add_argument("--json", action="store_true", help="print everything as JSON, gaps with their statements")
    activity.add_argument(
        "--intervals", metavar="FILE", type=Path, help="CSV to make: every interval of every meter with its statements"
    )
    cli_report.register(actions)
    cli_claims.register(actions)
    activity.set_defaults(run=run_in("tally_finance.cli_footprint_run", "activity"))
