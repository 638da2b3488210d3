"""A slow leak (慢漏): goods that go a little every day, too little for any one stocktake to show. No IO.

    d_i    what the gauges see more than the day before, less what the day's trucks added
    s_i    of its uncertainty what is shared with all other days: scale, samples, density
    n_i    of its uncertainty what is the day's own: the gauges' flicker
    S_i    max(0, S_(i-1) - d_i - 2 s_i - n_i / 2 - natural loss), from S_0 = 0

A cumulative sum chart (Page 1954; slack and limit as in NIST's e-Handbook, 6.3.2.3) that nothing is learnt for: an
alarm is an S_i above five n_i. What the instruments may be wrong by every day is allowed for every day, so a leak below
that stays unseen, however long it runs; nothing else makes it late but the flicker.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from itertools import pairwise
from typing import Final

from tally_finance.errors import QuantityError
from tally_finance.estimate import EXACT, Estimate, total
from tally_finance.quantity.holding import Holding
from tally_finance.quantity.tickets import Ticket

DAY_S: Final = 86_400
SHARED: Final = 2
SLACK: Final = Decimal("0.5")
LIMIT: Final = 5


@dataclass(frozen=True, slots=True)
class Leak:
    """Since the day that begins at `since_at` `lost_kg` went that nothing explains; it shows at `found_at`."""

    since_at: int
    found_at: int
    lost_kg: Decimal


def find(held: Holding, tickets: Sequence[Ticket], daily_loss: Decimal) -> Leak | None:
    """The first leak of a period, by its days. `daily_loss` is what nature may take in one of them, in kg."""
    evidence = held.evidence
    days = [at for at in range(evidence.from_at, evidence.to_at + 1, DAY_S) if _is_seen(held, at)]
    stocks = {at: held.comparable(held.seen(at), at) for at in days}
    number, ordered = 0, sorted(tickets, key=lambda one: one.at)
    missing, since = Decimal(0), evidence.from_at
    for before, at in pairwise(days):
        added: list[Estimate] = []
        while number < len(ordered) and ordered[number].at <= at:
            if ordered[number].at > before:
                added.append(held.added(ordered[number]))
            number += 1
        apart = stocks[at] - stocks[before] - total(added)
        with localcontext(EXACT):
            shared = sum((part * part for part in apart.shared.values()), Decimal(0)).sqrt()
            own = apart.own_variance.sqrt()
            lost = daily_loss * (at - before) / DAY_S
            after = missing - apart.value - SHARED * shared - SLACK * own - lost
        if missing == 0 or after <= 0:
            since = before
        missing = max(Decimal(0), after)
        if missing > LIMIT * own:
            gone = stocks[since] + total(held.added(one) for one in ordered if since < one.at <= at) - stocks[at]
            return Leak(since, at, gone.value)
    return None


def _is_seen(held: Holding, at: int) -> bool:
    try:
        held.comparable(held.seen(at), at)
    except QuantityError:
        return False
    return True
