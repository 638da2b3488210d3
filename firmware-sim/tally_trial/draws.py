"""Choices that look random and follow from a seed and a name alone."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar

from tally_trial.errors import TrialUsageError

T = TypeVar("T")


class Draws:
    """A row of choices; two rows of one seed and name are the same."""

    def __init__(self, seed: int, name: str) -> None:
        """Begin the row of `name`."""
        self.name = name
        self._prefix = f"{seed}/{name}/".encode()
        self._count = 0

    def below(self, bound: int) -> int:
        """0..`bound`-1, even but for one part in 2**64/bound."""
        digest = hashlib.sha256(self._prefix + str(self._count).encode()).digest()
        self._count += 1
        return int.from_bytes(digest[:8], "big") % bound

    def between(self, low: int, high: int) -> int:
        """`low`..`high`, both included."""
        return low + self.below(high - low + 1)

    def one_of(self, choices: Sequence[T]) -> T:
        """One of `choices`. Raises TrialUsageError where there is none."""
        if not choices:
            raise TrialUsageError(f"{self.name}: nothing in this plant, or nothing left, to do it to")
        return choices[self.below(len(choices))]
