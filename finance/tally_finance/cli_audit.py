"""The command `tallystick finance audit`: the signed log of what was done at a portal. Light until it runs."""

from __future__ import annotations

import argparse
from pathlib import Path

from tally_chain.cli.where import bytes32, run_in
from tally_finance.cli_desk import Actions, action
from tally_finance.cli_portal import add_portal

_RUN = "tally_finance.cli_audit_run"


def register(subparsers: Actions[argparse.ArgumentParser]) -> None:
    """Add the commands."""
    parser = subparsers.add_parser("audit", help="the signed log of what was done at a portal")
    actions = parser.add_subparsers(dest="audit_command", metavar="COMMAND", title="commands", required=True)
    export = action(
        actions,
        "export",
        "the log as a signed file",
        "Writes the audit log, or its rows after a number, as one file; its rows are signed and name one another.",
        run_in(_RUN, "export"),
    )
    export.add_argument("--after", metavar="ROW", type=int, default=0, help="rows after this one (default: all)")
    export.add_argument("-o", "--output", metavar="FILE", type=Path, required=True, help="the file to write")
    add_portal(export)
    verify = action(
        actions,
        "verify",
        "check a file of the log",
        "Checks that every row follows the one before and was signed by one key; exits 1 where it does not hold. Name "
        "the key by --key: what stands in the file is the word of whoever wrote it. With --head it checks that the "
        "log still has a row that you wrote down earlier.",
        run_in(_RUN, "verify"),
    )
    verify.add_argument("file", metavar="FILE", type=Path, help="what `finance audit export` or the portal wrote")
    verify.add_argument("--key", metavar="ID", type=bytes32, help="id of the audit key (`finance portal init` says it)")
    verify.add_argument("--head", metavar="DIGEST", type=bytes32, help="digest of a row that must be in it")
