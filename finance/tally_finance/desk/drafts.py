"""Operations whose signatures are being collected: their files, until they are sent. Nothing secret is in them.

**Atomic**: of two signatures that come at once both stand in the file afterwards.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Engine, Row, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from tally_chain.receipts import operation_file
from tally_chain.receipts.operation_file import OperationFile
from tally_finance.desk.tables import DRAFTS
from tally_finance.errors import DeskError

MOST_UNDER_WAY: Final = 1_000
"""Of one organisation; whoever begins more fills the lists of those who would sign."""

KEPT_S: Final = 30 * 86_400
"""An operation of a month ago counts no more, whatever its deadline says."""

_BATCH: Final = 500
"""Digests in one question."""

_TRIES: Final = 40
"""More than an operation has signers."""


@dataclass(frozen=True, slots=True)
class Draft:
    """`sent`: the transaction that carried it out. `begun_at`: Unix seconds."""

    file: OperationFile
    begun_by: bytes
    begun_at: int
    computation: bytes | None
    sent: bytes | None

    def is_under_way(self, now: int) -> bool:
        """Whether it may still be signed and sent at `now`, Unix seconds."""
        return self.sent is None and self.file.operation.deadline >= now


class Drafts:
    """The drafts of one book in a migrated database."""

    def __init__(self, engine: Engine, book: str) -> None:
        self._engine, self._book = engine, book
        self._lock = threading.Lock()
        self._read: dict[bytes, tuple[int, Draft]] = {}
        """By digest, with the version that was read: a file is decoded again when somebody has signed it."""

    def begin(self, file: OperationFile, *, by: bytes, at: int, computation: bytes | None = None) -> Draft:
        """Keep a file. One that is kept already stays as it is, with the signatures that it has.

        Raises DeskError for whoever has too many under way.
        """
        under_way = select(func.count()).where(
            DRAFTS.c.book == self._book,
            DRAFTS.c.begun_by == by,
            DRAFTS.c.sent.is_(None),
            DRAFTS.c.begun_at > at - KEPT_S,
        )
        with self._engine.connect() as connection:
            if connection.execute(under_way).scalar_one() >= MOST_UNDER_WAY:
                raise DeskError(f"{MOST_UNDER_WAY} operations that you began wait for signatures: finish some first")
        row = {
            "book": self._book, "digest": file.digest, "begun_by": by, "begun_at": at, "version": 0,
            "computation": computation, "file": _encoded(file),
        }  # fmt: skip
        try:
            with self._engine.execution_options(writes=True).begin() as connection:
                connection.execute(insert(DRAFTS).values(row))
        except IntegrityError:  # begun by another, too
            pass
        return self.get(file.digest)

    def get(self, digest: bytes) -> Draft:
        """Raises DeskError for one that is not kept."""
        return _draft(self._row(digest))

    def all(self) -> tuple[Draft, ...]:
        """Every one, by its digest."""
        versions = select(DRAFTS.c.digest, DRAFTS.c.version).where(DRAFTS.c.book == self._book)
        with self._lock, self._engine.connect() as connection:
            now = {bytes(row.digest): row.version for row in connection.execute(versions)}
            changed = [digest for digest, version in now.items() if self._read.get(digest, (-1,))[0] != version]
            for first in range(0, len(changed), _BATCH):
                some = DRAFTS.c.digest.in_(changed[first : first + _BATCH])
                for row in connection.execute(select(DRAFTS).where(DRAFTS.c.book == self._book, some)):
                    self._read[bytes(row.digest)] = row.version, _draft(row)
            return tuple(self._read[digest][1] for digest in sorted(now))

    def sign(self, digest: bytes, place: int, signature: bytes) -> Draft:
        """Add a signature. Raises OperationError where it is none, or another stands in its place."""
        return self._change(digest, lambda file: operation_file.add(file, place, signature), None)

    def discard(self, digest: bytes, must_be_free: Callable[[OperationFile], None]) -> bool:
        """Keep it no more, so that nobody signs it here; False where it is not kept.

        Raises what `must_be_free` raises of the file with all signatures that it has when it is discarded.
        """
        for _ in range(_TRIES):
            try:
                row = self._row(digest)
            except DeskError:
                return False
            must_be_free(_draft(row).file)
            as_read = (DRAFTS.c.book == self._book, DRAFTS.c.digest == digest, DRAFTS.c.version == row.version)
            with self._engine.execution_options(writes=True).begin() as connection:
                if connection.execute(delete(DRAFTS).where(*as_read)).rowcount == 1:
                    return True
        raise DeskError(f"operation {digest.hex()} was changed by others {_TRIES} times in a row")

    def sent(self, digest: bytes, transaction: bytes) -> Draft:
        """It was carried out."""
        return self._change(digest, lambda file: file, transaction)

    def _change(
        self, digest: bytes, change: Callable[[OperationFile], OperationFile], transaction: bytes | None
    ) -> Draft:
        for _ in range(_TRIES):
            row = self._row(digest)
            after = change(_draft(row).file)
            statement = (
                update(DRAFTS)
                .where(DRAFTS.c.book == self._book, DRAFTS.c.digest == digest, DRAFTS.c.version == row.version)
                .values(file=_encoded(after), version=row.version + 1, sent=transaction or row.sent)
            )
            with self._engine.execution_options(writes=True).begin() as connection:
                was_first = connection.execute(statement).rowcount == 1
            if was_first:
                return self.get(digest)
        raise DeskError(f"operation {digest.hex()} was changed by others {_TRIES} times in a row")

    def _row(self, digest: bytes) -> Row[tuple[object, ...]]:
        query = select(DRAFTS).where(DRAFTS.c.book == self._book, DRAFTS.c.digest == digest)
        with self._engine.connect() as connection:
            found = connection.execute(query).first()
        if found is None:
            raise DeskError(f"operation {digest.hex()} is not kept here")
        return found


def _encoded(file: OperationFile) -> bytes:
    return operation_file.encode(file).encode()


def _draft(row: Row[tuple[object, ...]]) -> Draft:
    return Draft(operation_file.decode(row.file), row.begun_by, row.begun_at, row.computation, row.sent)
