"""The command `tallystick finance serve`: the desk over HTTP."""

from __future__ import annotations

import argparse
from pathlib import Path

from tally_chain.cli.where import add_sender, run_in
from tally_finance.cli_desk import Actions, add_chain, add_desk

DEFAULT_PORT = 8470


def register(subparsers: Actions[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "serve",
        help="the desk over HTTP, for keeper, depositor, lender, inspector and court",
        description=(
            "Serve the desk over HTTP (docs/receipts-api.md): each token sees and asks what its role may, of its own. "
            "The chain is read into the book again and again. With --key or --signer operations that all have signed "
            "are sent, paid by that key; it is no party's key. Tokens cross the network, so beyond loopback it serves "
            "by TLS alone."
        ),
    )
    add_desk(parser)
    add_chain(parser)
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
