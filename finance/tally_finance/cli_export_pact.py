"""The commands `tallystick finance export pact` and `catenax`. Light until one of them runs."""

from __future__ import annotations

import argparse
from pathlib import Path

from tally_chain.cli import verify
from tally_chain.cli.where import bytes32, run_in
from tally_edge.cli_time import TIME_HELP, instant_or_seconds

_RUN = "tally_finance.cli_export_pact_run"
_NUMBERS = (
    "All numbers of emissions are the report's, which is computed again first and refused where it differs; what no "
    "evidence knows stands in the sheet."
)


def register(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands to those of `finance export`."""
    pact = _add(
        actions,
        "pact",
        "a report's product as a PACT 3.0 document (产品碳足迹)",
        f"Write a product of a report as a ProductFootprint of PACT 3.0, with an extension that names the report, its "
        f"uncertainty and what it rests on. {_NUMBERS} Nothing doubtful is written without a reason.",
    )
    catenax = _add(
        actions,
        "catenax",
        "a report's product as Catena-X exchanges it (产品碳足迹)",
        f"Write a product of a report as the aspect model io.catenax.pcf 9.0.0 has it, every digit kept. {_NUMBERS}",
    )
    for parser in (pact, catenax):
        parser.add_argument(
            "-o", "--out", metavar="FILE", type=Path, required=True, help="the file to write; a new one"
        )


def add_verification(parser: argparse.ArgumentParser) -> None:
    """The options that name a third party's verification, and whose it may be."""
    parser.add_argument(
        "--verification", metavar="FILE", type=Path, help="a third party's signed verification of this very report"
    )
    parser.add_argument(
        "--signer", metavar="ID", type=bytes32, action="append", default=[], help="id of a key whose opinions you take"
    )


def _add(
    actions: argparse._SubParsersAction[argparse.ArgumentParser], name: str, text: str, description: str
) -> argparse.ArgumentParser:
    parser = actions.add_parser(name, help=text, description=description)
    parser.add_argument("folder", metavar="REPORT", type=Path, help="the report's folder")
    parser.add_argument("bundles", metavar="BUNDLE", type=Path, nargs="*", help="default: those in the folder")
    parser.add_argument("--product", metavar="NAME", required=True, help="the product, as the report names it")
    parser.add_argument("--sheet", metavar="FILE", type=Path, required=True, help="what the company says of it (TOML)")
    parser.add_argument(
        "--created", metavar="TIME", type=instant_or_seconds, required=True, help=f"when it is made: {TIME_HELP}"
    )
    parser.add_argument(
        "--preceding", metavar="FILE", type=Path, action="append", default=[],
        help="a PACT document that this one replaces (may be repeated)",
    )  # fmt: skip
    add_verification(parser)
    verify.add_trust(parser)
    parser.set_defaults(run=run_in(_RUN, name), unverified=False)
    return parser
