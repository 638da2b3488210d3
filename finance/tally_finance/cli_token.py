"""The command `tallystick finance token`: who may ask the desk over HTTP."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence

from tally_chain.cli.where import bytes32, run_in
from tally_finance.cli_desk import Actions, action, add_desk

ROLES = ("keeper", "depositor", "lender", "inspector", "court")
_RUN = "tally_finance.cli_token_run"
DEFAULT_DAYS, MOST_DAYS = 90, 400


def register(subparsers: Actions[argparse.ArgumentParser]) -> None:
    """Add the commands."""
    register_in(subparsers, "tokens of those who may ask the desk over HTTP", ROLES, add_desk)


def register_in(
    subparsers: Actions[argparse.ArgumentParser],
    text: str,
    roles: Sequence[str],
    add_whose: Callable[[argparse.ArgumentParser], None],
) -> None:
    """The same for a desk whose sheet `add_whose` asks for, in its roles."""
    parser = subparsers.add_parser("token", help=text)
    actions = parser.add_subparsers(dest="token_command", metavar="COMMAND", title="commands", required=True)
    new = action(
        actions,
        "new",
        "make a token; it is shown once",
        "Makes a bearer token for an organisation in a role, and prints it once: only its hash is kept.",
        run_in(_RUN, "new"),
    )
    new.add_argument("name", metavar="NAME", help="its name: a-z, 0-9 and '-'; never used again")
    new.add_argument("--organisation", metavar="ID", type=bytes32, required=True, help="registry id of whose it is")
    new.add_argument("--role", choices=roles, required=True, help="what that organisation is here")
    new.add_argument("--read-only", action="store_true", help="it may write nothing")
    new.add_argument(
        "--days",
        type=_days,
        default=DEFAULT_DAYS,
        metavar="DAYS",
        help=f"how long it is good (default: {DEFAULT_DAYS})",
    )
    add_whose(new)
    listed = action(actions, "list", "every token that was made", "Lists tokens by name.", run_in(_RUN, "list"))
    add_whose(listed)
    revoke = action(actions, "revoke", "end a token at once", "Ends a token at once.", run_in(_RUN, "revoke"))
    revoke.add_argument("name", metavar="NAME", help="which")
    add_whose(revoke)


def _days(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MOST_DAYS:
        raise argparse.ArgumentTypeError(f"from 1 to {MOST_DAYS} days")
    return int(text)
