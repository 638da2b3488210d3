"""A parent meter against its sub-meters (总分表平衡): what goes in must come out somewhere. Exact, no IO."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from tally_finance.plausibility.cusum import Chart
from tally_finance.plausibility.daily import midnights, rises
from tally_finance.plausibility.doubt import Doubt
from tally_finance.plausibility.observed import Observed, Series

NAME: Final = "parent-balance"
MORE_THAN_ALL: Final = Decimal("1.03")
"""Sub-meters may show this much of their parent together: the limits of class 1 on both sides, and a rest."""

HARDLY: Final = 100
"""Of the parent's largest day, the part below which sub-meters are not held to it: there last digits decide."""

UNMETERED: Final = Chart(slack=Decimal("0.75"), limit=Decimal(8), floor=Decimal("0.004"))
"""Of the share that no sub-meter sees. The floor is what two meters of class 0.5 may drift apart."""

_REGISTERS: Final = ("energy_import", "volume")


def check(observed: Observed) -> list[Doubt]:
    """One doubt per parent at most.

    Two things are doubted: sub-meters that show more than their parent on a day, and a share that no sub-meter sees
    which changes and stays changed.
    """
    doubts = []
    for parent in sorted(set(observed.parents.values())):
        for register in _REGISTERS:
            whole = observed.of(parent, register)
            parts = [
                series
                for child, above in sorted(observed.parents.items())
                if above == parent and (series := observed.of(child, register)) is not None
            ]
            if whole is not None and parts:
                doubts += _judge(observed, parent, whole, parts)
    return doubts


def _judge(observed: Observed, parent: str, whole: Series, parts: list[Series]) -> list[Doubt]:
    days = midnights(observed.from_at, observed.to_at)
    of_parts = [rises(part, days) for part in parts]
    of_whole = rises(whole, days)
    largest = max((risen for risen in of_whole if risen is not None), default=Decimal(0))
    shares: list[tuple[int, Decimal]] = []
    for number, risen in enumerate(of_whole):
        below = [one[number] for one in of_parts]
        if risen is None or any(one is None for one in below):
            continue
        shown = sum((one for one in below if one is not None), Decimal(0))
        if shown > risen * MORE_THAN_ALL and shown * HARDLY > largest:
            text = f"its sub-meters show {shown:f} of {risen:f}"
            return [Doubt(NAME, parent, days[number], days[number + 1], text)]
        if risen:
            shares.append((days[number + 1], 1 - shown / risen))
    alarm = UNMETERED.alarm([share for _, share in shares])
    if alarm is None:
        return []
    at = shares[alarm[0]][0]
    way = "more" if alarm[1] > 0 else "less"
    return [Doubt(NAME, parent, observed.from_at, at, f"{way} of it than before reaches no sub-meter")]
