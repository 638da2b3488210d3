"""The commands `tallystick finance close deposit`: China's monthly deposit of a site's data. Light until one runs."""

from __future__ import annotations

import argparse
from pathlib import Path

from tally_chain.cli import verify
from tally_chain.cli.where import bytes32, run_in
from tally_finance.cli_desk import Actions, action

_RUN = "tally_finance.cli_close_deposit_run"


def register(subparsers: Actions[argparse.ArgumentParser]) -> None:
    """Add the commands."""
    parser = subparsers.add_parser(
        "deposit",
        help="a site's monthly data deposit, signed (月度存证)",
        description="What a firm deposits of each month in China's emissions trading: fuels, purchased electricity, "
        "generation, heat, hours and load by the day, with what supports it. Drawn from a footprint report.",
    )
    actions = parser.add_subparsers(dest="deposit_command", metavar="COMMAND", title="commands", required=True)
    _register_make(actions)
    _register_verify(actions)
    _register_year(actions)


def _register_make(actions: Actions[argparse.ArgumentParser]) -> None:
    make = action(
        actions,
        "make",
        "deposit a month: signed file, workbook and tables",
        "Computes the report again from its evidence, draws the month from it day by day, and writes MONTH.deposit, "
        "MONTH.xlsx and tables/*.csv into a new folder. A month that was deposited before is deposited again with "
        "--previous and --reason; the old one stays. Exit code 1: made, and the evidence does not hold or a sum is "
        "open.",
        run_in(_RUN, "make"),
    )
    _add_report(make, "the report's folder; it has the whole month")
    make.add_argument("bundles", metavar="BUNDLE", type=Path, nargs="*", help="default: those in the folder")
    make.add_argument("--month", metavar="YYYY-MM", required=True, help="a month that is over on the site's clock")
    make.add_argument(
        "--sign-key", metavar="FILE", type=Path, required=True, help="the depositor's key, from `close key`"
    )
    make.add_argument(
        "--sign-passphrase-file", metavar="FILE", type=Path, help="holds its passphrase (else TALLYSTICK_PASSPHRASE)"
    )
    make.add_argument("--previous", metavar="FILE", type=Path, help="the deposit of this month that it restates")
    make.add_argument("--reason", metavar="TEXT", default="", help="why there is another deposit of the month")
    make.add_argument("--out", metavar="DIR", type=Path, required=True, help="folder to make")


def _register_verify(actions: Actions[argparse.ArgumentParser]) -> None:
    check = action(
        actions,
        "verify",
        "compute a deposit again, step by step",
        "Checks the signature, that days add up to the month, that the figures follow from the report's evidence, the "
        "files beside it, the deposit before, and by the anchor whether it was in time. Exit code 1: a step does not "
        "hold, or the figures were not computed again.",
        run_in(_RUN, "verify"),
    )
    check.add_argument("file", metavar="FILE", type=Path, help="a monthly deposit, its tables beside it")
    check.add_argument("--report", dest="folder", metavar="DIR", type=Path, help="a report that has the whole month")
    check.add_argument("--previous", metavar="FILE", type=Path, help="the deposit that it names")
    _add_signers(check)
    verify.add_trust(check, required=False)
    check.set_defaults(bundles=[], unverified=False)


def _register_year(actions: Actions[argparse.ArgumentParser]) -> None:
    year = action(
        actions,
        "year",
        "hold the deposits of a year against the year's report (以月保年)",
        "Computes the report again, and holds each month's newest deposit against it, and all of them together "
        "against the report's sums. Each difference is named. Exit code 1: there is one, a month is missing, or the "
        "evidence of the year or of a deposit does not hold.",
        run_in(_RUN, "year"),
    )
    _add_report(year, "the year's report")
    year.add_argument("files", metavar="FILE", type=Path, nargs="+", help="deposits, those that were restated too")
    _add_signers(year)
    year.set_defaults(bundles=[])


def _add_report(parser: argparse.ArgumentParser, help_text: str) -> None:
    parser.add_argument("folder", metavar="REPORT", type=Path, help=help_text)
    verify.add_trust(parser)
    parser.set_defaults(unverified=False)


def _add_signers(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--signer", metavar="ID", type=bytes32, action="append", required=True, help="id of a key that you trust"
    )
