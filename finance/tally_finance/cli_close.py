"""The command `tallystick finance close`: make a monthly close, verify one, show one. Light until it runs."""

from __future__ import annotations

import argparse
from pathlib import Path

from tally_chain.cli.where import add_passphrase, bytes32, run_in
from tally_finance import cli_close_deposit
from tally_finance.cli_desk import Actions, action, add_chain, add_desk, add_names

_RUN = "tally_finance.cli_close_run"


def register(subparsers: Actions[argparse.ArgumentParser]) -> None:
    """Add the commands."""
    parser = subparsers.add_parser(
        "close",
        help="the monthly close of a lender's book, signed (月结), and a site's monthly deposit (月度存证)",
    )
    actions = parser.add_subparsers(dest="close_command", metavar="COMMAND", title="commands", required=True)
    _register_key(actions)
    _register_make(actions)
    _register_verify(actions)
    _register_show(actions)
    cli_close_deposit.register(actions)


def _register_key(actions: Actions[argparse.ArgumentParser]) -> None:
    key = action(
        actions,
        "key",
        "make the key that signs closes",
        "Makes a key (P-256, encrypted) and prints its id: give it to the readers of closes by a way that they trust, "
        "or have it bound to the lender in the registry of organisations.",
        run_in(_RUN, "key"),
    )
    key.add_argument("--out", metavar="FILE", type=Path, required=True, help="key file to make; never overwritten")
    add_passphrase(key)


def _register_make(actions: Actions[argparse.ArgumentParser]) -> None:
    make = action(
        actions,
        "make",
        "close a month: signed file, workbook and pages",
        "Computes the position at the month's end as known now, holds it beside the chain and the keepers' books, and "
        "writes MONTH.close, MONTH.xlsx and MONTH.pdf. Nothing is overwritten. Exit code 1: made, and the book, the "
        "chain or a keeper's book differ.",
        run_in(_RUN, "make"),
    )
    add_desk(make)
    make.add_argument("--month", metavar="YYYY-MM", required=True, help="a month that is over")
    make.add_argument(
        "--utc-offset", metavar="±HH:MM", help="where its days begin (default: as the facilities have it)"
    )
    make.add_argument("--key", metavar="FILE", type=Path, required=True, help="the lender's key, from `close key`")
    add_passphrase(make)
    _add_keepers(make)
    make.add_argument("--previous", metavar="FILE", type=Path, help="the close of the month before")
    add_names(make)
    make.add_argument("--out", metavar="DIR", type=Path, required=True, help="folder to write into")
    add_chain(make, required=False)


def _register_verify(actions: Actions[argparse.ArgumentParser]) -> None:
    verify = action(
        actions,
        "verify",
        "compute a close again, step by step",
        "Checks the signature, and computes the close again from the journal, the chain and the keepers' books that "
        "are given. The workbook and the pages beside the file are checked too. Exit code 1: a step does not hold.",
        run_in(_RUN, "verify"),
    )
    verify.add_argument("file", metavar="FILE", type=Path, help="a monthly close")
    verify.add_argument(
        "--signer", metavar="ID", type=bytes32, action="append", default=[], help="id of a key that you trust"
    )
    source = verify.add_mutually_exclusive_group()
    source.add_argument("--journal", metavar="FILE", type=Path, help="the book's journal, from `loan journal`")
    source.add_argument("--books", metavar="URL", help="database that has the book")
    _add_keepers(verify)
    verify.add_argument("--previous", metavar="FILE", type=Path, help="the close that it names")
    add_names(verify)
    add_chain(verify, required=False)


def _register_show(actions: Actions[argparse.ArgumentParser]) -> None:
    show = action(
        actions,
        "show",
        "print a close, or write its workbook and pages again",
        "Prints the tables of a close whose parts fit together. Written again with the same names, workbook and pages "
        "have the same bytes. Who signed it is for `close verify`.",
        run_in(_RUN, "show"),
    )
    show.add_argument("file", metavar="FILE", type=Path, help="a monthly close")
    show.add_argument("--xlsx", metavar="FILE", type=Path, help="workbook to write; never overwritten")
    show.add_argument("--pdf", metavar="FILE", type=Path, help="pages to write; never overwritten")
    add_names(show)


def _add_keepers(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--keeper-book",
        metavar="ID=FILE",
        type=keeper_book,
        action="append",
        default=[],
        help="a keeper's own book: registry id, and CSV or xlsx with receipt, lot, quantity_kg, holder, pledgee",
    )


def keeper_book(text: str) -> tuple[bytes, Path]:
    """Whose book, and where."""
    keeper, equals, path = text.partition("=")
    if not equals or not path:
        raise argparse.ArgumentTypeError(f"{text!r} is not ID=FILE")
    return bytes32(keeper), Path(path)
