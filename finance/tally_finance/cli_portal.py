"""The command `tallystick finance portal`: a portal's folder. Light until it runs."""

from __future__ import annotations

import argparse
from pathlib import Path

from tally_chain.cli.where import bytes32, run_in
from tally_finance.cli_desk import Actions, action

DEFAULT_ADDRESS = "http://localhost:8470"


def register(subparsers: Actions[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser("portal", help="make the folder of a portal")
    actions = parser.add_subparsers(dest="portal_command", metavar="COMMAND", title="commands", required=True)
    init = action(
        actions,
        "init",
        "make a portal's sheet, its keys and its first administrator",
        "Makes a folder with portal.toml, the key of the audit log and the key that seals second factors (mode 0600), "
        "and the first administrator's one-time link, which is shown once. Add [desk], [reviews] and [[gateway]] to "
        "the sheet, then run `finance serve --portal`.",
        run_in("tally_finance.cli_portal_run", "init"),
    )
    init.add_argument("--dir", metavar="DIR", type=Path, required=True, help="the folder to make, or an empty one")
    init.add_argument("--organisation", metavar="ID", type=bytes32, required=True, help="registry id of whose it is")
    init.add_argument("--name", required=True, help="the organisation's name in Latin script")
    init.add_argument("--name-zh", metavar="NAME", help="its name in Chinese (default: --name)")
    init.add_argument("--address", default=DEFAULT_ADDRESS, help=f"as browsers have it (default: {DEFAULT_ADDRESS})")
    init.add_argument("--administrator", metavar="NAME", default="admin", help="account name (default: admin)")


def add_portal(parser: argparse.ArgumentParser) -> None:
    """Which portal."""
    parser.add_argument("--portal", metavar="FILE", type=Path, required=True, help="the portal's sheet (portal.toml)")
