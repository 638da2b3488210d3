"""What each organisation sees of the chain as it was last read: found once for a reading, whoever asks how often."""

from __future__ import annotations

import threading
from typing import Final

from tally_chain.receipts.rules.book import Book as ChainBook
from tally_finance.api.rights import Role
from tally_finance.api.sight import Sight
from tally_finance.api.tokens import Bearer

_MOST: Final = 256
"""Organisations in a role: each holds a list of what it sees, some tens of kilobytes for a thousand receipts."""


class Sights:
    """Of one desk. May be used by several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._book: ChainBook | None = None
        self._held: dict[tuple[bytes, Role], Sight] = {}

    def of(self, book: ChainBook, bearer: Bearer) -> Sight:
        """What the bearer sees of a book, which never changes: another reading is another book."""
        who = bearer.organisation, bearer.role
        with self._lock:
            if self._book is not book or len(self._held) >= _MOST:
                self._book, self._held = book, {}
            found = self._held.get(who)
            if found is None:
                found = self._held[who] = Sight(book, bearer)
            return found
