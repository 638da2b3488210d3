"""What cheats do to instruments and goods. Each names the fraud it stands for.

Attacks on statements, keys and logs are none of a plant's: they need no hand on a meter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tally_sim.errors import InjectionError
from tally_sim.plant.coverings import Alias, Moved
from tally_sim.plant.draws import MILLION
from tally_sim.plant.fitting import serial_of
from tally_sim.plant.injection import Injection, meters, stocks_that_come, stocks_that_leave
from tally_sim.plant.interface import Instrument
from tally_sim.plant.preparation import Preparation
from tally_sim.plant.profile import SITE, Profile
from tally_sim.plant.tampering import Diverted, Life, Scaled, Stand, Theft, Trick

PILE_KINDS: Final = ("silo", "rfid-hall")


@dataclass(frozen=True, slots=True, kw_only=True)
class Magnet(Injection):
    """A magnet saturates the current transformer: the meter counts less of what flows."""

    name = "magnet"
    help = "a magnet makes the meter count too little"
    fraud = "Energy or water is used and not paid for, and the footprint of what it made looks small."

    counts_ppm: int = 600_000
    """What it still counts of a million."""

    def apply(self, plant: Preparation) -> None:
        """See `Injection`."""
        plant.on(self.where).changes.append(Scaled(self.begins, self.ends, self.counts_ppm * 1000))


@dataclass(frozen=True, slots=True, kw_only=True)
class Bypass(Injection):
    """A cable (or a pipe) round the meter, and round every meter above it: hierarchies do not show it, output does."""

    name = "bypass"
    help = "part of the flow goes round the meter and all meters above it"
    fraud = "Energy or water too low for the output: a green loan or a tariff goes by a figure that was never used."

    past_ppm: int = 400_000

    def apply(self, plant: Preparation) -> None:
        """See `Injection`."""
        meter = plant.profile.meter(self.where)
        names = [c.name for c in plant.profile.consumers if c.medium == meter.kind]
        past = names if SITE in meter.measures else [name for name in names if name in meter.measures]
        where: str = self.where
        while where:
            for name in past:
                for kind in ("used", "drained", "evaporated"):
                    diverted = Diverted(self.begins, self.ends, f"{kind}/{name}", self.past_ppm)
                    plant.on(where).diverted.append(diverted)
            where = plant.profile.meter(where).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Swap(Injection):
    """Another meter hangs there from `begins` to `ends`; then the first one is put back where it was taken off."""

    name = "swap"
    help = "another meter hangs there for a while, then the first is put back"
    fraud = "A meter exchanged between two settlements: what flowed meanwhile is in no register that anybody settles."

    preset: bool = False
    """The other one was set to what the first showed, plate and all: the register falls only by what it counted."""

    takes_turns = True

    def apply(self, plant: Preparation) -> None:
        """See `Injection`."""
        other = serial_of(plant.profile.meter(self.where), plant.draws, 2)
        lives = plant.on(self.where).lives
        lives.append(Life(self.begins, "", continues=0) if self.preset else Life(self.begins, other))
        lives.append(Life(self.ends, "", continues=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class TestStand(Injection):
    """What is read is a meter on a test stand that counts an even load; the real one is read by nobody."""

    name = "test-stand"
    help = "readings of a meter on a test stand are mixed in"
    fraud = (
        "Hidden test-stand readings: the bad weeks are those of a lamp, and the curve is genuine, signed, and wrong."
    )

    per_hour: int = 2 * MILLION
    """Millionths of a kilowatt hour or a cubic metre by the meter's own register: on a stand there are no transformers
    before it, and whoever reads it takes it times the ratio of those that it hung behind."""

    def apply(self, plant: Preparation) -> None:
        """See `Injection`."""
        rate = self.per_hour * plant.profile.meter(self.where).multiplier // 3600
        plant.on(self.where).stands.append(Stand(self.begins, self.ends, rate))


@dataclass(frozen=True, slots=True, kw_only=True)
class Stones(Injection):
    """Trucks bring stones for goods. The mass is right; tags are missing or repeated, or the heap is too high."""

    name = "stones"
    help = "trucks bring stones: the mass is right, the serials or the density are not"
    fraud = "Stones for metal, as in the nickel bags of Rotterdam in 2023: under warrant, and not opened."

    every: int = 2
    """One truck in so many, the first one among them."""
    repeat_tags: bool = False
    """Bundles carry copies of tags that lie there already; without it they carry none."""

    @classmethod
    def places(cls, profile: Profile) -> tuple[str, ...]:
        """See `Injection`: stocks that trucks bring to."""
        return stocks_that_come(profile)

    def apply(self, plant: Preparation) -> None:
        """See `Injection`."""
        if self.every < 1:
            raise InjectionError("stones: every is at least 1")
        begins, ends = self.begins - plant.begins, self.ends - plant.begins
        plant.tricks.append(Trick(self.where, begins, ends, self.every, self.repeat_tags))


@dataclass(frozen=True, slots=True, kw_only=True)
class NightDrive(Injection):
    """Goods leave at night, past weighbridge and gate."""

    name = "night-drive"
    help = "goods are driven out at night, unweighed"
    fraud = "Pledged goods taken behind the lenders' backs: two thirds of 300,000 tonnes at Qinhuangdao in 2022."

    night_kg: int = 12_000

    @classmethod
    def places(cls, profile: Profile) -> tuple[str, ...]:
        """See `Injection`: stocks that trucks take from."""
        return stocks_that_leave(profile)

    def apply(self, plant: Preparation) -> None:
        """See `Injection`."""
        begins, ends = self.begins - plant.begins, self.ends - plant.begins
        plant.thefts.append(Theft(self.where, begins, ends, self.night_kg * 1000))


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedSensor(Injection):
    """The sensors over one pile are hung over another of the same kind."""

    name = "moved-sensor"
    help = "the sensors hang over another pile"
    fraud = "A pile that is gone is shown by the sensors of one that is there."
    covers_first = True

    @classmethod
    def places(cls, profile: Profile) -> tuple[str, ...]:
        """See `Injection`: where there are two of a kind."""
        found = [meters(profile, kind) for kind in PILE_KINDS]
        return tuple(name for names in found if len(names) > 1 for name in names)

    def cover(self, instruments: dict[str, Instrument]) -> None:
        """See `Injection`."""
        mine = instruments[self.where]
        kind = mine.facts(self.begins).kind
        others = [name for name, each in instruments.items() if each.facts(self.begins).kind == kind]
        other = others[(others.index(self.where) + 1) % len(others)]
        instruments[self.where] = Moved(mine, instruments[other], self.begins, self.ends, self.where)


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoNames(Injection):
    """One pile is kept under two names, or by two keepers: two sets of sensors that see the same."""

    name = "two-names"
    help = "one pile has two names: a second instrument shows the same goods"
    fraud = "One pile under two receipts, as at Qingdao in 2014: each keeper shows it to another lender."
    covers_first = True

    second_name: str = ""
    """Of the second instrument; empty: `where` with _2 behind it."""

    @classmethod
    def places(cls, profile: Profile) -> tuple[str, ...]:
        """See `Injection`."""
        return meters(profile, *PILE_KINDS)

    def cover(self, instruments: dict[str, Instrument]) -> None:
        """See `Injection`. It is there all the time."""
        name = self.second_name or f"{self.where}_2"
        if name in instruments:
            raise InjectionError(f"two-names: there is an instrument {name!r} already")
        serial = instruments[self.where].facts(self.begins).serial
        instruments[name] = Alias(instruments[self.where], f"{serial}-2", name)


ATTACKS: Final[dict[str, type[Injection]]] = {
    kind.name: kind for kind in (Magnet, Bypass, Swap, TestStand, Stones, NightDrive, MovedSensor, TwoNames)
}
"""By name, as on the command line; `help` has one line for each, `fraud` a sentence."""
