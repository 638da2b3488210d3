"""What a device counted and nothing shows: a reset, a rollover or an exchange between two of its settlements. No IO.

Readings far apart can hide it: a register that was set to 0 and has passed its old value since looks as if it had only
risen, and what it had counted before is lost. The device's own counts, of all registers of its metering point, tell. A
fall of a register explains one reset or rollover, on either side of a settlement that does not tell the register; a
change of the meter that the authority states explains one exchange. What is left unexplained makes everything between
the two settlements a time of which nobody knows what was counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from tally_edge.device import Counts
from tally_finance.activity.column import Shown
from tally_finance.activity.counting import Intervals
from tally_finance.activity.state import MISSING

Span = tuple[int, int]
"""After and until, Unix seconds."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What a settlement of a stream counts at a time (Unix seconds)."""

    kid: bytes
    at: int
    counts: Counts


def falls(shown: Iterable[Sequence[Shown]]) -> list[Span]:
    """Where registers fell: after one reading, by the next. `shown`: the values of each cumulative register."""
    found = []
    for values in shown:
        ordered = sorted(values, key=lambda one: one[0])
        found += [(before[0], after[0]) for before, after in pairwise(ordered) if after[1] < before[1]]
    return found


def unexplained(tallies: Iterable[Tally], fallen: Sequence[Span], turned: Sequence[int]) -> Iterator[Span]:
    """Between which settlements more was counted than registers and authority show.

    `turned` are the times at which the authority states another meter; a register that falls there is the other's.
    """
    own = [(after, until) for after, until in fallen if not any(after < at <= until for at in turned)]
    for before, after in pairwise(sorted(tallies, key=lambda one: (one.kid, one.at))):
        if before.kid != after.kid:
            continue
        were, are = before.counts, after.counts
        fell = are.resets + are.rollovers - were.resets - were.rollovers
        exchanged = are.exchanges - were.exchanges
        shown = sum(begin < after.at and until > before.at for begin, until in own)
        stated = sum(before.at < at <= after.at for at in turned)
        if fell > shown or exchanged > stated:
            yield before.at, after.at


def withdrawn(intervals: Intervals, spans: Iterable[Span]) -> Intervals:
    """The intervals, MISSING where they touch one of `spans`."""
    quantity, state = intervals.quantity.copy(), intervals.state.copy()
    for after, until in spans:
        first = int(np.searchsorted(intervals.at, after, "right")) - 1
        last = int(np.searchsorted(intervals.at, until, "left"))
        quantity[max(first, 0) : last], state[max(first, 0) : last] = 0, MISSING
    return replace(intervals, quantity=quantity, state=state)
