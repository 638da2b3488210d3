"""Organisations and accounts in a migrated database."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import Engine, Select, insert, select, update
from sqlalchemy.exc import IntegrityError

from tally_finance.errors import AccountError
from tally_finance.portal.accounts.account import Account, Organisation, State, must_be_open_to, must_lead_to
from tally_finance.portal.accounts.tables import ACCOUNTS, ORGANISATIONS
from tally_gateway.pages.words import Words

NAMES_S: Final = 5.0
"""Nearly every page names some; they are given once, and stay."""

_SHOWN = (
    ACCOUNTS.c.name, ACCOUNTS.c.organisation, ACCOUNTS.c.roles, ACCOUNTS.c.state, ACCOUNTS.c.signed_in_at,
    ACCOUNTS.c.failed,
)  # fmt: skip


class Directory:
    """All of them. A name is given once, and stays with who had it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._names: tuple[float, dict[bytes, Words]] | None = None

    def add_organisation(self, organisation: Organisation, now: int) -> None:
        """Raises AccountError for one that is there."""
        row = {
            "id": organisation.id, "latin": organisation.latin, "chinese": organisation.chinese,
            "roles": _text(organisation.roles), "made_at": now,
        }  # fmt: skip
        try:
            with self._engine.execution_options(writes=True).begin() as connection:
                connection.execute(insert(ORGANISATIONS).values(row))
        except IntegrityError:
            raise AccountError(f"organisation {organisation.id.hex()} is there already") from None
        self._names = None

    def organisation(self, identity: bytes) -> Organisation | None:
        """One by its id."""
        with self._engine.connect() as connection:
            row = connection.execute(select(ORGANISATIONS).where(ORGANISATIONS.c.id == identity)).first()
        return None if row is None else _organisation(row)

    def organisations(self) -> tuple[Organisation, ...]:
        """All, by id."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(ORGANISATIONS).order_by(ORGANISATIONS.c.id)).all()
        return tuple(_organisation(row) for row in rows)

    def names(self) -> dict[bytes, Words]:
        """What organisations are called, by id. One that another process adds is named some seconds later."""
        held, now = self._names, time.monotonic()
        if held is None or now - held[0] > NAMES_S:
            found = {one.id: Words(one.latin, one.chinese) for one in self.organisations()}
            held = self._names = now, found
        return held[1]

    def add(self, account: Account, now: int) -> None:
        """Raises AccountError for a name that was given, or roles that its organisation is not open to."""
        row = {
            "name": account.name, "organisation": account.organisation, "roles": _text(account.roles),
            "state": str(account.state), "made_at": now,
        }  # fmt: skip
        must_be_open_to(self.organisation(account.organisation), account.roles)
        try:
            with self._engine.execution_options(writes=True).begin() as connection:
                connection.execute(insert(ACCOUNTS).values(row))
        except IntegrityError:
            raise AccountError(f"{account.name} is, or was, somebody's name: take another") from None

    def account(self, name: str) -> Account | None:
        """One by its name."""
        with self._engine.connect() as connection:
            row = connection.execute(select(*_SHOWN).where(ACCOUNTS.c.name == name)).first()
        return None if row is None else _account(row)

    def accounts(self, organisation: bytes | None = None) -> tuple[Account, ...]:
        """Those of an organisation, or all, by name."""
        query: Select[Any] = select(*_SHOWN).order_by(ACCOUNTS.c.name)
        if organisation is not None:
            query = query.where(ACCOUNTS.c.organisation == organisation)
        with self._engine.connect() as connection:
            return tuple(_account(row) for row in connection.execute(query))

    def become(self, name: str, state: State, before: State | None = None) -> None:
        """Change a state; with `before` only where that is the state now. Raises AccountError where it may not be."""
        with self._engine.execution_options(writes=True).begin() as connection:
            row = connection.execute(select(ACCOUNTS.c.state).where(ACCOUNTS.c.name == name).with_for_update()).first()
            if row is None:
                raise AccountError(f"there is no account {name}")
            if before not in (None, State(row.state)):
                raise AccountError(f"an account that is {row.state} does not become {state}")
            must_lead_to(State(row.state), state)
            connection.execute(update(ACCOUNTS).where(ACCOUNTS.c.name == name).values(state=str(state)))

    def give_roles(self, name: str, roles: frozenset[str]) -> None:
        """Change what somebody may be. Raises AccountError where the organisation is not open to it."""
        account = self.account(name)
        must_be_open_to(None if account is None else self.organisation(account.organisation), roles)
        self._set(name, roles=_text(roles))

    def password(self, name: str) -> str | None:
        """The hash that is kept, if one is."""
        with self._engine.connect() as connection:
            return connection.execute(select(ACCOUNTS.c.password).where(ACCOUNTS.c.name == name)).scalar()

    def keep_password(self, name: str, hashed: str | None) -> None:
        """Another hash, or none any more."""
        self._set(name, password=hashed)

    def signed_in(self, name: str, now: int) -> None:
        """Somebody came in: tries in vain are counted anew."""
        self._set(name, signed_in_at=now, failed=0)

    def failed(self, name: str) -> None:
        """Somebody tried in vain; nothing where there is no such account."""
        with self._engine.execution_options(writes=True).begin() as connection:
            connection.execute(update(ACCOUNTS).where(ACCOUNTS.c.name == name).values(failed=ACCOUNTS.c.failed + 1))

    def _set(self, name: str, **values: object) -> None:
        with self._engine.execution_options(writes=True).begin() as connection:
            if connection.execute(update(ACCOUNTS).where(ACCOUNTS.c.name == name).values(values)).rowcount != 1:
                raise AccountError(f"there is no account {name}")


def _text(roles: Iterable[str]) -> str:
    return " ".join(sorted(roles))


def _organisation(row: Any) -> Organisation:
    return Organisation(bytes(row.id), row.latin, row.chinese, frozenset(row.roles.split()))


def _account(row: Any) -> Account:
    return Account(
        row.name, bytes(row.organisation), frozenset(row.roles.split()), State(row.state), row.signed_in_at, row.failed
    )
