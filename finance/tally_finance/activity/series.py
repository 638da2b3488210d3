"""What a site bought, made, fed in and used of a medium, hour by hour or day by day, with its state. Exact, no IO.

The rules are those of `totals`; here are all hours of a year, which are too many to be worked out one by one. What the
hours of a day hold together is the day, and the days of a month the month, to the last digit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

import numpy as np

from tally_chain.verify.figures import EXACT
from tally_finance.activity.bins import Bins, days, hours, months
from tally_finance.activity.boundary import Role
from tally_finance.activity.column import Ints, decimal_of
from tally_finance.activity.site import Site, Term
from tally_finance.activity.state import State

Cut: TypeAlias = Callable[[ZoneInfo, int, int], Ints]
"""Edges of the site's clock inside a period, with the period's ends: `bins.hours`, `bins.days`, `bins.months`."""

HOURS: Final[Cut] = hours
DAYS: Final[Cut] = days
MONTHS: Final[Cut] = months
_COUNTED: Final = (Role.MAIN, Role.GENERATION, Role.EXPORT)


@dataclass(frozen=True, slots=True)
class Row:
    """Of one medium over [`from_at`, `to_at`), Unix seconds. `shares`: of what was bought and made, by state, 0 where
    there is nothing in it; `state`: the worst of any part, of what was fed in too."""

    from_at: int
    to_at: int
    bought: Decimal
    made: Decimal
    fed_in: Decimal
    shares: Mapping[State, Decimal]
    state: State

    @property
    def used(self) -> Decimal:
        """What the site used itself."""
        return EXACT.subtract(EXACT.add(self.bought, self.made), self.fed_in)


def series(site: Site, medium: str, cut: Cut, period: tuple[int, int] | None = None) -> Iterator[Row]:
    """The rows of a medium in order of time, those alone that lie in `period` (from, to) where one is named.

    Where the boundary changed inside an hour or a day, it comes in two rows. Raises ActivityError beyond 64 bits.
    """
    for term in site.terms:
        from_at, to_at = (term.from_at, term.to_at) if period is None else _within(term, period)
        if from_at < to_at:
            yield from _of_term(term, medium, cut(site.boundary.zone, from_at, to_at))


def _within(term: Term, period: tuple[int, int]) -> tuple[int, int]:
    return max(term.from_at, period[0]), min(term.to_at, period[1])


def _of_term(term: Term, medium: str, edges: Ints) -> Iterator[Row]:
    loads = {role: [one.load for one in term.of(medium, role)] for role in _COUNTED}
    cut = {role: [load.between(edges) for load in of] for role, of in loads.items()}
    every = [bins for of in cut.values() for bins in of]
    if not every:
        return
    places = max(bins.places for bins in every)
    sums = {role: _sum(of, places, edges.size - 1) for role, of in cut.items()}
    worst = np.maximum.reduce([bins.worst for bins in every])
    both = sums[Role.MAIN] + sums[Role.GENERATION]
    for number in range(edges.size - 1):
        bought, made, fed_in = (decimal_of(sum(sums[role][number].tolist()), places) for role in _COUNTED)
        shares = {state: decimal_of(int(both[number, state]), places) for state in State}
        state = State(int(worst[number]))
        yield Row(int(edges[number]), int(edges[number + 1]), bought, made, fed_in, shares, state)


def _sum(of: list[Bins], places: int, count: int) -> np.ndarray[tuple[int, ...], np.dtype[np.object_]]:
    """The bins of several meters together, by state, as Python integers: no sum of them is too large."""
    found = np.zeros((count, len(State)), dtype=object)
    for bins in of:
        found = found + bins.by_state.astype(object) * 10 ** (places - bins.places)
    return found
