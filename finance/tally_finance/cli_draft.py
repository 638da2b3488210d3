"""Options of commands that draft an operation on receipts for its parties to sign. Light until it runs."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from pathlib import Path

from tally_chain.cli.where import run_in
from tally_chain.receipts.kinds.kind import Kind
from tally_edge.cli_time import TIME_HELP, instant_or_seconds
from tally_finance.cli_desk import Actions, action, add_chain


def word(kind: Kind) -> str:
    """How a kind is written in a command: ReplaceLost is replace-lost."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", kind.name).lower()


def add_draft(actions: Actions[argparse.ArgumentParser], kinds: Sequence[Kind], of: str) -> None:
    """The command `draft` for these kinds."""
    names = {word(kind): kind.name for kind in kinds}
    listed = ", ".join(f"{word(kind)} {kind.chinese}" for kind in kinds)
    draft = action(
        actions,
        "draft",
        f"write an operation on {of} into a file for its parties to sign",
        f"Kinds: {listed}. Fields are docs/operations.md's; heads that are not given are those of the newest block. "
        "Without fields: lists them. `tallystick operation sign` signs the file.",
        run_in("tally_finance.cli_receipt_run", "draft"),
    )
    draft.add_argument("kind", metavar="KIND", choices=sorted(names), help="what is to be done")
    draft.add_argument("values", metavar="FIELD=VALUE", nargs="*", help="as `tallystick operation new` takes them")
    draft.add_argument("--out", metavar="FILE", type=Path, help="file to make; never overwritten")
    draft.add_argument(
        "--deadline",
        metavar="TIME",
        type=instant_or_seconds,
        help=f"last second in which it counts: {TIME_HELP} (a week)",
    )
    draft.set_defaults(kinds=names, lenders=0)
    add_chain(draft, required=False)
