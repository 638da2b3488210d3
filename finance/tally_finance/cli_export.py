"""The commands `tallystick finance export`. Light until one of them runs."""

from __future__ import annotations

import argparse

from tally_finance import cli_export_pact, cli_export_page, cli_export_tables


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands."""
    export = commands.add_parser(
        "export",
        help="a footprint report as a page, as tables, or as another system's document (导出)",
        description=(
            "Write a footprint report as something that people or other systems read. What is written names the report "
            "by its digest."
        ),
    )
    actions = export.add_subparsers(dest="export_command", metavar="COMMAND", title="commands", required=True)
    cli_export_page.register(actions)
    cli_export_tables.register(actions)
    cli_export_pact.register(actions)
