"""Ledgers of misstatements while they are written (错报汇总草稿): one for each report and organisation, by revisions.

A revision is the whole text as somebody saved it, numbered from 1; none is changed. Two who save over the same revision
do not overwrite each other: the second is told. Once an opinion was signed on it a revision is archived: it stays, and
whoever goes on begins the next one from it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import Connection, Engine, Row, Select, delete, func, insert, select
from sqlalchemy.exc import IntegrityError

from tally_finance.errors import LedgerMovedError
from tally_finance.review_api.shelf import Shelved
from tally_finance.review_api.tables import LEDGERS, READERS, SHELF

MOST: Final = 200
"""Revisions of one ledger; older ones go, except those that an opinion was signed on."""


@dataclass(frozen=True, slots=True)
class Whose:
    """A report, and the organisation whose ledger of it is meant."""

    organisation: bytes
    report: bytes


@dataclass(frozen=True, slots=True)
class Saved:
    """A text, who saved it and when (Unix seconds). `carried_from`: the report whose ledger it began as.

    `opinion`: the statement that was signed on it.
    """

    text: str
    by: str
    at: int
    carried_from: bytes | None = None
    opinion: bytes | None = None


@dataclass(frozen=True, slots=True)
class Revision:
    """One of a ledger's, by its number."""

    whose: Whose
    number: int
    saved: Saved


class Ledgers:
    """Those of one desk in a migrated database."""

    def __init__(self, engine: Engine, desk: str) -> None:
        self._engine, self._desk = engine, desk

    def newest(self, whose: Whose) -> Revision | None:
        """The one that stands; None where nobody saved one."""
        found = self.revisions(whose, 1)
        return found[0] if found else None

    def revision(self, whose: Whose, number: int) -> Revision | None:
        """An earlier one, where it is still there."""
        with self._engine.connect() as connection:
            row = connection.execute(self._of(whose).where(LEDGERS.c.revision == number)).first()
        return None if row is None else _revision(row)

    def revisions(self, whose: Whose, limit: int, before: int | None = None) -> tuple[Revision, ...]:
        """The newest first; `before`: only those below a number."""
        query = self._of(whose).order_by(LEDGERS.c.revision.desc()).limit(limit)
        if before is not None:
            query = query.where(LEDGERS.c.revision < before)
        with self._engine.connect() as connection:
            return tuple(map(_revision, connection.execute(query)))

    def carried(self, shelved: Shelved, organisation: bytes) -> Revision | None:
        """What an organisation saved last of another report of the same entity, site and period that it may read."""
        same = (SHELF.c.desk == LEDGERS.c.desk) & (SHELF.c.report == LEDGERS.c.report)
        readable = (
            (READERS.c.desk == LEDGERS.c.desk)
            & (READERS.c.report == LEDGERS.c.report)
            & (READERS.c.organisation == LEDGERS.c.organisation)
        )
        query = select(LEDGERS).join(SHELF, same).join(READERS, readable)
        query = query.where(
            LEDGERS.c.desk == self._desk, LEDGERS.c.organisation == organisation, LEDGERS.c.report != shelved.digest,
            SHELF.c.entity == shelved.entity, SHELF.c.site == shelved.site,
            SHELF.c.from_at == shelved.from_at, SHELF.c.to_at == shelved.to_at,
        )  # fmt: skip
        newest = query.order_by(LEDGERS.c.saved_at.desc(), LEDGERS.c.report, LEDGERS.c.revision.desc()).limit(1)
        with self._engine.connect() as connection:
            row = connection.execute(newest).first()
        return None if row is None else _revision(row)

    def save(self, whose: Whose, saved: Saved, over: int) -> Revision:
        """Keep a text over the revision that it was written from (0: none). The same text again changes nothing.

        Raises LedgerMovedError where another revision stands by now.
        """
        try:
            with self._engine.execution_options(writes=True).begin() as connection:
                row = connection.execute(self._of(whose).order_by(LEDGERS.c.revision.desc()).limit(1)).first()
                stands = None if row is None else _revision(row)
                if stands is not None and _says_the_same(stands.saved, saved):
                    return stands
                if (0 if stands is None else stands.number) != over:
                    raise LedgerMovedError(_moved(stands, over))
                kept = saved if stands is None else replace(saved, carried_from=stands.saved.carried_from)
                return self._add(connection, Revision(whose, over + 1, kept))
        except IntegrityError:
            raise LedgerMovedError(_moved(self.newest(whose), over)) from None

    def archive(self, stands: Revision, opinion: bytes, by: str, now: int) -> None:
        """An opinion was signed on the revision that stands: it is kept beside it. Once for each opinion.

        Raises LedgerMovedError as `save` does.
        """
        query = select(func.count()).select_from(self._of(stands.whose).where(LEDGERS.c.opinion == opinion).subquery())
        with self._engine.connect() as connection:
            if connection.execute(query).scalar_one():
                return
        self.save(stands.whose, replace(stands.saved, by=by, at=now, opinion=opinion), stands.number)

    def _add(self, connection: Connection, made: Revision) -> Revision:
        whose, saved = made.whose, made.saved
        row = {
            "desk": self._desk, "organisation": whose.organisation, "report": whose.report, "revision": made.number,
            "saved_by": saved.by, "saved_at": saved.at, "body": saved.text.encode(),
            "carried_from": saved.carried_from, "opinion": saved.opinion,
        }  # fmt: skip
        connection.execute(insert(LEDGERS).values(row))
        old = delete(LEDGERS).where(*self._at(whose), LEDGERS.c.revision <= made.number - MOST)
        connection.execute(old.where(LEDGERS.c.opinion.is_(None)))
        return made

    def _of(self, whose: Whose) -> Select[Any]:
        return select(LEDGERS).where(*self._at(whose))

    def _at(self, whose: Whose) -> tuple[Any, ...]:
        columns = LEDGERS.c
        return (
            columns.desk == self._desk,
            columns.organisation == whose.organisation,
            columns.report == whose.report,
        )


def _revision(row: Row[Any]) -> Revision:
    saved = Saved(bytes(row.body).decode(), row.saved_by, row.saved_at, row.carried_from, row.opinion)
    return Revision(Whose(row.organisation, row.report), row.revision, saved)


def _says_the_same(stands: Saved, saved: Saved) -> bool:
    return stands.text == saved.text and saved.opinion in (None, stands.opinion)


def _moved(stands: Revision | None, over: int) -> str:
    if stands is None:
        return f"there is no revision {over} of this ledger"
    return f"{stands.saved.by} saved revision {stands.number} of this ledger, and this was written over revision {over}"
