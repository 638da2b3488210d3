"""The same book again (重建), from what nobody takes on trust: the chain, kept evidence, the lender's own entries.

Everything else in a book (what was pledged, seen, priced, ordered, called) follows and is made anew, in the order in
which it came: entries of the chain by their place, documents where the chain stood when they came, own entries by when
they were known. What came out otherwise than the lost book said is told, entry by entry.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from tally_chain.receipts.history import SignedOperation
from tally_finance.book.journal import Recorded
from tally_finance.book.store import News
from tally_finance.desk import evidence, quotes
from tally_finance.desk.desk import Desk
from tally_finance.desk.documents import Document, Kind
from tally_finance.desk.replay import View, key_of, name_of, start
from tally_finance.desk.syncing import reader_of, sync
from tally_finance.errors import DeskError

OWN: Final = "own "
"""How keys of the lender's own entries begin."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """How many entries the new book has, and the keys under which it says something else than the old one."""

    entries: int
    differences: tuple[str, ...]


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
    times = [entry.moment.time_seconds for entry in view.history.entries]
    deeds = [*_own(desk, entries, times), *_shown(desk, documents)]
    deeds.sort(key=lambda one: (one.after, one.at, one.rank))
    _play(desk, view, deeds)
    sync(desk)
    made = _by_key(desk.book.entries())
    was = {key: news for key, news in _by_key(entries).items() if not key.startswith(_BETWEEN)}
    different = [key for key, news in was.items() if made.get(key) != news]
    different += [key for key in made if key not in was and not key.startswith(_BETWEEN)]
    return Rebuilt(desk.book.head().seq, tuple(sorted(different)))


_BETWEEN = ("note ", "attach ")
"""Taken down when somebody asked; what they say stands in other entries too, sooner or later."""


def _play(desk: Desk, view: View, deeds: Sequence[_Deed]) -> None:
    waiting = list(deeds)
    while waiting and waiting[0].after <= view.read:
        waiting.pop(0).do(view)
    for step, after in view.steps():
        _write(desk, view, after)
        view = after
        desk.show(view)
        while waiting and waiting[0].after <= step.number:
            waiting.pop(0).do(view)
    for deed in waiting:
        deed.do(view)


def _write(desk: Desk, before: View, after: View) -> None:
    """One entry of the chain, as `sync` writes it."""
    entry = after.history.entries[before.read]
    if not isinstance(entry, SignedOperation):
        return
    entries = list(desk.book.entries())
    news = reader_of(desk, entries).news(before.book, after.book, entry)
    if news:
        desk.append(news, key=f"{key_of(entry)} {name_of(entry)}")


def _own(desk: Desk, entries: Sequence[Recorded], times: Sequence[int]) -> list[_Deed]:
    deeds = []
    for key, group in groupby(entries, key=lambda one: one.entry.key):
        if not key.startswith(OWN):
            continue
        written = tuple(group)
        known_at = written[0].entry.known_at
        news = [News(one.entry.effective_at, one.entry.event) for one in written]

        def again(_: View, news: list[News] = news, key: str = key, known_at: int = known_at) -> None:
            desk.book.append(news, key=key, known_at=max(known_at, desk.book.newest()))

        deeds.append(_Deed(sum(time <= known_at for time in times), known_at, (written[0].entry.seq, False, 0), again))
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
    elif kept.kind is Kind.QUOTE:
        quotes.append(desk, kept, quotes.commodity_of(desk, kept.body), kept.received_at)


def _by_key(entries: Iterable[Recorded]) -> dict[str, list[tuple[int, object]]]:
    found: dict[str, list[tuple[int, object]]] = {}
    for one in entries:
        found.setdefault(one.entry.key, []).append((one.entry.effective_at, one.entry.event))
    return found
