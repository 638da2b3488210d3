"""What nobody read, bounded from above: no more can have passed than transformer, fuse or pipe let through. No IO.

A gap never costs less than measuring. What adds to a consumption is filled with the physical ceiling, times the time,
rounded up; what is taken off it (what was fed into the grid) is filled with nothing. Where no ceiling is known, or a
measured quantity lies above it, nothing bounds the gap: it stays MISSING. A rollover above it was none, but a reset.

`usual` is what statistics would say, the mean and two standard deviations. It bounds nothing: who removes the highest
readings lowers it. It is for people to compare with, and no figure rests on it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from math import isqrt
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from tally_finance.activity.column import LARGEST, Ints, decimal_of, exact_sum, too_large
from tally_finance.activity.counting import Intervals
from tally_finance.activity.load import Load
from tally_finance.activity.state import ESTIMATED, MEASURED, MISSING, State

Flags: TypeAlias = npt.NDArray[np.bool_]

_HOUR_S: Final = 3_600
_SIGMAS: Final = 2


@dataclass(frozen=True, slots=True)
class Ceiling:
    """The most that can pass in an hour, in the register's unit (kW, m³/h), and what makes it so: a rating plate."""

    per_h: Decimal
    stated: str


@dataclass(frozen=True, slots=True)
class Exceeded:
    """A measured quantity over [`from_at`, `to_at`) that the ceiling does not let through: it is none."""

    from_at: int
    to_at: int
    quantity: Decimal


def bounded(
    intervals: Intervals, ceiling: Ceiling | None, name: str, *, adds: bool
) -> tuple[Intervals, Exceeded | None]:
    """The intervals with what is missing filled, and what shows the ceiling to be none, if anything does.

    Raises ActivityError, naming `name`, where 64 bits do not hold a fill.
    """
    exceeded = None
    if ceiling is not None:
        above = _above(intervals, ceiling)
        rolled = intervals.rolled[above[intervals.rolled]]
        if rolled.size:
            quantity, state = intervals.quantity.copy(), intervals.state.copy()
            quantity[rolled], state[rolled], above[rolled] = 0, MISSING, False
            intervals = replace(intervals, quantity=quantity, state=state)
        exceeded = _first(intervals, np.flatnonzero(above))
    gaps = np.flatnonzero(intervals.state == MISSING)
    if not gaps.size or (adds and (ceiling is None or exceeded is not None)):
        return intervals, exceeded
    quantity, state = intervals.quantity.copy(), intervals.state.copy()
    state[gaps] = ESTIMATED
    if adds and ceiling is not None:
        rate = Fraction(ceiling.per_h) * 10**intervals.places / _HOUR_S
        seconds = np.diff(intervals.at)[gaps]
        if rate * int(seconds.max()) > LARGEST:
            raise too_large(name)
        quantity[gaps] = [-(-rate.numerator * one // rate.denominator) for one in seconds.tolist()]
    return replace(intervals, quantity=quantity, state=state), exceeded


def _above(intervals: Intervals, ceiling: Ceiling) -> Flags:
    """Which measured quantities lie above a ceiling, a last digit of the register apart."""
    rate = Fraction(ceiling.per_h) * 10**intervals.places / _HOUR_S
    seconds, known = np.diff(intervals.at), intervals.state <= State.BRIDGED
    spare = intervals.quantity - intervals.digit
    if max(int(spare.max()) * rate.denominator, rate.numerator * int(seconds.max())) <= LARGEST:
        found: Flags = known & (spare * np.int64(rate.denominator) > seconds * np.int64(rate.numerator))
    else:
        found = known & (spare.astype(object) * rate.denominator > seconds.astype(object) * rate.numerator)
    return found


def _first(intervals: Intervals, numbers: Ints) -> Exceeded | None:
    if not numbers.size:
        return None
    first = int(numbers[0])
    quantity = decimal_of(int(intervals.quantity[first]), intervals.places)
    return Exceeded(int(intervals.at[first]), int(intervals.at[first + 1]), quantity)


@dataclass(frozen=True, slots=True)
class Usual:
    """An estimate that bounds nothing: `mean_and_two_sigma` over `interval_s` seconds, rounded up, and what of it falls
    to all that was estimated or is missing."""

    interval_s: int
    mean_and_two_sigma: Decimal
    over_gaps: Decimal


def usual(load: Load) -> Usual | None:
    """For people to compare a fill with; None where nothing was measured."""
    measured = load.state == MEASURED
    seconds = np.diff(load.at)
    if not measured.any():
        return None
    lengths, counts = np.unique(seconds[measured], return_counts=True)
    interval_s = int(lengths[np.argmax(counts)])
    read = load.quantity[measured & (seconds == interval_s)]
    count, total = read.size, exact_sum(read)
    spread = count * _squares(read) - total**2  # count² × variance
    sigmas = isqrt(_SIGMAS**2 * spread)
    most = total + sigmas + (sigmas**2 < _SIGMAS**2 * spread)
    gaps = exact_sum(seconds[load.state >= State.ESTIMATED])
    return Usual(
        interval_s, _up(Fraction(most, count), load.places), _up(Fraction(most * gaps, count * interval_s), load.places)
    )


def _squares(read: Ints) -> int:
    return sum(one * one for one in read.tolist())


def _up(number: Fraction, places: int) -> Decimal:
    return decimal_of(-(-number.numerator // number.denominator), places)
