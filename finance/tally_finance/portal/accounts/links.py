"""One-time links: an invitation (a new account), or a new second factor (recovery). Shown once, used once, for a while.

A link opens the page on which its person sets up how to sign in. It is made by an administrator or by the operator's
command line, never asked for by mail: nobody takes an account over by reading somebody's post.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy import Engine, insert, select, update

from tally_finance.portal.accounts import drawn
from tally_finance.portal.accounts.tables import LINKS

VALID_S: Final = 3 * 86_400


class Purpose(StrEnum):
    """What a link is for."""

    INVITATION = "invitation"
    RESET = "reset"


@dataclass(frozen=True, slots=True)
class Link:
    """Whose, and what for."""

    account: str
    purpose: Purpose
    expires_at: int


class Links:
    """Those of all accounts. A new link ends the ones before it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def make(self, account: str, purpose: Purpose, by: str, now: int) -> str:
        """A secret for an address, which is not kept."""
        secret = drawn.draw()
        row = {
            "sha256": drawn.kept(secret), "account": account, "purpose": str(purpose), "made_by": by, "made_at": now,
            "expires_at": now + VALID_S,
        }  # fmt: skip
        with self._engine.execution_options(writes=True).begin() as connection:
            connection.execute(
                update(LINKS).where(LINKS.c.account == account, LINKS.c.used_at.is_(None)).values(used_at=now)
            )
            connection.execute(insert(LINKS).values(row))
        return secret

    def find(self, secret: str, now: int) -> Link | None:
        """The link, where it is good."""
        query = select(LINKS).where(
            LINKS.c.sha256 == drawn.kept(secret), LINKS.c.used_at.is_(None), LINKS.c.expires_at > now
        )
        with self._engine.connect() as connection:
            row = connection.execute(query).first()
        return None if row is None else Link(row.account, Purpose(row.purpose), row.expires_at)

    def use(self, secret: str, now: int) -> bool:
        """Whether it was good until now; it is good no more."""
        change = update(LINKS).where(
            LINKS.c.sha256 == drawn.kept(secret), LINKS.c.used_at.is_(None), LINKS.c.expires_at > now
        )
        with self._engine.execution_options(writes=True).begin() as connection:
            return connection.execute(change.values(used_at=now)).rowcount == 1
