"""What `tallystick finance account` does."""

from __future__ import annotations

import argparse

from tally_chain.registry.call_words import time_words
from tally_edge.text_table import render
from tally_finance.cli_desk_run import OK, say
from tally_finance.cli_portal_run import COMMAND_LINE, accounts_of, address, invite, note, tokens_of
from tally_finance.errors import AccountError
from tally_finance.portal.accounts import setting_up
from tally_finance.portal.accounts.account import Account, State, organisation_of
from tally_finance.portal.accounts.service import Accounts


def run_invite(options: argparse.Namespace) -> int:
    """An account and its link, shown once."""
    with accounts_of(options) as accounts:
        organisation = options.organisation or accounts.settings.organisation
        roles = frozenset(options.role)
        if options.organisation_name is not None and accounts.directory.organisation(organisation) is None:
            chinese = options.organisation_name_zh or options.organisation_name
            made = organisation_of(organisation, options.organisation_name, chinese, roles)
            accounts.directory.add_organisation(made, accounts.clock())
            note(accounts, "organisation", organisation.hex(), organisation)
        link = invite(accounts, options.name, organisation, roles)
    told = {"name": options.name, "organisation": organisation.hex(), "roles": sorted(roles), "link": link}
    say(options, told, [f"for {options.name}, once, within three days; shown only now:", link])
    return OK


def run_list(options: argparse.Namespace) -> int:
    """All of them."""
    with accounts_of(options) as accounts:
        found = accounts.directory.accounts()
    told = [
        {
            "name": one.name,
            "organisation": one.organisation.hex(),
            "roles": sorted(one.roles),
            "state": str(one.state),
            "signed_in_at": one.signed_in_at,
            "failed": one.failed,
        }
        for one in found
    ]
    rows = [["name", "organisation", "roles", "state", "last signed in"]]
    rows += [
        [
            one.name,
            one.organisation.hex()[:16],
            " ".join(sorted(one.roles)),
            str(one.state),
            "–" if one.signed_in_at is None else time_words(one.signed_in_at),
        ]
        for one in found
    ]
    say(options, {"accounts": told}, render(rows, rule=True))
    return OK


def run_lock(options: argparse.Namespace) -> int:
    """Shut it; its sessions end."""
    with accounts_of(options) as accounts:
        account = _account(accounts, options.name)
        accounts.directory.become(account.name, State.LOCKED)
        ended = accounts.sessions.end_all(account.name, accounts.clock())
        _sweep(options, accounts, account.name)
        note(accounts, "state", f"{account.name}: locked", account.organisation)
    say(options, {"name": account.name, "sessions": ended}, [f"{account.name} is locked; {ended} sessions ended"])
    return OK


def run_reset(options: argparse.Namespace) -> int:
    """Another link, shown once."""
    with accounts_of(options) as accounts:
        account = _account(accounts, options.name)
        link = address(accounts, setting_up.start_over(accounts, account.name, COMMAND_LINE))
        _sweep(options, accounts, account.name)
        note(accounts, "reset", account.name, account.organisation)
    lines = [f"for {account.name}, once, within three days; shown only now:", link]
    say(options, {"name": account.name, "link": link}, lines)
    return OK


def _sweep(options: argparse.Namespace, accounts: Accounts, name: str) -> None:
    """End the tokens that the account made."""
    with tokens_of(options) as tokens:
        tokens.sweep(_account(accounts, name), accounts.clock())


def _account(accounts: Accounts, name: str) -> Account:
    found = accounts.directory.account(name)
    if found is None:
        raise AccountError(f"there is no account {name}")
    return found
