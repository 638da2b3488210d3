"""The accounts of a portal, from its sheet."""

from __future__ import annotations

from sqlalchemy import Engine

from tally_finance.portal.accounts.service import Accounts, open_accounts
from tally_finance.portal.config_file import PortalSheet


def sessions_of(engine: Engine, sheet: PortalSheet) -> Accounts:
    """Over the portal's migrated database. Raises ConfigError, KeyStoreError where its keys can not be opened."""
    return open_accounts(engine, sheet.accounts)
