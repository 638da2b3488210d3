"""The time of a play that goes on after it: as many seconds later as have passed since."""

from __future__ import annotations

import time

from tally_trial.receipts_demo.consortium import Clock


class GoingOn(Clock):
    """The play sets it; from `go_on` on it runs by itself."""

    _since: float | None = None

    def go_on(self) -> None:
        """The play is over."""
        self._since = time.monotonic()

    def __call__(self) -> int:
        """Unix seconds of the play's time."""
        return self.at + (0 if self._since is None else int(time.monotonic() - self._since))
