"""A book that is looked at again and again: its entries are read once, and what follows from them is folded once.

A look asks the database for its last entry and what came behind it; only that is decoded, checked to follow, and taken
in. While nothing was written a look costs one row. Looks of one second share one state, also where others ask for the
second before meanwhile, and so do looks at one past time. Where the last entry is not the one that was read (a book
that was restored or built anew) everything is read again.
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
_MOMENTS: Final = 4
"""States of now and just before: a close is of the second that is over, all else of the one that runs."""


class GrowingBook:
    """One book, as far as it was read. May be used by several threads; what it gives never changes."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._lock = threading.Lock()
        self._entries: tuple[Recorded, ...] = ()
        self._state: State | None = None
        self._moments: OrderedDict[tuple[int, int], State] = OrderedDict()
        self._past: OrderedDict[tuple[int, int], State] = OrderedDict()

    @property
    def read(self) -> tuple[Recorded, ...]:
        """The entries that were read so far."""
        return self._entries

    @property
    def known_at(self) -> int:
        """When the newest of these was known, Unix seconds; 0 where none was read."""
        entries = self._entries
        return entries[-1].entry.known_at if entries else 0

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
                self._state = self._moments[known_at, as_of] = made
            elif known_at < newest and self._entries is entries:
                self._past[known_at, as_of] = made  # what is written from now on is known later than that
                if len(self._past) > _PAST:
                    self._past.popitem(last=False)
        return made

    def _later(self, known_at: int, as_of: int) -> State | None:
        """The state of now; the same one as long as it is asked for the same moment."""
        if self._state is None:
            self._moments.clear()
            return None
        found = self._moments.get((known_at, as_of))
        if found is None:
            found = self._moments[known_at, as_of] = self._state.later(known_at, as_of)
            if len(self._moments) > _MOMENTS:
                self._moments.popitem(last=False)
        return found

    def _grown(self) -> tuple[Recorded, ...]:
        news = self._book.behind(self._entries)
        if news is None:
            self._entries, self._state = tuple(self._book.entries()), None
            self._past.clear()
        elif news:
            self._entries, self._state = (*self._entries, *news), None
        return self._entries
