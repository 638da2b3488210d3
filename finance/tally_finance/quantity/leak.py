"""A slow leak (慢漏): goods that go a little every day, too little for any one stocktake to show. No IO.

    d_i    what the gauges see more than a week before, less what the week's trucks added
    s_i    of its uncertainty what other weeks share: scale, samples, density
    n_i    of its uncertainty what is the week's own: the gauges' flicker, what is rounded off
    S_i    max(0, S_(i-1) - d_i - 2 s_i - n_i / 2 - what nature takes), from S_0 = 0

A cumulative sum chart (Page 1954) that nothing is learnt for: an alarm is an S_i above five n_i. What the instruments
may be wrong by every week is allowed for every week, so a leak below that stays unseen, however long it runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, localcontext
from itertools import pairwise
from typing import Final

from tally_finance.errors import QuantityError
from tally_finance.estimate import EXACT, Estimate
from tally_finance.quantity.holding import Holding

DAY_S: Final = 86_400
WEEK_S: Final = 7 * DAY_S
"""A chart finds a shift of one deviation a step best: by the week, a few hundred kilograms a day are one."""

SHARED: Final = 2
SLACK: Final = Decimal("0.5")
LIMIT: Final = 5


@dataclass(frozen=True, slots=True)
class Leak:
    """Since the day that begins at `since_at` `lost_kg` went that nothing explains; it shows at `found_at`."""

    since_at: int
    found_at: int
    lost_kg: Decimal


def find(held: Holding, daily_loss: Decimal) -> Leak | None:
    """The first leak of a period, by its weeks. `daily_loss` is what nature may take in a day, in kg."""
    evidence = held.evidence
    times = range(evidence.from_at, evidence.to_at + 1, WEEK_S)
    stocks = {at: stock for at in times if (stock := _stock(held, at)) is not None}
    missing, since = Decimal(0), evidence.from_at
    for before, at in pairwise(stocks):
        apart = stocks[at] - stocks[before] - held.between(before, at)
        with localcontext(EXACT):
            shared = sum((part * part for part in apart.shared.values()), Decimal(0)).sqrt()
            own = apart.own_variance.sqrt()
            lost = daily_loss * (at - before) / DAY_S
            if missing == 0:
                since = before
            missing = max(Decimal(0), missing - apart.value - SHARED * shared - SLACK * own - lost)
        if missing > LIMIT * own:
            gone = stocks[since] + held.between(since, at) - stocks[at]
            return Leak(since, at, gone.value)
    return None


def _stock(held: Holding, at: int) -> Estimate | None:
    try:
        return held.seen(at).comparable
    except QuantityError:
        return None
