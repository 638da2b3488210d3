"""The commands `tallystick finance footprint claims` and `claim-digests`. Light until they run."""

from __future__ import annotations

import argparse
from pathlib import Path

from tally_chain.cli.where import add_contracts, add_passphrase, add_where, run_in
from tally_edge.cli_time import TIME_HELP, instant_or_seconds

_RUN = "tally_finance.cli_claims_run"


def register(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands to those of `finance footprint`."""
    digests = actions.add_parser(
        "claim-digests",
        help="under which digests a footprint's certificates are claimed (登记摘要)",
        description=(
            "For a registrar: print the nullifier of each certificate of an inventory sheet, and the digest under "
            "which it is claimed for the footprint of this entity and site over this period. The digest goes into "
            "`tallystick registry countersign claim`. Nothing is sent."
        ),
    )
    _add_common(digests)
    digests.add_argument(
        "--from", dest="from_at", metavar="TIME", type=instant_or_seconds, required=True, help=TIME_HELP
    )
    digests.add_argument("--to", dest="to_at", metavar="TIME", type=instant_or_seconds, required=True, help=TIME_HELP)
    digests.set_defaults(run=run_in(_RUN, "claim-digests"))

    claims = actions.add_parser(
        "claims",
        help="who holds a footprint's certificates in the registry, into a file (登记状况)",
        description=(
            "Read the whole history of claims from a chain, and write who holds each certificate of an inventory "
            "sheet and under which digest. The table [market.registry] of the sheet names the file; a certificate "
            "that somebody else holds then counts for nothing. Exit code 1: a certificate is claimed by nobody."
        ),
    )
    _add_common(claims)
    add_contracts(claims)
    add_where(claims)
    claims.add_argument("--out", metavar="FILE", type=Path, required=True, help="file to make; never overwritten")
    claims.set_defaults(run=run_in(_RUN, "claims"))


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("namespace_key", metavar="NAMESPACE_FILE", type=Path, help="from `registry new-namespace`")
    parser.add_argument("issuer", metavar="ISSUER", help="USCC or LEI of who issued the certificates")
    parser.add_argument("--sheet", metavar="SHEET", type=Path, required=True, help="the inventory sheet (TOML)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    add_passphrase(parser)
