"""`tallystick operation`: what parties of warehouse receipts sign, and what was carried out. Light until it runs."""

from __future__ import annotations

import argparse
from pathlib import Path

from tally_chain.cli.where import action, add_passphrase, add_sender, add_where, address, bytes32, run_in
from tally_edge.cli_time import TIME_HELP, instant_or_seconds

_RUN = "tally_chain.cli.operation_run"
_RUN_CHAIN = "tally_chain.cli.operation_chain_run"
_Actions = argparse._SubParsersAction


def register(subparsers: _Actions[argparse.ArgumentParser]) -> None:
    """Adds `operation` with its sub-commands."""
    operation = subparsers.add_parser(
        "operation", help="warehouse receipts: see, sign and send what their parties agree"
    )
    actions = operation.add_subparsers(dest="operation_command", metavar="ACTION", required=True)
    _register_new(actions)
    _register_show(actions)
    _register_sign(actions)
    _register_merge(actions)
    _register_send(actions)
    _register_history(actions)


def _add_pins(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    parser.add_argument(
        "--pins",
        metavar="FILE",
        type=Path,
        required=required,
        help="what `chain deploy receipts --json` printed: chain and contracts",
    )


def _add_names(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--names", metavar="FILE", type=Path, help="your own names for ids, one on a line: 64 hex digits, then the name"
    )


def _register_new(actions: _Actions[argparse.ArgumentParser]) -> None:
    new = action(
        actions,
        "new",
        "write an operation into a file for its parties to sign",
        "Writes the file; heads that are not given are those of the newest block. Without fields: lists them.",
        run_in(_RUN_CHAIN, "new"),
    )
    new.add_argument("kind", metavar="KIND", help="Issue, Endorse, Offer, … (docs/formats/operation.md)")
    new.add_argument(
        "values",
        metavar="FIELD=VALUE",
        nargs="*",
        help="ids in hexadecimal, quantities as 12.5t, 12500kg or g, times in ISO 8601, lists with commas, corners as "
        "LON,LAT with spaces",
    )
    new.add_argument("--out", metavar="FILE", type=Path, help="file to make; never overwritten")
    new.add_argument(
        "--deadline",
        metavar="TIME",
        type=instant_or_seconds,
        help=f"last second in which it counts: {TIME_HELP} (a week)",
    )
    new.add_argument(
        "--lenders",
        metavar="N",
        type=int,
        default=0,
        help="how many lenders sign as well (default: as the contract has it)",
    )
    _add_pins(new)


def _register_show(actions: _Actions[argparse.ArgumentParser]) -> None:
    show = actions.add_parser(
        "show",
        help="what an operation would do, in words; who has signed; what is wrong with it",
        description="Shows a file in words, field by field, with its digest. With a chain also whose keys signed, and "
        "whether the contract would carry it out. Exit code 1 where anything is wrong.",
    )
    show.add_argument("file", metavar="FILE", type=Path, help="an operation's file")
    add_where(show, required=False)
    _add_pins(show, required=False)
    _add_names(show)
    show.add_argument("--typed-data", action="store_true", help="print the EIP-712 document alone, for a wallet")
    show.add_argument("--json", action="store_true", help="print one JSON object")
    show.set_defaults(run=run_in(_RUN, "show"))


def _register_sign(actions: _Actions[argparse.ArgumentParser]) -> None:
    sign = actions.add_parser(
        "sign",
        help="sign an operation that you have seen",
        description="Adds a signature to a file. --digest, from `operation show`, ties it to what was seen.",
    )
    sign.add_argument("file", metavar="FILE", type=Path, help="an operation's file")
    sign.add_argument("--digest", metavar="HEX", type=bytes32, required=True, help="as `operation show` printed it")
    sign.add_argument(
        "--as", dest="place", metavar="WHO", help="whose place it is, in the file's words or by its number (if several)"
    )
    sign.add_argument("--out", metavar="FILE", type=Path, help="where to write (default: the file itself)")
    how = sign.add_mutually_exclusive_group(required=True)
    how.add_argument("--key", metavar="FILE", type=Path, help="key file (Web3 secret storage v3)")
    how.add_argument("--signer", metavar="URL", help="external signer (eth_signTypedData_v4)")
    how.add_argument("--signature", metavar="HEX", help="a signature that a wallet made, 65 bytes")
    sign.add_argument("--signer-address", metavar="ADDRESS", type=address, help="the address that --signer signs for")
    add_passphrase(sign)
    sign.add_argument("--json", action="store_true", help="print one JSON object")
    sign.set_defaults(run=run_in(_RUN, "sign"))


def _register_merge(actions: _Actions[argparse.ArgumentParser]) -> None:
    merge = actions.add_parser(
        "merge",
        help="gather the signatures of several files of one operation",
        description="Writes one file with the signatures of all; refuses files of different operations.",
    )
    merge.add_argument("files", metavar="FILE", type=Path, nargs="+", help="files of one operation")
    merge.add_argument("--out", metavar="FILE", type=Path, required=True, help="file to make; never overwritten")
    merge.add_argument("--json", action="store_true", help="print one JSON object")
    merge.set_defaults(run=run_in(_RUN, "merge"))


def _register_send(actions: _Actions[argparse.ArgumentParser]) -> None:
    send = action(
        actions,
        "send",
        "carry out an operation that all have signed; anybody may",
        "Checks a file beside the chain and sends it to its contract. The key only pays.",
        run_in(_RUN_CHAIN, "send"),
    )
    send.add_argument("file", metavar="FILE", type=Path, help="an operation's file")
    add_sender(send)
    _add_pins(send)


def _register_history(actions: _Actions[argparse.ArgumentParser]) -> None:
    history = action(
        actions,
        "history",
        "what was carried out, by whom, proven complete",
        "Shows the operations of all contracts, oldest first. Digests, heads and signatures are computed anew.",
        run_in(_RUN_CHAIN, "history"),
    )
    history.add_argument("--about", metavar="ID", type=bytes32, help="only what names this receipt, lot, party, …")
    _add_pins(history)
    _add_names(history)
