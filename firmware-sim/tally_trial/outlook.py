"""What of a plant the plausibility checks hold against one another, and how many days they must learn. No IO."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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
    RATIO: ratio.BASELINE_WEEKS * ratio.WEEK_S,
}
"""How long a check learns from a plant before it judges."""

_QUARTERS: Final = 4
"""The plant's own faults and attacks begin in the second quarter of a run."""

Group = frozenset[str]
"""Places that one check holds against one another."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a reader of one play can see by plausibility: the groups of each check, over [`begins`, `ends`]."""

    begins: int
    ends: int
    groups: dict[str, tuple[Group, ...]]

    def around(self, sign: str, place: str) -> Group:
        """Every place that a doubt which touches `place` is about."""
        return frozenset({place}).union(*(group for group in self.groups.get(sign, ()) if place in group))

    def watching(self, signs: Iterable[str], places: Group) -> list[Group]:
        """The groups that checks of these signs compare and that hold one of the places; no places are all of them."""
        groups = [group for sign in sorted(signs) for group in self.groups.get(sign, ())]
        return [group for group in groups if not places or group & places]

    def days_missing(self, what: Happening) -> int:
        """The days that a run must have for every check which learns to have its say on an event; 0: it had them."""
        needed = 0
        for sign in KINDS[what.name].learns:
            if not self.watching([sign], places_of(what)):
                continue
            if sign == TOO_EVEN:  # compares with the whole run, before and after
                ready, days = self.ends - self.begins >= stillness.HISTORY_S, stillness.HISTORY_S // DAY_S
            else:
                ready = what.begins >= self.begins + LEARNS_S[sign]
                days = _QUARTERS * LEARNS_S[sign] // DAY_S
            needed = needed if ready else max(needed, days)
        return needed

    def blind(self, what: Happening) -> bool:
        """Whether only plausibility could show an event, and nothing at its place is held against anything."""
        signs = KINDS[what.name].caught_by
        return all(sign.startswith(DOUBT) for sign in signs) and not self.watching(signs, places_of(what))


def places_of(what: Happening) -> Group:
    """Where what follows from an event is found; none: anywhere."""
    return frozenset({point_of(what.where)}) | KINDS[what.name].beside if what.where else frozenset()


def outlook_of(scene: Scene, site: Site) -> Outlook:
    """The outlook of a reader who knows `site`."""
    groups = {sign: tuple(_with_stocks(scene, group) for group in of_sign) for sign, of_sign in _groups(scene, site)}
    return Outlook(scene.begins, scene.ends, groups)


def _with_stocks(scene: Scene, group: Iterable[str]) -> Group:
    points = frozenset(group)
    return points | {point_of(stock) for stock, shown_by in scene.stocks.items() if shown_by & points}


def _groups(scene: Scene, site: Site) -> Iterator[tuple[str, list[set[str]]]]:
    polled = scene.polled.values()
    kinds = {one.kind for one in polled}
    alone = [{one.point} for one in polled]
    alike = [{one.point for one in polled if one.kind == kind} for kind in sorted(kinds)]
    parents = sorted({one.parent for one in polled if one.parent})
    yield BALANCE, [{parent, *(one.point for one in polled if one.parent == parent)} for parent in parents]
    yield RATIO, [{drive.meter[0], *(point for point, _ in drive.output)} for drive in site.drives]
    yield (
        MASS,
        [{store.scale_in[0], store.scale_out[0], *(place[0] for place, _ in store.levels)} for store in site.stores],
    )
    yield COUNT, [{keep.gate, keep.hall} for keep in site.keeps]
    halls = {one.point for one in polled if one.kind == "rfid-hall"}
    yield SERIAL_TWICE, [halls, *({keep.gate, keep.hall} for keep in site.keeps)]
    scales = sorted({keep.scale for keep in site.keeps})
    yield MASS_PER_SERIAL, [{scale, *(keep.gate for keep in site.keeps if keep.scale == scale)} for scale in scales]
    yield FROZEN, alone
    yield TOO_EVEN, alone
    yield SAME, [group for group in alike if len(group) > 1]
