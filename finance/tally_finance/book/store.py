"""Books in a database: append, read, nothing else.

**Atomic**: what is appended in one call is in the book as a whole or not at all. **Durable** when the call returns.
**Idempotent**: the same key with the same events again answers as the first time and writes nothing; with others it is
refused. **One writer wins**: who names the head that he decided on is refused if the book has moved since; of two who
write at once, one gets BookMovedError, reads again and decides again. Nothing is retried here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Engine, bindparam, insert, select
from sqlalchemy.exc import IntegrityError

from tally_finance.book import journal
from tally_finance.book.events import Corrected, Event, kind_of
from tally_finance.book.journal import MAX_PART, Entry, Head, Recorded
from tally_finance.book.schema import JOURNAL
from tally_finance.errors import BookError, BookMovedError

_BATCH: Final = 1000


@dataclass(frozen=True, slots=True)
class News:
    """An event and when it took effect (Unix seconds), not in a book yet."""

    effective_at: int
    event: Event


class Book:
    """One book in a migrated database. Instances are cheap and keep nothing between calls."""

    def __init__(self, engine: Engine, name: str) -> None:
        self.name = name
        self._engine = engine
        self._behind = (
            select(JOURNAL.c.entry, JOURNAL.c.digest)
            .where(JOURNAL.c.book == name, JOURNAL.c.seq >= bindparam("seq"))
            .order_by(JOURNAL.c.seq)
        )

    def head(self) -> Head:
        """How far it is written; of a book in which nothing stands, its start."""
        with self._engine.connect() as connection:
            return self._head(connection)[0]

    def newest(self) -> int:
        """When its last entry was known, Unix seconds; 0 for a book in which nothing stands."""
        with self._engine.connect() as connection:
            return self._head(connection)[1]

    def entries(self, known_at: int | None = None) -> Iterator[Recorded]:
        """Its entries in order, up to those known at `known_at`, each checked against its hash and the one before.

        Raises BookError for the first that does not hold, StatementError or CborError for bytes that are no entry.
        """
        query = select(JOURNAL.c.entry, JOURNAL.c.digest).where(JOURNAL.c.book == self.name).order_by(JOURNAL.c.seq)
        if known_at is not None:
            query = query.where(JOURNAL.c.known_at <= known_at)
        with (
            self._engine.connect() as connection,
            connection.execution_options(yield_per=_BATCH).execute(query) as rows,
        ):
            yield from journal.following(journal.start(self.name), self.name, (_read(*row) for row in rows))

    def behind(self, read: Sequence[Recorded]) -> tuple[Recorded, ...] | None:
        """The entries behind those that were `read`, each checked as `entries` does; None where the last of those is
        not in the book. Raises as `entries`.
        """
        head = Head(read[-1].entry.seq, read[-1].digest) if read else journal.start(self.name)
        with self._engine.connect() as connection:
            rows = list(connection.execute(self._behind, {"seq": head.seq}))
        if read:
            if not rows or rows[0].digest != head.digest:
                return None
            del rows[0]
        newest = read[-1].entry.known_at if read else 0
        return tuple(journal.following(head, self.name, (_read(*row) for row in rows), newest))

    def under(self, key: str) -> tuple[Recorded, ...]:
        """What was written under a key; nothing where the key was not used."""
        with self._engine.connect() as connection:
            return self._written(connection, key)

    def append(
        self, news: Sequence[News], *, key: str, known_at: int, expected: Head | None = None
    ) -> tuple[Recorded, ...]:
        """Write `news` at once, under the writer's `key`. Returns the entries.

        Raises BookMovedError if the head is not the `expected` one, or somebody else wrote at the same moment;
        BookError for news that can not stand here, StatementError for values outside their limits.
        """
        if not 0 < len(news) <= MAX_PART + 1:
            raise BookError(f"{len(news)} events are written at once, from 1 to {MAX_PART + 1} are allowed")
        try:
            with self._engine.execution_options(writes=True).begin() as connection:
                before = self._written(connection, key)
                if before:
                    return _same(before, news, key)
                head, newest = self._head(connection)
                if expected is not None and expected != head:
                    raise BookMovedError(f"book {self.name} stands at entry {head.seq}, not at {expected.seq}")
                if known_at < newest:
                    raise BookError(f"the last entry was known at {newest}, later than {known_at}: look at the clock")
                return self._insert(connection, head, news, key, known_at)
        except IntegrityError as error:
            with self._engine.connect() as connection:
                before = self._written(connection, key)  # by another call with this key, at the same moment
            if before:
                return _same(before, news, key)
            raise self._refused(error, news, key) from None

    def _insert(
        self, connection: Connection, head: Head, news: Sequence[News], key: str, known_at: int
    ) -> tuple[Recorded, ...]:
        written: list[Recorded] = []
        for part, one in enumerate(news):
            entry = Entry(self.name, head.seq + 1, head.digest, one.effective_at, known_at, key, part, one.event)
            made, data = journal.recorded(entry)
            connection.execute(insert(JOURNAL).values(row_of(made, data)))
            head = Head(entry.seq, made.digest)
            written.append(made)
        self._check_corrections(connection, news)
        return tuple(written)

    def _check_corrections(self, connection: Connection, news: Sequence[News]) -> None:
        """What is corrected stands in this book."""
        for one in news:
            if isinstance(one.event, Corrected):
                digest = one.event.corrects
                query = select(JOURNAL.c.seq).where(JOURNAL.c.book == self.name, JOURNAL.c.digest == digest)
                if connection.execute(query).first() is None:
                    raise BookError(f"book {self.name} has no entry {digest.hex()} to correct")

    def _refused(self, error: IntegrityError, news: Sequence[News], key: str) -> BookError:
        """What a broken constraint means: the entry is corrected already, or another writer was first."""
        targets = [one.event.corrects for one in news if isinstance(one.event, Corrected)]
        with self._engine.connect() as connection:
            for digest in targets:
                query = select(JOURNAL.c.seq).where(JOURNAL.c.book == self.name, JOURNAL.c.corrects == digest)
                found = connection.execute(query).scalar()
                if found is not None:
                    return BookError(f"entry {digest.hex()} is corrected by entry {found} already: correct that one")
        if len(set(targets)) < len(targets):
            return BookError("an entry is corrected twice at once")
        if "CHECK" in str(error.orig).upper():
            return BookError(f"news under {key} can not stand in a book: an entry's times or hashes are none")
        return BookMovedError(f"somebody else wrote into book {self.name} at the same moment")

    def _head(self, connection: Connection) -> tuple[Head, int]:
        """The head, and when its entry was known."""
        query = (
            select(JOURNAL.c.seq, JOURNAL.c.digest, JOURNAL.c.known_at)
            .where(JOURNAL.c.book == self.name)
            .order_by(JOURNAL.c.seq.desc())
            .limit(1)
        )
        row = connection.execute(query).first()
        return (journal.start(self.name), 0) if row is None else (Head(row.seq, row.digest), row.known_at)

    def _written(self, connection: Connection, key: str) -> tuple[Recorded, ...]:
        query = (
            select(JOURNAL.c.entry, JOURNAL.c.digest)
            .where(JOURNAL.c.book == self.name, JOURNAL.c.key == key)
            .order_by(JOURNAL.c.part)
        )
        return tuple(_read(*row) for row in connection.execute(query))


def row_of(one: Recorded, data: bytes) -> dict[str, Any]:
    """The row of an entry: what the database keeps unique stands in columns of its own."""
    entry = one.entry
    return {
        "book": entry.book,
        "seq": entry.seq,
        "digest": one.digest,
        "prev": entry.prev,
        "effective_at": entry.effective_at,
        "known_at": entry.known_at,
        "key": entry.key,
        "part": entry.part,
        "kind": kind_of(entry.event),
        "corrects": entry.event.corrects if isinstance(entry.event, Corrected) else None,
        "entry": data,
    }


def _read(data: bytes, digest: bytes) -> Recorded:
    found = journal.decode(data)
    if found.digest != digest:
        raise BookError(f"entry {found.entry.seq} of {found.entry.book} is not what its digest names")
    return found


def _same(before: Sequence[Recorded], news: Sequence[News], key: str) -> tuple[Recorded, ...]:
    if [(one.entry.effective_at, one.entry.event) for one in before] != [(one.effective_at, one.event) for one in news]:
        raise BookError(f"the key {key} was used for something else, in entry {before[0].entry.seq}")
    return tuple(before)
