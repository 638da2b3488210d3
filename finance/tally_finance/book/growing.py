"""A book that is looked at again and again: its entries are read once, and what follows from them is folded once.

A look asks the database for its last entry and what came behind it; only that is decoded, checked to follow, and taken
in. While nothing was written a look costs one row. Where the last entry is not the one that was read (a book that was
restored or built anew) everything is read again.
"""

from __future__ import annotations

import threading

from tally_finance.book.journal import Recorded
from tally_finance.book.position import State, state_at
from tally_finance.book.store import Book


class GrowingBook:
    """One book, as far as it was read. May be used by several threads; what it gives never changes."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._lock = threading.Lock()
        self._entries: tuple[Recorded, ...] = ()
        self._state: State | None = None

    def entries(self) -> tuple[Recorded, ...]:
        """All entries, up to the newest. Raises as `Book.entries`."""
        with self._lock:
            return self._grown()

    def state(self, known_at: int, as_of: int) -> State:
        """As `state_at` over all entries. Raises BookError.

        At or after the newest entry it is folded once for that entry; an earlier time is folded each time.
        """
        with self._lock:
            entries = self._grown()
            is_now = bool(entries) and entries[-1].entry.known_at <= as_of <= known_at
            if is_now and self._state is not None:
                return self._state.later(known_at, as_of)
        made = state_at(entries, known_at, as_of)
        with self._lock:
            if is_now and self._entries is entries:
                self._state = made
        return made

    def _grown(self) -> tuple[Recorded, ...]:
        news = self._book.behind(self._entries)
        if news is None:
            self._entries, self._state = tuple(self._book.entries()), None
        elif news:
            self._entries, self._state = (*self._entries, *news), None
        return self._entries
