"""Energy per output (单位产品能耗): a meter that is held back shows less for the same work. Exact, no IO.

By the week: goods come and go in truckloads, so a day's ratio says little. What a reader takes as output is the
reader's own choice (`Drive`): tonnes over the weighbridge, or another medium that the same process uses.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from tally_finance.plausibility.cusum import Chart
from tally_finance.plausibility.daily import DAY_S, rises
from tally_finance.plausibility.doubt import Doubt
from tally_finance.plausibility.observed import Observed, Place

NAME: Final = "energy-per-output"
WEEK_S: Final = 7 * DAY_S
BASELINE_WEEKS: Final = 6

PER_WEEK: Final = Chart(slack=Decimal("0.75"), limit=Decimal(9), floor=Decimal("0.01"))
"""Of the ratio as a share of its mean over the first weeks."""


@dataclass(frozen=True, slots=True)
class Drive:
    """`meter` works for what the counters `output` count together."""

    meter: Place
    output: tuple[Place, ...]


def check(observed: Observed, drives: tuple[Drive, ...]) -> list[Doubt]:
    """One doubt per meter at most."""
    weeks = list(range(observed.from_at, observed.to_at + 1, WEEK_S))
    doubts = []
    for drive in drives:
        ratios = _ratios(observed, drive, weeks)
        if len(ratios) <= BASELINE_WEEKS:
            continue
        mean = sum((ratio for _, ratio in ratios[:BASELINE_WEEKS]), Decimal(0)) / BASELINE_WEEKS
        alarm = PER_WEEK.alarm([ratio / mean for _, ratio in ratios], BASELINE_WEEKS) if mean else None
        if alarm is not None:
            way = "more" if alarm[1] > 0 else "less"
            text = f"it shows {way} for the same output than in the first weeks"
            doubts.append(Doubt(NAME, drive.meter[0], observed.from_at, ratios[alarm[0]][0], text))
    return doubts


def _ratios(observed: Observed, drive: Drive, weeks: list[int]) -> list[tuple[int, Decimal]]:
    energy = observed.of(*drive.meter)
    outputs = [series for place in drive.output if (series := observed.of(*place)) is not None]
    if energy is None or not outputs:
        return []
    of_outputs = [rises(series, weeks) for series in outputs]
    found = []
    for number, used in enumerate(rises(energy, weeks)):
        made = [one[number] for one in of_outputs]
        total = sum((one for one in made if one is not None), Decimal(0))
        if used is not None and total and None not in made:
            found.append((weeks[number + 1], used / total))
    return found
