"""How an instrument is fitted into a plant: its plate and its certificate. No IO."""

from __future__ import annotations

from dataclasses import dataclass

from tally_sim.plant.course import Course
from tally_sim.plant.draws import Draws
from tally_sim.plant.profile import Meter
from tally_sim.plant.tampering import Tampering


@dataclass(frozen=True, slots=True)
class Fitting:
    """One instrument of one plant."""

    meter: Meter
    course: Course
    draws: Draws
    tampering: Tampering

    @property
    def calibrated_until(self) -> int:
        """When the certificate of the first instrument runs out, Unix seconds."""
        if self.tampering.calibrated_until is not None:
            return self.tampering.calibrated_until
        return self.course.begins + self.meter.calibrated_days * 86_400

    @property
    def serial(self) -> str:
        """The serial number on its plate at the beginning."""
        return serial_of(self.meter, self.draws)


def serial_of(meter: Meter, draws: Draws, number: int = 0) -> str:
    """The serial number on the plate of the instrument, and of those that come after it."""
    return f"{meter.kind[:2].upper()}{draws.below(10**8, f'serial/{meter.name}', number):08d}"
