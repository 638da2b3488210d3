"""What a desk was shown, kept by its SHA-256: bundles, price quotes, and the computations that operations name.

**Durable** when `keep` returns, **idempotent**: the same bytes again change nothing, also not when they came first.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import Connection, Engine, RowMapping, Select, func, insert, select
from sqlalchemy.exc import IntegrityError

from tally_finance.desk.tables import BUNDLE_LOTS, DOCUMENTS
from tally_finance.errors import DeskError

_TRIES: Final = 5
"""Of two that are kept at once one tries again."""


class Kind(StrEnum):
    """What a document is."""

    BUNDLE = "bundle"
    QUOTE = "quote"
    COMPUTATION = "computation"
    PAPER = "paper"
    """Of an ownership pack, a search, a filing: whatever an operation names by its digest."""
    CLOSE = "close"
    """A signed monthly close of this book."""


@dataclass(frozen=True, slots=True)
class Document:
    """`lot`: what a bundle was taken for; one that was taken for several is a document for each.

    It came at `received_at` (Unix seconds) by the desk's clock, when the desk knew `entries` entries of the chain's
    history, up to `block`, and its book `seq` entries; `arrival` is its number in the order in which all came.
    """

    digest: bytes
    arrival: int
    kind: Kind
    lot: bytes | None
    received_at: int
    entries: int
    block: int
    seq: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Taken:
    """A bundle that was taken for a lot, when it came (Unix seconds), the book's entries then, and its length."""

    digest: bytes
    received_at: int
    seq: int
    size_bytes: int


class Documents:
    """The documents of one book in a migrated database."""

    def __init__(self, engine: Engine, book: str) -> None:
        self._engine, self._book = engine, book

    def keep(
        self,
        kind: Kind,
        body: bytes,
        *,
        received_at: int,
        entries: int,
        block: int,
        seq: int,
        lot: bytes | None = None,
    ) -> Document:
        """The document of these bytes, as it came first (for this lot). Raises DeskError for one of another kind."""
        digest = sha256(body).digest()
        came = {
            "book": self._book, "digest": digest, "received_at": received_at, "entries": entries, "block": block,
            "seq": seq,
        }  # fmt: skip
        for _ in range(_TRIES):
            known = self._find(digest, lot)
            if known is not None:
                break
            try:
                with self._engine.execution_options(writes=True).begin() as connection:
                    came["arrival"] = _newest(connection, self._book) + 1
                    if connection.execute(self._of(digest)).first() is None:
                        connection.execute(insert(DOCUMENTS).values(came | {"kind": str(kind), "body": body}))
                    if lot is not None:
                        connection.execute(insert(BUNDLE_LOTS).values(came | {"lot": lot}))
            except IntegrityError:  # another was kept at the same moment, this one perhaps
                continue
        known = self.get(digest, lot)
        if known.kind is not kind:
            raise DeskError(f"document {digest.hex()} was taken as a {known.kind}")
        return known

    def get(self, digest: bytes, lot: bytes | None = None) -> Document:
        """One as it came first, or as it was taken for a lot. Raises DeskError for one that is not kept."""
        found = self._find(digest, lot)
        if found is None:
            raise DeskError(f"document {digest.hex()} is not kept here")
        return found

    def holds(self, kind: Kind, digest: bytes) -> bool:
        """Whether a document of that kind is kept under the digest."""
        return digest in self.held(kind, (digest,))

    def held(self, kind: Kind, digests: Collection[bytes]) -> frozenset[bytes]:
        """Those of the digests under which a document of that kind is kept."""
        query = select(DOCUMENTS.c.digest).where(
            DOCUMENTS.c.book == self._book, DOCUMENTS.c.kind == str(kind), DOCUMENTS.c.digest.in_(digests)
        )
        with self._engine.connect() as connection:
            return frozenset(map(bytes, connection.execute(query).scalars()))

    def all(self, kind: Kind) -> tuple[Document, ...]:
        """Every one of a kind, in the order in which they came; bundles for each lot that they were taken for."""
        with self._engine.connect() as connection:
            if kind is Kind.BUNDLE:
                query = _TAKEN.where(DOCUMENTS.c.book == self._book).order_by(BUNDLE_LOTS.c.arrival)
            else:
                query = (
                    select(DOCUMENTS)
                    .where(DOCUMENTS.c.book == self._book, DOCUMENTS.c.kind == str(kind))
                    .order_by(DOCUMENTS.c.arrival)
                )
            return tuple(_document(row) for row in connection.execute(query).mappings())

    def taken(self) -> tuple[tuple[bytes, bytes], ...]:
        """Digest and lot of every bundle in the order in which they were taken, without their bodies."""
        query = (
            select(BUNDLE_LOTS.c.digest, BUNDLE_LOTS.c.lot)
            .where(BUNDLE_LOTS.c.book == self._book)
            .order_by(BUNDLE_LOTS.c.arrival)
        )
        with self._engine.connect() as connection:
            return tuple((row.digest, row.lot) for row in connection.execute(query))

    def of_lot(self, lot: bytes) -> tuple[Taken, ...]:
        """The bundles that were taken for a lot, in the order in which they came, without their bodies."""
        query = (
            select(BUNDLE_LOTS.c.digest, BUNDLE_LOTS.c.received_at, BUNDLE_LOTS.c.seq, func.length(DOCUMENTS.c.body))
            .join_from(
                BUNDLE_LOTS,
                DOCUMENTS,
                (BUNDLE_LOTS.c.book == DOCUMENTS.c.book) & (BUNDLE_LOTS.c.digest == DOCUMENTS.c.digest),
            )
            .where(BUNDLE_LOTS.c.book == self._book, BUNDLE_LOTS.c.lot == lot)
            .order_by(BUNDLE_LOTS.c.arrival)
        )
        with self._engine.connect() as connection:
            return tuple(Taken(*row) for row in connection.execute(query))

    def digests(self, kind: Kind) -> tuple[bytes, ...]:
        """Those of a kind in the order in which they came, without their bodies."""
        query = (
            select(DOCUMENTS.c.digest)
            .where(DOCUMENTS.c.book == self._book, DOCUMENTS.c.kind == str(kind))
            .order_by(DOCUMENTS.c.arrival)
        )
        with self._engine.connect() as connection:
            return tuple(connection.execute(query).scalars())

    def count(self) -> int:
        """How many times something new came."""
        with self._engine.connect() as connection:
            return _newest(connection, self._book)

    def _of(self, digest: bytes) -> Select[Any]:
        return select(DOCUMENTS).where(DOCUMENTS.c.book == self._book, DOCUMENTS.c.digest == digest)

    def _find(self, digest: bytes, lot: bytes | None) -> Document | None:
        query = self._of(digest)
        if lot is not None:
            query = _TAKEN.where(
                BUNDLE_LOTS.c.book == self._book, DOCUMENTS.c.digest == digest, BUNDLE_LOTS.c.lot == lot
            )
        with self._engine.connect() as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else _document(row)


_TAKEN: Final = select(BUNDLE_LOTS, DOCUMENTS.c.kind, DOCUMENTS.c.body).join_from(
    BUNDLE_LOTS,
    DOCUMENTS,
    (BUNDLE_LOTS.c.book == DOCUMENTS.c.book) & (BUNDLE_LOTS.c.digest == DOCUMENTS.c.digest),
)


def _newest(connection: Connection, book: str) -> int:
    """The last arrival of a document, or of a bundle for one more lot: both are numbered together."""
    newest = (select(func.coalesce(func.max(one.c.arrival), 0)).where(one.c.book == book) for one in _ARRIVING)
    return max(int(connection.execute(query).scalar_one()) for query in newest)


_ARRIVING: Final = (DOCUMENTS, BUNDLE_LOTS)


def _document(row: RowMapping) -> Document:
    values = {"lot": None, **row}
    values.pop("book")
    values["kind"] = Kind(values["kind"])
    return Document(**values)
