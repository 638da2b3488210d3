"""The command `tallystick finance serve`: the portal, or a lender's desk over HTTP alone."""

from __future__ import annotations

import argparse
from pathlib import Path

from tally_chain.cli.where import add_sender, run_in
from tally_finance.cli_desk import Actions, add_chain

DEFAULT_PORT = 8470


def register(subparsers: Actions[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "serve",
        help="the portal in a browser, or a lender's desk over HTTP for programs",
        description=(
            "With --portal: serve the pages for operators, lenders, reviewers and owners, and both desks' interfaces "
            "beside them (docs/portal.md). With --desk: serve a lender's desk over HTTP alone "
            "(docs/receipts-api.md): each token sees and asks what its role may, of its own. "
            "The chain is read into the book again and again. With --key or --signer operations that all have signed "
            "are sent, paid by that key; it is no party's key. Tokens cross the network, so beyond loopback it serves "
            "by TLS alone."
        ),
    )
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--portal", metavar="FILE", type=Path, help="the portal (TOML); it names desks and chain itself")
    which.add_argument("--desk", metavar="FILE", type=Path, help="the desk's sheet (TOML): book, lender, goods, prices")
    parser.add_argument("--books", metavar="URL", help="database of the books (default: books.db beside the sheet)")
    add_chain(parser, required=False)
    parser.add_argument("--policy", metavar="FILE", type=Path, help="whose evidence is believed (TOML); else none is")
    add_port(parser, DEFAULT_PORT)
    parser.add_argument(
        "--every", type=_seconds, default=2.0, metavar="SECONDS", help="how often the chain is read (default: 2)"
    )
    add_sender(parser)
    parser.set_defaults(run=run_in("tally_finance.cli_serve_run", "serve"))


def add_port(parser: argparse.ArgumentParser, port: int) -> None:
    """Where it serves, and by which certificate."""
    parser.add_argument("--host", default="127.0.0.1", help="address to serve on (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, default=port, help=f"port (default: {port}; 0: any)")
    parser.add_argument(
        "--tls-certificate", metavar="FILE", type=Path, help="certificate with its chain (PEM), which makes it HTTPS"
    )
    parser.add_argument("--tls-key", metavar="FILE", type=Path, help="key of the certificate (PEM, mode 0600)")
    parser.add_argument(
        "--without-tls", action="store_true", help="serve beyond loopback in the clear: a proxy in front speaks TLS"
    )


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.1 <= value <= 3600:
        raise argparse.ArgumentTypeError("from 0.1 to 3600 seconds")
    return value
