"""Energy per output (单位产品能耗): a meter that is held back shows less for the same work. Exact, no IO.

By the week: goods come and go in truckloads, so a day's ratio says little. What a reader takes as output is the
reader's own choice (`Drive`): tonnes over the weighbridge, or another medium that the same process uses.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from tally_finance.plausibility.cusum import OTHER_METER, Chart
from tally_finance.plausibility.daily import ABSENT, LEARNING, first_of, outside, rises, spans, whys
from tally_finance.plausibility.doubt import Doubt, Said, Unjudged
from tally_finance.plausibility.observed import Observed, Place, Series

NAME: Final = "energy-per-output"
WEEK_DAYS: Final = 7
BASELINE_WEEKS: Final = 6

PER_WEEK: Final = Chart(slack=Decimal("0.75"), limit=Decimal(9), floor=Decimal("0.01"))
"""Of the ratio as a share of its mean over the first weeks."""

DEAD_DAYS: Final = 2
"""Whole days in a row on which a meter shows nothing while output is counted: one may be a stop of the works."""

_NO_OUTPUT: Final = "no output was counted"


@dataclass(frozen=True, slots=True)
class Drive:
    """`meter` works for what the counters `output` count together."""

    meter: Place
    output: tuple[Place, ...]


def check(observed: Observed, drives: tuple[Drive, ...]) -> Iterator[Said]:
    """Two doubts per drive at most: a ratio that changes and stays changed, and a meter that counts nothing."""
    for drive in drives:
        series = {place: observed.of(*place) for place in (drive.meter, *drive.output)}
        absent = [place[0] for place, one in series.items() if one is None]
        if absent:
            yield Unjudged(NAME, drive.meter[0], observed.from_at, observed.to_at, ABSENT.format(absent[0]))
            continue
        known = {place: one for place, one in series.items() if one is not None}
        yield from _per_week(observed, drive, known)
        yield from _dead(observed, drive, known)


def _per_week(observed: Observed, drive: Drive, known: dict[Place, Series]) -> Iterator[Said]:
    meter, weeks = drive.meter[0], observed.midnights[::WEEK_DAYS]
    yield from outside((observed.from_at, observed.to_at), weeks, NAME, meter, "week")
    if len(weeks) < 2:
        return
    used, made = _used_and_made(drive, known, weeks)
    reasons = [whys(series, weeks, place[0]) for place, series in known.items()]
    yield from spans(NAME, meter, weeks, first_of([*reasons, ["" if total else _NO_OUTPUT for total in made]]))
    ratios = [
        (end, use / total)
        for end, use, total in zip(weeks[1:], used, made, strict=True)
        if use is not None and total is not None and total
    ]
    if not ratios:
        return
    yield Unjudged(NAME, meter, weeks[0], ratios[:BASELINE_WEEKS][-1][0], LEARNING)
    mean = sum((ratio for _, ratio in ratios[:BASELINE_WEEKS]), Decimal(0)) / BASELINE_WEEKS
    changes = [change.at for one in known.values() for change in one.breaks if change.other_meter]
    allowed = [OTHER_METER if any(change < at for change in changes) else Decimal(0) for at, _ in ratios]
    shares = [ratio / mean for _, ratio in ratios] if mean else []
    alarm = PER_WEEK.alarm(shares, BASELINE_WEEKS, allowed)
    if alarm is not None:
        way = "more" if alarm[1] > 0 else "less"
        text = f"it shows {way} for the same output than in the first weeks"
        yield Doubt(NAME, meter, observed.from_at, ratios[alarm[0]][0], text)


def _dead(observed: Observed, drive: Drive, known: dict[Place, Series]) -> Iterator[Doubt]:
    days = observed.midnights
    begun: int | None = None
    if len(days) < 2:
        return
    for number, (use, total) in enumerate(zip(*_used_and_made(drive, known, days), strict=True)):
        if use is None or use or not total:
            begun = None
            continue
        begun = number if begun is None else begun
        if number - begun + 1 >= DEAD_DAYS:
            text = f"it shows nothing for {DEAD_DAYS} whole days on which output was counted"
            yield Doubt(NAME, drive.meter[0], days[begun], days[number + 1], text)
            return


def _used_and_made(
    drive: Drive, known: dict[Place, Series], times: Sequence[int]
) -> tuple[list[Decimal | None], list[Decimal | None]]:
    """What the meter and what all outputs together counted between consecutive times."""
    of_outputs = zip(*(rises(known[place], times) for place in drive.output), strict=True)
    made = [None if None in each else sum((one for one in each if one is not None), Decimal(0)) for each in of_outputs]
    return rises(known[drive.meter], times), made
