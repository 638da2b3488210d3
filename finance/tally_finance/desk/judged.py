"""The alerts of a desk as they stand: judged once for a state of its book and its chain, whoever looks how often."""

from __future__ import annotations

import threading
from typing import Final

from tally_finance.book.position import State
from tally_finance.desk.desk import Desk
from tally_finance.desk.replay import View
from tally_finance.desk.sheet import Sheet
from tally_finance.desk.standing import alerts
from tally_finance.watch.alert import Alert
from tally_finance.watch.limits import Limits

_KEPT: Final = 2
"""The one that is shown, and the next, which is judged before it is."""


class Judged:
    """Of one desk. May be used by several threads."""

    def __init__(self) -> None:
        self._kept: list[tuple[State, View, Sheet, tuple[Alert, ...]]] = []
        self._lock = threading.Lock()

    def of(self, desk: Desk) -> tuple[Alert, ...]:
        """As of a glance, gravest first. Raises BookError."""
        return self.about(desk.glance(), desk.view, desk.sheet)

    def about(self, state: State, view: View, sheet: Sheet) -> tuple[Alert, ...]:
        """Of a state, with chain and sheet. None of them ever changes: another moment is another state."""
        found = self._found(state, view, sheet)
        if found is not None:
            return found
        with self._lock:  # whoever comes meanwhile waits, and does not judge the same beside it
            found = self._found(state, view, sheet)
            if found is None:
                found = alerts(state, view, sheet, Limits())
                self._kept = [*self._kept, (state, view, sheet, found)][-_KEPT:]
            return found

    def _found(self, *about: object) -> tuple[Alert, ...] | None:
        for *held, found in self._kept:
            if all(one is other for one, other in zip(about, held, strict=True)):
                return found
        return None
