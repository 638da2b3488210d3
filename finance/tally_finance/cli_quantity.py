"""The command `tallystick finance quantity`: how much lies in a store, from a bundle that the reader verifies."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from tally_chain.cli import verify
from tally_chain.findings import Severity
from tally_chain.verify import verdict as verdicts
from tally_chain.verify.verdict import Verdict

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
    from tally_finance.quantity import store_file, telling  # noqa: PLC0415
    from tally_finance.quantity.evidence import evidence_of  # noqa: PLC0415
    from tally_finance.quantity.position import position  # noqa: PLC0415

    examined = verify.examined(arguments)
    store = store_file.load(arguments.store, examined.verdict.to_at)
    verify.show_everything()
    if not examined.statements:
        if arguments.json:
            print(_json(examined.verdict, None))
        else:
            print(verdicts.to_text(examined.verdict), end="")
            print("no quantity: nothing in the bundle may be calculated with")
        return EXIT_DOES_NOT_HOLD
    found = position(evidence_of(examined), store)
    if arguments.json:
        print(_json(examined.verdict, telling.as_json(found, store)))
    else:
        failures = [one for one in examined.verdict.findings if one.severity is Severity.FAILURE]
        print("\n".join(telling.as_text(found, store, failures)))
    return 0 if examined.verdict.holds and found.allows_credit else EXIT_DOES_NOT_HOLD


def _json(verdict: Verdict, quantity: dict[str, Any] | None) -> str:
    told = verdicts.to_json(verdict)
    whole = {"holds": told["holds"], "findings": told["findings"], "quantity": quantity}
    return json.dumps(whole, ensure_ascii=False, indent=1)
