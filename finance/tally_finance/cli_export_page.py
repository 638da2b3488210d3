"""The commands `tallystick finance export html` and `pdf`. Light until one of them runs."""

from __future__ import annotations

import argparse
from pathlib import Path

from tally_chain.cli.where import run_in
from tally_finance import cli_export_of

_RUN = "tally_finance.cli_export_page_run"
_ORDER = (
    "in the order in which a reviewer reads: what it is of, the figures, what it is weak in, completeness, months, "
    "contributions, products, factors, instruments, cross-checks, meters, rounding, evidence, and the commands that "
    "check it. The report is computed again first, and not exported where it differs."
)


def register(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands to those of `finance export`."""
    _add(actions, "html", "a report as one page for a browser, without scripts (网页报告)", "one HTML file")
    _add(actions, "pdf", "a report as pages to print (PDF 报告)", "a PDF file")


def _add(actions: argparse._SubParsersAction[argparse.ArgumentParser], name: str, about: str, what: str) -> None:
    page = actions.add_parser(name, help=about, description=f"Write a footprint report as {what}, {_ORDER}")
    cli_export_of.add_report(page)
    page.add_argument("-o", "--out", metavar="FILE", type=Path, required=True, help="the file to write")
    page.set_defaults(run=run_in(_RUN, name))
