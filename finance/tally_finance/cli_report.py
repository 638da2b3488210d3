"""The commands `tallystick finance footprint report`, `verify`, `renew` and `open`. Light until they run."""

from __future__ import annotations

import argparse
from pathlib import Path

from tally_chain.cli import verify
from tally_chain.cli.where import run_in
from tally_edge.cli_time import TIME_HELP, instant_or_seconds

_RUN = "tally_finance.cli_report_run"


def register(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands to those of `finance footprint`."""
    _add_report(actions)
    _add_verify(actions)
    _add_renew(actions)
    _add_open(actions)


def _add_report(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    report = actions.add_parser(
        "report",
        help="a site's footprint with all that it rests on (碳足迹报告)",
        description=(
            "Verify the bundles of a site, one for each of its logs, count what it consumed and what that emitted by "
            "its inventory sheet, and write a folder: the report, its trace, the sheets and the evidence. The folder "
            "verifies without a network. Exit code 1: it was written, and the evidence does not hold, or a remark "
            "leaves a sum open."
        ),
    )
    report.add_argument("bundles", metavar="BUNDLE", type=Path, nargs="+", help="the bundle files, sealed or not")
    verify.add_trust(report)
    report.add_argument("--sheet", metavar="SHEET", type=Path, required=True, help="the inventory sheet (TOML)")
    report.add_argument("--out", metavar="DIR", type=Path, required=True, help="the folder to make")
    report.set_defaults(run=run_in(_RUN, "report"))


def _add_verify(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    again = actions.add_parser(
        "verify",
        help="compute a report again from its evidence (复算)",
        description=(
            "Compute a report again from bundles, by default those in its folder, and say where it differs. "
            "Exit code 0: every byte is the same, and the evidence holds; 1: it differs, or the evidence does not hold."
        ),
    )
    _add_folder(again)
    verify.add_trust(again)
    again.set_defaults(run=run_in(_RUN, "verify"))


def _add_renew(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    renewing = actions.add_parser(
        "renew",
        help="what a report would say by the factors that ship now (因子更新后重算)",
        description=(
            "Compute a report by the factors that shipped when it was made, which has to give the same bytes, and by "
            "those that ship now; say which factors count instead and which figures move. The report stays as it is. "
            "Exit code 0: no figure moves; 1: one does, or the report is another one than its evidence gives."
        ),
    )
    _add_folder(renewing)
    verify.add_trust(renewing)
    renewing.add_argument("--out", metavar="NEW", type=Path, help="write the new report into this folder, to restate")
    renewing.set_defaults(run=run_in("tally_finance.cli_report_renew_run", "renew"))


def _add_open(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    opening = actions.add_parser(
        "open",
        help="open a figure of a report, step by step (穿透)",
        description=(
            "Show what a figure is made of: a figure opens to lines, a line to its factor and loads, a load to its "
            "intervals with the statements at their ends and the proofs of those, from the evidence verified anew."
        ),
    )
    opening.add_argument("folder", metavar="DIR", type=Path, help="the report's folder")
    opening.add_argument("figure", metavar="FIGURE", help="scope-1, total-market, line-1, product-1, load-1, …")
    opening.add_argument("bundles", metavar="BUNDLE", type=Path, nargs="*", help="default: those in the folder")
    opening.add_argument("--from", dest="from_at", metavar="TIME", type=instant_or_seconds, help=TIME_HELP)
    opening.add_argument("--to", dest="to_at", metavar="TIME", type=instant_or_seconds, help=TIME_HELP)
    opening.add_argument("--json", action="store_true", help="print everything as JSON, statements in hex")
    verify.add_trust(opening)
    opening.set_defaults(run=run_in(_RUN, "open"))


def _add_folder(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", metavar="DIR", type=Path, help="the report's folder")
    parser.add_argument("bundles", metavar="BUNDLE", type=Path, nargs="*", help="default: those in the folder")
