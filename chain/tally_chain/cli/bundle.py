"""The parsers of `tallystick bundle` and `reader`. Light: what they run is imported when it runs."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Callable
from pathlib import Path

from tally_edge.cli_time import TIME_HELP, day_or_instant


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
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


def _bundle(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser("bundle", help="look into a bundle, grant it, seal it, take a statement out")
    actions = parser.add_subparsers(dest="bundle_command", metavar="ACTION", required=True)
    show = actions.add_parser("show", help="what is in it: logs, kinds, streams, sizes; nothing is verified")
    show.add_argument("bundle", type=Path, help="the bundle file, sealed or not")
    show.add_argument("--json", action="store_true", help="print JSON")
    _key(show, "the reader's key file, for a sealed bundle", required=False)
    show.set_defaults(run=_run("show"))

    extract = actions.add_parser("extract", help="write one statement with its proof (a SCITT transparent statement)")
    extract.add_argument("bundle", type=Path, help="the bundle file")
    extract.add_argument("--index", type=int, required=True, help="the statement's place in the log")
    extract.add_argument("--origin", help="the log, where the bundle shows several")
    extract.add_argument("-o", "--output", type=Path, required=True, help="the file to write")
    extract.set_defaults(run=_run("extract"))

    grant = actions.add_parser("grant", help="sign a grant for one reader, with attachments carried or withheld")
    grant.add_argument("bundle", type=Path, help="the bundle file")
    _key(grant, "the owner's key file")
    grant.add_argument("--owner", required=True, help="the owner, as readers' policies name it")
    grant.add_argument("--reader", required=True, help="who may use the evidence")
    grant.add_argument("--purpose", required=True, help="what for")
    grant.add_argument(
        "--expires",
        required=True,
        type=day_or_instant,
        metavar="TIME",
        help=f"until when: {TIME_HELP}, or the beginning of a day in UTC, 2027-01-31",
    )
    grant.add_argument("--point", action="append", default=[], help="a metering point granted (default: all)")
    grant.add_argument(
        "--to", metavar="READERKEY", help="the reader's public key, where the bundle will be sealed to it"
    )
    grant.add_argument("--attach", type=Path, action="append", default=[], help="a document to carry")
    grant.add_argument("--withhold", type=Path, action="append", default=[], help="a document to name and withhold")
    grant.add_argument("-o", "--output", type=Path, required=True, help="the file to write")
    grant.set_defaults(run=_run("grant"))

    sign = actions.add_parser("sign", help="sign the grant that a draft carries (from a portal), after it is shown")
    sign.add_argument("bundle", type=Path, help="the draft: a bundle whose grant nobody has signed")
    _key(sign, "the owner's key file")
    sign.add_argument("--yes", action="store_true", help="sign without asking; what is signed is printed all the same")
    sign.add_argument("-o", "--output", type=Path, required=True, help="the file to write")
    sign.set_defaults(run=_run("sign"))

    seal = actions.add_parser("seal", help="encrypt a bundle to its readers")
    seal.add_argument("bundle", type=Path, help="the bundle file")
    seal.add_argument("--to", metavar="READERKEY", action="append", required=True, help="public key: hex, or its file")
    seal.add_argument("-o", "--output", type=Path, required=True, help="the file to write")
    seal.set_defaults(run=_run("seal"))

    opened = actions.add_parser("open", help="decrypt a sealed bundle")
    opened.add_argument("bundle", type=Path, help="the sealed file")
    _key(opened, "the reader's key file")
    opened.add_argument("-o", "--output", type=Path, required=True, help="the file to write")
    opened.set_defaults(run=_run("unseal"))

    take = actions.add_parser("take", help="take the bundle out of a report (report.html); nothing is verified")
    take.add_argument("report", type=Path, help="the report")
    take.add_argument("-o", "--output", type=Path, required=True, help="the bundle to write")
    take.add_argument("--policy-output", type=Path, metavar="FILE", help="write the policy that it carries too")
    take.set_defaults(run=_run("take"))


def _reader(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
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
