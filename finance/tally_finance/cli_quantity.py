"""The command `tallystick finance quantity`: how much lies in a store, from a bundle that the reader verifies."""

from __future__ import annotations

import argparse
from pathlib import Path

from tally_chain.cli import verify
from tally_chain.verify import verdict as verdicts

EXIT_DOES_NOT_HOLD = 1


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "quantity",
        help="how much lies in a store, how certain that is, and what of it can be lent against",
        description=(
            "Verify a bundle, and hold what was weighed in and out against what the gauges see: the attested quantity "
            "at the period's end, its lower bound, and remarks. Every number opens down to its statements (--json). "
            "Exit code 1: the evidence does not hold, or a remark allows no new credit."
        ),
    )
    verify.add_reading(parser)
    parser.add_argument("--store", type=Path, required=True, help="the store's sheet (TOML): scale, gauges, goods")
    parser.add_argument("--json", action="store_true", help="print everything as JSON, each ticket with its statement")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    import json  # noqa: PLC0415  only where it runs

    from tally_finance.quantity import store_file, telling  # noqa: PLC0415
    from tally_finance.quantity.evidence import evidence_of  # noqa: PLC0415
    from tally_finance.quantity.position import position  # noqa: PLC0415

    examined = verify.examined(arguments)
    store = store_file.load(arguments.store, examined.verdict.to_at)
    if not examined.statements:
        print(verdicts.to_text(examined.verdict), end="")
        print("no quantity: nothing in the bundle may be calculated with")
        return EXIT_DOES_NOT_HOLD
    found = position(evidence_of(examined), store)
    if arguments.json:
        told = {"holds": examined.verdict.holds, **telling.as_json(found, store)}
        print(json.dumps(told, ensure_ascii=False, indent=1))
    else:
        print("\n".join(telling.as_text(found, store, holds=examined.verdict.holds)))
    return 0 if examined.verdict.holds and found.allows_credit else EXIT_DOES_NOT_HOLD
