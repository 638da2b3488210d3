"""Every fault and attack over many seeds: how often it was caught, by what, and what was said besides.

Rule checks (cryptography, streams, registers, serials) are counted here; what statistics can see is measured in
power.py. A seed's plant is run once and played with one kind after the other. To be quick, a play about statements has
two instruments of the plant and two days; a play about goods has gates, halls and scale, four days, and every fifth
seed; a test stand is compared with the history of its meter over twenty days, every fifth seed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from tally_sim.plant.interface import Happening
from tally_sim.plant.opening import SimulatedPlant
from tally_sim.plant.profile import ELECTRICITY, MEDIA
from tally_trial import kinds, physical, plants
from tally_trial.draws import Draws
from tally_trial.injection import KINDS, Kind
from tally_trial.ledger import ledger_of
from tally_trial.play import play
from tally_trial.reading import Found, read
from tally_trial.scene import Scene, look_at

PROFILES: Final = ("metal-warehouse", "steel-mill")
GOODS_PROFILE: Final = "metal-warehouse"
"""Where goods have serials and a gate: elsewhere the scale alone sees them."""

RULE_DAYS: Final = 2
GOODS_DAYS: Final = 4
GOODS: Final = ("stones", "night-drive", "moved-sensor", "two-names")
METERS: Final = ("rollover", "reset", "meter-exchange", "calibration-expiry", "dropout", "swap", "frozen")
LONG: Final = ("test-stand",)
"""What is compared with two weeks of history."""

LONG_DAYS: Final = 20
HONEST: Final = "honest"
INSTRUMENTS: Final = 2
GOODS_EVERY: Final = 5
"""Seeds to one play about goods or history: it costs as much as twenty about statements."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What became of one kind with one seed."""

    name: str
    caught: bool
    by: tuple[str, ...]
    false_alarms: tuple[str, ...]


@dataclass(slots=True)
class Tally:
    """One row of the matrix."""

    runs: int = 0
    caught: int = 0
    by: Counter[str] = field(default_factory=Counter)
    false_alarms: Counter[str] = field(default_factory=Counter)
    missed_seeds: list[int] = field(default_factory=list)

    def add(self, seed: int, seen: Seen) -> None:
        """Count one run."""
        self.runs += 1
        self.caught += seen.caught
        self.by.update(set(seen.by))
        self.false_alarms.update(set(seen.false_alarms))
        if not seen.caught:
            self.missed_seeds.append(seed)


def measured() -> list[str]:
    """The kinds that are counted here, by name, and the honest run."""
    statements = [kind.name for kind in KINDS.values() if kind.make is not None]
    return [HONEST, *sorted([*statements, *METERS, *LONG, *GOODS])]


def detect(seed: int, names: Sequence[str]) -> Iterator[Seen]:
    """What became of each kind with one seed."""
    profile = PROFILES[seed % 5 == 0]  # the mill's load takes longer to make
    plant = plants.opened(profile, seed, RULE_DAYS)
    scene = look_at(plant, seed, only=_some(plant, seed))
    for name in names:
        kind = KINDS.get(name)
        if name in (*GOODS, *LONG) and seed % GOODS_EVERY:
            continue
        if name in GOODS:
            yield _with_goods(seed, name)
        elif name in METERS:
            yield _with_meter(seed, profile, name, RULE_DAYS)
        elif name in LONG:
            yield _with_meter(seed, PROFILES[seed // GOODS_EVERY % 2], name, LONG_DAYS)
        else:
            yield _judged(name, scene, [] if kind is None else [kind])


def _some(plant: SimulatedPlant, seed: int, also: str = "") -> set[str]:
    """A few instruments, one that counts energy among them, chosen by the seed."""
    draws = Draws(seed, "instruments")
    meters = [meter.name for meter in plant.profile.meters if meter.kind == ELECTRICITY]
    chosen = {also or draws.one_of(meters)}
    rest = sorted(set(plant.instruments) - chosen)
    while len(chosen) < INSTRUMENTS:
        chosen.add(rest.pop(draws.below(len(rest))))
    return chosen


def _judged(name: str, scene: Scene, chosen: Sequence[Kind]) -> Seen:
    """Play and read; what an injection did is known once it was played."""
    injections = kinds.injections(chosen, scene)
    found = read(play(scene, injections)).found
    return _seen(name, [injection.happening for injection in injections], found)


def _seen(name: str, happenings: Sequence[Happening], found: Sequence[Found]) -> Seen:
    ledger = ledger_of(happenings, found)
    caught = [one.label for line in ledger.lines for one in line.caught_by]
    return Seen(name, bool(caught), tuple(caught), tuple(one.label for one in ledger.false_alarms))


def _with_meter(seed: int, profile: str, name: str, days: int) -> Seen:
    plant = plants.opened(profile, seed, days, [name])
    where = plant.happenings[0].where
    some = {where} if name in LONG else _some(plant, seed, where)
    return _with_site(name, plant, look_at(plant, seed, plants.hidden_of(plant), some))


def _with_goods(seed: int, name: str) -> Seen:
    plant = plants.opened(GOODS_PROFILE, seed, GOODS_DAYS, [name])
    meters = {meter.name for meter in plant.profile.meters if meter.kind in MEDIA}
    return _with_site(name, plant, look_at(plant, seed, only=set(plant.instruments) - meters))


def _with_site(name: str, plant: SimulatedPlant, scene: Scene) -> Seen:
    """Play and read with the plausibility checks of the site, and without its statistics: they need weeks."""
    found = [
        one for one in read(play(scene), plants.site_of(plant.profile)).found if one.sign not in physical.STATISTICAL
    ]
    return _seen(name, scene.happenings, found)
