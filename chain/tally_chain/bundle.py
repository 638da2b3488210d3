"""A bundle: the portable file that an owner carries to a reader. Verdict-critical: no IO.

    bundle  = { 0: media type, 1: content, 2: created at, 3: from, 4: to,
                5: [ + section ], ? 6: grant, ? 7: [ * attachment ] }
    section = { 1: origin, 2: tree size, 3: checkpoint, 4: protected header and 5: signature of the head,
                6: [ * [ index, statement ] ], 7: hashes, ? 8: [ * anchor ], ? 9: [ * link ], ? 10: via }
    anchor  = { 1: size, 2: root, 3: chain id, 4: genesis hash, 5: contract, 6: transaction, 7: block number,
                8: block hash, 9: block time }
    link    = { 1: size of an older or newer head, 2: consistency path between it and this section's head }
    via     = { 1: head entry of this log in a log of heads, 2: its proof there, ? 3: anchor, ? 4: [ * link ] }
    attachment = { 1: name, 2: media type, 3: SHA-256(salt || content), ? 4: salt, ? 5: content }

A section is one log at one head: statements with their places, and the hashes of all cut branches (pruned.py).
`content` is 1 for full (every statement of the period's streams) or 2 for totals only (the settlements at the period's
edges, and the key facts). A grant lists SHA-256([name, media type, digest]) of every attachment; one whose content is
left out is withheld, provably and not silently.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import IntEnum, unique
from typing import Any, Final

from tally_chain import head_entry
from tally_chain.errors import BundleError
from tally_edge import cbor, wire
from tally_edge.cbor import Item
from tally_edge.errors import DecodeError
from tally_edge.keys import SIGNATURE_BYTES
from tally_edge.proof import HASH_BYTES, MAX_TREE_SIZE
from tally_edge.statement import MAX_STATEMENT_BYTES
from tally_edge.wire import COUNT, DIGEST, TIME, Form, array, enum, integer, nested, octets, text
from tally_edge.wire import wire as field

MEDIA_TYPE: Final = "application/vnd.tallystick.bundle.v1+cbor"

MAX_BUNDLE_BYTES: Final = 1 << 30
"""A year of second-by-second statements of one meter; larger evidence travels as a mirror of the log."""

MAX_ENTRIES: Final = 2_000_000
MAX_SECTIONS: Final = 64
MAX_ANCHORS: Final = 4_096
"""Of one section: the beacons of two years, at four a day, and the newest anchor."""

MAX_ATTACHMENTS: Final = 256
MAX_ATTACHMENT_BYTES: Final = 64 << 20
MAX_PROOF_BYTES: Final = 8_192
"""Of one entry in a log of heads: a path of 63 hashes and a head with the longest origin have half of it."""

SALT_BYTES: Final = 16
"""128 bits: nothing of low entropy is hashed without it (96 unsalted quarter hours fell in a second)."""


@unique
class Content(IntEnum):
    """What a bundle carries."""

    FULL = 1
    TOTALS = 2


def _hashes_to(hashes: Any) -> Item:
    return b"".join(hashes)


def _hashes_of(item: Item) -> tuple[bytes, ...]:
    if not isinstance(item, bytes) or len(item) % HASH_BYTES:
        raise ValueError("is not a run of 32-byte hashes")
    return tuple(item[at : at + HASH_BYTES] for at in range(0, len(item), HASH_BYTES))


HASHES: Final = Form(_hashes_to, _hashes_of)


@dataclass(frozen=True, slots=True)
class Entry:
    """A statement and its place in the log."""

    index: int
    statement: bytes


def _entries_to(entries: Any) -> Item:
    return [[entry.index, entry.statement] for entry in entries]


def _entries_of(item: Item) -> tuple[Entry, ...]:
    if not isinstance(item, list) or len(item) > MAX_ENTRIES:
        raise ValueError(f"is not an array of at most {MAX_ENTRIES} entries")
    entries = []
    last = -1
    for member in item:
        match member:
            case [int(index), bytes(statement)] if type(index) is int and last < index <= MAX_TREE_SIZE:
                if not 0 < len(statement) <= MAX_STATEMENT_BYTES:
                    raise ValueError(f"entry {index} has {len(statement)} bytes")
                entries.append(Entry(index, statement))
                last = index
            case _:
                raise ValueError("an entry is [index, statement], indexes strictly ascending")
    return tuple(entries)


@dataclass(frozen=True, slots=True)
class AnchorClaim:
    """Where the owner says that a head was anchored. A claim: the reader checks it against a chain or its own roots."""

    size: int = field(1, COUNT)
    root: bytes = field(2, DIGEST)
    chain_id: int = field(3, COUNT)
    genesis: bytes = field(4, DIGEST)
    contract: bytes = field(5, octets(20, 20))
    transaction: bytes = field(6, DIGEST)
    block_number: int = field(7, COUNT)
    block_hash: bytes = field(8, DIGEST)
    block_time: int = field(9, TIME)


@dataclass(frozen=True, slots=True)
class Link:
    """That the head of `size` and the section's head are of one growing tree (RFC 9162 consistency path)."""

    size: int = field(1, integer(1, MAX_TREE_SIZE))
    path: tuple[bytes, ...] = field(2, HASHES)


@dataclass(frozen=True, slots=True)
class Via:
    """That a head of this log stands in a log of heads: the head entry, its proof there (RFC 9942), where the owner
    says that the log of heads was anchored, and links of the proof's head to others of the log of heads."""

    entry: bytes = field(1, octets(1, head_entry.MAX_BYTES))
    proof: bytes = field(2, octets(1, MAX_PROOF_BYTES))
    anchor: AnchorClaim | None = field(3, nested(AnchorClaim), optional=True)
    links: tuple[Link, ...] | None = field(4, array(nested(Link), MAX_ANCHORS), optional=True)


@dataclass(frozen=True, slots=True)
class Section:
    """One log at one head: its signed head, statements with their places, and the hashes of everything else."""

    origin: str = field(1, text(255))
    size: int = field(2, integer(1, MAX_TREE_SIZE))
    checkpoint: bytes = field(3, octets(1, 4096))
    head_protected: bytes = field(4, octets(1, 1024))
    head_signature: bytes = field(5, octets(SIGNATURE_BYTES, SIGNATURE_BYTES))
    entries: tuple[Entry, ...] = field(6, Form(_entries_to, _entries_of))
    hashes: tuple[bytes, ...] = field(7, HASHES)
    anchors: tuple[AnchorClaim, ...] | None = field(8, array(nested(AnchorClaim), MAX_ANCHORS), optional=True)
    links: tuple[Link, ...] | None = field(9, array(nested(Link), MAX_ANCHORS), optional=True)
    via: Via | None = field(10, nested(Via), optional=True)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A document beside the evidence: named by a salted digest, carried or withheld."""

    name: str = field(1, text(200))
    media_type: str = field(2, text(128))
    digest: bytes = field(3, DIGEST)
    salt: bytes | None = field(4, octets(SALT_BYTES, SALT_BYTES), optional=True)
    content: bytes | None = field(5, octets(0, MAX_ATTACHMENT_BYTES), optional=True)

    @staticmethod
    def carry(name: str, media_type: str, content: bytes, salt: bytes) -> Attachment:
        """An attachment with its content; `salt` is 16 fresh random bytes."""
        return Attachment(name, media_type, hashlib.sha256(salt + content).digest(), salt, content)

    @property
    def binding(self) -> bytes:
        """What a grant lists: SHA-256 over name, media type and digest, so that a document can not change its name."""
        return hashlib.sha256(cbor.encode([self.name, self.media_type, self.digest])).digest()

    def withheld(self) -> Attachment:
        """The same attachment without its salt and content."""
        return Attachment(self.name, self.media_type, self.digest)


@dataclass(frozen=True, slots=True)
class Bundle:
    """A decoded bundle. The period is [`from_at`, `to_at`) in Unix seconds."""

    media_type: str = field(0, text(100))
    content: Content = field(1, enum(Content))
    created_at: int = field(2, TIME)
    from_at: int = field(3, TIME)
    to_at: int = field(4, TIME)
    sections: tuple[Section, ...] = field(5, array(nested(Section), MAX_SECTIONS))
    grant: bytes | None = field(6, octets(1, MAX_STATEMENT_BYTES), optional=True)
    attachments: tuple[Attachment, ...] | None = field(7, array(nested(Attachment), MAX_ATTACHMENTS), optional=True)


def encode(bundle: Bundle) -> bytes:
    """The bundle as a file, which `decode` takes. Raises BundleError."""
    _check(bundle)
    try:
        data = cbor.encode(wire.to_item(bundle))
    except DecodeError as error:
        raise BundleError(str(error)) from None
    _check_length(len(data))
    return data


def decode(data: bytes) -> Bundle:
    """Parse a bundle strictly. Raises BundleError naming what was wrong and where."""
    _check_length(len(data))
    try:
        bundle = wire.decode(Bundle, data)
    except DecodeError as error:
        raise BundleError(str(error)) from None
    _check(bundle)
    return bundle


def _check_length(length: int) -> None:
    if length > MAX_BUNDLE_BYTES:
        raise BundleError(f"has {length} bytes, at most {MAX_BUNDLE_BYTES} are accepted")


def _check(bundle: Bundle) -> None:
    """What the fields' types alone do not say."""
    if bundle.media_type != MEDIA_TYPE:
        raise BundleError(f"is {bundle.media_type!r}, not {MEDIA_TYPE!r}")
    if bundle.from_at >= bundle.to_at:
        raise BundleError("the period ends before it begins")
