"""A load by hours, days and months of the site's clock. Exact: what the bins hold together is the load.

No IO beyond the tables of time zones.

An interval that lies over an edge is shared out by time, rounded down, and what is left goes to the later bin. Its
quantity is measured, how it was shared out is not: its shares are BRIDGED.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from tally_edge.agent.settle import SiteTime
from tally_finance.activity.column import LARGEST, Ints, decimal_of, exact_sum, too_large
from tally_finance.activity.state import BRIDGED, MEASURED, State, States

_HOUR_S: Final = 3_600


@dataclass(frozen=True, slots=True)
class Bin:
    """A quantity over [`from_at`, `to_at`), Unix seconds, the worst state of any of it, and its shares by state."""

    from_at: int
    to_at: int
    quantity: Decimal
    state: State
    shares: Mapping[State, Decimal]


@dataclass(frozen=True, slots=True, eq=False)
class Bins:
    """Quantities × 10^-`places` between `edges` (Unix seconds), in a row per bin and a column per state.

    `seconds` in the same form: how long each bin was in each state.
    """

    edges: Ints
    by_state: Ints
    seconds: Ints
    places: int

    def __iter__(self) -> Iterator[Bin]:
        """The bins in order."""
        sums, worst = self.quantity, self.worst
        for number in range(sums.size):
            yield Bin(
                int(self.edges[number]),
                int(self.edges[number + 1]),
                decimal_of(int(sums[number]), self.places),
                State(int(worst[number])),
                {
                    state: decimal_of(int(self.by_state[number, state]), self.places)
                    for state in State
                    if self.seconds[number, state]
                },
            )

    @property
    def quantity(self) -> Ints:
        """The quantity of each bin, in whatever state."""
        found: Ints = self.by_state.sum(axis=1)
        return found

    @property
    def worst(self) -> States:
        """The worst state of each bin."""
        found: States = (len(State) - 1 - np.argmax(self.seconds[:, ::-1] > 0, axis=1)).astype(np.int8)
        return found


def binned(at: Ints, quantity: Ints, state: States, edges: Ints, *, places: int, name: str) -> Bins:
    """Intervals between `at` shared out between `edges`, ascending and inside them.

    Raises ActivityError, naming `name`, where 64 bits do not hold the sum.
    """
    if exact_sum(quantity) > LARGEST:
        raise too_large(name)
    inside = np.clip(np.searchsorted(at, edges, "right") - 1, 0, quantity.size - 1)
    into = edges - at[inside]
    length = at[inside + 1] - at[inside]
    cut = inside[(into > 0) & (into < length)]
    if np.any(state[cut] == MEASURED):
        state = state.copy()
        state[cut[state[cut] == MEASURED]] = BRIDGED
    share = _share(quantity[inside], into, length)
    columns: list[Ints] = []
    seconds: list[Ints] = []
    for one in State:
        of_state = state == one
        columns.append(_until(np.where(of_state, quantity, 0), inside, np.where(of_state[inside], share, 0)))
        seconds.append(_until(np.where(of_state, np.diff(at), 0), inside, np.where(of_state[inside], into, 0)))
    return Bins(edges, _between(columns), _between(seconds), places)


def _between(columns: list[Ints]) -> Ints:
    """What lies between neighbouring edges, from what lies before each, in a column for each state."""
    before: Ints = np.stack(columns, axis=1)
    return before[1:] - before[:-1]


def _share(quantity: Ints, into: Ints, length: Ints) -> Ints:
    """The part of each quantity that falls into the first seconds of its length, rounded down."""
    if quantity.size and int(quantity.max()) * int(length.max()) > LARGEST:
        wide: npt.NDArray[np.object_] = quantity.astype(object) * into.astype(object) // length.astype(object)
        return wide.astype(np.int64)
    return quantity * into // length


def _until(quantity: Ints, inside: Ints, share: Ints) -> Ints:
    """What lies before each edge: the whole intervals before the one that it lies in, and its share of that one."""
    before = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(quantity)))
    return before[inside] + share


@lru_cache(maxsize=64)
def hours(zone: ZoneInfo, from_at: int, to_at: int) -> Ints:
    """The full hours of a clock inside a period, with the period's ends."""
    clock, found, at = SiteTime(zone), [from_at], from_at
    while (at := clock.next_slot(at, _HOUR_S)) < to_at:
        found.append(at)
    return _edges(found, to_at)


@lru_cache(maxsize=64)
def days(zone: ZoneInfo, from_at: int, to_at: int) -> Ints:
    """The midnights of a clock inside a period, with the period's ends."""
    clock, found, at = SiteTime(zone), [from_at], from_at
    while (at := clock.next_boundary(at)[0]) < to_at:
        found.append(at)
    return _edges(found, to_at)


@lru_cache(maxsize=64)
def months(zone: ZoneInfo, from_at: int, to_at: int) -> Ints:
    """The midnights at which a month begins inside a period, with the period's ends."""
    clock, found = SiteTime(zone), [from_at]
    first = datetime.fromtimestamp(from_at, zone).date().replace(day=1)
    while True:
        first = _next_month(first)
        at = clock.day_start(first)
        if at >= to_at:
            return _edges(found, to_at)
        found.append(at)


def _next_month(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)


def _edges(found: list[int], to_at: int) -> Ints:
    edges = np.array([*found, to_at], dtype=np.int64)
    edges.flags.writeable = False  # it is shared with whoever asks next
    return edges
