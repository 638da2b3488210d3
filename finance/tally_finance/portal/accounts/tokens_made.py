"""Tokens that people make for their programs (`api.tokens`), and whose: they end with the account or its role."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Engine, insert, select

from tally_finance.api.rights import DESK_ROLES, Role
from tally_finance.api.tokens import Bearer, Listed, Tokens
from tally_finance.errors import AccountError
from tally_finance.portal.accounts.account import Account, State
from tally_finance.portal.accounts.tables import TOKENS_MADE

MOST_DAYS = 365
DAY_S = 86_400
LENDING, REVIEWING = "lending", "reviewing"
"""The interfaces: the lender's desk and the reviewers' desk."""


@dataclass(frozen=True, slots=True)
class Made:
    """A token, at which interface, and by whom (None: by the command line)."""

    at: str
    token: Listed
    by: str | None


class TokensMade:
    """Of the interfaces that a portal has: their tokens, and the name of each one's book."""

    def __init__(self, engine: Engine, interfaces: Mapping[str, tuple[str, Tokens]]) -> None:
        self._engine, self._interfaces = engine, interfaces

    def make(self, account: Account, name: str, role: Role, *, may_write: bool, valid_s: int, now: int) -> str:
        """A token of the account's own organisation, in a role that it has. Raises AccountError, DeskError."""
        if str(role) not in account.roles:
            raise AccountError(f"the account is no {role}")
        book, tokens = self._interfaces.get(at_of(role), ("", None))
        if tokens is None:
            raise AccountError(f"this portal has no interface for a {role}")
        token = tokens.make(Bearer(name, account.organisation, role, may_write), now=now, valid_s=valid_s)
        with self._engine.execution_options(writes=True).begin() as connection:
            connection.execute(insert(TOKENS_MADE).values(book=book, name=name, account=account.name))
        return token

    def of(self, organisation: bytes) -> tuple[Made, ...]:
        """Those of an organisation, by interface and name."""
        found = []
        for at, (book, tokens) in sorted(self._interfaces.items()):
            makers = self._makers(book)
            found += [
                Made(at, one, makers.get(one.bearer.name))
                for one in tokens.all()
                if one.bearer.organisation == organisation
            ]
        return tuple(found)

    def revoke(self, organisation: bytes, at: str, name: str, now: int) -> None:
        """End one of an organisation's. Raises AccountError where it is none of its own, DeskError where it is over."""
        if not any((one.at, one.token.bearer.name) == (at, name) for one in self.of(organisation)):
            raise AccountError("there is no such token")
        self._interfaces[at][1].revoke(name, now)

    def sweep(self, account: Account, now: int) -> int:
        """End those of an account that it may have no more: it is not active, or lost the role. How many."""
        ended = 0
        for made in self.of(account.organisation):
            is_held = account.state is State.ACTIVE and str(made.token.bearer.role) in account.roles
            if made.by == account.name and made.token.revoked_at is None and not is_held:
                self._interfaces[made.at][1].revoke(made.token.bearer.name, now)
                ended += 1
        return ended

    def _makers(self, book: str) -> dict[str, str]:
        query = select(TOKENS_MADE.c.name, TOKENS_MADE.c.account).where(TOKENS_MADE.c.book == book)
        with self._engine.connect() as connection:
            return {row.name: row.account for row in connection.execute(query)}


def at_of(role: Role) -> str:
    """The interface of a role."""
    return LENDING if role in DESK_ROLES else REVIEWING
