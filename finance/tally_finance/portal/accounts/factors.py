"""What accounts prove themselves by, in a database: passkeys, one-time and recovery codes, outside sign-ins."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from tally_finance.errors import AccountError
from tally_finance.portal.accounts import one_time
from tally_finance.portal.accounts.sealing import Sealing
from tally_finance.portal.accounts.tables import BINDINGS, PASSKEYS, RECOVERY, TOTP

MOST_PASSKEYS = 10


@dataclass(frozen=True, slots=True)
class Passkey:
    """An authenticator's public key (COSE) by the id of its credential. Times are Unix seconds."""

    credential: bytes
    account: str
    public_key: bytes
    sign_count: int
    label: str
    made_at: int
    used_at: int | None = None


class Factors:
    """Those of all accounts. `sealing`: under which secrets of one-time codes stand in the database."""

    def __init__(self, engine: Engine, sealing: Sealing) -> None:
        self._engine, self._sealing = engine, sealing

    def add_passkey(self, passkey: Passkey) -> None:
        """Raises AccountError where the account has as many as it may, or the credential is somebody's."""
        row = {
            "credential": passkey.credential, "account": passkey.account, "public_key": passkey.public_key,
            "sign_count": passkey.sign_count, "label": passkey.label, "made_at": passkey.made_at,
        }  # fmt: skip
        count = select(func.count()).where(PASSKEYS.c.account == passkey.account)
        try:
            with self._engine.execution_options(writes=True).begin() as connection:
                if connection.execute(count).scalar_one() >= MOST_PASSKEYS:
                    raise AccountError(f"an account has at most {MOST_PASSKEYS} passkeys")
                connection.execute(insert(PASSKEYS).values(row))
        except IntegrityError:
            raise AccountError("this passkey is known already") from None

    def passkeys(self, account: str) -> tuple[Passkey, ...]:
        """Those of an account, oldest first."""
        query = select(PASSKEYS).where(PASSKEYS.c.account == account)
        with self._engine.connect() as connection:
            rows = connection.execute(query.order_by(PASSKEYS.c.made_at, PASSKEYS.c.credential)).all()
        return tuple(_passkey(row) for row in rows)

    def passkey(self, credential: bytes) -> Passkey | None:
        """One by its credential."""
        with self._engine.connect() as connection:
            row = connection.execute(select(PASSKEYS).where(PASSKEYS.c.credential == credential)).first()
        return None if row is None else _passkey(row)

    def used_passkey(self, credential: bytes, sign_count: int, now: int) -> None:
        """Its newest count."""
        change = update(PASSKEYS).where(PASSKEYS.c.credential == credential)
        with self._engine.execution_options(writes=True).begin() as connection:
            connection.execute(change.values(sign_count=sign_count, used_at=now))

    def drop_passkey(self, account: str, credential: bytes) -> None:
        """Raises AccountError where it is none of the account's."""
        change = delete(PASSKEYS).where(PASSKEYS.c.account == account, PASSKEYS.c.credential == credential)
        with self._engine.execution_options(writes=True).begin() as connection:
            if connection.execute(change).rowcount != 1:
                raise AccountError("the account has no such passkey")

    def has_totp(self, account: str) -> bool:
        """Whether one-time codes are set up."""
        with self._engine.connect() as connection:
            return connection.execute(select(TOTP.c.account).where(TOTP.c.account == account)).first() is not None

    def set_totp(self, account: str, secret: bytes, step: int, now: int) -> None:
        """Take a secret of which the code of `step` was shown: the secret before it ends."""
        row = {
            "account": account, "sealed": self._sealing.seal(secret, account), "last_step": step, "made_at": now
        }  # fmt: skip
        with self._engine.execution_options(writes=True).begin() as connection:
            connection.execute(delete(TOTP).where(TOTP.c.account == account))
            connection.execute(insert(TOTP).values(row))

    def step(self, account: str, code: str, now: int) -> int | None:
        """The step of a code that is good for the account; nothing is taken yet."""
        with self._engine.connect() as connection:
            row = connection.execute(select(TOTP).where(TOTP.c.account == account)).first()
        if row is None:
            return None
        return one_time.step_of(self._sealing.open(bytes(row.sealed), account), code, now, row.last_step)

    def take_step(self, account: str, step: int) -> bool:
        """Take a step, once: of two that show one code at the same time, one is late."""
        change = update(TOTP).where(TOTP.c.account == account, TOTP.c.last_step < step).values(last_step=step)
        with self._engine.execution_options(writes=True).begin() as connection:
            return connection.execute(change).rowcount == 1

    def set_recovery(self, account: str, codes: Iterable[str]) -> None:
        """Take codes; those before them end."""
        rows = [{"account": account, "sha256": one_time.kept_recovery(code)} for code in codes]
        with self._engine.execution_options(writes=True).begin() as connection:
            connection.execute(delete(RECOVERY).where(RECOVERY.c.account == account))
            connection.execute(insert(RECOVERY), rows)

    def take_recovery(self, account: str, code: str, now: int) -> bool:
        """Whether it is a code of the account that was never used; then it is used."""
        change = (
            update(RECOVERY)
            .where(
                RECOVERY.c.account == account,
                RECOVERY.c.sha256 == one_time.kept_recovery(code),
                RECOVERY.c.used_at.is_(None),
            )
            .values(used_at=now)
        )
        with self._engine.execution_options(writes=True).begin() as connection:
            return connection.execute(change).rowcount == 1

    def recovery_left(self, account: str) -> int:
        """How many codes were never used."""
        query = select(func.count()).where(RECOVERY.c.account == account, RECOVERY.c.used_at.is_(None))
        with self._engine.connect() as connection:
            return connection.execute(query).scalar_one()

    def bind(self, issuer: str, subject: str, account: str, now: int) -> None:
        """Whoever `issuer` calls `subject` is this account. Raises AccountError where either is bound otherwise."""
        row = {"issuer": issuer, "subject": subject, "account": account, "made_at": now}
        try:
            with self._engine.execution_options(writes=True).begin() as connection:
                connection.execute(insert(BINDINGS).values(row))
        except IntegrityError:
            raise AccountError(f"{subject} of {issuer}, or {account}, is bound already") from None

    def bound(self, issuer: str, subject: str) -> str | None:
        """Whose account it is."""
        query = select(BINDINGS.c.account).where(BINDINGS.c.issuer == issuer, BINDINGS.c.subject == subject)
        with self._engine.connect() as connection:
            return connection.execute(query).scalar()

    def bindings(self, account: str) -> tuple[tuple[str, str], ...]:
        """Issuers and subjects of an account."""
        query = select(BINDINGS.c.issuer, BINDINGS.c.subject).where(BINDINGS.c.account == account)
        with self._engine.connect() as connection:
            return tuple((row.issuer, row.subject) for row in connection.execute(query.order_by(BINDINGS.c.issuer)))

    def forget(self, account: str) -> None:
        """Drop all that an account proves itself by, but for its password."""
        with self._engine.execution_options(writes=True).begin() as connection:
            _forget(connection, account)


def _forget(connection: Connection, account: str) -> None:
    for table in (PASSKEYS, TOTP, RECOVERY, BINDINGS):
        connection.execute(delete(table).where(table.c.account == account))


def _passkey(row: Any) -> Passkey:
    return Passkey(
        bytes(row.credential), row.account, bytes(row.public_key), row.sign_count, row.label, row.made_at, row.used_at
    )
