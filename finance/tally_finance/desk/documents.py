"""What a desk was shown, kept by its SHA-256: bundles, price quotes, and the computations that operations name.

**Durable** when `keep` returns, **idempotent**: the same bytes again change nothing, also not when they came first.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Final

from sqlalchemy import Engine, func, insert, select
from sqlalchemy.exc import IntegrityError

from tally_finance.desk.tables import DOCUMENTS
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


@dataclass(frozen=True, slots=True)
class Document:
    """`about`: the lot of a bundle; `arrival`: its number in the order in which all came.

    It came at `received_at` (Unix seconds) by the desk's clock, when the desk knew `entries` entries of the chain's
    history, up to `block`, and its book `seq` entries.
    """

    digest: bytes
    arrival: int
    kind: Kind
    about: bytes | None
    received_at: int
    entries: int
    block: int
    seq: int
    body: bytes


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
        about: bytes | None = None,
    ) -> Document:
        """The document of these bytes: as it came first, where it is known."""
        digest = sha256(body).digest()
        row = {
            "book": self._book, "digest": digest, "kind": str(kind), "about": about, "received_at": received_at,
            "entries": entries, "block": block, "seq": seq, "body": body,
        }  # fmt: skip
        for _ in range(_TRIES):
            known = self._find(digest)
            if known is not None:
                break
            try:
                with self._engine.execution_options(writes=True).begin() as connection:
                    last = select(func.coalesce(func.max(DOCUMENTS.c.arrival), 0)).where(DOCUMENTS.c.book == self._book)
                    arrival = connection.execute(last).scalar_one() + 1
                    connection.execute(insert(DOCUMENTS).values(row | {"arrival": arrival}))
            except IntegrityError:  # another was kept at the same moment, this one perhaps
                continue
        known = self.get(digest)
        if (known.kind, known.about) != (kind, about):
            raise DeskError(f"document {digest.hex()} was taken as a {known.kind} of something else")
        return known

    def get(self, digest: bytes) -> Document:
        """Raises DeskError for one that is not kept."""
        found = self._find(digest)
        if found is None:
            raise DeskError(f"document {digest.hex()} is not kept here")
        return found

    def holds(self, kind: Kind, digest: bytes) -> bool:
        """Whether a document of that kind is kept under the digest."""
        found = self._find(digest)
        return found is not None and found.kind is kind

    def all(self, kind: Kind) -> tuple[Document, ...]:
        """Every one of a kind, in the order in which they came."""
        query = (
            select(DOCUMENTS)
            .where(DOCUMENTS.c.book == self._book, DOCUMENTS.c.kind == str(kind))
            .order_by(DOCUMENTS.c.arrival)
        )
        with self._engine.connect() as connection:
            return tuple(_document(row) for row in connection.execute(query).mappings())

    def _find(self, digest: bytes) -> Document | None:
        query = select(DOCUMENTS).where(DOCUMENTS.c.book == self._book, DOCUMENTS.c.digest == digest)
        with self._engine.connect() as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else _document(row)


def _document(row: object) -> Document:
    values = dict(row)  # type: ignore[call-overload]
    values.pop("book")
    values["kind"] = Kind(values["kind"])
    return Document(**values)
