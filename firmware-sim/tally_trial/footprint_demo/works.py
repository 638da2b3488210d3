"""A works by the hour, which never was: what each of its meters shows at any second. A function of the seed. No IO.

Rolling and a gas furnace, steam bought, a roof of solar cells that feeds in on Sundays, coils and sheets over a scale;
water for cooling and for people, and pipes that leak.
Three things happen that a footprint has to live with: the main meter is silent for 26 hours and its registers bridge
them; the rolling mill's meter is exchanged with both registers read; and the steam meter, which keeps no register, is
silent for five hours, which only the pipe's ceiling bounds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import accumulate
from typing import Final

from tally_sim.plant.draws import Draws
from tally_sim.plant.interface import Facts, Happening, Instrument, Record

HOUR_S: Final = 3_600
DAY_H: Final = 24
DAY_S: Final = HOUR_S * DAY_H
BEGINS: Final = 1_735_660_800
"""Midnight in Shanghai, 2025-01-01, a Wednesday."""
LEAST_DAYS: Final = 6
MOST_DAYS: Final = 366

FIRST_WEEKDAY: Final = 2
SUNDAY: Final = 6
SHIFTS: Final = range(6, 22)
SUN: Final = dict(zip(range(7, 17), (10, 32, 55, 76, 92, 100, 92, 76, 55, 30), strict=True))
"""Percent of the peak, by the hour of the day."""
KWH_PER_T: Final = 62
"""Of rolling, as the profile `steel-mill` has it."""

MODULUS: Final = Decimal(10**8)
CERTIFIED_S: Final = 730 * DAY_S


@dataclass(frozen=True, slots=True)
class Counter:
    """What passed by the hour, in hundredths of the unit, as a register that began at `opening` hundredths."""

    begins: int
    hours: Sequence[int]
    opening: int = 0
    sums: Sequence[int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Add up once."""
        object.__setattr__(self, "sums", (0, *accumulate(self.hours)))

    def at(self, at: int) -> int:
        """Hundredths at a second; within an hour it rises evenly."""
        hour, second = divmod(at - self.begins, HOUR_S)
        hour = min(hour, len(self.hours))
        within = self.hours[hour] * second // HOUR_S if second and hour < len(self.hours) else 0
        return self.opening + self.sums[hour] + within


@dataclass(frozen=True, slots=True)
class Plate:
    """A meter's plate: its class, and what it hangs below. `by_interval`: it keeps no register."""

    accuracy_class: str
    kind: str = "electricity"
    parent: str = ""
    by_interval: bool = False


@dataclass(slots=True)
class Meter:
    """An `Instrument`. `silent`: from and until, Unix seconds; `exchanged_at`: another meter hangs there from then on.

    Registers by name, with unit and counter.
    """

    name: str
    plate: Plate
    registers: Mapping[str, tuple[str, Counter]]
    silent: tuple[int, int] = (0, 0)
    exchanged_at: int | None = None

    def facts(self, at: int) -> Facts:
        """See Instrument."""
        modulus = {} if self.plate.by_interval else dict.fromkeys(self.registers, MODULUS)
        return Facts(
            serial=f"{self.name.upper()}-{2 if self._is_second(at) else 1}",
            kind=self.plate.kind,
            registers=tuple(self.registers),
            cadence_s=HOUR_S,
            modulus=modulus,
            parent=self.plate.parent,
            calibrated_until=BEGINS + CERTIFIED_S,
            accuracy_class=self.plate.accuracy_class,
        )

    def read(self, at: int, since: int | None = None) -> Sequence[Record]:
        """See Instrument."""
        if self.silent[0] < at <= self.silent[1]:
            return ()
        return [
            Record(name, Decimal(self._shown(counter, at)).scaleb(-2), unit, at)
            for name, (unit, counter) in self.registers.items()
        ]

    def _shown(self, counter: Counter, at: int) -> int:
        if self.plate.by_interval:
            return counter.at(at) - counter.at(max(counter.begins, at - HOUR_S))
        before = counter.at(self.exchanged_at) if self.exchanged_at is not None and self._is_second(at) else 0
        return counter.at(at) - before

    def _is_second(self, at: int) -> bool:
        return self.exchanged_at is not None and at >= self.exchanged_at


@dataclass(slots=True)
class Works:
    """A `Plant`."""

    ends: int
    instruments: Mapping[str, Instrument]
    meters: Mapping[str, Meter]
    """The same, as what they are."""
    name: str = "rolling-works"
    begins: int = BEGINS
    stocks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    happenings: Sequence[Happening] = ()

    def truth(self, at: int) -> Mapping[str, Decimal]:
        """See Plant: what passed each register until then, gaps or not."""
        return {
            f"{name}/{register}": Decimal(counter.at(at) - counter.opening).scaleb(-2)
            for name, meter in self.meters.items()
            for register, (_, counter) in meter.registers.items()
        }


def opened(seed: str, days: int) -> Works:
    """The works over so many days, LEAST_DAYS to MOST_DAYS."""
    hours = range(days * DAY_H)
    draws = Draws(seed)
    works = [_works(hour) for hour in hours]

    def load(name: str, working: int, idle: int, spread_ppm: int = 150_000) -> list[int]:
        return [draws.around(working if works[hour] else idle, spread_ppm, name, hour) for hour in hours]

    rolling, furnace, rest = load("rolling", 18_000, 0), load("furnace", 9_000, 1_500), load("rest", 900, 500)
    solar = [_solar(draws, hour) for hour in hours]
    net = [sum(parts) for parts in zip(rolling, furnace, rest, (-made for made in solar), strict=True)]
    rolled = [draws.around(used * 1000 // KWH_PER_T, 20_000, "rolled", hour) for hour, used in enumerate(rolling)]
    sheets = [draws.around(kg * 3 // 10, 50_000, "sheets", hour) for hour, kg in enumerate(rolled)]
    coils = [kg - cut for kg, cut in zip(rolled, sheets, strict=True)]

    def counter(of: Sequence[int], opening: int = 0) -> Counter:
        return Counter(BEGINS, of, opening)

    def power(of: Sequence[int]) -> dict[str, tuple[str, Counter]]:
        return {"energy_import": ("kWh", counter(of, 1_000_000))}

    grid = {
        "energy_import": ("kWh", counter([max(one, 0) for one in net], 482_210_050)),
        "energy_export": ("kWh", counter([max(-one, 0) for one in net], 1_930_425)),
    }
    below, piped = Plate("0.5S", parent="grid"), Plate("2", "water", parent="water")
    flow = {"mass": ("kg", counter(load("steam", 31_000, 6_000)))}
    gas = load("gas", 4_200, 400)
    cooling, sanitary, leaks = load("cooling", 255, 14), load("sanitary", 42, 9), load("leaks", 12, 12)
    water = [sum(parts) for parts in zip(cooling, sanitary, leaks, strict=True)]
    meters = (
        Meter("grid", Plate("0.5S"), grid, silent=(_at(2, 8), _at(3, 10))),
        Meter("solar", below, power(solar)),
        Meter("rolling", below, power(rolling), exchanged_at=_at(4, 3)),
        Meter("furnace", below, power(furnace)),
        Meter("gas", Plate("1", "gas"), {"volume": ("m3", counter(gas, 2_217_040))}),
        Meter("steam", Plate("1.5", "steam", by_interval=True), flow, silent=(_at(1, 9), _at(1, 14))),
        Meter("water", Plate("2", "water"), {"volume": ("m3", counter(water, 91_200))}),
        Meter("cooling", piped, {"volume": ("m3", counter(cooling, 70_300))}),
        Meter("sanitary", piped, {"volume": ("m3", counter(sanitary, 12_800))}),
        Meter("coils", Plate("III", "scale"), {"kg_out": ("kg", counter(coils, 50_000_000))}),
        Meter("sheets", Plate("III", "scale"), {"kg_out": ("kg", counter(sheets, 21_000_000))}),
    )  # fmt: skip
    named = {meter.name: meter for meter in meters}
    return Works(BEGINS + days * DAY_S, dict(named), named)


def _at(day: int, hour: int) -> int:
    return BEGINS + day * DAY_S + hour * HOUR_S


def _works(hour: int) -> bool:
    day, of_day = divmod(hour, DAY_H)
    return (FIRST_WEEKDAY + day) % 7 != SUNDAY and of_day in SHIFTS


def _solar(draws: Draws, hour: int) -> int:
    """240 kW at most, less what that day's clouds take."""
    day, of_day = divmod(hour, DAY_H)
    return 240 * SUN.get(of_day, 0) * draws.between(30, 100, "clouds", day) // 100
