"""A cumulative sum chart (CUSUM, 累积和控制图): small changes that stay add up, and chance does not. Exact, no IO.

Page 1954; k and h as in NIST's e-Handbook of Statistical Methods, 6.3.2.3: the chart is quick for a shift of about 2k
standard deviations, and h sets how seldom it is wrong. Mean and deviation come from the first days, so h is set higher
than the textbook's for known ones; docs/detection.md has the false alarms that were measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

BASELINE: Final = 14
"""Values that the chart learns from: two weeks, so that every weekday is in it twice."""

OTHER_METER: Final = Decimal("0.04")
"""What another meter shows may be off by so much for good: two water meters of class 2 (OIML R 49-1) may differ by it,
two electricity meters of class 1 by half. The chart does not learn anew then: whoever exchanges a meter in order to
steal would be this site's normal."""


@dataclass(frozen=True, slots=True)
class Chart:
    """`slack` (k) and `limit` (h) in standard deviations; `floor`: the deviation is never believed to be smaller.

    `clip`: one day weighs at most so many deviations. Below the limit a single odd day is no change.
    """

    slack: Decimal
    limit: Decimal
    floor: Decimal
    clip: Decimal = Decimal(6)

    def alarm(
        self, values: Sequence[Decimal], baseline: int = BASELINE, allowed: Sequence[Decimal] = ()
    ) -> tuple[int, Decimal] | None:
        """The number of the value at which the chart alarms first, and the sum then, negative for a fall; else None.

        `allowed`: for each value by how much it may be off for good, where that is anything.
        """
        if len(values) <= baseline or baseline < 2:
            return None
        learnt = values[:baseline]
        mean = sum(learnt, Decimal(0)) / baseline
        variance = sum(((value - mean) ** 2 for value in learnt), Decimal(0)) / (baseline - 1)
        deviation = max(variance.sqrt(), self.floor)
        up = down = Decimal(0)
        for number, value in enumerate(values[baseline:], baseline):
            off = value - mean
            if allowed:
                off = max(Decimal(0), abs(off) - allowed[number]).copy_sign(off)
            step = max(-self.clip, min(self.clip, off / deviation))
            up, down = max(Decimal(0), up + step - self.slack), max(Decimal(0), down - step - self.slack)
            if max(up, down) > self.limit:
                return number, up if up >= down else -down
        return None
