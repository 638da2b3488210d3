"""A yard with three meters that is quick to play: two counters and a level, over three days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from tally_sim.plant.interface import Facts, Happening, Instrument, Record
from tally_trial.plants import BEGINS
from tally_trial.scene import DAY_S, Scene, look_at

STEP_S = 900


@dataclass
class Counter:
    """Rises by `per_step` hundredths a quarter hour, and by a little that changes."""

    name: str
    per_step: int
    parent: str = ""
    silent: tuple[int, int] = (0, 0)

    def facts(self, at: int) -> Facts:
        modulus = {"energy_import": Decimal(1_000_000)}
        return Facts(f"S-{self.name}", "electricity", ("energy_import",), STEP_S, modulus, parent=self.parent)

    def read(self, at: int, since: int | None = None) -> Sequence[Record]:
        if self.silent[0] <= at < self.silent[1]:
            return ()
        step = (at - BEGINS) // STEP_S
        shown = 50_000 + step * self.per_step + step * step * self.per_step % 7
        return [Record("energy_import", Decimal(shown).scaleb(-2), "kWh", at)]


@dataclass
class Level:
    """Falls slowly."""

    name: str

    def facts(self, at: int) -> Facts:
        return Facts(f"L-{self.name}", "silo", ("level",), STEP_S, {})

    def read(self, at: int, since: int | None = None) -> Sequence[Record]:
        return [Record("level", Decimal(900 - (at - BEGINS) // STEP_S % 700).scaleb(-3), "/", at)]


@dataclass
class Yard:
    """See tally_sim.plant.interface.Plant."""

    name: str = "yard"
    begins: int = BEGINS
    ends: int = BEGINS + 3 * DAY_S
    instruments: Mapping[str, Instrument] = field(
        default_factory=lambda: {"m1": Counter("m1", 900), "m2": Counter("m2", 300), "level": Level("level")}
    )
    stocks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    happenings: Sequence[Happening] = ()

    def truth(self, at: int) -> Mapping[str, Decimal]:
        return {"stock/grain_kg": Decimal(at - self.begins)}


def yard(seed: int = 1) -> Scene:
    """The yard as its instruments show it."""
    return look_at(Yard(), seed)
