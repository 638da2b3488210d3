"""The room of accounts: signing in, one's own account, administration, the audit log."""

from __future__ import annotations

import re

from fastapi import APIRouter

from tally_finance.portal.accounts.account_routes import account_routes
from tally_finance.portal.accounts.administration_routes import administration_routes
from tally_finance.portal.accounts.audit_routes import audit_routes
from tally_finance.portal.accounts.invitation_routes import invitation_routes
from tally_finance.portal.accounts.proving_routes import proving_routes
from tally_finance.portal.accounts.sign_in_routes import sign_in_routes
from tally_finance.portal.accounts.token_routes import token_routes
from tally_finance.portal.visitor import ADMINISTRATOR
from tally_gateway.pages.room import Link, Room
from tally_gateway.pages.words import Words

PUBLIC = (re.compile("/sign-in(?:/.*)?"), re.compile("/invitation/[0-9a-f]{64}(?:/question|/passkey)?"))


def room() -> Room:
    """The room; for a site whose `sessions` are Accounts."""
    router = APIRouter()
    for part in (
        sign_in_routes(), invitation_routes(), account_routes(), proving_routes(), token_routes(),
        administration_routes(), audit_routes(),
    ):  # fmt: skip
        router.include_router(part)
    links = (Link("/administration", Words("Administration", "账户管理"), frozenset({ADMINISTRATOR})),)
    return Room(router, __package__ or "", links, PUBLIC)
