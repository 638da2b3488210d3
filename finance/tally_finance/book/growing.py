"""A book that is looked at again and again: its entries are read once, and what follows from them is folded once.

A look asks the database for its last entry and what came behind it; only that is decoded, checked to follow, and taken
in. While nothing was written a look costs one row. Looks of one second share one state, and so do looks at one past
time. Where the last entry is not the one that was read (a book that was restored or built anew) everything is read
again.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Final

from tally_finance.book.journal import Recorded
from tally_finance.book.position import State, state_at
from tally_finance.book.store import Book

_PAST: Final = 16
"""States of past times: what a few readers look at together."""


class GrowingBook:
    """One book, as far as it was read. May be used by several threads; what it gives never changes."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._lock = threading.Lock()
        self._entries: tuple[Recorded, ...] = ()
        self._state: State | None = None
        self._past: OrderedDict[tuple[int, int], State] = OrderedDict()

    def entries(self) -> tuple[Recorded, ...]:
        """All entries, up to the newest. Raises as `Book.entries`."""
        with self._lock:
            return self._grown()

    def state(self, known_at: int, as_of: int) -> State:
        """As `state_at` over all entries. Raises BookError.

        At or after the newest entry it is folded once for that entry; of earlier times some are kept.
        """
        with self._lock:
            entries = self._grown()
            newest = entries[-1].entry.known_at if entries else 0
            is_now = bool(entries) and newest <= as_of <= known_at
            known = self._later(known_at, as_of) if is_now else self._past.get((known_at, as_of))
            if known is not None:
                return known
        made = state_at(entries, known_at, as_of)
        with self._lock:
            if is_now and self._entries is entries:
                self._state = made
            elif known_at < newest and self._entries is entries:
                self._past[known_at, as_of] = made  # what is written from now on is known later than that
                if len(self._past) > _PAST:
                    self._past.popitem(last=False)
        return made

    def _later(self, known_at: int, as_of: int) -> State | None:
        """The state of now; the same one as long as it is asked for the same moment."""
        if self._state is not None and (self._state.known_at, self._state.as_of) != (known_at, as_of):
            self._state = self._state.later(known_at, as_of)
        return self._state

    def _grown(self) -> tuple[Recorded, ...]:
        news = self._book.behind(self._entries)
        if news is None:
            self._entries, self._state = tuple(self._book.entries()), None
            self._past.clear()
        elif news:
            self._entries, self._state = (*self._entries, *news), None
        return self._entries
