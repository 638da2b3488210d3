"""What the statistical checks can see: the smallest theft that they find, and how often they are wrong.

Nothing is signed here: the same readings go straight to the checks, so that months of many plants take minutes. A theft
is done to the readings of an honest plant, which is what the plant's own magnet and bypass come to (a test compares
them), so one run of a plant serves every size of theft. Before that the honest plant, all of its instruments, is judged
by every plausibility check: what they doubt is a false alarm.

A theft is found by an alarm that came through it: at a place that it touches, and where the honest plant of the same
seed gives none at the same chart by then.

    tuned on      TUNING_SEEDS: limits of the charts were set so that these gave no false alarm
    measured on   other seeds, of which nobody had seen the results
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise
from typing import Final

from tally_finance.plausibility import ratio
from tally_finance.plausibility.doubt import Doubt
from tally_finance.plausibility.observed import Observed, Place, Series, gather
from tally_finance.plausibility.site import Site, statistics, weigh
from tally_sim.plant import profile_file
from tally_sim.plant.opening import open_plant
from tally_trial import bounds, plants
from tally_trial.scene import DAY_S, Scene, look_at

TUNING_SEEDS: Final = range(1, 9)
BEFORE_DAYS: Final = 56
"""Honest days before a theft begins: the checks have learnt by then."""

AFTER_DAYS: Final = (14, 28, 56)
DAYS: Final = BEFORE_DAYS + AFTER_DAYS[-1]
LEARNING_DAYS: Final = ratio.BASELINE_WEEKS * 7
"""Before that the slowest chart can not alarm: these days do not count as watched, though an alarm in them counts."""

PER_CENT: Final = (2, 5, 10, 15, 20, 30, 40, 50, 60, 80, 100)
"""At 100 % a meter is dead."""

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


Chart = tuple[str, str]
"""Which check alarms, and at which place."""


@dataclass(frozen=True, slots=True)
class Run:
    """One seed: the day (from the theft's beginning) at which each theft was found first, and the false alarms."""

    seed: int
    found: dict[Theft, int | None]
    false_alarms: tuple[Doubt, ...]

    @property
    def watched_days(self) -> int:
        """The days after LEARNING_DAYS, up to the first false alarm: a chart that alarmed says no more."""
        ends = min((doubt.to_at for doubt in self.false_alarms), default=plants.BEGINS + DAYS * DAY_S)
        return max(0, (ends - plants.BEGINS) // DAY_S - LEARNING_DAYS)


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
    """Run an honest plant once, judge it, and steal from it in every way and size."""
    plant = open_plant(profile, seed, plants.BEGINS, DAYS)
    whole = observed_of(look_at(plant, seed))
    site = plants.site_of(plant.profile)
    false_alarms = tuple(weigh(whole, site))
    observed = at_midnights(whole)
    honest = first_alarms(statistics(observed, site))
    since = plants.BEGINS + BEFORE_DAYS * DAY_S
    found = {
        theft: found_on(
            since, honest, statistics(stolen(observed, theft, since, site), site), touched(theft, observed, site)
        )
        for theft in thefts(observed, site)
    }
    return Run(seed, found, false_alarms)


def thefts(observed: Observed, site: Site) -> list[Theft]:
    """Every meter and every store, every size."""
    places = sorted(place for place in observed.series if place[1] in MEDIA)
    levels = [place for group in site.stores for place, _ in group.levels]
    return [
        *(Theft(kind, place, size) for place in places for kind in ("magnet", "bypass") for size in PER_CENT),
        *(Theft("night-drive", place, size) for place in levels for size in TONNES),
    ]


def touched(theft: Theft, observed: Observed, site: Site) -> frozenset[str]:
    """The points at which an alarm speaks of the theft: its meter and those above, or the stores behind its scale."""
    point = theft.place[0]
    if theft.kind == "night-drive":
        groups = [{place[0] for place, _ in group.levels} for group in site.stores]
        return frozenset().union(*(group for group in groups if point in group))
    points = [point]
    while above := observed.parents.get(points[-1]):
        points.append(above)
    return frozenset(points)


def first_alarms(doubts: Iterable[Doubt]) -> dict[Chart, int]:
    """When each chart alarmed first (Unix seconds)."""
    first: dict[Chart, int] = {}
    for doubt in doubts:
        chart = doubt.name, doubt.touches
        first[chart] = min(doubt.to_at, first.get(chart, doubt.to_at))
    return first


def found_on(theft_since: int, honest: dict[Chart, int], doubts: Iterable[Doubt], where: frozenset[str]) -> int | None:
    """On which day after its beginning a theft was found; None where no alarm came through it.

    A chart that alarms in the `honest` plant as early proves nothing about the theft; one that touches none of the
    points `where` does not either (a doubt may touch several, with commas between).
    """
    days = [
        -((theft_since - at) // DAY_S)
        for chart, at in first_alarms(doubts).items()
        if where.intersection(chart[1].split(", ")) and at > theft_since and (chart not in honest or at < honest[chart])
    ]
    return min(days, default=None)


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
class Share:
    """In how many of the runs something was found."""

    found: int
    runs: int

    @property
    def enough(self) -> bool:
        """Whether it was in WANTED of them."""
        return self.found >= WANTED * self.runs

    @property
    def at_least(self) -> Decimal:
        """The power that it proves, with bounds.CONFIDENCE."""
        return bounds.share_at_least(self.found, self.runs)


def share(runs: Sequence[Run], theft: Theft, days: int) -> Share:
    """In how many runs a theft was found within so many days."""
    times = [run.found[theft] for run in runs]
    return Share(sum(at is not None and at <= days for at in times), len(runs))


def sizes(kind: str) -> tuple[int, ...]:
    """The sizes of a kind of theft that are tried: tonnes a night, or per cent."""
    return TONNES if kind == "night-drive" else PER_CENT


def smallest(shares: Mapping[int, Share]) -> int | None:
    """The size from which on, up to the largest, each was found often enough; None where the largest was not."""
    least = None
    for size in sorted(shares, reverse=True):
        if not shares[size].enough:
            break
        least = size
    return least


def profiles() -> tuple[str, ...]:
    """The profiles that are measured."""
    return profile_file.shipped()
