"""Thousands of metering devices in one process: each with its key, meter and stream, one statement a minute. No IO.

Every device is a whole `Device`: openings, day settlements and counts are there. They all read at the full minute, as
meters do; their turns are spread over the minute, as polling spreads them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from tally_sim.device.device import Device, DeviceSetup
from tally_sim.device.metering import Point, Register
from tally_sim.device.signing import Key, Said
from tally_sim.errors import DeviceError
from tally_sim.plant.draws import Draws
from tally_sim.plant.interface import Record

MINUTE_S: Final = 60
PREFIX: Final = "urn:dev:org:32473-fleet"
_MODULUS: Final = Decimal(1_000_000)
_HALF_DAY_S: Final = 43_200
_MOST_KW: Final = 60


@dataclass(frozen=True, slots=True)
class SmallMeter:
    """An electricity meter whose load rises for half a day and falls for the other half. Hundredths of a kilowatt hour.

    `watts` is the mean; at the peak it is twice that. `opening` is what the register showed at `begins`.
    """

    begins: int
    opening: int
    watts: int

    def read(self, at: int, since: int | None = None) -> Sequence[Record]:
        """The register at `at`: the integral of a triangle, exact."""
        del since
        days, second = divmod(at - self.begins, 2 * _HALF_DAY_S)
        rising, falling = min(second, _HALF_DAY_S), max(0, second - _HALF_DAY_S)
        # Twice the mean, times t^2 / (2 T) while it rises, and t - t^2 / (2 T) more while it falls.
        shape = 2 * days * _HALF_DAY_S * _HALF_DAY_S + rising * rising + falling * (2 * _HALF_DAY_S - falling)
        hundredths = self.opening + self.watts * shape // (_HALF_DAY_S * 36_000)
        return (Record("energy_import", Decimal(hundredths % 10**8).scaleb(-2), "kWh", at),)


class Fleet:
    """`count` devices from `begins` (Unix seconds, a full minute) on."""

    def __init__(self, count: int, seed: str, begins: int, zone: ZoneInfo) -> None:
        """Devices are `<PREFIX>:a<number>`, their points `<PREFIX>:m<number>`. Raises DeviceError."""
        if begins % MINUTE_S:
            raise DeviceError(f"a fleet begins at a full minute, not at {begins}")
        draws = Draws(seed)
        self.begins = begins
        self.devices = []
        for number in range(count):
            meter = SmallMeter(
                begins,
                draws.below(10**7, "opening", number),
                1000 * draws.between(1, _MOST_KW, "load", number),
            )
            point = Point(
                uri=f"{PREFIX}:m{number}",
                read=meter.read,
                serial=f"F{number:08d}",
                registers=(Register("energy_import", "kWh", _MODULUS),),
                cadence_s=MINUTE_S,
                pack_s=0,
            )
            setup = DeviceSetup(f"{PREFIX}:a{number}", zone)
            self.devices.append(Device(setup, Key.of_seed(f"{seed}/{number}"), [point]))

    def turn(self, at: int) -> list[tuple[int, Said]]:
        """What the devices say whose turn it is at second `at`, with their numbers. To be called for every second.

        In the first minute they start, each in its own second.
        """
        said: list[tuple[int, Said]] = []
        for number in range((at - self.begins) % MINUTE_S, len(self.devices), MINUTE_S):
            device = self.devices[number]
            if not device.is_on:
                device.start(at)
            said += [(number, each) for each in device.run(at)]
        return said
