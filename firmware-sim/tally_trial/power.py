"""What the statistical checks can see: the smallest theft that they find, and how often they are wrong.

Nothing is signed here: the same readings go straight to the checks, so that months of many plants take minutes. A theft
is done to the readings of an honest plant, which is what the plant's own magnet and bypass come to (a test compares
them), so one run of a plant serves every size of theft.

    tuned on      TUNING_SEEDS: limits of the charts were set so that these gave no false alarm
    measured on   other seeds, of which nobody had seen the results
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise
from typing import Final

from tally_finance.plausibility.doubt import Doubt
from tally_finance.plausibility.observed import Observed, Place, Series, gather
from tally_finance.plausibility.site import Site, statistics
from tally_sim.plant import profile_file
from tally_sim.plant.opening import open_plant
from tally_trial import plants
from tally_trial.scene import DAY_S, Scene, look_at

TUNING_SEEDS: Final = range(1, 9)
BEFORE_DAYS: Final = 56
"""Honest days before a theft begins: the checks have learnt by then."""

AFTER_DAYS: Final = (14, 28, 56)
DAYS: Final = BEFORE_DAYS + AFTER_DAYS[-1]
PER_CENT: Final = (2, 5, 10, 15, 20, 30, 40, 50, 60, 80)
TONNES: Final = (1, 2, 3, 5, 8, 12, 20, 30)
WANTED: Final = Decimal("0.95")
KEPT: Final = ("energy_import", "volume", "kg_in", "kg_out", "level")
MEDIA: Final = ("energy_import", "volume")


@dataclass(frozen=True, slots=True)
class Theft:
    """From BEFORE_DAYS on: a meter does not count `size` per cent of what flows (bypass: nor do those above it),
    or every night `size` tonnes leave a store (night-drive)."""

    kind: str
    place: Place
    size: int


@dataclass(frozen=True, slots=True)
class Run:
    """One seed: the day (from the theft's beginning) at which each theft was found first, and the false alarms."""

    seed: int
    found: dict[Theft, int | None]
    false_alarms: tuple[Doubt, ...]


def observed_of(scene: Scene) -> Observed:
    """What a verified bundle of an honest scene would show."""
    readings = (one for polled in scene.polled.values() for draft in polled.drafts for one in draft.readings)
    multipliers = {polled.point: Decimal(polled.plates[-1].multiplier) for polled in scene.polled.values()}
    parents = {polled.point: polled.parent for polled in scene.polled.values() if polled.parent}
    return gather(readings, multipliers, parents, (scene.begins, scene.ends))


def at_midnights(observed: Observed) -> Observed:
    """What the statistical checks look at, and nothing else of it: a hundredth of the readings."""
    series = {
        place: replace(one, points=tuple(point for point in one.points if (point[0] - observed.from_at) % DAY_S == 0))
        for place, one in observed.series.items()
        if place[1] in KEPT
    }
    return replace(observed, series=series, events={})


def measure(profile: str, seed: int) -> Run:
    """Run an honest plant once, and steal from it in every way and size."""
    plant = open_plant(profile, seed, plants.BEGINS, DAYS)
    weighed = {
        meter.name for meter in plant.profile.meters if meter.kind in ("electricity", "water", "weighbridge", "silo")
    }
    observed = at_midnights(observed_of(look_at(plant, seed, only=weighed)))
    site = plants.site_of(plant.profile)
    since = plants.BEGINS + BEFORE_DAYS * DAY_S
    alarms = tuple(statistics(observed, site))
    found = {theft: _found(stolen(observed, theft, since, site), site, since) for theft in thefts(observed, site)}
    return Run(seed, found, alarms)


def thefts(observed: Observed, site: Site) -> list[Theft]:
    """Every meter and every store, every size."""
    places = sorted(place for place in observed.series if place[1] in MEDIA)
    levels = [place for group in site.stores for place, _ in group.levels]
    return [
        *(Theft(kind, place, size) for place in places for kind in ("magnet", "bypass") for size in PER_CENT),
        *(Theft("night-drive", place, size) for place in levels for size in TONNES),
    ]


def _found(observed: Observed, site: Site, since: int) -> int | None:
    alarms = [doubt.to_at for doubt in statistics(observed, site) if doubt.to_at > since]
    return -((since - min(alarms)) // DAY_S) if alarms else None


def stolen(observed: Observed, theft: Theft, since: int, site: Site) -> Observed:
    """The observation with the theft done to it."""
    series = dict(observed.series)
    mine = series[theft.place]
    if theft.kind == "night-drive":
        (capacity,) = (kg for group in site.stores for place, kg in group.levels if place == theft.place)
        share = Decimal(theft.size * 1000) / capacity
        lacks = [(at, max(0, -((since - at) // DAY_S)) * share) for at, _ in mine.points]
        series[theft.place] = _less(mine, lacks)
        return replace(observed, series=series)
    missing = _missing(mine, since, theft.size)
    series[theft.place] = _less(mine, missing)
    above = observed.parents.get(theft.place[0], "") if theft.kind == "bypass" else ""
    while above:
        place = above, theft.place[1]
        parent = series[place]
        shares = [(at, amount * mine.multiplier / parent.multiplier) for at, amount in missing]
        series[place] = _less(parent, shares)
        above = observed.parents.get(above, "")
    return replace(observed, series=series)


def _missing(series: Series, since: int, per_cent: int) -> list[tuple[int, Decimal]]:
    """How much the register lacks at each of its times, before its last digit is cut."""
    lacks, total = [(series.points[0][0], Decimal(0))], Decimal(0)
    for before, after in pairwise(series.points):
        if after[0] > since and after[1] > before[1]:
            total += (after[1] - before[1]) * per_cent / 100
        lacks.append((after[0], total))
    return lacks


def _less(series: Series, missing: Sequence[tuple[int, Decimal]]) -> Series:
    lacks = dict(missing)
    digit = min(int(value.as_tuple().exponent) for _, value in series.points)
    last = Decimal(1).scaleb(min(digit, 0))
    points, lack = [], Decimal(0)
    for at, value in series.points:
        lack = lacks.get(at, lack)
        points.append((at, value - lack.quantize(last)))
    return replace(series, points=tuple(points))


@dataclass(frozen=True, slots=True)
class Smallest:
    """The smallest theft that WANTED of the runs found, by days; None where none of the sizes was."""

    kind: str
    place: Place
    by_days: dict[int, int | None]


def smallest(runs: Sequence[Run]) -> list[Smallest]:
    """What was found, by kind and meter. A larger theft must not be found less often, so all above must be, too."""
    keys = sorted({(theft.kind, theft.place) for run in runs for theft in run.found})
    return [
        Smallest(kind, place, {days: _least(runs, kind, place, days) for days in AFTER_DAYS}) for kind, place in keys
    ]


def _least(runs: Sequence[Run], kind: str, place: Place, days: int) -> int | None:
    least = None
    for size in reversed(TONNES if kind == "night-drive" else PER_CENT):
        times = [run.found[Theft(kind, place, size)] for run in runs]
        caught = sum(at is not None and at <= days for at in times)
        if caught < WANTED * len(runs):
            break
        least = size
    return least


def site_years(runs: Iterable[Run]) -> Decimal:
    """How long the honest plants were watched."""
    return Decimal(sum(DAYS for _ in runs)) / 365


def profiles() -> tuple[str, ...]:
    """The profiles that are measured."""
    return profile_file.shipped()
