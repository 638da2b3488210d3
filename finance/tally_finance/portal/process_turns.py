"""How a process that answers many people at once keeps each of them waiting little, whatever the others ask.

Both settings hold for all of the process, so what serves makes them once, before it serves.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable
from typing import Any, Final

TURN_S: Final = 0.0005
"""How long a thread of this process computes while another waits; Python's own 5 ms are for programs that count.

A page is a dozen short turns of the event loop and of threads that ask a desk: beside two threads that fold a book, one
that takes 15 ms alone took 1.1 s by turns of 5 ms, and 0.2 s by these (measured).
"""

LONG_S: Final = 0.05
"""A full collection that takes longer holds everybody up."""
THAWED_EVERY_S: Final = 86_400


def take_short_turns() -> None:
    """Of threads and of the collection of garbage."""
    sys.setswitchinterval(TURN_S)
    if not any(isinstance(one, ShortCollections) for one in gc.callbacks):
        gc.callbacks.append(ShortCollections())


class ShortCollections:
    """A callback of `gc`: what a long full collection has left alive is not looked at by the next.

    A full collection looks at every object and stops all threads: a third of a second with a book of ten thousand
    entries, for nothing, since a book stays. Once a day all is looked at again, for cycles that came to rest since.
    Objects outside cycles are freed as ever.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock`: seconds."""
        self._clock = clock
        self._began = self._thawed = clock()

    def __call__(self, phase: str, told: dict[str, Any]) -> None:
        """As `gc` calls it, before and after each collection."""
        if told["generation"] != 2:
            return
        now = self._clock()
        if phase == "start":
            self._began = now
            if now - self._thawed >= THAWED_EVERY_S:
                self._thawed = now
                gc.unfreeze()
        elif now - self._began > LONG_S:
            gc.freeze()
