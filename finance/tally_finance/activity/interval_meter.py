"""A meter that keeps no register: each reading is what passed in so many seconds before it. Exact, no IO.

Nothing bridges what such a meter does not say, so it is the ceiling that counts there.
"""

from __future__ import annotations

import numpy as np

from tally_finance.activity.column import LARGEST, Column, places_of, scaled, too_large
from tally_finance.activity.counting import Intervals
from tally_finance.activity.meter import Meter
from tally_finance.activity.source import NOWHERE
from tally_finance.activity.state import MEASURED, MISSING
from tally_finance.errors import ActivityError


def of_intervals(column: Column, meter: Meter, interval_s: int, period: tuple[int, int]) -> Intervals:
    """The intervals of a register that shows what was used in the `interval_s` seconds before each reading.

    Nothing bridges what such a register does not say: each stretch that no interval covers is missing, and so is an
    interval over an edge of the period or over a change. Raises ActivityError for intervals that overlap.
    """
    low = int(np.searchsorted(column.at, period[0], "right"))
    high = int(np.searchsorted(column.at, period[1], "right"))
    ends, read, opened = column.at[low:high], column.value[low:high], column.opened[low:high]
    if ends.size and (int(read.min()) < 0 or (ends.size > 1 and int(np.diff(ends).min()) < interval_s)):
        raise ActivityError(f"{column.name}: is below zero, or has intervals that overlap")
    finest = max(places_of(one.multiplier) for one in meter.stretches)
    factors = np.array([scaled(one.multiplier, finest) for one in meter.stretches], dtype=object)
    turned = np.array([turn.at for turn in meter.turns], dtype=np.int64)
    under = np.searchsorted(turned, ends, "left")
    whole = (ends - interval_s >= period[0]) & (under == np.searchsorted(turned, ends - interval_s, "right"))
    ends, read, opened, under = ends[whole], read[whole], opened[whole], under[whole]
    used = read.astype(object) * factors[under]
    if used.size and max(used) > LARGEST:
        raise too_large(column.name)
    starts = ends - interval_s
    at = np.unique(np.concatenate((np.array(period, dtype=np.int64), starts, ends)))
    quantity = np.zeros(at.size - 1, dtype=np.int64)
    state = np.full(at.size - 1, MISSING, dtype=np.int8)
    source = np.full(at.size, NOWHERE, dtype=np.int64)
    place = np.searchsorted(at, starts)
    quantity[place], state[place] = used.astype(np.int64), MEASURED
    source[place], source[place + 1] = opened, opened
    source[np.searchsorted(at, ends)] = opened
    digit = max(scaled(one.multiplier, finest) for one in meter.stretches)
    rolled = np.empty(0, dtype=np.int64)
    return Intervals(at, quantity, state, source, column.places + finest, digit, rolled)
