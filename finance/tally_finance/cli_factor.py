"""The command `tallystick finance factor`: which emission factors there are, which one counts. Light until it runs."""

from __future__ import annotations

import argparse
from pathlib import Path

from tally_chain.cli.where import add_passphrase, bytes32, run_in
from tally_finance.cli_desk import Actions, action

_RUN = "tally_finance.cli_factor_run"


def register(subparsers: Actions[argparse.ArgumentParser]) -> None:
    """Add the commands."""
    parser = subparsers.add_parser("factor", help="emission factors and which one counts (排放因子)")
    actions = parser.add_subparsers(dest="factor_command", metavar="COMMAND", title="commands", required=True)
    listed = action(
        actions,
        "list",
        "the factors that there are",
        "Lists factors with their unit, basis and digest, and marks those that one source alone has.",
        run_in(_RUN, "list"),
    )
    listed.add_argument("--activity", metavar="NAME", help="of this activity, or of those below it (`fuel`)")
    listed.add_argument("--region", metavar="CODE", help="of this region, such as CN, CN-JS, CN-grid:华东, GB")
    listed.add_argument("--year", metavar="YEAR", type=int, help="of this data year")
    _add_own(listed)
    show = action(
        actions,
        "show",
        "one factor: all that it says, and its sources",
        "Shows a factor by its digest, or by the digits that its digest begins with.",
        run_in(_RUN, "show"),
    )
    show.add_argument("digest", metavar="DIGEST", help="hexadecimal digits")
    _add_own(show)
    _register_choose(actions)
    _register_own(actions)


def _register_choose(actions: Actions[argparse.ArgumentParser]) -> None:
    choose = action(
        actions,
        "choose",
        "which factor counts for an activity, and which do not",
        "Chooses by the rule of docs/factors.md, and shows every alternative with the reason why it does not count.",
        run_in(_RUN, "choose"),
    )
    choose.add_argument("--activity", metavar="NAME", required=True, help="such as electricity.grid")
    choose.add_argument(
        "--region",
        metavar="CODE",
        action="append",
        required=True,
        help="from the narrowest to the widest: province, grid region, nation (may be repeated)",
    )
    choose.add_argument("--year", metavar="YEAR", type=int, required=True, help="year of the activity")
    choose.add_argument("--basis", required=True, help="such as location, residual, lca, combustion, upstream")
    choose.add_argument("--per", metavar="UNIT", help="what the activity is counted in, such as kWh_gross or m3")
    _add_own(choose)


def _register_own(actions: Actions[argparse.ArgumentParser]) -> None:
    new = action(
        actions,
        "new",
        "begin a table of your own factors",
        "Writes a table (TOML) to fill in: a supplier's factor, a plant's figure, a newer edition.",
        run_in(_RUN, "new"),
    )
    new.add_argument("--out", metavar="FILE", type=Path, required=True, help="table to make; never overwritten")
    sign = action(
        actions,
        "sign",
        "sign a table of your own factors",
        "Reads a table of factors strictly and writes the file that an organisation's key signed. Readers name that "
        "key by its id.",
        run_in(_RUN, "sign"),
    )
    sign.add_argument("file", metavar="FILE", type=Path, help="the table (TOML)")
    sign.add_argument("--organisation", metavar="NAME", required=True, help="whose factors they are")
    sign.add_argument(
        "--key", metavar="FILE", type=Path, required=True, help="the organisation's key, as `close key` makes one"
    )
    add_passphrase(sign)
    sign.add_argument("--out", metavar="FILE", type=Path, required=True, help="file to make; never overwritten")


def _add_own(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--own", metavar="FILE", type=Path, action="append", default=[], help="signed factors of an organisation"
    )
    parser.add_argument(
        "--signer", metavar="ID", type=bytes32, action="append", default=[], help="id of a key that you take them from"
    )
