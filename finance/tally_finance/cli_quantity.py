"""The command `tallystick finance quantity`: how much lies in a store, from a bundle that the reader verifies."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tally_chain.cli import verify
from tally_chain.findings import Finding, Severity
from tally_chain.verify import verdict as verdicts
from tally_chain.verify.verdict import Verdict

if TYPE_CHECKING:
    from tally_finance.quantity.evidence import Evidence
    from tally_finance.quantity.pieces import PiecePosition
    from tally_finance.quantity.position import Position
    from tally_finance.quantity.store import Pieces, Store

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
    from tally_finance.quantity import sheet, store_file  # noqa: PLC0415
    from tally_finance.quantity.evidence import evidence_of  # noqa: PLC0415

    examined = verify.examined(arguments)
    store = sheet.parse(store_file.read(arguments.store), arguments.store, examined.verdict.to_at)
    verify.show_everything()
    if not examined.statements:
        if arguments.json:
            print(_json(examined.verdict, None))
        else:
            print(verdicts.to_text(examined.verdict), end="")
            print("no quantity: nothing in the bundle may be calculated with")
        return EXIT_DOES_NOT_HOLD
    failures = [one for one in examined.verdict.findings if one.severity is Severity.FAILURE]
    found, told, lines = _told(evidence_of(examined), store, failures)
    print(_json(examined.verdict, told) if arguments.json else "\n".join(lines))
    return 0 if examined.verdict.holds and found.allows_credit else EXIT_DOES_NOT_HOLD


def _told(
    evidence: Evidence, store: Store | Pieces, failures: Sequence[Finding]
) -> tuple[Position | PiecePosition, dict[str, Any], list[str]]:
    """The position, as JSON and as text."""
    from tally_finance.quantity import telling, telling_pieces  # noqa: PLC0415
    from tally_finance.quantity.pieces import piece_position  # noqa: PLC0415
    from tally_finance.quantity.position import position  # noqa: PLC0415
    from tally_finance.quantity.store import Store  # noqa: PLC0415

    if not isinstance(store, Store):
        pieces = piece_position(evidence, store)
        return pieces, telling_pieces.as_json(pieces, store), telling_pieces.as_text(pieces, store, failures)
    found = position(evidence, store)
    return found, telling.as_json(found, store), telling.as_text(found, store, failures)


def _json(verdict: Verdict, quantity: dict[str, Any] | None) -> str:
    told = verdicts.to_json(verdict)
    whole = {"holds": told["holds"], "findings": told["findings"], "quantity": quantity}
    return json.dumps(whole, ensure_ascii=False, indent=1)
