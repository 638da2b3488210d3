"""A load: what flowed through a meter in each interval, and what its register shows at any time. Exact; no IO."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate, pairwise
from typing import Final

from tally_sim.errors import LoadError

REGISTER_LIMIT: Final = 2**64
"""A cumulative register has 64 bits."""


@dataclass(frozen=True, slots=True)
class Interval:
    """What flowed up to `ends_at` (Unix seconds) since the interval before ended."""

    ends_at: int
    quantity: Decimal


class Load:
    """Intervals in order, and their running sum as whole steps of the last decimal place."""

    def __init__(self, intervals: Sequence[Interval]) -> None:
        """Take at least two intervals, whose ends rise and whose quantities are not negative. Raises LoadError."""
        if len(intervals) < 2:
            raise LoadError("a load needs at least two intervals")
        for before, after in pairwise(intervals):
            if after.ends_at <= before.ends_at:
                raise LoadError(f"time does not rise from {before.ends_at} to {after.ends_at}")
        if any(interval.quantity < 0 for interval in intervals):
            raise LoadError("a cumulative register does not run backwards: a quantity is negative")
        self.ends_at = [interval.ends_at for interval in intervals]
        self.decimals = max(max(0, -int(interval.quantity.as_tuple().exponent)) for interval in intervals)
        steps = [int(interval.quantity.scaleb(self.decimals)) for interval in intervals]
        self._sums = [0, *accumulate(steps)]
        if self._sums[-1] >= REGISTER_LIMIT:
            raise LoadError(f"the total {self._sums[-1]} steps of 10**-{self.decimals} does not fit into 64 bits")

    @property
    def starts_at(self) -> int:
        """When the first interval began, taken to be as long as the second."""
        return 2 * self.ends_at[0] - self.ends_at[1]

    @property
    def total(self) -> Decimal:
        """The sum of all quantities, exact."""
        return Decimal(self._sums[-1]).scaleb(-self.decimals)

    @property
    def step_s(self) -> int | None:
        """The length of an interval where all are equally long, else None."""
        lengths = {after - before for before, after in pairwise(self.ends_at)}
        return lengths.pop() if len(lengths) == 1 else None

    def steps_at(self, at: int) -> int:
        """The sum of every interval closed at or before `at`, in whole steps of 10**-decimals."""
        return self._sums[bisect_right(self.ends_at, at)]

    def register_at(self, at: int) -> Decimal:
        """The same in the unit itself."""
        return Decimal(self.steps_at(at)).scaleb(-self.decimals)
