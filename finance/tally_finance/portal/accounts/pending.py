"""What a browser is in the middle of: a challenge to a passkey, a secret being set up, a way to another sign-in.

Kept here and not in the browser, under a secret that the browser holds; taken once, within minutes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from sqlalchemy import Engine, delete, func, insert, select

from tally_finance.errors import AccountError
from tally_finance.portal.accounts import drawn
from tally_finance.portal.accounts.tables import PENDING

VALID_S: Final = 600
MOST: Final = 20_000
"""Beyond that many are under way at once, strangers are filling the disk."""


class Pending:
    """Of all browsers."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def begin(self, kind: str, body: Mapping[str, str], now: int) -> str:
        """Keep it; the secret to ask for it by. Raises AccountError where too many are under way."""
        secret = drawn.draw()
        row = {
            "sha256": drawn.kept(secret), "kind": kind, "body": json.dumps(dict(body)).encode(),
            "expires_at": now + VALID_S,
        }  # fmt: skip
        with self._engine.execution_options(writes=True).begin() as connection:
            connection.execute(delete(PENDING).where(PENDING.c.expires_at <= now))
            if connection.execute(select(func.count()).select_from(PENDING)).scalar_one() >= MOST:
                raise AccountError("too many people are signing in just now: come again in some minutes")
            connection.execute(insert(PENDING).values(row))
        return secret

    def look(self, kind: str, secret: str, now: int) -> dict[str, str] | None:
        """What was kept, and still is."""
        query = select(PENDING.c.body).where(
            PENDING.c.sha256 == drawn.kept(secret), PENDING.c.kind == kind, PENDING.c.expires_at > now
        )
        with self._engine.connect() as connection:
            body = connection.execute(query).scalar()
        return None if body is None else _read(body)

    def take(self, kind: str, secret: str, now: int) -> dict[str, str] | None:
        """What was kept, once."""
        where = (PENDING.c.sha256 == drawn.kept(secret), PENDING.c.kind == kind, PENDING.c.expires_at > now)
        with self._engine.execution_options(writes=True).begin() as connection:
            body = connection.execute(delete(PENDING).where(*where).returning(PENDING.c.body)).scalar()
        return None if body is None else _read(body)


def _read(body: bytes) -> dict[str, str]:
    return {str(name): str(value) for name, value in json.loads(bytes(body)).items()}
