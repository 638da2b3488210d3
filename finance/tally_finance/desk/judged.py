"""The alerts of a desk as they stand: judged once for a state of its book and its chain, whoever looks how often."""

from __future__ import annotations

import threading

from tally_finance.book.position import State
from tally_finance.desk.desk import Desk
from tally_finance.desk.replay import View
from tally_finance.desk.sheet import Sheet
from tally_finance.desk.standing import alerts
from tally_finance.watch.alert import Alert
from tally_finance.watch.limits import Limits


class Judged:
    """Of one desk. May be used by several threads."""

    def __init__(self) -> None:
        self._last: tuple[State, View, Sheet, tuple[Alert, ...]] | None = None
        self._lock = threading.Lock()

    def of(self, desk: Desk) -> tuple[Alert, ...]:
        """As of a glance, gravest first. Raises BookError. State and view never change: another moment is another."""
        now = desk.glance(), desk.view, desk.sheet
        with self._lock:  # whoever comes meanwhile waits, and does not judge the same beside it
            if self._last is None or any(one is not held for one, held in zip(now, self._last[:3], strict=True)):
                self._last = *now, alerts(*now, Limits())
            return self._last[3]
