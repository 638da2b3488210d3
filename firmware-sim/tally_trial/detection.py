"""Every fault and attack over many seeds: how often it was caught, by what, and what was said besides.

Rule checks (cryptography, streams, registers, serials) are counted here; what statistics can see is measured in
power.py. To be quick, a play about statements or about one meter has two instruments of a plant and two days, and the
plant is the same for all statements of a seed; goods have a whole warehouse and four days; a test stand is compared
with the history of its meter, and with the meters above and below it, over twenty days. Profiles take turns by the
seed. The plausibility checks judge all of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from tally_sim.plant.opening import SimulatedPlant
from tally_sim.plant.profile import ELECTRICITY
from tally_trial import kinds, plants, power
from tally_trial.draws import Draws
from tally_trial.injection import KINDS, Injection
from tally_trial.ledger import ledger_of
from tally_trial.outlook import outlook_of
from tally_trial.play import play
from tally_trial.reading import read
from tally_trial.scene import Scene, look_at

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


@dataclass(frozen=True, slots=True)
class Seen:
    """What became of one kind with one seed; `instruments` are the kinds of meters that spoke."""

    name: str
    profile: str
    instruments: tuple[str, ...]
    caught: bool
    by: tuple[str, ...]
    false_alarms: tuple[str, ...]


@dataclass(slots=True)
class Tally:
    """One row of the matrix. False alarms and misses keep their seeds."""

    runs: int = 0
    caught: int = 0
    by: Counter[str] = field(default_factory=Counter)
    profiles: Counter[str] = field(default_factory=Counter)
    instruments: Counter[str] = field(default_factory=Counter)
    false_alarms: dict[str, list[int]] = field(default_factory=dict)
    missed_seeds: list[int] = field(default_factory=list)

    def add(self, seed: int, seen: Seen) -> None:
        """Count one run."""
        self.runs += 1
        self.caught += seen.caught
        self.by.update(set(seen.by))
        self.profiles[seen.profile] += 1
        self.instruments.update(seen.instruments)
        for label in sorted(set(seen.false_alarms)):
            self.false_alarms.setdefault(label, []).append(seed)
        if not seen.caught:
            self.missed_seeds.append(seed)


def measured() -> list[str]:
    """The kinds that are counted here, by name, and the honest run."""
    statements = [kind.name for kind in KINDS.values() if kind.make is not None]
    return [HONEST, *sorted([*statements, *METERS, *LONG, *GOODS])]


def profile_of(seed: int) -> str:
    """The profile that a seed is played in, where the kind does not ask for one."""
    profiles = power.profiles()
    return profiles[seed % len(profiles)]


def detect(seed: int, names: Sequence[str]) -> Iterator[Seen]:
    """What became of each kind with one seed."""
    plant = plants.opened(profile_of(seed), seed, RULE_DAYS)
    scene = look_at(plant, seed, only=_some(plant, seed))
    for name in names:
        if name in GOODS:
            yield _of_plant(name, plants.opened(GOODS_PROFILE, seed, GOODS_DAYS, [name]), seed, ())
        elif name in METERS:
            yield _of_meter(name, seed)
        elif name in LONG:
            long = plants.opened(profile_of(seed), seed, LONG_DAYS, [name])
            yield _of_plant(name, long, seed, _around(long, long.happenings[0].where))
        else:
            chosen = [] if name == HONEST else [KINDS[name]]
            yield _judged(name, plant, scene, kinds.injections(chosen, scene))


def _some(plant: SimulatedPlant, seed: int, also: str = "") -> set[str]:
    """A few instruments, one that counts energy among them, chosen by the seed."""
    draws = Draws(seed, "instruments")
    meters = [meter.name for meter in plant.profile.meters if meter.kind == ELECTRICITY]
    chosen = {also or draws.one_of(meters)}
    rest = sorted(set(plant.instruments) - chosen)
    while len(chosen) < INSTRUMENTS:
        chosen.add(rest.pop(draws.below(len(rest))))
    return chosen


def _around(plant: SimulatedPlant, where: str) -> set[str]:
    """A meter, the one above it and those below: what its reader holds it against."""
    parents = {name: instrument.facts(plant.begins).parent for name, instrument in plant.instruments.items()}
    return {where, *(name for name, above in parents.items() if where in (name, above) or name == parents[where])}


def _of_meter(name: str, seed: int) -> Seen:
    plant = plants.opened(profile_of(seed), seed, RULE_DAYS, [name])
    return _of_plant(name, plant, seed, _some(plant, seed, plant.happenings[0].where))


def _of_plant(name: str, plant: SimulatedPlant, seed: int, only: Collection[str]) -> Seen:
    return _judged(name, plant, look_at(plant, seed, plants.hidden_of(plant), only), [])


def _judged(name: str, plant: SimulatedPlant, scene: Scene, injections: Sequence[Injection]) -> Seen:
    """Play and read; what an injection did is known once it was played."""
    site = plants.site_of(plant.profile)
    found = read(play(scene, injections), site).found
    happenings = [*scene.happenings, *(injection.happening for injection in injections)]
    ledger = ledger_of(happenings, found, outlook_of(scene, site))
    caught = [one.label for line in ledger.lines for one in line.caught_by]
    return Seen(
        name=name,
        profile=plant.name,
        instruments=tuple(scene.polled[one].kind for one in sorted(scene.polled)),
        caught=bool(caught),
        by=tuple(caught),
        false_alarms=tuple(one.label for one in ledger.false_alarms),
    )
