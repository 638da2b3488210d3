"""The command `tallystick finance attest`: what a witness signs of a lot, from its own evidence. Light."""

from __future__ import annotations

import argparse
from pathlib import Path

from tally_chain.cli import verify
from tally_chain.cli.where import bytes32, run_in
from tally_edge.cli_time import TIME_HELP, instant_or_seconds


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "attest",
        help="what a witness of a lot signs, worked out from its own evidence; and whether another's file agrees",
        description=(
            "Verify a bundle, work out what lies in the store, and write the operation that says so for a lot: Attest, "
            "or with --inbound and --deliver its weighings. With --check: compare an operation's file with this "
            "bundle, difference by difference. Exit code 1: the evidence does not hold, allows no attestation, or says "
            "something else than the file."
        ),
    )
    verify.add_reading(parser)
    parser.add_argument("--store", type=Path, required=True, help="the store's sheet (TOML)")
    parser.add_argument("--lot", metavar="ID", type=bytes32, required=True, help="the lot whose goods lie in the store")
    parser.add_argument(
        "--pins", metavar="FILE", type=Path, required=True, help="what `chain deploy receipts --json` printed"
    )
    lots = parser.add_mutually_exclusive_group(required=True)
    lots.add_argument(
        "--lots-endpoint", metavar="URL", action="append", help="node of the chain that the lot is on (may be repeated)"
    )
    lots.add_argument("--lots-embedded", metavar="DIR", type=Path, help="embedded chain that the lot is on")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--inbound", metavar="DEPOSITOR", type=bytes32, help="RecordInbound: what this depositor brought")
    what.add_argument("--deliver", metavar="RECEIPT", type=bytes32, help="Deliver: what was taken under this receipt")
    what.add_argument("--check", metavar="FILE", type=Path, help="an operation's file, to compare with this bundle")
    parser.add_argument(
        "--tickets", metavar="N,N", help="the weighings, by their tickets' numbers (default: all that are not spent)"
    )
    parser.add_argument("--last", action="store_true", help="of Deliver: the rest of the receipt stays with the keeper")
    parser.add_argument(
        "--serials", metavar="FILE", type=Path, help="nullifiers of serials: on a line 64 hex digits, then the serial"
    )
    parser.add_argument(
        "--places",
        metavar="N,N",
        help="which witnesses of the lot sign, from 0 (of Attest all of them, of Deliver none unless they are given)",
    )
    parser.add_argument(
        "--deadline",
        metavar="TIME",
        type=instant_or_seconds,
        help=f"last second in which it counts: {TIME_HELP} (a week after the period)",
    )
    parser.add_argument("--out", metavar="FILE", type=Path, help="file to make; never overwritten")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run_in("tally_finance.cli_attest_run", "attest"))
