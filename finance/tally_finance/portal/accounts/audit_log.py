"""The audit log of a portal in its database: rows are added, read and never changed; the database itself refuses to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, Select, false, func, insert, select

from tally_edge.keys import PublicKey, Signer
from tally_finance.portal.accounts import audit
from tally_finance.portal.accounts.audit import Done, Row
from tally_finance.portal.accounts.tables import AUDIT
from tally_finance.portal.accounts.turns import turn


class AuditLog:
    """Signed by one key, which is read from its file once."""

    def __init__(self, engine: Engine, signer: Signer, clock: Callable[[], int]) -> None:
        self._engine, self._signer, self._clock = engine, signer, clock

    @property
    def key(self) -> PublicKey:
        """By which its rows are checked."""
        return self._signer.public_key

    def add(self, done: Done) -> Row:
        """Write a row. A clock that was set back does not take the log with it: a row is as old as the one before."""
        with turn(self._engine, "audit") as connection:
            last = connection.execute(
                select(AUDIT.c.seq, AUDIT.c.digest, AUDIT.c.at).order_by(AUDIT.c.seq.desc()).limit(1)
            ).first()
            seq, prev, at = (1, audit.FIRST_PREV, 0) if last is None else (last.seq + 1, bytes(last.digest), last.at)
            row = audit.sign(done, seq, prev, self._signer, max(at, self._clock()))
            values = {
                "seq": seq, "digest": row.digest, "prev": prev, "at": row.entry.at, "account": row.entry.account,
                "organisation": done.organisation, "what": row.entry.what, "statement": row.statement.encoded,
            }  # fmt: skip
            connection.execute(insert(AUDIT).values(values))
        return row

    def newest(self, organisation: bytes | None, most: int, before: int | None = None) -> tuple[Row, ...]:
        """The newest rows of an organisation (None: all), newest first; `before`: only those below a number."""
        query: Select[Any] = select(AUDIT.c.statement).order_by(AUDIT.c.seq.desc()).limit(most)
        if organisation is not None:
            query = query.where(AUDIT.c.organisation == organisation)
        if before is not None:
            query = query.where(AUDIT.c.seq < before)
        with self._engine.connect() as connection:
            return tuple(audit.read(bytes(data)) for data in connection.execute(query).scalars())

    def beside(self, organisation: bytes | None, size: int, before: int | None) -> tuple[int, int, int | None]:
        """Of a page of `newest`: how many rows are newer, how many there are, and the `before` of the page above it.

        None where that is the newest of all.
        """
        whose = () if organisation is None else (AUDIT.c.organisation == organisation,)
        newer = (*whose, AUDIT.c.seq >= before) if before is not None else (*whose, false())
        turned = select(AUDIT.c.seq).where(*newer).order_by(AUDIT.c.seq).offset(size).limit(1)
        with self._engine.connect() as connection:
            many, total = (
                connection.execute(select(func.count()).select_from(AUDIT).where(*those)).scalar_one()
                for those in (newer, whose)
            )
            return many, total, connection.execute(turned).scalar_one_or_none()

    def all(self, after: int = 0, most: int = audit.MAX_ROWS) -> tuple[Row, ...]:
        """Rows from the first after a number on, oldest first."""
        query = select(AUDIT.c.statement).where(AUDIT.c.seq > after).order_by(AUDIT.c.seq).limit(most)
        with self._engine.connect() as connection:
            return tuple(audit.read(bytes(data)) for data in connection.execute(query).scalars())
