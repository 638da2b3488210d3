"""Quantities by the day: register differences between site-local midnights. Exact, no IO."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from decimal import Decimal
from itertools import pairwise
from typing import Final

from tally_finance.plausibility.observed import Series

DAY_S: Final = 86_400


def midnights(from_at: int, to_at: int) -> list[int]:
    """The ends of whole days in a period that begins at a midnight."""
    return list(range(from_at, to_at + 1, DAY_S))


def rises(series: Series, times: list[int]) -> list[Decimal | None]:
    """How much a counter rose between consecutive times, times its multiplier.

    None where no reading stands at either end, or where the register fell in between: another check says so.
    """
    at = [time for time, _ in series.points]
    values = [value for _, value in series.points]
    found: list[Decimal | None] = []
    for start, end in pairwise(times):
        first, last = bisect_left(at, start), bisect_right(at, end) - 1
        whole = first <= last and at[first] == start and at[last] == end
        if not whole or any(values[n + 1] < values[n] for n in range(first, last)):
            found.append(None)
        else:
            found.append((values[last] - values[first]) * series.multiplier)
    return found


def value_at(series: Series, at: int) -> Decimal | None:
    """The newest value at or before a time."""
    times = [time for time, _ in series.points]
    number = bisect_right(times, at) - 1
    return series.points[number][1] if number >= 0 else None
