"""The command `tallystick finance pledge`: pledges on the chain, and what the desk tests before it is signed."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from tally_chain.cli.where import add_sender, bytes32, run_in
from tally_chain.receipts.kinds import enforcement, pledges
from tally_edge.cli_time import TIME_HELP, instant_or_seconds
from tally_finance.cli_desk import Actions, action, add_chain, add_desk, add_names, add_once, grams
from tally_finance.cli_draft import add_draft

_RUN = "tally_finance.cli_pledge_run"
PREPARED = frozenset({"Accept", "Release", "Order", "SetFloor", "Substitute", "CallMargin", "Cure"})
"""What the desk tests on the position after it; it is not drafted without that."""

Add = Callable[[argparse.ArgumentParser], None]


def register(subparsers: Actions[argparse.ArgumentParser]) -> None:
    """Add the commands."""
    parser = subparsers.add_parser("pledge", help="pledges of receipts: offer, accept, release, order, … (质押)")
    actions = parser.add_subparsers(dest="pledge_command", metavar="COMMAND", title="commands", required=True)
    listed = action(
        actions,
        "list",
        "the receipts that are offered or pledged",
        "Lists encumbered receipts as the whole history of the chain makes them.",
        run_in(_RUN, "list"),
    )
    listed.add_argument("--lender", metavar="ID", type=bytes32, help="only to this lender (质权人)")
    add_chain(listed)
    add_names(listed)
    show = action(
        actions,
        "show",
        "a pledge: terms, open orders, floor",
        "Shows what encumbers a receipt. Exit code 1: nothing does.",
        run_in(_RUN, "show"),
    )
    show.add_argument("receipt", metavar="RECEIPT", type=bytes32, help="number of the receipt")
    add_chain(show)
    add_names(show)
    kinds = [kind for kind in (*pledges.KINDS, *enforcement.KINDS) if kind.name not in PREPARED]
    add_draft(actions, kinds, "a pledge")
    _register_prepared(actions)


def _register_prepared(actions: Actions[argparse.ArgumentParser]) -> None:
    _prepared(actions, "accept", "accept the pledge that was offered (接受质押)", _accept)
    _prepared(actions, "release", "free goods from the pledge (解除质押)", _quantity)
    _prepared(actions, "order", "order goods out to a picker in a window (放货指令)", _order)
    _prepared(actions, "floor", "let goods leave down to a floor (最低控货值)", _floor)
    _prepared(actions, "substitute", "take another receipt instead, new goods first (置换质物)", _substitute)
    _prepared(actions, "call", "call the borrower to top up (补仓通知)", _until)
    _prepared(actions, "cure", "take the call as answered (补仓完成)", _nothing)
    _register_sending(actions)


def _register_sending(actions: Actions[argparse.ArgumentParser]) -> None:
    send = action(
        actions,
        "send",
        "bring an operation that all have signed to its contract, tested on the loan of now",
        "Reads the chain into the book, tests again what the desk prepared, and sends it: signatures that were given "
        "say nothing of today's prices. Exit code 1: it may not be sent any more, and why.",
        run_in(_RUN, "send"),
    )
    send.add_argument("file", metavar="FILE", type=Path, help="an operation's file")
    add_desk(send)
    add_chain(send)
    add_sender(send)
    withdraw = action(
        actions,
        "withdraw",
        "hold nothing any more for an operation that was prepared and that you have not signed (撤回)",
        "Frees what the book holds for a prepared operation. Whoever has a file that you signed can still send it, so "
        "for such a one everything stays held until its deadline. Of a file that went from hand to hand the desk sees "
        "no signatures: there your own word is asked for.",
        run_in(_RUN, "withdraw"),
    )
    withdraw.add_argument(
        "operation", metavar="OPERATION", type=_file_or_digest, help="the operation's file, or its digest"
    )
    withdraw.add_argument(
        "--no-copy-was-signed", action="store_true", help="your word that none of your keys has signed it anywhere"
    )
    withdraw.add_argument("--reason", metavar="TEXT", required=True, help="why")
    add_once(withdraw)
    add_desk(withdraw)
    add_chain(withdraw)


def _file_or_digest(text: str) -> Path | bytes:
    try:
        return bytes32(text)
    except argparse.ArgumentTypeError:
        return Path(text)


def _prepared(actions: Actions[argparse.ArgumentParser], name: str, text: str, add: Add) -> None:
    parser = action(
        actions,
        name,
        text,
        f"Read the chain into the book, test on the position after it whether the lender may {name}, and write the "
        "operation for its signers, with the digest of the test in it. Exit code 1: it may not, and why.",
        run_in(_RUN, "prepare"),
    )
    parser.add_argument("receipt", metavar="RECEIPT", type=bytes32, help="number of the pledged receipt")
    add(parser)
    parser.add_argument("--out", metavar="FILE", type=Path, required=True, help="file to make; never overwritten")
    parser.add_argument(
        "--deadline",
        metavar="TIME",
        type=instant_or_seconds,
        help=f"last second in which it counts: {TIME_HELP} (a week)",
    )
    parser.set_defaults(act=name)
    add_desk(parser)
    add_chain(parser)


def _nothing(_: argparse.ArgumentParser) -> None:
    """It needs no more than the receipt."""


def _accept(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--ownership", metavar="HEX", type=bytes32, required=True, help="digest of `finance ownership` (权属资料)"
    )
    parser.add_argument("--search", metavar="HEX", type=bytes32, required=True, help="digest of the registry search")


def _quantity(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--quantity", metavar="Q", type=grams, required=True, help="12.5t, 12500kg or 12500000g")


def _until(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--until", metavar="TIME", type=instant_or_seconds, required=True, help=TIME_HELP)


def _order(parser: argparse.ArgumentParser) -> None:
    _quantity(parser)
    parser.add_argument(
        "--picker", metavar="HEX", type=bytes32, required=True, help="salted digest of vehicle and driver (提货人)"
    )
    parser.add_argument(
        "--from", metavar="TIME", dest="begins", type=instant_or_seconds, required=True, help=f"window: {TIME_HELP}"
    )
    _until(parser)


def _floor(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--floor", metavar="Q", type=grams, required=True, help="what must stay; 0g ends it")
    _until(parser)


def _substitute(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--instead", metavar="RECEIPT", type=bytes32, required=True, help="the receipt that is new")
    _quantity(parser)
    parser.add_argument("--filing", metavar="HEX", type=bytes32, required=True, help="digest of the changed filing")
