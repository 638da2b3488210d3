"""What a plant is made of. Integers, in base units. No IO; `profile_file` reads it.

Energy and water count in millionths of a kilowatt hour and of a cubic metre, mass in grams. A rate per hour is a rate
of those; a quarter hour holds exactly 250,000 millionths of what one unit per hour makes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

MEDIA: Final = ("electricity", "water")
ELECTRICITY, WATER = MEDIA
SCALES: Final = ("weighbridge", "piece-scale")
SITE: Final = "site"
"""What an incomer measures: everything of its medium, line losses too."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """When people work. Shifts are pairs of local hours, days 1 (Monday) to 7; a stop comes every `stop_every_days`."""

    shifts: tuple[tuple[int, int], ...]
    days: tuple[int, ...]
    stop_every_days: int
    stop_hours: int


@dataclass(frozen=True, slots=True)
class Climate:
    """Air temperature in tenths of a degree: the year's mean, half its swing over the year and over a day."""

    mean: int
    year_swing: int
    day_swing: int


@dataclass(frozen=True, slots=True)
class Stock:
    """A pile, silo or hall. `moisture_ppm` of what is delivered is water, which dries off at `drying_ppm_day` of itself
    a day; `loss_ppm_year` of the dry matter is lost to respiration, dust or fibre fly (自然损耗)."""

    name: str
    opening_g: int
    capacity_g: int
    density: int
    """kg/m3, as it lies."""
    moisture_ppm: tuple[int, int]
    drying_ppm_day: int
    loss_ppm_year: int
    bundle_g: tuple[int, int] | None
    """Serial-numbered bundles of that mass; None: bulk."""
    slots: int


@dataclass(frozen=True, slots=True)
class Consumer:
    """What draws electricity or water: `idle` always, `working` in shifts, both per hour in millionths."""

    name: str
    medium: str
    idle: int
    working: int
    spread_ppm: int
    effluent_ppm: int
    """Of water: what leaves through the drain; the rest evaporates."""


@dataclass(frozen=True, slots=True)
class Process:
    """What makes `makes` out of `takes`. `uses`: millionths per tonne taken, by consumer."""

    name: str
    kind: str
    takes: str
    makes: str
    machines: int
    batch_g: tuple[int, int]
    batch_ticks: tuple[int, int]
    yield_ppm: int
    scrap_ppm: int
    spread_ppm: int
    uses: dict[str, int]


@dataclass(frozen=True, slots=True)
class Traffic:
    """Trucks that bring (`inbound`) or take `stock` over the weighbridge, in [from, until) local hours."""

    name: str
    inbound: bool
    stock: str
    load_g: tuple[int, int]
    tare_g: tuple[int, int]
    hours: tuple[int, int]
    per_day: int
    level_g: int
    """They come while the stock is below (inbound) or above it (outbound)."""
    days: tuple[int, int]
    """From, until: days since the beginning on which they come."""
    uses: dict[str, int]


@dataclass(frozen=True, slots=True)
class Meter:
    """An instrument of the plant. `measures`: consumers of its medium, SITE, or a stock."""

    name: str
    kind: str
    measures: tuple[str, ...]
    parent: str
    accuracy: str
    cadence_s: int
    multiplier: int
    digits: int
    """Before the point; `decimals` stand behind it."""
    decimals: int
    opening: int
    """What it showed at the beginning, in its last digits."""
    temperature_ppb_k: int
    drift_ppm_year: int
    interval_g: int
    """The verification interval e of a scale."""
    calibrated_days: int
    unread_ppm: int
    """Of a reader of tags: how many it misses."""
    effluent: bool
    """A water meter behind the plant: what leaves through the drain."""

    @property
    def modulus(self) -> int:
        """The first value that its registers can not show, in last digits."""
        modulus: int = 10 ** (self.digits + self.decimals)
        return modulus


@dataclass(frozen=True, slots=True)
class Profile:
    """A plant, before any seed."""

    name: str
    title: str
    timezone: ZoneInfo
    schedule: Schedule
    climate: Climate
    line_loss_ppm: int
    line_reference: int
    stocks: tuple[Stock, ...]
    consumers: tuple[Consumer, ...]
    processes: tuple[Process, ...]
    traffic: tuple[Traffic, ...]
    meters: tuple[Meter, ...]

    def stock(self, name: str) -> Stock:
        """The stock of that name."""
        return next(stock for stock in self.stocks if stock.name == name)

    def meter(self, name: str) -> Meter:
        """The instrument of that name."""
        return next(meter for meter in self.meters if meter.name == name)
