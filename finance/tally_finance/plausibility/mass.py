"""Mass balance (物料平衡): what lies in store changes by what was weighed in and out, or dries off. Exact, no IO."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from tally_finance.plausibility.cusum import Chart
from tally_finance.plausibility.daily import midnights, rises, value_at
from tally_finance.plausibility.doubt import Doubt
from tally_finance.plausibility.observed import Observed, Place, Series

NAME: Final = "mass-balance"

UNWEIGHED: Final = Chart(slack=Decimal("0.75"), limit=Decimal(6), floor=Decimal("0.0004"))
"""Of what came or went unweighed in a day, as a share of the capacity."""


@dataclass(frozen=True, slots=True)
class Stores:
    """Level gauges over stores whose goods all pass the scale `scale_in`/`scale_out`; capacities in kg."""

    levels: tuple[tuple[Place, Decimal], ...]
    scale_in: Place
    scale_out: Place


def check(observed: Observed, stores: tuple[Stores, ...]) -> list[Doubt]:
    """One doubt per group of stores at most."""
    days = midnights(observed.from_at, observed.to_at)
    doubts = []
    for group in stores:
        came, went = observed.of(*group.scale_in), observed.of(*group.scale_out)
        gauges = [(series, capacity) for place, capacity in group.levels if (series := observed.of(*place)) is not None]
        if came is None or went is None or not gauges:
            continue
        whole = sum((capacity for _, capacity in gauges), Decimal(0))
        held = [_held(gauges, at) for at in days]
        unweighed = []
        for number, (inward, outward) in enumerate(zip(rises(came, days), rises(went, days), strict=True)):
            before, after = held[number], held[number + 1]
            if inward is None or outward is None or before is None or after is None:
                continue
            unweighed.append((days[number + 1], (after - before - inward + outward) / whole))
        alarm = UNWEIGHED.alarm([share for _, share in unweighed])
        if alarm is not None:
            way = "came" if alarm[1] > 0 else "went"
            text = f"more {way} unweighed than in the first days"
            doubts.append(Doubt(NAME, group.levels[0][0][0], observed.from_at, unweighed[alarm[0]][0], text))
    return doubts


def _held(gauges: list[tuple[Series, Decimal]], at: int) -> Decimal | None:
    total = Decimal(0)
    for series, capacity in gauges:
        level = value_at(series, at)
        if level is None:
            return None
        total += level * capacity
    return total
