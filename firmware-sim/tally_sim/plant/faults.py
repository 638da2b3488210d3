"""What breaks by itself in the field: faults of instruments and of the line to them.

Faults of the device that signs (brown-out, lost page, clock, delivery) are in tally_sim.device.faults.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tally_sim.errors import InjectionError
from tally_sim.plant.coverings import Frozen, Silent
from tally_sim.plant.fitting import serial_of
from tally_sim.plant.injection import Injection, meters
from tally_sim.plant.interface import Instrument
from tally_sim.plant.preparation import Preparation
from tally_sim.plant.profile import MEDIA, Profile
from tally_sim.plant.tampering import BILLION, Life, Scaled


def _all(profile: Profile) -> tuple[str, ...]:
    return tuple(meter.name for meter in profile.meters)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift(Injection):
    """The meter runs away, a little more every day, and stays where it was when it is adjusted at `ends`."""

    name = "drift"
    help = "the meter counts more and more wrong, by so many ppm a day"

    ppm_day: int = -2_000

    def apply(self, plant: Preparation) -> None:
        """See `Injection`."""
        plant.on(self.where).changes.append(Scaled(self.begins, self.ends, ppb_day=self.ppm_day * 1000))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollover(Injection):
    """A register passes its modulus: no fault of anybody, and the classic cause of a negative month."""

    name = "rollover"
    help = "the register passes its modulus and goes on from zero"

    def apply(self, plant: Preparation) -> None:
        """See `Injection`."""
        plant.on(self.where).rolls_at = self.begins


@dataclass(frozen=True, slots=True, kw_only=True)
class Reset(Injection):
    """The meter loses its memory (power fault, firmware): its register begins at zero."""

    name = "reset"
    help = "the register loses its memory and begins again at zero"
    takes_turns = True

    def apply(self, plant: Preparation) -> None:
        """See `Injection`. The same meter with the same error."""
        serial = serial_of(plant.profile.meter(self.where), plant.draws)
        plant.on(self.where).lives.append(Life(self.begins, serial, 0))


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenSensor(Injection):
    """The converter or the sensor hangs and repeats its last value; afterwards it is right again."""

    name = "frozen"
    help = "the sensor repeats its last value"

    @classmethod
    def places(cls, profile: Profile) -> tuple[str, ...]:
        """See `Injection`."""
        return meters(profile, *MEDIA, "silo")

    def cover(self, instruments: dict[str, Instrument]) -> None:
        """See `Injection`."""
        instruments[self.where] = Frozen(instruments[self.where], self.begins, self.ends, self.where)


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongRatio(Injection):
    """Current transformers were changed, or entered wrong: the plate says one ratio, another is built in."""

    name = "wrong-ratio"
    help = "the current transformers built in have another ratio than is stated"

    built_in: int = 2
    """Parts of `stated`."""
    stated: int = 1

    @classmethod
    def places(cls, profile: Profile) -> tuple[str, ...]:
        """See `Injection`. Only where there are transformers."""
        return tuple(meter.name for meter in profile.meters if meter.kind in MEDIA and meter.multiplier > 1)

    def apply(self, plant: Preparation) -> None:
        """See `Injection`."""
        if self.built_in < 1 or self.stated < 1:
            raise InjectionError("wrong-ratio: built_in and stated are at least 1")
        plant.on(self.where).changes.append(Scaled(self.begins, self.ends, BILLION * self.stated // self.built_in))


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterExchange(Injection):
    """The meter is exchanged for another one, as happens when its term is over; its register begins elsewhere."""

    name = "meter-exchange"
    help = "the meter is exchanged for another one with a register of its own"
    takes_turns = True

    opening: int = 0

    def apply(self, plant: Preparation) -> None:
        """See `Injection`. The new one stays, and is calibrated as new."""
        meter = plant.profile.meter(self.where)
        until = self.begins + meter.calibrated_days * 86_400
        serial = serial_of(meter, plant.draws, 1)
        plant.on(self.where).lives.append(Life(self.begins, serial, self.opening, calibrated_until=until))


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationExpiry(Injection):
    """The certificate of the instrument runs out at `begins`, and nobody renews it. What it shows stays the same."""

    name = "calibration-expiry"
    help = "the certificate runs out and is not renewed"

    @classmethod
    def places(cls, profile: Profile) -> tuple[str, ...]:
        """See `Injection`."""
        return meters(profile, *MEDIA, "weighbridge", "silo")

    def apply(self, plant: Preparation) -> None:
        """See `Injection`."""
        plant.on(self.where).calibrated_until = self.begins


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropout(Injection):
    """The line to the instrument is dead: a cable, a converter, a bus with two masters."""

    name = "dropout"
    help = "the instrument does not answer"

    @classmethod
    def places(cls, profile: Profile) -> tuple[str, ...]:
        """See `Injection`."""
        return _all(profile)

    def cover(self, instruments: dict[str, Instrument]) -> None:
        """See `Injection`."""
        instruments[self.where] = Silent(instruments[self.where], self.begins, self.ends, self.where)


FAULTS: Final[dict[str, type[Injection]]] = {
    kind.name: kind
    for kind in (Drift, Rollover, Reset, FrozenSensor, WrongRatio, MeterExchange, CalibrationExpiry, Dropout)
}
"""By name, as on the command line; `help` has one line for each."""
