"""What flows: cumulative amounts in whole base units, exact at every second. No IO.

An account holds what it held at the beginning, and all that flowed in, less all that flowed out: nothing is kept twice,
so nothing can disagree, and a sum over all accounts never changes.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Protocol

from tally_sim.plant.calendar import TICK_S


class Cumulative(Protocol):
    """An amount that only rises."""

    def at(self, second: int) -> int:
        """What has flowed `second` seconds after the beginning; before it nothing, after the end all."""
        ...


class EvenFlow:
    """So much in every quarter hour, evenly within it."""

    def __init__(self, amounts: Sequence[int]) -> None:
        """`amounts`: none is negative."""
        self.amounts = amounts
        self._sums = [0, *accumulate(amounts)]

    def at(self, second: int) -> int:
        """See `Cumulative`."""
        if second <= 0:
            return 0
        tick, rest = divmod(second, TICK_S)
        if tick >= len(self.amounts):
            return self._sums[-1]
        return self._sums[tick] + self.amounts[tick] * rest // TICK_S


@dataclass
class StepFlow:
    """So much at once, at some seconds that rise."""

    seconds: list[int] = field(default_factory=list)
    _sums: list[int] = field(default_factory=lambda: [0])

    def add(self, second: int, amount: int) -> None:
        """`amount` more from `second` on, which is not before the one added last."""
        self.seconds.append(second)
        self._sums.append(self._sums[-1] + amount)

    def at(self, second: int) -> int:
        """See `Cumulative`."""
        return self._sums[bisect_right(self.seconds, second)]


@dataclass(frozen=True, slots=True)
class Flow:
    """What flows from one account to another; OUTSIDE is everything that is not the plant."""

    medium: str
    source: str
    sink: str
    cumulative: Cumulative


OUTSIDE = "outside"


@dataclass(frozen=True, slots=True)
class Account:
    """What held `opening` at the beginning."""

    medium: str
    opening: int


@dataclass(frozen=True, slots=True)
class Books:
    """All accounts and flows of a plant: double entry, in base units."""

    accounts: dict[str, Account]
    flows: dict[str, Flow]

    def holds(self, account: str, second: int) -> int:
        """What `account` holds `second` seconds after the beginning."""
        total = self.accounts[account].opening
        for flow in self.flows.values():
            if flow.sink == account:
                total += flow.cumulative.at(second)
            if flow.source == account:
                total -= flow.cumulative.at(second)
        return total

    def flowed(self, name: str, second: int) -> int:
        """What has flowed under `name`; 0 where nothing of that name can."""
        flow = self.flows.get(name)
        return 0 if flow is None else flow.cumulative.at(second)
