"""The command `tallystick finance account`: accounts of a portal. Light until it runs."""

from __future__ import annotations

import argparse

from tally_chain.cli.where import bytes32, run_in
from tally_finance.cli_desk import Actions, action
from tally_finance.cli_portal import add_portal

ROLES = (
    "keeper", "depositor", "lender", "inspector", "court", "reviewer", "verifier", "operator", "owner", "administrator",
)  # fmt: skip
_RUN = "tally_finance.cli_account_run"


def register(subparsers: Actions[argparse.ArgumentParser]) -> None:
    """Add the commands."""
    parser = subparsers.add_parser("account", help="accounts of people at a portal")
    actions = parser.add_subparsers(dest="account_command", metavar="COMMAND", title="commands", required=True)
    invite = action(
        actions,
        "invite",
        "make an account and its one-time link",
        "Makes an account of an organisation and prints the one-time link by which its person sets up how to sign in. "
        "The link is good for three days and is shown once.",
        run_in(_RUN, "invite"),
    )
    invite.add_argument("name", metavar="NAME", help="its name: a-z, 0-9, '.' and '-'; never used again")
    invite.add_argument("--organisation", metavar="ID", type=bytes32, help="registry id (default: the portal's own)")
    invite.add_argument("--role", choices=ROLES, action="append", required=True, help="what the person is; repeatable")
    invite.add_argument("--organisation-name", metavar="NAME", help="name in Latin script, where it is new here")
    invite.add_argument("--organisation-name-zh", metavar="NAME", help="and in Chinese")
    add_portal(invite)
    add_portal(action(actions, "list", "every account", "Lists accounts by name.", run_in(_RUN, "list")))
    lock = action(
        actions, "lock", "shut an account at once", "Shuts an account: its sessions end at once.", run_in(_RUN, "lock")
    )
    lock.add_argument("name", metavar="NAME", help="whose")
    add_portal(lock)
    reset = action(
        actions,
        "reset",
        "let somebody set up anew how to sign in",
        "Forgets password, passkeys and codes of an account, ends its sessions, and prints a one-time link to set them "
        "up anew. It also opens an account that was locked.",
        run_in(_RUN, "reset"),
    )
    reset.add_argument("name", metavar="NAME", help="whose")
    add_portal(reset)
