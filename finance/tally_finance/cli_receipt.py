"""The command `tallystick finance receipt`: warehouse receipts on the chain, and drafts about them."""

from __future__ import annotations

import argparse

from tally_chain.cli.where import bytes32, run_in
from tally_chain.receipts.kinds import receipts
from tally_finance.cli_desk import Actions, action, add_chain, add_names
from tally_finance.cli_draft import add_draft

_RUN = "tally_finance.cli_receipt_run"


def register(subparsers: Actions[argparse.ArgumentParser]) -> None:
    """Add the commands."""
    parser = subparsers.add_parser("receipt", help="warehouse receipts on the chain (仓单)")
    actions = parser.add_subparsers(dest="receipt_command", metavar="COMMAND", title="commands", required=True)
    listed = action(
        actions,
        "list",
        "the receipts that there are",
        "Lists receipts as the whole history of the chain makes them: proven complete, replayed, no word of a node.",
        run_in(_RUN, "list"),
    )
    for name, text in (
        ("holder", "only of this holder (持单人)"),
        ("keeper", "only over goods of this keeper (保管人)"),
        ("lender", "only offered or pledged to this lender (质权人)"),
        ("lot", "only of this lot (批次)"),
    ):
        listed.add_argument(f"--{name}", metavar="ID", type=bytes32, help=text)
    listed.add_argument("--all", action="store_true", help="those that are over too: split, delivered, cancelled, …")
    add_chain(listed)
    add_names(listed)
    show = action(
        actions,
        "show",
        "one receipt: title, encumbrance, holds, its lot",
        "Shows a receipt as the chain's history makes it. Exit code 1: there is none of this number.",
        run_in(_RUN, "show"),
    )
    show.add_argument("number", metavar="NUMBER", type=bytes32, help="number of the receipt, 64 hexadecimal digits")
    add_chain(show)
    add_names(show)
    history = action(
        actions,
        "history",
        "everything that was done to a receipt, by whom",
        "Shows the operations that name a receipt, oldest first, each with whose keys signed. Exit code 1: none does.",
        run_in(_RUN, "history"),
    )
    history.add_argument("about", metavar="NUMBER", type=bytes32, help="number of the receipt, 64 hexadecimal digits")
    add_chain(history)
    add_names(history)
    add_draft(actions, receipts.KINDS, "a receipt")
