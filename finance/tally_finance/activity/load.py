"""A load (负荷): what passed one register over a period, interval by interval, exactly. No IO.

Two loads of the same readings are equal to the last bit, whatever the order in which the readings came.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from tally_edge import cbor
from tally_finance.activity.bins import Bins, binned, days, hours, months
from tally_finance.activity.column import Column, Ints, decimal_of, exact_sum
from tally_finance.activity.counting import Intervals
from tally_finance.activity.source import Sources
from tally_finance.activity.state import State, States
from tally_finance.quantity.evidence import Source

_DOMAIN: Final = b"tallystick load 1\0"
_TEN: Final = 10


@dataclass(frozen=True, slots=True)
class Share:
    """What of a load stands in one state: its quantity, over how many seconds, in how many intervals."""

    quantity: Decimal
    seconds: int
    intervals: int


@dataclass(frozen=True, slots=True)
class Interval:
    """A quantity over [`from_at`, `to_at`), Unix seconds, and the statements that it opens down to.

    `first` and `last` are where the registers at its ends stand, None at an edge of the period that nobody read.
    """

    from_at: int
    to_at: int
    quantity: Decimal
    state: State
    first: Source | None
    last: Source | None


@dataclass(frozen=True, slots=True, eq=False)
class Load:
    """One register over [`from_at`, `to_at`): quantities × 10^-`places` in `unit`, the multiplier included.

    `at` are the boundaries, one more than intervals; `opened` the number of each boundary's source in `sources`.
    """

    point: str
    register: str
    unit: str
    at: Ints
    quantity: Ints
    state: States
    opened: Ints
    places: int
    sources: Sources

    @property
    def from_at(self) -> int:
        """Where the period begins, Unix seconds."""
        return int(self.at[0])

    @property
    def to_at(self) -> int:
        """Where the period ends, Unix seconds."""
        return int(self.at[-1])

    @property
    def total(self) -> Decimal:
        """Everything, estimates included; MISSING counts as nothing, so see `is_bounded`."""
        return decimal_of(exact_sum(self.quantity), self.places)

    @property
    def certain(self) -> Decimal:
        """What registers prove: measured and bridged."""
        return decimal_of(exact_sum(self.quantity[self.state <= State.BRIDGED]), self.places)

    @property
    def is_bounded(self) -> bool:
        """Whether nothing is missing, so that no more can have passed than `total` says."""
        return not bool(np.any(self.state == State.MISSING))

    def by_state(self) -> Mapping[State, Share]:
        """What stands in each state; nothing for a state that does not occur."""
        seconds = np.diff(self.at)
        found = {}
        for state in State:
            of_state = self.state == state
            count = int(np.count_nonzero(of_state))
            if count:
                quantity = decimal_of(exact_sum(self.quantity[of_state]), self.places)
                found[state] = Share(quantity, exact_sum(seconds[of_state]), count)
        return found

    def hourly(self, zone: ZoneInfo) -> Bins:
        """By the hour of the site's clock; a day on which it is moved has 23 or 25."""
        return self.between(hours(zone, self.from_at, self.to_at))

    def daily(self, zone: ZoneInfo) -> Bins:
        """By the day of the site's clock."""
        return self.between(days(zone, self.from_at, self.to_at))

    def monthly(self, zone: ZoneInfo) -> Bins:
        """By the month of the site's clock."""
        return self.between(months(zone, self.from_at, self.to_at))

    def between(self, edges: Ints) -> Bins:
        """Between `edges`, ascending and inside the period."""
        name = f"{self.point}/{self.register}"
        return binned(self.at, self.quantity, self.state, edges, places=self.places, name=name)

    def intervals(self, *states: State) -> Iterator[Interval]:
        """The intervals in any of some states (all, where none is named), each with the statements at its ends."""
        chosen = np.isin(self.state, states) if states else np.ones(self.state.size, dtype=bool)
        for number in np.flatnonzero(chosen).tolist():
            yield Interval(
                int(self.at[number]),
                int(self.at[number + 1]),
                decimal_of(int(self.quantity[number]), self.places),
                State(int(self.state[number])),
                self.sources.of(int(self.opened[number])),
                self.sources.of(int(self.opened[number + 1])),
            )

    @property
    def digest(self) -> bytes:
        """SHA-256 over what was counted: domain, head as deterministic CBOR, then boundaries and quantities as 64-bit
        and states as 8-bit integers, big-endian."""
        head = cbor.encode([self.point, self.register, self.unit, self.places, int(self.quantity.size)])
        hashed = hashlib.sha256(_DOMAIN + head)
        for column in (self.at.astype(">i8"), self.quantity.astype(">i8"), self.state):
            hashed.update(column.tobytes())
        return hashed.digest()


def load_of(column: Column, intervals: Intervals, sources: Sources) -> Load:
    """A load from the intervals of its register, with no more decimal places than it needs."""
    quantity, places = intervals.quantity, intervals.places
    while places and not np.any(quantity % _TEN):
        quantity, places = quantity // _TEN, places - 1
    return Load(
        column.point,
        column.register,
        column.unit,
        intervals.at,
        quantity,
        intervals.state,
        intervals.opened,
        places,
        sources,
    )
