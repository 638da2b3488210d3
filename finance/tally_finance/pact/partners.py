"""Companies that may ask for footprints, and the hour's access that each gets for its secret (OAuth 2, client
credentials, RFC 6749 §4.4).

A secret is shown once; hashes are kept, without salt, because nobody finds 32 random bytes by trying. What we show a
partner's own host when we answer is in a file that the operator names, and not in the database.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from sqlalchemy import Connection, Engine, Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from tally_finance.errors import PactError
from tally_finance.pact.tables import ACCESS, PARTNERS

ACCESS_S: Final = 3_600
_SECRET_BYTES: Final = 32
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_ADDRESS: Final = re.compile(r"[!-~]{1,500}")
_MOST_PRODUCTS: Final = 1_000


@dataclass(frozen=True, slots=True)
class Answers:
    """Where answers to a partner go: its events, its tokens, and the file with our credentials there."""

    events_url: str
    token_url: str
    credentials: str


@dataclass(frozen=True, slots=True)
class Partner:
    """A company that may ask. `products`: ids in lower case of what it may see; None: everything."""

    name: str
    client: str
    products: frozenset[str] | None
    answers: Answers | None
    made_at: int
    revoked_at: int | None = None

    def may_see(self, product_ids: Sequence[str]) -> bool:
        """Whether a footprint of a product with these ids is for it."""
        return self.products is None or not self.products.isdisjoint(one.lower() for one in product_ids)


class Partners:
    """The partners of one host in a migrated database."""

    def __init__(self, engine: Engine, host: str) -> None:
        self._engine, self._host = engine, host

    def make(self, name: str, products: Sequence[str] | None, answers: Answers | None, now: int) -> tuple[str, str]:
        """A new partner: its client id and its secret, which is not kept. Raises PactError."""
        if _NAME.fullmatch(name) is None:
            raise PactError(f"{name!r} is not 1 to 64 of a-z, 0-9 and '-'")
        if products is not None and not 0 < len(products) <= _MOST_PRODUCTS:
            raise PactError(f"a partner sees 1 to {_MOST_PRODUCTS} products, or all")
        if answers is not None:
            _must_be_address(answers.events_url)
            _must_be_address(answers.token_url)
        client, secret = secrets.token_hex(16), secrets.token_urlsafe(_SECRET_BYTES)
        row: dict[str, Any] = {
            "host": self._host, "name": name, "client": client, "secret_sha256": _hash(secret), "made_at": now,
            "products": None if products is None else json.dumps(sorted({one.lower() for one in products})),
        }  # fmt: skip
        if answers is not None:
            row |= {
                "events_url": answers.events_url,
                "token_url": answers.token_url,
                "credentials": answers.credentials,
            }
        try:
            with self._engine.execution_options(writes=True).begin() as connection:
                connection.execute(insert(PARTNERS).values(row))
        except IntegrityError:
            raise PactError(f"{name} is, or was, a partner: take another name") from None
        return client, secret

    def all(self) -> tuple[Partner, ...]:
        """Every one by name, also those that are no more."""
        query = select(PARTNERS).where(PARTNERS.c.host == self._host).order_by(PARTNERS.c.name)
        with self._engine.connect() as connection:
            return tuple(_partner(row) for row in connection.execute(query))

    def get(self, name: str) -> Partner:
        """One that may ask. Raises PactError."""
        for one in self.all():
            if one.name == name and one.revoked_at is None:
                return one
        raise PactError(f"{name} is no partner")

    def revoke(self, name: str, now: int) -> None:
        """End it and its access at once. Raises PactError."""
        mine = PARTNERS.c.host == self._host, PARTNERS.c.name == name, PARTNERS.c.revoked_at.is_(None)
        with self._engine.execution_options(writes=True).begin() as connection:
            if connection.execute(update(PARTNERS).where(*mine).values(revoked_at=now)).rowcount != 1:
                raise PactError(f"{name} is no partner")
            connection.execute(delete(ACCESS).where(ACCESS.c.host == self._host, ACCESS.c.partner == name))

    def admit(self, client: str, secret: str, now: int) -> str | None:
        """An access token for the right secret, good for `ACCESS_S`; tokens that are over are thrown away."""
        query = select(PARTNERS).where(
            PARTNERS.c.host == self._host, PARTNERS.c.client == client, PARTNERS.c.revoked_at.is_(None)
        )
        with self._engine.execution_options(writes=True).begin() as connection:
            row = connection.execute(query).first()
            if row is None or not hmac.compare_digest(row.secret_sha256, _hash(secret)):
                return None
            token = secrets.token_urlsafe(_SECRET_BYTES)
            connection.execute(delete(ACCESS).where(ACCESS.c.host == self._host, ACCESS.c.expires_at <= now))
            values = {"sha256": _hash(token), "host": self._host, "partner": row.name, "expires_at": now + ACCESS_S}
            connection.execute(insert(ACCESS).values(values))
        return token

    def partner_of(self, token: str, now: int) -> Partner | None:
        """Whose token it is, if it is good."""
        query = (
            select(PARTNERS)
            .join(ACCESS, (ACCESS.c.host == PARTNERS.c.host) & (ACCESS.c.partner == PARTNERS.c.name))
            .where(
                ACCESS.c.sha256 == _hash(token),
                ACCESS.c.host == self._host,
                ACCESS.c.expires_at > now,
                PARTNERS.c.revoked_at.is_(None),
            )
        )
        with self._engine.connect() as connection:
            row = connection.execute(query).first()
        return None if row is None else _partner(row)


def standing(connection: Connection, host: str) -> list[Partner]:
    """Partners that may ask, within a transaction."""
    query = select(PARTNERS).where(PARTNERS.c.host == host, PARTNERS.c.revoked_at.is_(None)).order_by(PARTNERS.c.name)
    return [_partner(row) for row in connection.execute(query)]


def _partner(row: Row[Any]) -> Partner:
    answers = None if row.events_url is None else Answers(row.events_url, row.token_url, row.credentials)
    products = None if row.products is None else frozenset(json.loads(row.products))
    return Partner(row.name, row.client, products, answers, row.made_at, row.revoked_at)


def _must_be_address(url: str) -> None:
    """Tokens and footprints go there: only through TLS, and without names or passwords in it."""
    try:
        parts = urlsplit(url)
        good = parts.scheme == "https" and bool(parts.hostname) and parts.username is None and parts.port != 0
    except ValueError:
        good = False
    if not good or _ADDRESS.fullmatch(url) is None:
        raise PactError(f"{url!r} is no https address")


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
