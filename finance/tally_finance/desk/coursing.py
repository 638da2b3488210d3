"""A facility's course over time, each point that is over reckoned once for a desk (头寸走势).

Each moment folds the book anew. The points of a small book are reckoned for whoever looks first; of a large one they
are reckoned by and by beside those who look, the ones that lie far apart first, and each look shows what is there.
"""

from __future__ import annotations

import logging
import threading
import time
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from tally_edge.errors import TallyError
from tally_finance.book.course import Point, moments, point_of
from tally_finance.book.journal import Recorded
from tally_finance.book.loan_events import FacilityOpened
from tally_finance.book.position import State, position_in, state_at
from tally_finance.desk.desk import Desk

_AT_ONCE: Final = 20_000
"""Entries that are folded for one look."""
_RESTS: Final = 4
"""Times as long as a point took: whoever reads a page meanwhile waits little for it."""
_KEPT: Final = 20_000
"""Points: two hundred facilities with a hundred each."""
_LOG: Final = logging.getLogger(__name__)

_Key = tuple[str, int, bytes]


@dataclass(frozen=True, slots=True)
class Course:
    """Points, oldest first. `is_whole`: no other is still being reckoned."""

    points: tuple[Point, ...]
    is_whole: bool


class Courses:
    """Of one desk. May be used by several threads.

    A point is known again by the facility, its moment, and the book's last entry that was known then: a book that was
    restored to another past has other entries.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._points: OrderedDict[_Key, Point | None] = OrderedDict()
        self._due: OrderedDict[_Key, Sequence[Recorded]] = OrderedDict()
        self._is_filling = False
        self._known_at: tuple[Sequence[Recorded], Sequence[int]] = (), ()

    def of(self, desk: Desk, facility: str, most: int, until: int | None = None) -> Course:
        """At most `most` points since it was opened up to `until` or now; none where it was not known."""
        now = desk.glance().as_of
        entries = desk.read_entries
        opened = _opened(entries, facility)
        if opened is None:
            return Course((), is_whole=True)
        last = now if until is None else min(until, now)
        first = opened.entry.known_at
        times = self._times(entries)
        said = times[bisect_left(times, first) : bisect_left(times, last)]
        few = len(said) < most  # then every change of the book is a point
        asked = (*said, last) if few and last >= first else moments(first, last, most, _offset(opened))
        later = self._put_off(entries, facility, asked)
        found = (
            self._point(desk, entries, facility, moment, is_over=moment < now)
            for moment in asked
            if moment not in later
        )
        return Course(tuple(one for one in found if one is not None), is_whole=not later)

    def _times(self, entries: Sequence[Recorded]) -> Sequence[int]:
        """Every time at which something of these was known, in order; those of the last that were asked about."""
        held = self._known_at
        if held[0] is not entries:
            held = self._known_at = entries, sorted({one.entry.known_at for one in entries})
        return held[1]

    def _put_off(self, entries: Sequence[Recorded], facility: str, asked: Sequence[int]) -> frozenset[int]:
        """Those of a large book that are not known, but for the last: they become due."""
        with self._lock:
            new = [one for one in asked[:-1] if _key(entries, facility, one) not in self._points]
            if len(new) * len(entries) <= _AT_ONCE:
                return frozenset()
            for moment in _far_apart_first(new):
                self._due.setdefault(_key(entries, facility, moment), entries)
            if not self._is_filling:
                self._is_filling = True
                threading.Thread(target=self._fill, name="courses", daemon=True).start()
        return frozenset(new)

    def _fill(self) -> None:
        """Until nothing is due."""
        while True:
            with self._lock:
                if not self._due:
                    self._is_filling = False
                    return
                first, entries = next(iter(self._due.items()))
                together = [key for key in self._due if key[1:] == first[1:]]
            try:
                self._reckon(entries, together)
            except BaseException:
                with self._lock:
                    for key in together:
                        self._due.pop(key, None)
                    self._is_filling = False  # the next look begins anew, with the others
                raise

    def _reckon(self, entries: Sequence[Recorded], keys: Sequence[_Key]) -> None:
        """Points of several facilities at one moment: they follow from one state, and to fold that costs the most."""
        state: State | None = None
        for key in keys:
            facility, moment, _ = key
            began, made = time.monotonic(), None
            try:
                if state is None:
                    state = state_at(entries, moment, moment)
                made = _point_in(state, facility)
            except TallyError as error:  # whoever looks at now is told
                _LOG.warning("the position of %s at %d was not reckoned: %s", facility, moment, error)
            self._keep(key, made)
            time.sleep(_RESTS * (time.monotonic() - began))

    def _point(
        self, desk: Desk, entries: Sequence[Recorded], facility: str, moment: int, *, is_over: bool
    ) -> Point | None:
        key = _key(entries, facility, moment)
        with self._lock:
            if key in self._points:
                self._points.move_to_end(key)
                return self._points[key]
        made = _point_in(desk.state(moment, moment), facility)
        if is_over:
            self._keep(key, made)
        return made

    def _keep(self, key: _Key, made: Point | None) -> None:
        with self._lock:
            self._points[key] = made
            self._due.pop(key, None)
            while len(self._points) > _KEPT:
                self._points.popitem(last=False)


def _point_in(state: State, facility: str) -> Point | None:
    return point_of(position_in(state, facility)) if facility in state.facilities else None


def _far_apart_first(some: Sequence[int]) -> Iterable[int]:
    """The newest, the one in the middle, those in the quarters, and so on."""
    count = len(some)
    by_power_of_two = sorted(range(count), key=lambda one: one & -one or count, reverse=True)
    return (some[-1 - place] for place in by_power_of_two)


def _key(entries: Sequence[Recorded], facility: str, moment: int) -> tuple[str, int, bytes]:
    known = bisect_right(entries, moment, key=lambda one: one.entry.known_at)
    return facility, moment, entries[known - 1].digest


def _opened(entries: Sequence[Recorded], facility: str) -> Recorded | None:
    named = (one for one in entries if isinstance(one.entry.event, FacilityOpened))
    return next((one for one in named if getattr(one.entry.event, "facility", None) == facility), None)


def _offset(opened: Recorded) -> int:
    event = opened.entry.event
    return event.utc_offset_s if isinstance(event, FacilityOpened) else 0
