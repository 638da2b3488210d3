"""A book's journal as one signed file: to carry away, to check elsewhere, to bring into another database. No IO.

    file      = cover entry*        deterministic CBOR items one after another, nothing behind the last
    cover     = {1: media type, 2: statement, 3: the signer's COSE key}
    statement = COSE_Sign1 of kind journal over {1: book, 2: number of entries, 3: digest of the last}

The hash chain makes the head stand for all entries, so one signature over the head holds for the file. It is the
statement that a lender's key signs monthly closes with: the same key files, and no chain is needed to check it. A
reader names the keys that it takes a journal from; a file that none of them signed is refused before it is read on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from tally_edge import cbor, statement
from tally_edge import wire as codec
from tally_edge.errors import SignatureError
from tally_edge.keys import Signer
from tally_edge.statement import Kind
from tally_edge.wire import COUNT, DIGEST, octets, text, wire
from tally_finance import signed_file
from tally_finance.book import journal
from tally_finance.book.journal import BOOK, Head, Recorded
from tally_finance.errors import BookError

MEDIA_TYPE: Final = "application/vnd.tallystick.book+cbor; v=1"


@dataclass(frozen=True, slots=True)
class Signed:
    """What the lender's key signs."""

    book: str = wire(1, BOOK)
    seq: int = wire(2, COUNT)
    head: bytes = wire(3, DIGEST)


@dataclass(frozen=True, slots=True)
class Cover:
    """What stands before the entries."""

    media_type: str = wire(1, text(64))
    statement: bytes = wire(2, octets(1, statement.MAX_STATEMENT_BYTES))
    key: bytes = wire(3, octets(1, 256))


@dataclass(frozen=True, slots=True)
class Journal:
    """A whole journal that holds together, the id of the key that signed its head, and when by that key's word."""

    book: str
    head: Head
    entries: tuple[Recorded, ...]
    signer: bytes
    signed_at: int


def encode(book: str, entries: Iterable[Recorded], signer: Signer, now: int) -> bytes:
    """The file of a book's entries, from the first on, signed at `now` (Unix seconds).

    Raises BookError where one does not follow the other, or is known later than `now`.
    """
    head, known_at, parts = journal.start(book), 0, []
    for one in journal.following(head, book, entries):
        parts.append(journal.encode(one.entry))
        head, known_at = Head(one.entry.seq, one.digest), one.entry.known_at
    if now < known_at:
        raise BookError(f"entry {head.seq} is known at {known_at}, later than {now}: look at the clock")
    key = signer.public_key
    claims = signed_file.claims_of(Kind.JOURNAL, key, f"urn:tallystick:journal:{head.digest.hex()}", now)
    said = statement.sign(claims, codec.encode(Signed(book, head.seq, head.digest)), signer)
    return codec.encode(Cover(MEDIA_TYPE, said.encoded, key.encode())) + b"".join(parts)


def decode(data: bytes, signers: Collection[bytes]) -> Journal:
    """The journal of a file, all of it checked. `signers`: ids of the keys that the reader takes it from, not none.

    1. The cover, strictly; the statement in it is of kind journal.
    2. The key is the one that the statement names by its thumbprint, one of `signers`, and it signed the statement.
    3. Each entry follows the one before, from the start of the book, and the last is the head that was signed.

    Raises SignatureError for 2, BookError for 3 and for a file of another type, StatementError, CborError.
    """
    if not signers:
        raise BookError("a journal is taken from a known key: none was named")
    item, end = cbor.decode_prefix(data, 0)
    cover = codec.of_item(Cover, item)
    if cover.media_type != MEDIA_TYPE:
        raise BookError(f"a file of type {cover.media_type} is no journal of a book")
    found = statement.decode(cover.statement)
    if found.claims.kind is not Kind.JOURNAL:
        raise BookError(f"a statement of kind {found.claims.kind.value} signs no journal")
    key = signed_file.proven(found, cover.key)
    if key.kid not in signers:
        raise SignatureError(f"the journal was signed by key {key.kid.hex()}, which is none of those it is taken from")
    said = codec.decode(Signed, found.payload)
    entries = tuple(journal.following(journal.start(said.book), said.book, _entries(data, end)))
    head = Head(entries[-1].entry.seq, entries[-1].digest) if entries else journal.start(said.book)
    if head != Head(said.seq, said.head):
        raise BookError(f"the journal ends at entry {head.seq}; what was signed ends at {said.seq}, or at another")
    return Journal(said.book, head, entries, key.kid, found.claims.issued_at)


def _entries(data: bytes, at: int) -> Iterator[Recorded]:
    while at < len(data):
        _, end = cbor.decode_prefix(data, at)
        yield journal.decode(data[at:end])
        at = end
