"""What of a plant the plausibility checks hold against one another, and how many days they must learn. No IO."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from tally_finance.plausibility import balance, cusum, goods, mass, ratio, sameness, stillness
from tally_finance.plausibility.site import Site
from tally_sim.plant.interface import Happening
from tally_trial.injection import DOUBT, KINDS
from tally_trial.scene import DAY_S, Scene, point_of

BALANCE: Final = DOUBT + balance.NAME
RATIO: Final = DOUBT + ratio.NAME
MASS: Final = DOUBT + mass.NAME
COUNT: Final = DOUBT + goods.COUNT_BALANCE
SERIAL_TWICE: Final = DOUBT + goods.SERIAL_TWICE
MASS_PER_SERIAL: Final = DOUBT + goods.MASS_PER_SERIAL
FROZEN: Final = DOUBT + stillness.FROZEN
TOO_EVEN: Final = DOUBT + stillness.TOO_EVEN
SAME: Final = DOUBT + sameness.NAME

LEARNS_S: Final = {
    BALANCE: cusum.BASELINE * DAY_S,
    MASS: cusum.BASELINE * DAY_S,
    RATIO: ratio.BASELINE_WEEKS * ratio.WEEK_DAYS * DAY_S,
}
"""How long a check learns from a plant before it judges."""

_QUARTERS: Final = 4
"""The plant's own faults and attacks begin in the second quarter of a run."""


@dataclass(frozen=True, slots=True)
class Group:
    """Places that one check holds against one another, and those of them that its doubt touches."""

    touched: frozenset[str]
    places: frozenset[str]


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a reader of one play can see by plausibility: the groups of each check, over [`begins`, `ends`]."""

    begins: int
    ends: int
    groups: Mapping[str, tuple[Group, ...]]
    above: Mapping[str, frozenset[str]]
    """Of each meter those above it."""

    def places_of(self, what: Happening) -> frozenset[str]:
        """Where what follows from an event is found; none: anywhere."""
        kind = KINDS[what.name]
        above = self.above.get(point_of(what.where), frozenset()) if kind.upwards else frozenset()
        return frozenset({point_of(what.where)}) | kind.beside | above if what.where else frozenset()

    def around(self, sign: str, touches: str) -> frozenset[str]:
        """Every place that a doubt which touches one is about."""
        groups = [group.places for group in self.groups.get(sign, ()) if touches in group.touched]
        return frozenset({touches}).union(*groups)

    def watching(self, signs: Iterable[str], places: frozenset[str]) -> list[frozenset[str]]:
        """What checks of these signs compare with one of the places; no places are all of them."""
        groups = [group.places for sign in sorted(signs) for group in self.groups.get(sign, ())]
        return [group for group in groups if not places or group & places]

    def days_missing(self, what: Happening) -> int:
        """The days that a run must have for one more check which learns to have its say on an event; 0: all had it."""
        needed = []
        for sign in KINDS[what.name].learns:
            if not self.watching([sign], self.places_of(what)):
                continue
            if sign == TOO_EVEN:  # compares with the whole run, before and after
                ready, days = self.ends - self.begins >= stillness.HISTORY_S, stillness.HISTORY_S // DAY_S
            else:
                ready = what.begins >= self.begins + LEARNS_S[sign]
                days = _QUARTERS * LEARNS_S[sign] // DAY_S
            needed += [] if ready else [days]
        return min(needed, default=0)

    def blind(self, what: Happening) -> bool:
        """Whether only plausibility could show an event, and nothing at its place is held against anything."""
        signs = KINDS[what.name].caught_by
        return all(sign.startswith(DOUBT) for sign in signs) and not self.watching(signs, self.places_of(what))


def outlook_of(scene: Scene, site: Site) -> Outlook:
    """The outlook of a reader who knows `site`."""
    groups: dict[str, tuple[Group, ...]] = {}
    for sign, touched, compared in (*_of_meters(scene, site), *_of_goods(scene, site)):
        places = frozenset(compared)
        stocks = {point_of(stock) for stock, shown_by in scene.stocks.items() if shown_by & places}
        groups[sign] = (*groups.get(sign, ()), Group(frozenset(touched), places | stocks))
    parents = {one.point: one.parent for one in scene.polled.values()}
    return Outlook(scene.begins, scene.ends, groups, {point: frozenset(_above(point, parents)) for point in parents})


def _above(point: str, parents: Mapping[str, str]) -> Iterator[str]:
    while point := parents.get(point, ""):
        yield point


NOTHING_SEEN: Final = Outlook(0, 0, {}, {})
"""That of a reader who asks no plausibility check."""

Compared = tuple[str, set[str], set[str]]
"""A sign, what its doubt touches, and everything that is held against one another."""


def _of_meters(scene: Scene, site: Site) -> Iterator[Compared]:
    polled = scene.polled.values()
    for parent in sorted({one.parent for one in polled if one.parent}):
        yield BALANCE, {parent}, {parent, *(one.point for one in polled if one.parent == parent)}
    for drive in site.drives:
        yield RATIO, {drive.meter[0]}, {drive.meter[0], *(point for point, _ in drive.output)}
    for one in polled:
        yield FROZEN, {one.point}, {one.point}
        yield TOO_EVEN, {one.point}, {one.point}
    for kind in sorted({one.kind for one in polled}):
        alike = {one.point for one in polled if one.kind == kind}
        if len(alike) > 1:
            yield SAME, alike, alike


def _of_goods(scene: Scene, site: Site) -> Iterator[Compared]:
    for stores in site.stores:
        levels = {place[0] for place, _ in stores.levels}
        yield MASS, {stores.touches}, {stores.scale_in[0], stores.scale_out[0], *levels}
    for keep in site.keeps:
        yield COUNT, {keep.hall}, {keep.gate, keep.hall}
        yield SERIAL_TWICE, {keep.gate}, {keep.gate, keep.hall}
    for scale in sorted({keep.scale for keep in site.keeps}):
        yield MASS_PER_SERIAL, {scale}, {scale, *(keep.gate for keep in site.keeps if keep.scale == scale)}
    halls = {one.point for one in scene.polled.values() if one.kind == "rfid-hall"}
    yield SERIAL_TWICE, halls, halls
