"""The same book again (重建), from what nobody takes on trust: the chain, kept evidence, the lender's own entries.

Everything else in a book (what was pledged, seen, priced, ordered, called) follows and is made anew, in the order in
which it came: entries of the chain by their place, documents where the chain stood when they came, own entries where
the lost book has them. All is known when it was: documents carry when they came; when the chain was read, prices were
judged and the lender wrote is the lost book's word. What came out otherwise than it said is told, entry by entry.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TypeAlias

from tally_chain.receipts.history import SignedOperation
from tally_finance.book.journal import Entry, Recorded
from tally_finance.book.store import News
from tally_finance.desk import evidence, quotes
from tally_finance.desk.desk import OWN, Desk
from tally_finance.desk.documents import Document, Kind
from tally_finance.desk.replay import View, key_of, name_of, start
from tally_finance.desk.syncing import reader_of, sync
from tally_finance.errors import DeskError


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """How many entries the new book has, and the keys under which it says something else than the old one.

    `dated_by_block`: keys of entries of the chain of which the old one does not say when they were read: they are known
    since their block here.
    """

    entries: int
    differences: tuple[str, ...]
    dated_by_block: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Deed:
    """Something to do again: when the chain had so many entries, at a time, and after what of the same second.

    `rank`: how many entries the book had, whether it was shown rather than written, and as which it was shown.
    """

    after: int
    at: int
    rank: tuple[int, bool, int]
    do: Callable[[View], None]


def rebuild(desk: Desk, old: Iterable[Recorded], documents: Iterable[Document]) -> Rebuilt:
    """Fill the empty book of `desk`. `old`: a journal, of which only the lender's own entries are believed.

    Raises DeskError for a book in which something stands, and whatever chain, evidence and entries raise.
    """
    if desk.book.head().seq:
        raise DeskError(f"something stands in book {desk.sheet.book}: it is made anew in an empty one only")
    entries = tuple(old)
    view = start(desk.chain.history())
    deeds = [*_own(desk, entries, _Places(entries, view)), *_shown(desk, documents)]
    deeds.sort(key=lambda one: (one.after, one.at, one.rank))
    was = {key: news for key, news in _by_key(entries).items() if not key.startswith(_BETWEEN)}
    clock = desk.clock
    try:
        dated = _play(desk, view, deeds, was)
    finally:
        desk.clock = clock
    made = _by_key(desk.book.entries())
    sync(desk)  # what is new since, and the prices of today
    different = [key for key, news in was.items() if made.get(key) != news]
    different += [key for key in made if key not in was and not key.startswith(_BETWEEN)]
    return Rebuilt(desk.book.head().seq, tuple(sorted(different)), dated)


_BETWEEN = ("note ", "attach ")
"""Taken down when somebody asked; what they say stands in other entries too, sooner or later."""


def _play(desk: Desk, view: View, deeds: Sequence[_Deed], was: Mapping[str, _News]) -> tuple[str, ...]:
    """All of it by the clock of then. Returns the keys of entries of the chain that nobody says when they were read."""
    waiting, dated = list(deeds), []

    def do(deed: _Deed) -> None:
        desk.clock = lambda: deed.at
        deed.do(view)

    while waiting and waiting[0].after <= view.read:
        do(waiting.pop(0))
    for step, after in view.steps():
        dated += _write(desk, view, after, was)
        view = after
        desk.show(view)
        while waiting and waiting[0].after <= step.number:
            do(waiting.pop(0))
    for deed in waiting:
        do(deed)
    return tuple(dated)


def _write(desk: Desk, before: View, after: View, was: Mapping[str, _News]) -> list[str]:
    """One entry of the chain, as `sync` writes it, known when the lost book read it; else since its block: its key."""
    entry = after.history.entries[before.read]
    if not isinstance(entry, SignedOperation):
        return []
    news = reader_of(desk, desk.entries()).news(before.book, after.book, entry)
    if not news:
        return []
    key = f"{key_of(entry)} {name_of(entry)}"
    at, told = entry.moment.time_seconds, was.get(key, ())
    desk.clock = lambda: max(at, *(known_at for known_at, _, _ in told), 0)
    desk.append(news, key=key)
    return [] if told else [key]


class _Places:
    """Where among the entries of the chain what stands in a lost book was written."""

    def __init__(self, entries: Sequence[Recorded], view: View) -> None:
        numbers = {key_of(entry): number for number, entry in enumerate(view.history.entries, 1)}
        self._times = [entry.moment.time_seconds for entry in view.history.entries]
        self._seqs: list[int] = []
        self._numbers: list[int] = []
        for one in entries:
            number = numbers.get(one.entry.key.rpartition(" ")[0])
            if number is not None:
                self._seqs.append(one.entry.seq)
                self._numbers.append(number)

    def of(self, entry: Entry) -> int:
        """How many entries of the chain come before: by the book's order, and where that leaves it open, by time."""
        index = bisect(self._seqs, entry.seq)
        by_time = bisect(self._times, entry.known_at)
        least = self._numbers[index - 1] if index else 0
        most = self._numbers[index] - 1 if index < len(self._numbers) else by_time
        return max(least, min(by_time, most))


def _own(desk: Desk, entries: Sequence[Recorded], places: _Places) -> list[_Deed]:
    """What the lender said itself, and when it looked at prices."""
    deeds = []
    for key, group in groupby(entries, key=lambda one: one.entry.key):
        if not key.startswith(OWN) and not quotes.is_judgement(key):
            continue
        written = tuple(group)
        first = written[0].entry
        news = [News(one.entry.effective_at, one.entry.event) for one in written]

        def again(_: View, news: list[News] = news, key: str = key) -> None:
            desk.append(news, key=key)

        def judged(_: View, was: Entry = first) -> None:
            quotes.judge_again(desk, was)

        do = again if key.startswith(OWN) else judged
        deeds.append(_Deed(places.of(first), first.known_at, (first.seq, False, 0), do))
    return deeds


def _shown(desk: Desk, documents: Iterable[Document]) -> list[_Deed]:
    deeds = []
    at = 0
    for document in sorted(documents, key=lambda one: one.arrival):
        at = max(at, document.received_at)  # a clock that was set back changes no order
        kept = desk.documents.keep(
            document.kind, document.body, lot=document.lot, received_at=document.received_at,
            entries=document.entries, block=document.block, seq=document.seq,
        )  # fmt: skip

        def again(view: View, kept: Document = kept) -> None:
            _show(desk, view, kept)

        deeds.append(_Deed(kept.entries, at, (kept.seq, True, kept.arrival), again))
    return deeds


def _show(desk: Desk, view: View, kept: Document) -> None:
    if kept.kind is Kind.BUNDLE and kept.lot is not None:
        news = evidence.news_of(desk, view.book, kept.lot, kept.body, kept.received_at)
        evidence.append(desk, kept, news)


_News: TypeAlias = list[tuple[int, int, object]]
"""When known, when in effect, what."""


def _by_key(entries: Iterable[Recorded]) -> dict[str, _News]:
    found: dict[str, _News] = {}
    for one in entries:
        found.setdefault(one.entry.key, []).append((one.entry.known_at, one.entry.effective_at, one.entry.event))
    return found
