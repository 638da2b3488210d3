"""The parsers of `tallystick bundle` and `reader`. Light: what they run is imported when it runs."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from tally_edge.cli_time import TIME_HELP, day_or_instant

Actions: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def register(subparsers: Actions) -> None:
    """Add the commands."""
    _bundle(subparsers)
    _reader(subparsers)


def _run(name: str) -> Callable[[argparse.Namespace], int]:
    def run(arguments: argparse.Namespace) -> int:
        function: Callable[[argparse.Namespace], int] = getattr(
            importlib.import_module("tally_chain.cli.bundle_run"), name
        )
        return function(arguments)

    return run


def _key(parser: argparse.ArgumentParser, text: str, *, required: bool = True) -> None:
    parser.add_argument("--key", type=Path, required=required, help=text)
    parser.add_argument("--passphrase-file", type=Path, help="holds the key's passphrase (else TALLYSTICK_PASSPHRASE)")


def _bundle(subparsers: Actions) -> None:
    parser = subparsers.add_parser("bundle", help="look into a bundle, grant it, seal it, take a statement out")
    actions = parser.add_subparsers(dest="bundle_command", metavar="ACTION", required=True)
    for action in (_show, _extract, _grant, _sign, _seal, _open, _take):
        action(actions)


def _show(actions: Actions) -> None:
    parser = actions.add_parser("show", help="what is in it: logs, kinds, streams, sizes; nothing is verified")
    parser.add_argument("bundle", type=Path, help="the bundle file, sealed or not")
    parser.add_argument("--json", action="store_true", help="print JSON")
    _key(parser, "the reader's key file, for a sealed bundle", required=False)
    parser.set_defaults(run=_run("show"))


def _extract(actions: Actions) -> None:
    parser = actions.add_parser("extract", help="write one statement with its proof (a SCITT transparent statement)")
    parser.add_argument("bundle", type=Path, help="the bundle file")
    parser.add_argument("--index", type=int, required=True, help="the statement's place in the log")
    parser.add_argument("--origin", help="the log, where the bundle shows several")
    parser.add_argument("-o", "--output", type=Path, required=True, help="the file to write")
    parser.set_defaults(run=_run("extract"))


def _grant(actions: Actions) -> None:
    parser = actions.add_parser("grant", help="sign a grant for one reader, with attachments carried or withheld")
    parser.add_argument("bundle", type=Path, help="the bundle file")
    _key(parser, "the owner's key file")
    parser.add_argument("--owner", required=True, help="the owner, as readers' policies name it")
    parser.add_argument("--reader", required=True, help="who may use the evidence")
    parser.add_argument("--purpose", required=True, help="what for")
    parser.add_argument(
        "--expires",
        required=True,
        type=day_or_instant,
        metavar="TIME",
        help=f"until when: {TIME_HELP}, or the beginning of a day in UTC, 2027-01-31",
    )
    parser.add_argument("--point", action="append", default=[], help="a metering point granted (default: all)")
    parser.add_argument(
        "--to", metavar="READERKEY", help="the reader's public key, where the bundle will be sealed to it"
    )
    parser.add_argument("--attach", type=Path, action="append", default=[], help="a document to carry")
    parser.add_argument("--withhold", type=Path, action="append", default=[], help="a document to name and withhold")
    parser.add_argument("-o", "--output", type=Path, required=True, help="the file to write")
    parser.set_defaults(run=_run("grant"))


def _sign(actions: Actions) -> None:
    parser = actions.add_parser("sign", help="sign the grant that a draft carries (from a portal), after it is shown")
    parser.add_argument("bundle", type=Path, help="the draft: a bundle whose grant nobody has signed")
    _key(parser, "the owner's key file")
    parser.add_argument(
        "--yes", action="store_true", help="sign without asking; what is signed is printed all the same"
    )
    parser.add_argument("-o", "--output", type=Path, required=True, help="the file to write")
    parser.set_defaults(run=_run("sign"))


def _seal(actions: Actions) -> None:
    parser = actions.add_parser("seal", help="encrypt a bundle to its readers")
    parser.add_argument("bundle", type=Path, help="the bundle file")
    parser.add_argument(
        "--to", metavar="READERKEY", action="append", required=True, help="public key: hex, or its file"
    )
    parser.add_argument("-o", "--output", type=Path, required=True, help="the file to write")
    parser.set_defaults(run=_run("seal"))


def _open(actions: Actions) -> None:
    parser = actions.add_parser("open", help="decrypt a sealed bundle")
    parser.add_argument("bundle", type=Path, help="the sealed file")
    _key(parser, "the reader's key file")
    parser.add_argument("-o", "--output", type=Path, required=True, help="the file to write")
    parser.set_defaults(run=_run("unseal"))


def _take(actions: Actions) -> None:
    parser = actions.add_parser("take", help="take the bundle out of a report (report.html); nothing is verified")
    parser.add_argument("report", type=Path, help="the report")
    parser.add_argument("-o", "--output", type=Path, required=True, help="the bundle to write")
    parser.add_argument("--policy-output", type=Path, metavar="FILE", help="write the policy that it carries too")
    parser.set_defaults(run=_run("take"))


def _reader(subparsers: Actions) -> None:
    parser = subparsers.add_parser("reader", help="the key that bundles are sealed to")
    actions = parser.add_subparsers(dest="reader_command", metavar="ACTION", required=True)
    for name, text in (
        ("init", "make a key; FILE.pub, which may be given away, is written beside it"),
        ("show", "print the public key and its fingerprint"),
    ):
        action = actions.add_parser(name, help=text)
        action.add_argument("file", type=Path, metavar="FILE", help="the key file")
        action.add_argument("--passphrase-file", type=Path, help="holds the passphrase (else TALLYSTICK_PASSPHRASE)")
        action.set_defaults(run=_run(f"reader_{name}"))
