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
from tally_finance.footprint.claiming import Entry, Policy
from tally_finance.footprint.energy import Reference
from tally_finance.footprint.granular import Bundle, Cancellation
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
class PassedOn:
    """What a site passes on of a medium (转供): the meter that counts it, to whom, and why it is not the site's."""

    meter: str
    to: str
    reason: str


@dataclass(frozen=True, slots=True)
class Use:
    """One medium of the boundary, and the factors that count it.

    `activity`: of the factor. `losses`, `treatment`: the activities of further ones, None where there are none.
    `per`: what the factor counts in, where there are several (`kWh_gross`). `coal`: the activity of the factor of coal
    equivalent (折标准煤). `less`: what is passed on and taken off.
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
    coal: str | None = None
    less: tuple[PassedOn, ...] = ()


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
class Registry:
    """The registry of claims (登记处) that a reader looked at, and what stood in it.

    `block`: of the chain, at which it was read. `organisation`: the entity's id in it.
    """

    chain_id: int
    contract: str
    namespace: bytes
    organisation: bytes
    policy: Policy
    block: int
    entries: Mapping[str, Entry]


@dataclass(frozen=True, slots=True)
class Market:
    """Instruments (绿证, 绿电合同), and how they count. `taken`: numbers that are claimed elsewhere, and by whom.

    `granular`, `cancellations`: granular certificates (分时绿证); `grid`: the grid region that the site draws from.
    """

    regions: frozenset[str]
    oldest_at: int | None
    closed_at: int
    certificates: tuple[Certificate, ...]
    contracts: tuple[Bought, ...]
    taken: Mapping[str, str]
    granular: tuple[Bundle, ...] = ()
    cancellations: tuple[Cancellation, ...] = ()
    grid: str | None = None
    registry: Registry | None = None

    @property
    def claimable(self) -> tuple[str, ...]:
        """Under which numbers the instruments are claimed: those of certificates, and of granular ones' issuances."""
        return tuple(sorted({one.number for one in self.certificates} | {one.issuance for one in self.granular}))


@unique
class Way(Enum):
    """What a store's evidence says of what was made."""

    IN = "in"
    """What was weighed into the store (入库)."""
    OUT = "out"
    """What was weighed out of it, and what more lies there than before by its gauges (出库加库存变化)."""
    PIECES = "pieces"
    """How many serials were weighed in, each once (件数)."""


@dataclass(frozen=True, slots=True)
class Attesting:
    """Where an attested output comes from: the sheet of the store, by what it is to the report, and the way."""

    sheet: str
    way: Way


@dataclass(frozen=True, slots=True)
class Product:
    """A product (产品): what says how much was made, and its share of the emissions where one is stated.

    `made`: counters of the boundary. `attested`: weighings in a store; where both are named, the weighings count and
    the counters are held against them.
    """

    name: str
    made: tuple[str, ...]
    share: Fraction | None
    attested: Attesting | None = None


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
