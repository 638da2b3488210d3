"""A log of what was done at the portal: rows that follow one another, each signed by the portal's key. No IO.

    row       = statement of kind audit, whose payload is an Entry; its id is what the next row calls `prev`
    file      = {1: media type, 2: the key (COSE), 3: rows}       deterministic CBOR

The chain shows that no row between two others is missing or changed, and the key whose log it is. That the newest rows
were not cut off it does not show: whoever wants that compares the head that was written down elsewhere (`last`).

Rows name accounts and networks; no person's name, no address of a device, no content of what was looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from tally_edge import cbor, statement
from tally_edge import wire as codec
from tally_edge.errors import SignatureError, TallyError
from tally_edge.keys import PublicKey, Signer, decode_public_key
from tally_edge.statement import Kind, Statement
from tally_edge.wire import COUNT, DIGEST, TIME, array, octets, text, wire
from tally_finance import signed_file
from tally_finance.errors import AuditError

MEDIA_TYPE: Final = "application/vnd.tallystick.audit+cbor; v=1"
FIRST_PREV: Final = bytes(32)
MAX_ROWS: Final = 1_000_000
"""Of one file: some years of a busy portal."""
MAX_ABOUT_CHARS: Final = 200
NOBODY: Final = "-"
"""Whose account did it, where nobody was signed in."""


@dataclass(frozen=True, slots=True)
class Done:
    """What somebody did. `account`: by name; `about`: an object, by path, id or name; `outcome`: `done`, or why not."""

    account: str
    what: str
    about: str
    network: str
    outcome: str
    organisation: bytes | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A row. `at`: Unix seconds, by the portal's clock."""

    seq: int = wire(1, COUNT)
    prev: bytes = wire(2, DIGEST)
    at: int = wire(3, TIME)
    account: str = wire(4, text(64))
    what: str = wire(5, text(32))
    about: str = wire(6, text(MAX_ABOUT_CHARS))
    network: str = wire(7, text(64))
    outcome: str = wire(8, text(64))
    organisation: bytes | None = wire(9, DIGEST, optional=True)


@dataclass(frozen=True, slots=True)
class Row:
    """A signed row."""

    statement: Statement
    entry: Entry

    @property
    def digest(self) -> bytes:
        """What the row after it names."""
        return self.statement.id


@dataclass(frozen=True, slots=True)
class _File:
    media_type: str = wire(1, text(64))
    key: bytes = wire(2, octets(1, 256))
    rows: tuple[bytes, ...] = wire(3, array(octets(1, 4_096), MAX_ROWS))


@dataclass(frozen=True, slots=True)
class Log:
    """Rows that follow one another. `is_whole`: it begins with the first row that there ever was."""

    key: PublicKey
    rows: tuple[Row, ...]

    @property
    def is_whole(self) -> bool:
        """Whether nothing came before it."""
        return not self.rows or self.rows[0].entry.seq == 1


def sign(done: Done, seq: int, prev: bytes, signer: Signer, now: int) -> Row:
    """The row of what was done. What is too long is cut, and what can not be printed stands as '?'."""
    entry = Entry(
        seq, prev, now, _short(done.account, 64), _short(done.what, 32), _short(done.about, MAX_ABOUT_CHARS),
        _short(done.network, 64), _short(done.outcome, 64), done.organisation,
    )  # fmt: skip
    claims = signed_file.claims_of(Kind.AUDIT, signer.public_key, f"urn:tallystick:audit:{seq}", now)
    return Row(statement.sign(claims, codec.encode(entry), signer), entry)


def read(data: bytes) -> Row:
    """A row, its form alone. Raises AuditError, DecodeError."""
    found = statement.decode(data)
    if found.claims.kind is not Kind.AUDIT:
        raise AuditError(f"a statement of kind {found.claims.kind.value} is no row of an audit log")
    return Row(found, codec.decode(Entry, found.payload))


def following(rows: Iterable[Row], key: PublicKey, after: Row | None = None) -> Iterator[Row]:
    """The rows, each checked: signed by `key`, and next to the one before. Raises AuditError, SignatureError.

    1. the number is one more than the one before's
    2. it names the digest of the row before
    3. its time is not before that of the row before
    4. it is of the key, which signed it
    """
    before = after
    for row in rows:
        entry = row.entry
        if before is not None:
            if entry.seq != before.entry.seq + 1:
                raise AuditError(f"row {entry.seq} stands after row {before.entry.seq}: rows are missing")
            if entry.prev != before.digest:
                raise AuditError(f"row {entry.seq} follows another row {before.entry.seq} than the one before it")
            if entry.at < before.entry.at:
                raise AuditError(f"row {entry.seq} is older than the row before it")
        elif (entry.seq == 1) != (entry.prev == FIRST_PREV):
            raise AuditError(f"row {entry.seq} is the first and names one before it, or is not and names none")
        if row.statement.claims.kid != key.kid:
            raise SignatureError(f"row {entry.seq} was signed by another key than the log's")
        try:
            row.statement.verify(key)
        except SignatureError as error:
            raise SignatureError(f"row {entry.seq}: {error}") from None
        yield row
        before = row


def encode(rows: Sequence[Row], key: PublicKey) -> bytes:
    """A file of rows."""
    return codec.encode(_File(MEDIA_TYPE, key.encode(), tuple(row.statement.encoded for row in rows)))


def decode(data: bytes, signers: Iterable[bytes]) -> Log:
    """The log of a file, all of it checked. `signers`: ids of the keys that the reader takes it from; none: any.

    Raises AuditError, SignatureError, DecodeError.
    """
    item, end = cbor.decode_prefix(data, 0)
    if end != len(data):
        raise AuditError(f"{len(data) - end} bytes stand behind the log")
    file = codec.of_item(_File, item)
    if file.media_type != MEDIA_TYPE:
        raise AuditError(f"a file of type {file.media_type} is no audit log")
    key, wanted = decode_public_key(file.key), frozenset(signers)
    if wanted and key.kid not in wanted:
        raise SignatureError(f"the log was signed by key {key.kid.hex()}, which is none of those it is taken from")
    return Log(key, tuple(following(map(_read_nth, range(1, len(file.rows) + 1), file.rows), key)))


def _read_nth(place: int, data: bytes) -> Row:
    try:
        return read(data)
    except TallyError as error:
        raise AuditError(f"row {place} of the file: {error}") from None


def _short(value: str, most: int) -> str:
    text_ = "".join(char if char.isprintable() and not 0xD800 <= ord(char) <= 0xDFFF else "?" for char in value)
    return text_[:most] or NOBODY
