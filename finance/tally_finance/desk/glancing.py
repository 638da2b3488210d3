"""A book's state for whoever only looks (概览): at most so old, and reckoned again before anybody has to wait for it.

What was written, and what the chain said, is always in it; old is only the moment as of which ages and terms count.
A state of a large book takes a moment to reckon. So one that was looked at is shown for a while after it is due, and
the next is reckoned meanwhile, by one thread; and while somebody looked lately, though nobody does just now. What
decides never asks here.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
import weakref
from collections.abc import Callable
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from tally_edge.errors import TallyError
from tally_finance.book.growing import GrowingBook
from tally_finance.book.position import State, position_in
from tally_finance.desk.digest import position_digest
from tally_finance.errors import BookError

GLANCE_S: Final = 3
"""So old is what anybody sees of a book that is not large."""
RENEWED_S: Final = 2 * GLANCE_S
"""So old is what is seen of a large book when its next state begins to be reckoned."""
LATE_S: Final = 10
"""So old at most is what anybody sees."""
LINGERS_S: Final = 600
"""So long after the last look at a large book its states are reckoned on: whoever reads a page for a minute, and turns
to the next, does not wait for one. Of a core that is one part in forty, as while somebody looks all the time."""
LARGE: Final = 2_000
"""Entries of a book for whose next state nobody waits: at 11,530 it takes a tenth of a second."""
RESTS: Final = 3
"""Times as long as a position took: whoever reads a page meanwhile waits little for it."""
RESTING_S: Final = 2.0
"""In all, so that the next state is there before the last is late."""
_LOG: Final = logging.getLogger(__name__)


class Glances:
    """Of one book. May be used by several threads.

    `chain_time`: Unix seconds, of what its chain said last. `warmers` are handed each state that is reckoned
    beside those who look: what they find out of it, nobody waits for.
    """

    def __init__(self, book: GrowingBook, clock: Callable[[], int], chain_time: Callable[[], int]) -> None:
        self.warmers: list[Callable[[State], object]] = [_positions]
        self._book, self._clock, self._chain_time = book, clock, chain_time
        self._lock, self._making = threading.Lock(), threading.Lock()
        self._kept: State | None = None
        self._is_renewing = False
        self._looked = time.monotonic()
        self._due: threading.Timer | None = None
        self._is_closed = False

    def close(self) -> None:
        """Reckon nothing more that nobody looks at: whoever disposes of the database says so before."""
        with self._lock:
            self._is_closed = True
            if self._due is not None:
                self._due.cancel()

    def state(self) -> State:
        """As of a moment that is just over. Raises BookError."""
        self._looked = time.monotonic()
        return self._state()

    def _state(self) -> State:
        kept, _ = self._shown()
        if kept is not None:
            return kept
        with self._making:  # whoever comes meanwhile waits, and does not reckon the same beside it
            kept, moment = self._shown()
            if kept is not None:
                return kept
            made = self._book.state(moment, moment)
            if len(self._book.read) > LARGE:
                for name in made.facilities:
                    with contextlib.suppress(BookError):  # whoever asks for it is told
                        position_in(made, name)
            with self._lock:
                self._keep(made)
        return made

    def _shown(self) -> tuple[State | None, int]:
        """What may be shown, None where nothing may; and the moment of which a new one would be."""
        entries = self._book.entries()
        newest = max(entries[-1].entry.known_at if entries else 0, self._chain_time())
        now = max(self._clock(), newest)
        moment = max(now - now % GLANCE_S, newest)
        with self._lock:
            kept = self._kept
            is_whole = kept is not None and entries and kept.head.digest == entries[-1].digest
            if kept is not None and is_whole and newest <= kept.as_of <= now:
                if kept.as_of == moment:
                    return kept, moment
                if len(entries) > LARGE and now - kept.as_of < LATE_S:
                    if now - kept.as_of >= RENEWED_S:
                        self._renew(kept, moment)
                    return kept, moment
        return None, moment

    def _keep(self, made: State) -> None:
        """Called with the lock."""
        self._kept = made
        if len(self._book.read) > LARGE:
            # It is as old as its moment, not as its making. A clock that was set back says nothing of that.
            self._arm(min(max(RENEWED_S - (self._clock() - made.as_of), 0), LATE_S))

    def _arm(self, after_s: float) -> None:
        """Have `_linger` called. Called with the lock."""
        if self._due is not None:
            self._due.cancel()
        if not self._is_closed:
            # A book that its desk let go of is not held for this.
            self._due = threading.Timer(after_s, _called, (weakref.WeakMethod(self._linger),))
            self._due.name, self._due.daemon = "glance due", True
            self._due.start()

    def _linger(self) -> None:
        """Have the next state reckoned as if somebody looked, while somebody did lately; and again, whatever comes."""
        with self._lock:
            if time.monotonic() - self._looked > LINGERS_S:
                return
            self._arm(RENEWED_S)
        try:
            self._state()
        except (TallyError, SQLAlchemyError) as error:  # as below
            _LOG.warning("the next state of the book was not reckoned: %s", error)

    def _renew(self, shown: State, moment: int) -> None:
        """Have the one after `shown` reckoned, if nobody does. Called with the lock."""
        if not self._is_renewing:
            self._is_renewing = True
            threading.Thread(target=self._renewed, args=(shown, moment), name="glance", daemon=True).start()

    def _renewed(self, shown: State, moment: int) -> None:
        try:
            made = self._book.state(moment, moment)
            for warm in self.warmers:
                warm(made)
            with self._lock:
                if self._kept is shown:  # else somebody came who could not be shown it, and has a newer one
                    self._keep(made)
        except (TallyError, SQLAlchemyError) as error:  # whoever looks next meets it, and is told
            _LOG.warning("the next state of the book was not reckoned: %s", error)
        finally:
            with self._lock:
                self._is_renewing = False


def _called(method: weakref.WeakMethod[Callable[[], None]]) -> None:
    found = method()
    if found is not None:
        found()


def _positions(state: State) -> None:
    names = state.facilities
    for name in names:
        began = time.monotonic()
        position_digest(position_in(state, name))
        time.sleep(min(RESTS * (time.monotonic() - began), RESTING_S / len(names)))
