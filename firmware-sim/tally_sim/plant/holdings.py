"""What every account holds while a plant runs, and how much of it was there before this quarter hour. No IO."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from tally_sim.plant.flows import OUTSIDE


class Holdings:
    """Running contents, in base units. What came in this quarter hour is held, and not free before the next."""

    def __init__(self, opening: Mapping[str, int]) -> None:
        """`opening`: what each account holds at the beginning."""
        self._held = defaultdict(int, opening)
        self._fresh: defaultdict[str, int] = defaultdict(int)

    def held(self, account: str) -> int:
        """All of it."""
        return self._held[account]

    def free(self, account: str) -> int:
        """What may leave in this quarter hour."""
        return self._held[account] - self._fresh[account]

    def move(self, source: str, sink: str, amount: int) -> None:
        """`amount` goes from `source` to `sink`."""
        self._held[source] -= amount
        self._held[sink] += amount
        if sink != OUTSIDE:
            self._fresh[sink] += amount

    def next_tick(self) -> None:
        """A quarter hour is over."""
        self._fresh.clear()
