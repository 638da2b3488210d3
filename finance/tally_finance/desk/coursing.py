"""A facility's course over time, each point that is over reckoned once for a desk (头寸走势)."""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from typing import Final

from tally_finance.book.course import Point, moments, point_of
from tally_finance.book.journal import Recorded
from tally_finance.book.loan_events import FacilityOpened
from tally_finance.book.position import position_in
from tally_finance.desk.desk import Desk

_AT_ONCE: Final = 20_000
"""Entries that are folded for one look, a twelfth of a second's work: each point folds the book anew, and whoever else
reads a page meanwhile waits for it."""
_KEPT: Final = 20_000
"""Points: two hundred facilities with a hundred each."""


class Courses:
    """Of one desk. May be used by several threads.

    A point is known again by the facility, its moment, and the book's last entry that was known then: a book that was
    restored to another past has other entries.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._points: OrderedDict[tuple[str, int, bytes], Point | None] = OrderedDict()

    def of(self, desk: Desk, facility: str, most: int, until: int | None = None) -> Iterator[Point]:
        """At most `most` points since it was opened up to `until` or now, oldest first; none where it was not known."""
        entries, now = desk.entries(), desk.glanced_at()
        opened = _opened(entries, facility)
        if opened is None:
            return
        last = now if until is None else min(until, now)
        first = opened.entry.known_at
        said = sorted({one.entry.known_at for one in entries if first <= one.entry.known_at < last})
        few = len(said) < most  # then every change of the book is a point
        asked = (*said, last) if few and last >= first else moments(first, last, most, _offset(opened))
        for moment in self._chosen(entries, facility, asked):
            found = self._point(desk, entries, facility, moment, is_over=moment < now)
            if found is not None:
                yield found

    def _chosen(self, entries: Sequence[Recorded], facility: str, asked: Sequence[int]) -> list[int]:
        """Those that are known, and so many of the others as nobody waits long for: the next look has more."""
        with self._lock:
            new = [one for one in asked if _key(entries, facility, one) not in self._points]
        most = max(2, _AT_ONCE // len(entries))
        step = -(-len(new) // most) or 1
        later = set(new) - set(new[::-1][::step])
        return [one for one in asked if one not in later]

    def _point(
        self, desk: Desk, entries: Sequence[Recorded], facility: str, moment: int, *, is_over: bool
    ) -> Point | None:
        key = _key(entries, facility, moment)
        with self._lock:
            if key in self._points:
                self._points.move_to_end(key)
                return self._points[key]
        state = desk.state(moment, moment)
        made = point_of(position_in(state, facility)) if facility in state.facilities else None
        if is_over:
            with self._lock:
                self._points[key] = made
                while len(self._points) > _KEPT:
                    self._points.popitem(last=False)
        return made


def _key(entries: Sequence[Recorded], facility: str, moment: int) -> tuple[str, int, bytes]:
    known = bisect_right(entries, moment, key=lambda one: one.entry.known_at)
    return facility, moment, entries[known - 1].digest


def _opened(entries: Sequence[Recorded], facility: str) -> Recorded | None:
    named = (one for one in entries if isinstance(one.entry.event, FacilityOpened))
    return next((one for one in named if getattr(one.entry.event, "facility", None) == facility), None)


def _offset(opened: Recorded) -> int:
    event = opened.entry.event
    return event.utc_offset_s if isinstance(event, FacilityOpened) else 0
