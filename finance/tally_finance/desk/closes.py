"""Signed monthly closes (月结文件) that a desk keeps: taken where they are of its own book, found by SHA-256.

What is looked at when one is taken is that the file holds together, and that its head stands in this book. Computing
its figures again takes a book of a thousand receipts some seconds, so that is asked for one close at a time.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from tally_finance.close import close_file
from tally_finance.close.body import Reconciled
from tally_finance.close.checking import Against, Step, checked
from tally_finance.close.replaying import lenders_keys, view_at
from tally_finance.desk.desk import Desk
from tally_finance.desk.documents import Kind
from tally_finance.errors import DeskError

MAX_CLOSE_BYTES: Final = 32 << 20
"""As the longest bundle: a book of 25,000 receipts."""


@dataclass(frozen=True, slots=True)
class KeptClose:
    """What a page says of a close. `kid`: id of the key that signed it at `signed_at`; times are Unix seconds.

    `statement`: its id, by which the close after it names it.
    """

    digest: bytes
    statement: bytes
    month: str
    as_of: int
    known_at: int
    seq: int
    head: bytes
    kid: bytes
    signed_at: int
    facilities: int
    receipts: int
    with_chain: bool
    keepers: tuple[Reconciled, ...]


def take_close(desk: Desk, data: bytes) -> KeptClose:
    """Keep one. Raises DeskError for one of another book or of entries that this book does not have.

    Raises SignatureError, DecodeError, StatementError for a file that does not hold together.
    """
    if len(data) > MAX_CLOSE_BYTES:
        raise DeskError(f"a close of {len(data)} bytes is longer than {MAX_CLOSE_BYTES}")
    close = close_file.decode(data)
    body, entries = close.body, desk.entries()
    if body.book != desk.sheet.book:
        raise DeskError(f"the close is of book {body.book}, and this desk's is {desk.sheet.book}")
    if not 0 < body.seq <= len(entries) or entries[body.seq - 1].digest != body.head:
        raise DeskError(f"entry {body.seq} of the close is another than the book's")
    desk.keep(Kind.CLOSE, data)
    return kept_close(data)


class Closes:
    """The closes of one desk; each is decoded once. May be used by several threads."""

    def __init__(self) -> None:
        self._lock, self._turn = threading.Lock(), threading.Lock()
        self._known: dict[bytes, KeptClose] = {}

    def all(self, desk: Desk) -> list[KeptClose]:
        """Every one, the newest month first; of one month the one that came last first."""
        found = [self._get(desk, digest) for digest in desk.documents.digests(Kind.CLOSE)]
        placed = sorted(enumerate(found), key=lambda one: (one[1].month, one[0]), reverse=True)
        return [one for _, one in placed]

    def checked(self, desk: Desk, data: bytes) -> tuple[Step, ...]:
        """A close computed again from this book and the chain as the desk has read it: `close.checking`'s steps.

        Trusted is a key that the registry has as a good one of the close's lender, who is this desk's. One close is
        computed at a time. Raises SignatureError, DecodeError, StatementError; RegistryHistoryError where the chain's
        rules refuse its history.
        """
        close, history = close_file.decode(data), desk.view.history
        named = close.body.previous
        before = None if named is None else next((one for one in self.all(desk) if one.statement == named.close), None)
        with self._turn:
            return checked(
                close,
                Against(
                    trusted=lenders_keys(close, history) if close.body.lender == desk.sheet.lender else frozenset(),
                    entries=desk.entries(),
                    chain=None if close.body.chain is None else view_at(history, close.body.as_of),
                    previous=None if before is None else close_file.decode(desk.documents.get(before.digest).body),
                ),
            )

    def _get(self, desk: Desk, digest: bytes) -> KeptClose:
        with self._lock:
            known = self._known.get(digest)
        if known is None:
            known = kept_close(desk.documents.get(digest).body)
            with self._lock:
                self._known[digest] = known
        return known


def kept_close(data: bytes) -> KeptClose:
    """What is told of a close's file. Raises SignatureError, DecodeError, StatementError."""
    close = close_file.decode(data)
    body, claims = close.body, close.statement.claims
    return KeptClose(
        digest=sha256(data).digest(),
        statement=close.statement.id,
        month=body.month,
        as_of=body.as_of,
        known_at=body.known_at,
        seq=body.seq,
        head=body.head,
        kid=claims.kid,
        signed_at=claims.issued_at,
        facilities=len(body.facilities),
        receipts=len(body.receipts),
        with_chain=body.chain is not None,
        keepers=body.keepers,
    )
