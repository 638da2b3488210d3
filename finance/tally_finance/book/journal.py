"""The journal (流水账): a book's entries, each naming the one before by its hash. Verdict-critical: no IO.

An entry has two times: when what it tells took effect, and when the book knew of it. What a book said at any time
stays readable for ever: its position *as known at* K follows from the entries with `known_at` ≤ K, corrections
included, and from nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from tally_edge import wire as codec
from tally_edge.wire import COUNT, DIGEST, integer, text, wire
from tally_finance.book.events import EVENT, Corrected, Event
from tally_finance.book.forms import BOOKED_AT
from tally_finance.errors import BookError

MAX_PART: Final = 999
"""Entries that are written together, less one: a substitution is two, a day's prices are some dozens."""

AHEAD_S: Final = 5 * 60
"""So far a clock may be ahead of another; what is dated later is refused, for no entry can be known before it."""

KEY: Final = text(120)
BOOK: Final = text(64)


@dataclass(frozen=True, slots=True)
class Entry:
    """One event in its place. `key` is its writer's name for what was written at once (幂等键), `part` counts in it."""

    book: str = wire(1, BOOK)
    seq: int = wire(2, COUNT)
    prev: bytes = wire(3, DIGEST)
    effective_at: int = wire(4, BOOKED_AT)
    known_at: int = wire(5, BOOKED_AT)
    key: str = wire(6, KEY)
    part: int = wire(7, integer(0, MAX_PART))
    event: Event = wire(8, EVENT)

    def __post_init__(self) -> None:
        if self.effective_at > self.known_at:
            raise BookError(f"entry {self.seq} takes effect at {self.effective_at} and was known at {self.known_at}")


@dataclass(frozen=True, slots=True)
class Recorded:
    """An entry with the digest of its bytes, by which others name it."""

    entry: Entry
    digest: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """How far a book is written: its last entry's number and digest."""

    seq: int
    digest: bytes


def start(book: str) -> Head:
    """The head of a book in which nothing stands; no two books begin alike."""
    return Head(0, sha256(b"tallystick book\0" + book.encode()).digest())


def encode(entry: Entry) -> bytes:
    """The bytes of an entry. Raises StatementError."""
    return codec.encode(entry)


def decode(data: bytes) -> Recorded:
    """The entry of `data`, strictly. Raises StatementError, CborError, BookError."""
    return Recorded(codec.decode(Entry, data), sha256(data).digest())


def recorded(entry: Entry) -> tuple[Recorded, bytes]:
    """An entry with its digest, and its bytes. Raises StatementError."""
    data = encode(entry)
    return Recorded(entry, sha256(data).digest()), data


def following(head: Head, book: str, entries: Iterable[Recorded], known_at: int = 0) -> Iterator[Recorded]:
    """The entries again, each checked to follow the one before. Raises BookError naming the first that does not.

    `known_at`: when the entry at `head` was known.
    """
    for one in entries:
        entry = one.entry
        if entry.book != book or entry.seq != head.seq + 1 or entry.prev != head.digest:
            raise BookError(f"entry {entry.seq} of {entry.book} does not follow entry {head.seq} of {book}")
        if entry.known_at < known_at:
            raise BookError(f"entry {entry.seq} was known before entry {head.seq}")
        head, known_at = Head(entry.seq, one.digest), entry.known_at
        yield one


@dataclass(frozen=True, slots=True)
class Living:
    """An event that counts, and the entry that brought it (a correction, where it replaces another)."""

    effective_at: int
    seq: int
    digest: bytes
    event: Event

    @property
    def place(self) -> tuple[int, int]:
        """By which events follow one another."""
        return self.effective_at, self.seq


def living(entries: Iterable[Recorded], known_at: int, as_of: int) -> list[Living]:
    """What counts of what was known at `known_at` and in effect at `as_of`, in order of effect, then of writing.

    What is corrected counts no more, a corrected correction neither: the last of a chain says what counts, if anything.
    In which order the entries are given makes no difference. Raises BookError where an entry is corrected twice.
    """
    known = [one for one in entries if one.entry.known_at <= known_at]
    targets = [one.entry.event.corrects for one in known if isinstance(one.entry.event, Corrected)]
    void = set(targets)
    if len(void) < len(targets):
        twice = next(target for target in targets if targets.count(target) > 1)
        raise BookError(f"entry {twice.hex()} is corrected twice")
    counting: list[Living] = []
    for one in known:
        entry = one.entry
        event = entry.event.replacement if isinstance(entry.event, Corrected) else entry.event
        if event is not None and one.digest not in void and entry.effective_at <= as_of:
            counting.append(Living(entry.effective_at, entry.seq, one.digest, event))
    return sorted(counting, key=lambda each: each.place)
