"""A book's journal as one file: to carry it away, to check it elsewhere, to bring it into another database. No IO.

    file = header entry*        deterministic CBOR items one after another, nothing behind the last
    header = {1: media type, 2: book, 3: number of entries, 4: digest of the last}

The hash chain makes the head stand for all of it: who knows the head from elsewhere (a signed close, an operation's
computation on the chain) knows whether the file is whole and unchanged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from tally_edge import cbor
from tally_edge import wire as codec
from tally_edge.wire import COUNT, DIGEST, text, wire
from tally_finance.book import journal
from tally_finance.book.journal import BOOK, Head, Recorded
from tally_finance.errors import BookError

MEDIA_TYPE: Final = "application/vnd.tallystick.book+cbor; v=1"


@dataclass(frozen=True, slots=True)
class Header:
    """What a file says it holds."""

    media_type: str = wire(1, text(64))
    book: str = wire(2, BOOK)
    seq: int = wire(3, COUNT)
    head: bytes = wire(4, DIGEST)


@dataclass(frozen=True, slots=True)
class Journal:
    """A whole journal that holds together."""

    book: str
    head: Head
    entries: tuple[Recorded, ...]


def encode(book: str, entries: Iterable[Recorded]) -> bytes:
    """The file of a book's entries, from the first on. Raises BookError if one does not follow the other."""
    head, parts = journal.start(book), []
    for one in journal.following(head, book, entries):
        parts.append(journal.encode(one.entry))
        head = Head(one.entry.seq, one.digest)
    return codec.encode(Header(MEDIA_TYPE, book, head.seq, head.digest)) + b"".join(parts)


def decode(data: bytes) -> Journal:
    """The journal of a file, all of it checked. Raises BookError, StatementError, CborError."""
    item, end = cbor.decode_prefix(data, 0)
    header = codec.of_item(Header, item)
    if header.media_type != MEDIA_TYPE:
        raise BookError(f"a file of type {header.media_type} is no journal of a book")
    entries = tuple(journal.following(journal.start(header.book), header.book, _entries(data, end)))
    head = Head(entries[-1].entry.seq, entries[-1].digest) if entries else journal.start(header.book)
    if head != Head(header.seq, header.head):
        raise BookError(f"the journal ends at entry {head.seq}, its file says at entry {header.seq}, or at another")
    return Journal(header.book, head, entries)


def _entries(data: bytes, at: int) -> Iterator[Recorded]:
    while at < len(data):
        _, end = cbor.decode_prefix(data, at)
        yield journal.decode(data[at:end])
        at = end
