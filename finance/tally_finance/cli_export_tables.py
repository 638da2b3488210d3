"""The commands `tallystick finance export csv`, `parquet` and `excel`. Light until one of them runs."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from tally_chain.cli.where import run_in
from tally_finance.cli_export_of import add_report

_RUN = "tally_finance.cli_export_tables_run"
_DRAWN = (
    "Figures, lines, products, factors with the alternatives, months, days and hours of each medium, meters, checks, "
    "findings, remarks, instruments and evidence. Numbers are exact. The report is computed again first; one that "
    "differs is not exported."
)


def register(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands."""
    csv = _command(
        actions,
        "csv",
        "a report's tables as CSV files (表格)",
        f"{_DRAWN} One file for each table (UTF-8, RFC 4180), and tables.json that says what each column is.",
        run_in(_RUN, "csv"),
    )
    parquet = _command(
        actions,
        "parquet",
        "a report's tables as Parquet files, with exact decimals (列式表格)",
        f"{_DRAWN} One file for each table: decimals, times in UTC, units and digest in the metadata.",
        run_in(_RUN, "parquet"),
    )
    for parser in (csv, parquet):
        parser.add_argument("--out", "-o", metavar="DIR", type=Path, required=True, help="folder to make")
        parser.add_argument(
            "--no-intervals", action="store_true", help="leave the load curve of each meter out (负荷曲线)"
        )
    excel = _command(
        actions,
        "excel",
        "a report's tables as one workbook (工作簿)",
        f"{_DRAWN} A number of more than 15 digits stands as text. The load curve of each meter is too long for a "
        "sheet: take csv or parquet.",
        run_in(_RUN, "excel"),
    )
    excel.add_argument("--out", "-o", metavar="FILE", type=Path, required=True, help="file to make; never overwritten")


def _command(
    actions: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    help_text: str,
    description: str,
    run: Callable[[argparse.Namespace], int],
) -> argparse.ArgumentParser:
    parser = actions.add_parser(name, help=help_text, description=description)
    add_report(parser)
    parser.set_defaults(run=run)
    return parser
