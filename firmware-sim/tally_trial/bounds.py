"""How sure a measured share or rate is: one-sided bounds that hold with CONFIDENCE. Exact sums, no normal curve.

share   Clopper and Pearson 1934: the smallest chance under which so many or more of so many are not a surprise
rate    Poisson: the largest mean under which so few or fewer are not a surprise
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from math import comb
from typing import Final

CONFIDENCE: Final = Decimal("0.95")
_STEPS: Final = 40
"""Halvings: more digits than anybody reads."""


def share_at_least(found: int, runs: int) -> Decimal:
    """The lower bound of the chance of what was found in `found` of `runs` runs."""

    def surprise(chance: Decimal) -> Decimal:
        return sum((comb(runs, n) * chance**n * (1 - chance) ** (runs - n) for n in range(found, runs + 1)), Decimal(0))

    return _last(lambda chance: surprise(chance) <= 1 - CONFIDENCE, Decimal(1)) if found else Decimal(0)


def count_at_most(events: int) -> Decimal:
    """The upper bound of the mean number of events where `events` were counted."""

    def surprise(mean: Decimal) -> Decimal:
        term = total = (-mean).exp()
        for n in range(1, events + 1):
            term = term * mean / n
            total += term
        return total

    return _last(lambda mean: surprise(mean) >= 1 - CONFIDENCE, Decimal(4 * events + 10))


def _last(holds: Callable[[Decimal], bool], high: Decimal) -> Decimal:
    """The largest number in 0..`high` for which it holds; it holds for 0, and from some number on no more."""
    low = Decimal(0)
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low
