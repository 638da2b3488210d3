"""Bearer tokens: whose, in which role, whether for writing, until when. A token is shown once; its hash is kept.

A token is 64 lower-case hexadecimal digits (32 random bytes), sent as `Authorization: Bearer`. Its hash needs no salt:
nobody finds 32 random bytes by trying.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Engine, insert, select, update
from sqlalchemy.exc import IntegrityError

from tally_finance.api.rights import Role
from tally_finance.desk.tables import TOKENS
from tally_finance.errors import DeskError

TOKEN_BYTES: Final = 32
MAX_VALID_S: Final = 400 * 86_400
"""A year and some weeks: whoever forgets a token is not let in by it for ever."""

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whose token was shown."""

    name: str
    organisation: bytes
    role: Role
    may_write: bool


@dataclass(frozen=True, slots=True)
class Listed:
    """A token as its owner may see it. Times are Unix seconds."""

    bearer: Bearer
    made_at: int
    expires_at: int
    revoked_at: int | None


class Tokens:
    """The tokens of one book in a migrated database."""

    def __init__(self, engine: Engine, book: str) -> None:
        self._engine, self._book = engine, book

    def make(self, bearer: Bearer, *, now: int, valid_s: int) -> str:
        """A new token, which is not kept. Raises DeskError for a name that is taken, also by a revoked token."""
        if _NAME.fullmatch(bearer.name) is None:
            raise DeskError(f"{bearer.name!r} is not 1 to 64 of a-z, 0-9 and '-'")
        if not 0 < valid_s <= MAX_VALID_S:
            raise DeskError(f"a token is good for 1 to {MAX_VALID_S} s, not for {valid_s}")
        token = secrets.token_hex(TOKEN_BYTES)
        row = {
            "book": self._book, "name": bearer.name, "sha256": _hash(token), "organisation": bearer.organisation,
            "role": str(bearer.role), "may_write": int(bearer.may_write), "made_at": now, "expires_at": now + valid_s,
        }  # fmt: skip
        try:
            with self._engine.execution_options(writes=True).begin() as connection:
                connection.execute(insert(TOKENS).values(row))
        except IntegrityError:
            raise DeskError(f"{bearer.name} has, or had, a token: take another name") from None
        return token

    def all(self) -> tuple[Listed, ...]:
        """Every one, by name; also those that are over."""
        query = select(TOKENS).where(TOKENS.c.book == self._book).order_by(TOKENS.c.name)
        with self._engine.connect() as connection:
            return tuple(
                Listed(
                    Bearer(row.name, row.organisation, Role(row.role), bool(row.may_write)),
                    row.made_at,
                    row.expires_at,
                    row.revoked_at,
                )
                for row in connection.execute(query)
            )

    def revoke(self, name: str, now: int) -> None:
        """End it at once. Raises DeskError for a name that has none."""
        change = (
            update(TOKENS)
            .where(TOKENS.c.book == self._book, TOKENS.c.name == name, TOKENS.c.revoked_at.is_(None))
            .values(revoked_at=now)
        )
        with self._engine.execution_options(writes=True).begin() as connection:
            if connection.execute(change).rowcount != 1:
                raise DeskError(f"{name} has no token that could be revoked")

    def bearer(self, token: str, now: int) -> Bearer | None:
        """Whose token it is, if it is one and good."""
        query = select(TOKENS).where(
            TOKENS.c.book == self._book,
            TOKENS.c.sha256 == _hash(token),
            TOKENS.c.revoked_at.is_(None),
            TOKENS.c.expires_at > now,
        )
        with self._engine.connect() as connection:
            row = connection.execute(query).first()
        return None if row is None else Bearer(row.name, row.organisation, Role(row.role), bool(row.may_write))


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
