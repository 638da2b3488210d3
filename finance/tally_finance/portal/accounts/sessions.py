"""Sessions in a migrated database. The cookie holds 256 random bits; the database their hash.

A session is made at sign-in and never taken over from before it (fixation, OWASP ASVS 4.0.3, 3.2.1). A form's token
against forgery is derived from the cookie's secret, so each session has its own and none is kept.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Engine, Row, Select, bindparam, delete, insert, select, update

from tally_finance.portal.accounts import drawn
from tally_finance.portal.accounts.account import Account, Organisation, State
from tally_finance.portal.accounts.lifetimes import ABSOLUTE_S, Times
from tally_finance.portal.accounts.tables import ACCOUNTS, ORGANISATIONS, SESSIONS

KEPT_S: Final = 90 * 86_400
"""Ended sessions are listed for that long."""


@dataclass(frozen=True, slots=True)
class Session:
    """`id`: the hash of its secret; it lets nobody in. `method`: how its person proved who it is."""

    id: bytes
    account: str
    method: str
    network: str
    times: Times


@dataclass(frozen=True, slots=True)
class Known:
    """A session that is good, the account that it is of, and that account's organisation."""

    session: Session
    account: Account
    organisation: Organisation


_OF_SECRET: Final = (
    select(
        SESSIONS, ACCOUNTS.c.name, ACCOUNTS.c.organisation, ACCOUNTS.c.roles, ACCOUNTS.c.state,
        ACCOUNTS.c.signed_in_at, ACCOUNTS.c.failed, ORGANISATIONS.c.id, ORGANISATIONS.c.latin,
        ORGANISATIONS.c.chinese, ORGANISATIONS.c.roles.label("open_to"),
    )
    .join(ACCOUNTS, ACCOUNTS.c.name == SESSIONS.c.account)
    .join(ORGANISATIONS, ORGANISATIONS.c.id == ACCOUNTS.c.organisation)
    .where(SESSIONS.c.sha256 == bindparam("secret"))
)  # fmt: skip
"""Every request asks this once."""


class Sessions:
    """Those of all accounts."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def make(self, account: str, method: str, network: str, now: int, proven_at: int | None = None) -> str:
        """A new session's secret, which is not kept. `proven_at`: where its person proved earlier who it is."""
        secret = drawn.draw()
        row = {
            "sha256": drawn.kept(secret), "account": account, "method": method, "network": network, "made_at": now,
            "seen_at": now, "proven_at": now if proven_at is None else proven_at,
        }  # fmt: skip
        with self._engine.execution_options(writes=True).begin() as connection:
            connection.execute(delete(SESSIONS).where(SESSIONS.c.made_at <= now - KEPT_S))
            connection.execute(insert(SESSIONS).values(row))
        return secret

    def find(self, secret: str, now: int, *, is_use: bool = True) -> Known | None:
        """The session of a secret, where it is good, and whose it is; its last use is written down now and then.

        `is_use`: false for what a page asks by itself.
        """
        if drawn.FORM.fullmatch(secret) is None:
            return None
        with self._engine.connect() as connection:
            row = connection.execute(_OF_SECRET, {"secret": drawn.kept(secret)}).first()
        found = None if row is None else _session(row)
        if row is None or found is None or not found.times.is_good(now):
            return None
        if is_use and found.times.is_due(now):
            self._set(found.id, seen_at=now)
        organisation = Organisation(bytes(row.id), row.latin, row.chinese, frozenset(row.open_to.split()))
        roles, state = frozenset(row.roles.split()), State(row.state)
        return Known(
            found, Account(row.name, organisation.id, roles, state, row.signed_in_at, row.failed), organisation
        )

    def prove(self, identity: bytes, now: int) -> None:
        """Its person proved again who it is."""
        self._set(identity, proven_at=now, seen_at=now)

    def of(self, account: str, now: int) -> tuple[Session, ...]:
        """Those of an account that are good, newest first."""
        query: Select[Any] = select(SESSIONS).where(
            SESSIONS.c.account == account, SESSIONS.c.ended_at.is_(None), SESSIONS.c.made_at > now - ABSOLUTE_S
        )
        with self._engine.connect() as connection:
            rows = connection.execute(query.order_by(SESSIONS.c.made_at.desc(), SESSIONS.c.sha256)).all()
        return tuple(one for one in map(_session, rows) if one.times.is_good(now))

    def end(self, account: str, identity: bytes, now: int) -> bool:
        """End one of an account's; whether it was one."""
        change = update(SESSIONS).where(
            SESSIONS.c.sha256 == identity, SESSIONS.c.account == account, SESSIONS.c.ended_at.is_(None)
        )
        with self._engine.execution_options(writes=True).begin() as connection:
            return connection.execute(change.values(ended_at=now)).rowcount == 1

    def end_all(self, account: str, now: int, but: bytes = b"") -> int:
        """End an account's sessions, except one; how many."""
        change = update(SESSIONS).where(
            SESSIONS.c.account == account, SESSIONS.c.sha256 != but, SESSIONS.c.ended_at.is_(None)
        )
        with self._engine.execution_options(writes=True).begin() as connection:
            return connection.execute(change.values(ended_at=now)).rowcount

    def _set(self, identity: bytes, **values: int) -> None:
        change = update(SESSIONS).where(SESSIONS.c.sha256 == identity, SESSIONS.c.ended_at.is_(None))
        with self._engine.execution_options(writes=True).begin() as connection:
            connection.execute(change.values(values))


def form_token(secret: str) -> str:
    """What every form of a session brings back."""
    return hmac.new(secret.encode(), b"tallystick form", hashlib.sha256).hexdigest()


def _session(row: Row[Any]) -> Session:
    times = Times(row.made_at, row.seen_at, row.proven_at, row.ended_at)
    return Session(bytes(row.sha256), row.account, row.method, row.network, times)
