"""The commands `tallystick finance review serve`, `pack` and `token`: reports and opinions over HTTP."""

from __future__ import annotations

import argparse
from pathlib import Path

from tally_chain.cli.where import run_in
from tally_finance.cli_desk import Actions, action
from tally_finance.cli_serve import add_port
from tally_finance.cli_token import register_in

DEFAULT_PORT = 8472
ROLES = ("reviewer", "verifier", "lender")
_RUN = "tally_finance.cli_review_serve_run"


def register(actions: Actions[argparse.ArgumentParser]) -> None:
    """Add the commands to those of `finance review`."""
    serve = actions.add_parser(
        "serve",
        help="reports and opinions over HTTP, for reviewers, verifiers and lenders (审查台)",
        description=(
            "Serve a reviewers' desk over HTTP (docs/reports-api.md): reports come as archives, are computed again "
            "under the desk's policy and only then kept; opinions come signed. It needs neither a chain nor a lender's "
            "book. Tokens cross the network, so beyond loopback it serves by TLS alone."
        ),
    )
    add_sheet(serve)
    serve.add_argument(
        "--passphrase-file",
        metavar="FILE",
        type=Path,
        help="holds the passphrase of the sheet's key, for sealed evidence",
    )
    add_port(serve, DEFAULT_PORT)
    serve.set_defaults(run=run_in(_RUN, "serve"))
    pack = action(
        actions,
        "pack",
        "a report's folder as one file, to be sent (归档)",
        "Writes the archive of a report's folder: the same folder gives the same bytes.",
        run_in(_RUN, "pack"),
    )
    pack.add_argument("report", metavar="REPORT", type=Path, help="folder that `footprint report` made")
    pack.add_argument("--out", metavar="FILE", type=Path, required=True, help="file to make; never overwritten")
    register_in(actions, "tokens of those who may ask a reviewers' desk over HTTP", ROLES, add_sheet)


def add_sheet(parser: argparse.ArgumentParser) -> None:
    """Whose desk, and where its database is."""
    parser.add_argument(
        "--sheet",
        metavar="FILE",
        type=Path,
        required=True,
        help="the desk's sheet (TOML): organisation, bank, policy, reports, signers",
    )
    parser.add_argument("--books", metavar="URL", help="its database (default: reviews.db beside the sheet)")
