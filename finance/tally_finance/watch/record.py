"""Alerts as they are kept (预警记录): raised, acknowledged, ended; a chain of notes that only grows. No IO.

    raised         it stands from now on; its number is that of this note
    changed        it rests on other evidence now, where that is noted (`Code.keeps_evidence`)
    acknowledged   a person has seen it, and says what is done about it (确认); it stands on
    ceased         its cause is gone: it ends, unless a person has to end it
    ended          a person ended it, with a reason (解除)

What stood at any time stays readable for ever: it follows from the notes known by then, and from nothing else. A person
has to end what no later evidence takes back (`Code.until_ended`): goods that are gone, evidence that failed. What a
person ended is raised again by other evidence, never by the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum, unique
from hashlib import sha256
from typing import Final

from tally_chain.findings import printable
from tally_edge import wire as codec
from tally_edge.cbor import Item
from tally_edge.wire import COUNT, DIGEST, TIME, Form, integer, text, wire
from tally_finance.errors import WatchError
from tally_finance.watch.alert import Alert, ordered
from tally_finance.watch.codes import Code

MAX_TEXT: Final = 500
"""Characters of what an alert touches and of each thing that it says: texts of others can be as long as they like."""

MAX_REASON: Final = 1000
MAX_EVIDENCE: Final = 32
"""Digests that are kept with an alert."""


@unique
class Became(IntEnum):
    """What became of an alert; the numbers stand in notes."""

    RAISED = 1
    CHANGED = 2
    ACKNOWLEDGED = 3
    CEASED = 4
    ENDED = 5


def _said_to(said: Mapping[str, str]) -> Item:
    return dict(said.items())


def _said_of(item: Item) -> Mapping[str, str]:
    if not isinstance(item, dict) or not all(isinstance(one, str) for pair in item.items() for one in pair):
        raise ValueError("is no map of texts")
    return {str(name): str(value) for name, value in item.items()}


def _evidence_to(evidence: tuple[bytes, ...]) -> Item:
    return [DIGEST.to_item(one) for one in evidence]


def _evidence_of(item: Item) -> tuple[bytes, ...]:
    if not isinstance(item, list) or len(item) > MAX_EVIDENCE:
        raise ValueError(f"is no list of at most {MAX_EVIDENCE} digests")
    return tuple(DIGEST.of_item(one) for one in item)


def _became_of(item: Item) -> Became:
    return Became(integer(1, len(Became)).of_item(item))


@dataclass(frozen=True, slots=True)
class Note:
    """One note. `alert`: the seq of the note that raised it. `by` and `reason` of persons, else left out."""

    book: str = wire(1, text(64))
    seq: int = wire(2, COUNT)
    prev: bytes = wire(3, DIGEST)
    known_at: int = wire(4, TIME)
    became: Became = wire(5, Form(int, _became_of))
    alert: int = wire(6, COUNT)
    code: int = wire(7, integer(100, 999))
    touches: str = wire(8, text(MAX_TEXT))
    said: Mapping[str, str] = wire(9, Form(_said_to, _said_of))
    evidence: tuple[bytes, ...] = wire(10, Form(_evidence_to, _evidence_of))
    by: str | None = wire(11, text(120), optional=True)
    reason: str | None = wire(12, text(MAX_REASON), optional=True)


@dataclass(frozen=True, slots=True)
class Head:
    """How far the notes of a book are written; 0 for none."""

    seq: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class Word:
    """What a person said of an alert, and when (Unix seconds)."""

    at: int
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Kept:
    """An alert as it is kept. `ceased_at`: since when its cause is gone."""

    number: int
    alert: Alert
    raised_at: int
    acknowledged: tuple[Word, ...] = ()
    ceased_at: int | None = None
    ended: Word | None = None

    @property
    def stands(self) -> bool:
        """Whether it is not over."""
        return self.ended is None if self.alert.code.until_ended else self.ceased_at is None


def start(book: str) -> Head:
    """Before the first note of a book."""
    return Head(0, sha256(b"tallystick alerts 1\0" + book.encode()).digest())


def encode(note: Note) -> tuple[bytes, Head]:
    """The bytes of a note, and the head after it. Raises StatementError."""
    data = codec.encode(note)
    return data, Head(note.seq, sha256(data).digest())


def decode(data: bytes, head: Head, book: str) -> tuple[Note, Head]:
    """The note that follows `head`, and the head after it. Raises WatchError, StatementError, CborError."""
    note = codec.decode(Note, data)
    if (note.book, note.seq, note.prev) != (book, head.seq + 1, head.digest):
        raise WatchError(f"note {note.seq} of {note.book} does not follow note {head.seq} of {book}")
    return note, Head(note.seq, sha256(data).digest())


def kept_form(alert: Alert) -> Alert:
    """An alert as notes hold it: printable texts of bounded length."""
    said = {name: _clipped(value) for name, value in alert.said.items()}
    return Alert(alert.code, _clipped(alert.touches), said, alert.evidence[:MAX_EVIDENCE])


def _clipped(value: str) -> str:
    return printable(value)[:MAX_TEXT] or "-"


class Kepts:
    """What became of all alerts, note by note."""

    def __init__(self) -> None:
        self.all: dict[int, Kept] = {}
        self._newest: dict[tuple[int, str], int] = {}
        self._standing: dict[int, Kept] = {}
        self._by_code: dict[Code, list[int]] = {}

    def take(self, note: Note) -> None:
        """The next note. Raises WatchError for one that can not stand there."""
        if note.became is Became.RAISED:
            alert = Alert(_code(note.code), note.touches, note.said, note.evidence)
            self.all[note.seq] = self._standing[note.seq] = Kept(note.seq, alert, note.known_at)
            self._newest[alert.key] = note.seq
            self._by_code.setdefault(alert.code, []).append(note.seq)
            return
        kept = self._standing.pop(note.alert, None)
        if kept is None:
            raise WatchError(f"note {note.seq} is about alert {note.alert}, which does not stand")
        after = self.all[note.alert] = _after(kept, note)
        if after.stands:
            self._standing[note.alert] = after

    def standing(self) -> tuple[Kept, ...]:
        """Those that stand, gravest first."""
        standing = {one.alert.key: one for one in self._standing.values()}
        return tuple(standing[alert.key] for alert in ordered(one.alert for one in standing.values()))

    def of_code(self, code: Code) -> tuple[Kept, ...]:
        """Every one of a code, by number."""
        return tuple(self.all[number] for number in self._by_code.get(code, ()))

    def get(self, number: int) -> Kept:
        """Raises WatchError where none has the number."""
        if number not in self.all:
            raise WatchError(f"there is no alert {number}")
        return self.all[number]

    def news(self, alerts: Iterable[Alert], *, whole: bool = True) -> list[tuple[Became, int, Alert]]:
        """What to note now that `alerts` are judged to stand: what became of each, its number (0 for a new one).

        Unless everything was looked at (`whole`) nothing ceases: what is not seen is not gone.
        """
        now = {one.key: one for one in map(kept_form, alerts)}
        found: list[tuple[Became, int, Alert]] = []
        for key, alert in now.items():
            kept = self.all.get(self._newest.get(key, 0))
            if kept is None or not kept.stands:
                if kept is None or kept.ended is None or kept.alert.evidence != alert.evidence:
                    found.append((Became.RAISED, 0, alert))
            elif alert.code.keeps_evidence and kept.alert.evidence != alert.evidence:
                found.append((Became.CHANGED, kept.number, alert))
        found += [
            (Became.CEASED, kept.number, kept.alert)
            for kept in self._standing.values()
            if whole and kept.ceased_at is None and kept.alert.key not in now
        ]
        return found


def _after(kept: Kept, note: Note) -> Kept:
    word = Word(note.known_at, note.by or "", note.reason or "")
    match note.became:
        case Became.CHANGED:
            alert = replace(kept.alert, said=note.said, evidence=note.evidence)
            return replace(kept, alert=alert, ceased_at=None)
        case Became.ACKNOWLEDGED:
            return replace(kept, acknowledged=(*kept.acknowledged, word))
        case Became.CEASED:
            return replace(kept, ceased_at=note.known_at)
        case _:
            return replace(kept, ended=word)


_CODES: Final = {code.number: code for code in Code}


def _code(number: int) -> Code:
    if number not in _CODES:
        raise WatchError(f"no alert has the code {number}")
    return _CODES[number]
