"""What a reader states of a site's emissions beside its evidence: the inventory (排放清单). No IO.

The evidence says what passed the meters, the boundary which of them count. The inventory says what each medium is in
emissions: which factors the rule may choose from, how gas is brought to reference conditions, what was bought for the
electricity, and what was made. `inventory_file` reads it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum, unique
from fractions import Fraction

from tally_finance.footprint.certificates import Certificate
from tally_finance.footprint.energy import Reference
from tally_finance.footprint.metering import Flow, Transformer


@unique
class As(Enum):
    """What a medium is to the footprint."""

    ELECTRICITY = "electricity"
    """Purchased electricity: scope 2 twice, and the grid's losses (外购电力)."""
    HEAT = "heat"
    """Purchased heat or steam: scope 2 (外购热力)."""
    FUEL = "fuel"
    """Burned at the site: scope 1 (化石燃料)."""
    WATER = "water"
    """Supplied and treated: scope 3 (水)."""


@dataclass(frozen=True, slots=True)
class Gas:
    """How gas stood in the meter, and the conditions that its factor is stated at. `stated`: who says so."""

    pressure_kpa: Decimal
    temperature_k: Decimal
    compressibility: Decimal
    reference: Reference
    stated: str


@dataclass(frozen=True, slots=True)
class Calorific:
    """A calorific value (热值) such as 38.931 MJ_net/m3 = 0.038931 GJ_net/m3, and who says so.

    `analyses`: the metering point of the laboratory whose signed analyses it is the mean of, where there is one.
    """

    value: Decimal
    unit: str
    stated: str
    analyses: str | None = None


@dataclass(frozen=True, slots=True)
class Steam:
    """Enthalpies of steam and of its feed water in kJ/kg, and who says so."""

    enthalpy_kj_kg: Decimal
    feed_kj_kg: Decimal
    stated: str


@dataclass(frozen=True, slots=True)
class Drain:
    """What of the water leaves by the drain: a share with its reason, or the main meters of a medium."""

    medium: str | None
    share: Decimal | None
    reason: str


@dataclass(frozen=True, slots=True)
class Use:
    """One medium of the boundary, and the factors that count it.

    `activity`: of the factor. `losses`, `treatment`: the activities of further ones, None where there are none.
    `per`: what the factor counts in, where there are several (`kWh_gross`).
    """

    name: str
    medium: str
    of: As
    activity: str
    per: str | None = None
    losses: str | None = None
    treatment: str | None = None
    gas: Gas | None = None
    calorific: Calorific | None = None
    steam: Steam | None = None
    drain: Drain | None = None


@dataclass(frozen=True, slots=True)
class MeterExtra:
    """What the authority does not state of a meter: transformers, a limit of error in place of a class, the flow."""

    transformers: tuple[Transformer, ...] = ()
    limit_percent: Decimal | None = None
    flow: Flow = Flow.USUAL


@dataclass(frozen=True, slots=True)
class Bought:
    """A supplier's or a green-power contract. `factor`: the digest of the supplier's factor, None of green power."""

    number: str
    kwh: Decimal
    from_at: int
    to_at: int
    factor: bytes | None


@dataclass(frozen=True, slots=True)
class Market:
    """Instruments (绿证, 绿电合同), and how they count. `taken`: numbers that are claimed elsewhere, and by whom."""

    regions: frozenset[str]
    oldest_at: int | None
    closed_at: int
    certificates: tuple[Certificate, ...]
    contracts: tuple[Bought, ...]
    taken: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Product:
    """A product (产品): the counters that count what was made, and its share of the emissions where one is stated."""

    name: str
    made: tuple[str, ...]
    share: Fraction | None


@dataclass(frozen=True, slots=True)
class Products:
    """Products, and how emissions are shared out: stated shares with a `reason`, or by what was made of each.

    `total`: `total-location` or `total-market`.
    """

    total: str
    reason: str
    every: tuple[Product, ...]


@dataclass(frozen=True, slots=True)
class Rounded:
    """What rounding each interval loses: a factor in tonnes per unit, the last digit in tonnes that is kept.

    `stated_t`: the sum that somebody else's table has, to be held against the exact one.
    """

    name: str
    medium: str
    factor_t: Decimal
    step_t: Decimal
    stated_t: Decimal | None


@dataclass(frozen=True, slots=True)
class Inventory:
    """The inventory of a site. `digest`: SHA-256 of its text; `year`: of the factors, None: the activity's own.

    `warming`: the assessment report of the potentials, `ar5` or `ar6`. `signers`: ids of the keys whose own factors are
    taken. `sources`: the bytes of every file that it rests
    on, by what it is to the report; the boundary sheet is one.
    """

    entity: str
    regions: tuple[str, ...]
    warming: str
    year: int | None
    year_reason: str
    uses: tuple[Use, ...]
    meters: Mapping[str, MeterExtra]
    market: Market
    products: Products | None
    rounded: tuple[Rounded, ...]
    signers: tuple[bytes, ...]
    digest: bytes
    sources: Mapping[str, bytes] = field(default_factory=dict)
