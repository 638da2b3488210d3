"""The command `tallystick finance ownership`: whether the papers of a pack tell one story."""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path

from tally_chain.cli.where import bytes32
from tally_chain.findings import printable
from tally_edge import durable
from tally_edge.cli_time import TIME_HELP, day_or_instant
from tally_edge.errors import ConfigError

EXIT_DOES_NOT_HOLD = 1


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "ownership",
        help="whether contract, invoice, payment and transport of goods tell one story",
        description=(
            "Compare the papers of an ownership pack (三单匹配), and print what does not fit and the digest that a "
            "pledge names. Rings of sales and firms under one control are seen only by who knows them: this command "
            "compares the pack with itself. Exit code 1: a remark lets nothing be pledged."
        ),
    )
    parser.add_argument("pack", metavar="PACK", type=Path, help="the pack (TOML), its papers beside it")
    parser.add_argument("--on", metavar="TIME", type=day_or_instant, help=f"day of the check: {TIME_HELP} (now)")
    parser.add_argument(
        "--taken",
        metavar="NULLIFIER",
        type=bytes32,
        action="append",
        default=[],
        help="an invoice that carries other financing, as the registry of claims says (may be repeated)",
    )
    parser.add_argument(
        "--paper", metavar="FILE", type=Path, help="write what the digest is of, for `loan paper`; never overwritten"
    )
    parser.add_argument("--json", action="store_true", help="print everything as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    from tally_finance.ownership.matching import Known, Rules, match  # noqa: PLC0415
    from tally_finance.ownership.pack_file import load  # noqa: PLC0415

    day = (datetime.now(UTC) if arguments.on is None else datetime.fromtimestamp(arguments.on, UTC)).date()
    taken = dict.fromkeys(arguments.taken, "another claim")
    found = match(load(arguments.pack), Rules(), Known(taken=taken), day)
    if arguments.paper is not None:
        if arguments.paper.exists():
            raise ConfigError(f"{arguments.paper} exists already")
        durable.write_file(arguments.paper, found.paper)
    if arguments.json:
        remarks = [
            {"name": one.name.text, "blocks": one.name.blocks, "touches": one.touches, "sentence": one.sentence}
            for one in found.remarks
        ]
        told = {"allows_pledge": found.allows_pledge, "digest": "0x" + found.digest.hex(), "remarks": remarks}
        print(json.dumps(told, ensure_ascii=False, indent=1))
    else:
        print("The papers tell one story. 单据一致。" if found.allows_pledge else "The papers do not fit. 单据不符。")
        for one in found.remarks:
            print(f"  {one.name.text} {one.name.chinese}: {printable(one.touches)}: {printable(one.sentence)}")
        print(f"digest 0x{found.digest.hex()}")
    return 0 if found.allows_pledge else EXIT_DOES_NOT_HOLD
