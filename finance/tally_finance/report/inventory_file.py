"""The inventory sheet (清单表) of a site as TOML. Exact numbers, no floats; a fault names file and key.

entity = "Mill 4"                        # whose footprint: certificates are cancelled for it
boundary = "boundary.toml"               # the boundary sheet; paths start at this file
regions = ["CN-JS", "CN-grid:华东", "CN"] # of the factors, the narrowest first
warming = "ar6"                          # potentials: ar5 or ar6
year = 2023                              # of the factors (optional: the activity's year)
year_reason = "newest that is published" # needed with it
own_factors = ["own.factors"]            # signed files (optional)
signers = ["3f…"]                        # key ids that they are taken from, in hex

[[use]]                                  # one for each medium that emits
name = "purchased electricity"
medium = "electricity"                   # of the boundary sheet: its main meters count
as = "electricity"                       # electricity, heat, fuel or water
factor = "electricity.grid"              # the factor's activity (optional for electricity, heat and water)
per = "kWh"                              # what it counts in, where there are several (optional)
losses = "electricity.grid.losses"       # scope 3 (optional)
coal = "energy.electricity"              # coal equivalent, for a loan that counts it (optional)
[[use.less]]                             # what is passed on, metered (optional)
meter = "tenant"                         # of the boundary sheet, and of this medium
to = "Tenant 1"
reason = "let since 2021; it buys from us at cost"

[[use]]
name = "natural gas"
medium = "gas"
as = "fuel"
factor = "fuel.natural_gas"
[use.gas]                                # how it stood in the meter (optional: it is at reference conditions)
pressure_kpa = 401.325
temperature_k = 288.15
compressibility = 1
reference = "20C"                        # 20C, 0C or 15C, at 101.325 kPa
stated = "pressure regulator R2, certificate 7"
[use.calorific]                          # where the factor is per energy (optional)
value = 0.03893
unit = "GJ_net/m3"
stated = "supplier's analysis 2023-12"
analyses = "urn:dev:org:32473-mill:lab"  # the laboratory that signed each of them (optional)

[[use]]
name = "steam"
medium = "steam"
as = "heat"
[use.steam]                              # where the meter counts kg (optional)
enthalpy_kj_kg = 2777
feed_kj_kg = 84
stated = "IAPWS-IF97 at 1.0 MPa saturated, feed water 20 °C"

[[use]]
name = "water"
medium = "water"
as = "water"
treatment = "water.treatment"            # of what leaves by the drain (optional)
[use.drain]
share = 0.8                              # or: medium = "waste water"
reason = "the rest evaporates in the cooling tower"

[[meter]]                                # what the authority does not state (optional)
name = "grid"                            # of the boundary sheet
transformers = ["TA-1 0.2S"]             # name and class
limit_percent = 1.5                      # in place of a class
flow = "usual"                           # usual, low or warm

[market]                                 # instruments (optional)
regions = ["CN"]
oldest = 2023-01-01T00:00:00+08:00       # generated no earlier (optional: in the period)
closed = 2024-03-31T00:00:00+08:00       # cancelled no later
certificates = "certificates.csv"        # number,from,to,region,cancelled_for,cancelled_at,contract[,device]
granular = ["gc.json"]                   # by the hour: docs/formats/granular-certificates.md (optional)
grid = "CN-grid:华东"                    # the grid region that the site draws from; needed with it
[[market.contract]]
number = "GP-1"
kwh = 500000
from = 2023-01-01T00:00:00+08:00
to = 2024-01-01T00:00:00+08:00
factor = "9c…"                           # digest of the supplier's factor (optional: green power)
[[market.taken]]
number = "GEC-17"
by = "another claimant"

[market.registry]                        # the registry of claims (optional): docs/formats/certificate-claims.md
file = "claims.json"                     # from `tallystick finance footprint claims`
chain_id = 31337
contract = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
namespace = "7a…"
organisation = "e2…"                     # the entity's id in the registry
policy = "required"                      # told: a certificate that nobody claims counts, and is told

[products]                               # (optional)
total = "total-location"                 # what is shared out: or total-market
reason = "machine hours of 2023"         # of stated shares (optional: shared out by what was made)
[[products.product]]
name = "coil"
made = ["coils"]                         # counters of the boundary sheet
attested = "store.toml"                  # or, and before them: the sheet of a store whose weighings say so
way = "in"                               # what was weighed in; out: out, and the change of stock; pieces: serials
share = "2/3"                            # exact; all add up to 1

[[rounded]]                              # what a table loses that rounds every interval (optional)
name = "CO2 column of the plant's table"
medium = "electricity"
factor_t = 0.0004585                     # t per unit
step_t = 0.01
stated_t = 403.98                        # what that table adds up to (optional)
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Final, TypeVar

from tally_edge import toml_text
from tally_edge.config_table import Table
from tally_edge.errors import ConfigError
from tally_finance.factors.factor import FIRST_YEAR, LAST_YEAR
from tally_finance.footprint.energy import Reference
from tally_finance.footprint.metering import Flow, Transformer
from tally_finance.report.inventory import (
    As,
    Attesting,
    Calorific,
    Drain,
    Gas,
    Inventory,
    MeterExtra,
    PassedOn,
    Product,
    Products,
    Rounded,
    Steam,
    Use,
    Way,
)
from tally_finance.report.market_file import Fetch, market_of, named

T = TypeVar("T")

MAX_FILE_BYTES: Final = 16 * 2**20
"""Of a sheet or a table beside it: a hundred thousand certificates have ten."""
OWN_FACTORS: Final = "own factors"
STORE: Final = "store of"
"""What the sheet of a product's store is to the report, before the product's name."""

_AS: Final = {one.value: one for one in As}
_ACTIVITY: Final = {As.ELECTRICITY: "electricity.grid", As.HEAT: "heat.purchased", As.WATER: "water.supply"}
_REFERENCES: Final = {"20C": Reference.CHINA, "0C": Reference.NORMAL, "15C": Reference.STANDARD_15}
_WARMINGS: Final = {name: name for name in ("ar5", "ar6")}
_TOTALS: Final = {name: name for name in ("total-location", "total-market")}
_WAYS: Final = {one.value: one for one in Way}
_FLOWS: Final = {one.value: one for one in Flow}
_SHARE: Final = re.compile(r"[0-9]{1,30}(?:/[1-9][0-9]{0,29}|\.[0-9]{1,30})?", re.ASCII)


def load(file: Path) -> Inventory:
    """The inventory of a file and of those that it names. Raises ConfigError naming file and key."""
    return _read(file, _disk)


def loaded(sources: Mapping[str, bytes], file: Path) -> Inventory:
    """The same of `Inventory.sources`, wherever they were kept. `file` names them in errors."""

    def kept(role: str, _: Path) -> bytes:
        if role not in sources:
            raise ConfigError(f"{file}: the {role} sheet is not here")
        return sources[role]

    return _read(file, kept)


def _read(file: Path, fetch: Fetch) -> Inventory:
    data = fetch("inventory", file)
    try:
        root = Table(toml_text.loads(data.decode("utf-8-sig"), parse_float=toml_text.exact), file)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, ArithmeticError, RecursionError) as error:
        raise ConfigError(f"{file}: {error}") from None
    sources = {"boundary": fetch("boundary", root.file_path("boundary")), "inventory": data}
    entity, regions = root.text("entity"), root.texts("regions")
    if not regions:
        raise root.fault("regions", "is missing")
    warming, year = root.one_of("warming", _WARMINGS, "ar6"), root.optional_integer("year", FIRST_YEAR, LAST_YEAR)
    reason = root.text("year_reason", "")
    if (year is None) != (not reason):
        raise root.fault("year_reason", "a year that is stated needs its reason, and no other does")
    signers = _own_factors(root, sources, fetch)
    uses = named(root, "use", _use, lambda one: one.name)
    if not uses:
        raise root.fault("use", "is missing")
    if len({one.medium for one in uses}) < len(uses):
        raise root.fault("use", "a medium is used twice")
    if sum(one.of is As.ELECTRICITY for one in uses) > 1:
        raise root.fault("use", "electricity is one medium: certificates stand for it once")
    extras = named(root, "meter", _extra, lambda one: one[0])
    market = market_of(root.table("market"), sources, fetch)
    products = None if (table := root.table("products")).is_empty() else _products(table, sources, fetch)
    rounded = named(root, "rounded", _rounded, lambda one: one.name)
    root.done()
    digest = hashlib.sha256(data).digest()
    return Inventory(
        entity, regions, warming, year, reason, uses, dict(extras), market, products, rounded, signers, digest, sources
    )


def _use(table: Table) -> Use:
    name, medium, of = table.text("name"), table.text("medium"), table.one_of("as", _AS)
    activity = table.text("factor", _ACTIVITY.get(of, "")) or None
    if activity is None:
        raise table.fault("factor", "a fuel names its factor")
    use = Use(
        name,
        medium,
        of,
        activity,
        table.optional_text("per"),
        _only(table, "losses", of is As.ELECTRICITY),
        _only(table, "treatment", of is As.WATER),
        _part(table, "gas", _gas, of is As.FUEL),
        _part(table, "calorific", _calorific, of is As.FUEL),
        _part(table, "steam", _steam, of is As.HEAT),
        _part(table, "drain", _drain, of is As.WATER),
        table.optional_text("coal"),
        tuple(_passed_on(one) for one in table.tables("less")),
    )
    if (use.treatment is None) != (use.drain is None):
        raise table.fault("drain", "what leaves by the drain and the factor of its treatment go together")
    if len({one.meter for one in use.less}) < len(use.less):
        raise table.fault("less", "a meter is taken off twice")
    table.done()
    return use


def _passed_on(table: Table) -> PassedOn:
    passed = PassedOn(table.text("meter"), table.text("to"), table.text("reason"))
    table.done()
    return passed


def _only(table: Table, key: str, fits: bool) -> str | None:
    text = table.optional_text(key)
    if text is not None and not fits:
        raise table.fault(key, "does not go with what it is used as")
    return text


def _part(table: Table, key: str, read: Callable[[Table], T], fits: bool) -> T | None:
    inner = table.table(key)
    if inner.is_empty():
        return None
    if not fits:
        raise table.fault(key, "does not go with what it is used as")
    found = read(inner)
    inner.done()
    return found


def _gas(table: Table) -> Gas:
    numbers = [Decimal(table.number(key)) for key in ("pressure_kpa", "temperature_k", "compressibility")]
    return Gas(numbers[0], numbers[1], numbers[2], table.one_of("reference", _REFERENCES, "20C"), table.text("stated"))


def _calorific(table: Table) -> Calorific:
    return Calorific(
        Decimal(table.number("value")), table.text("unit"), table.text("stated"), table.optional_text("analyses")
    )


def _steam(table: Table) -> Steam:
    return Steam(table.amount("enthalpy_kj_kg"), table.amount("feed_kj_kg"), table.text("stated"))


def _drain(table: Table) -> Drain:
    medium, share = table.optional_text("medium"), table.optional_amount("share")
    if (medium is None) == (share is None):
        raise table.fault("share", "the drain is a medium or a share of what came in")
    return Drain(medium, share, table.text("reason", None if medium is None else "metered"))


def _extra(table: Table) -> tuple[str, MeterExtra]:
    name, limit = table.text("name"), table.optional_number("limit_percent")
    transformers = []
    for text in table.texts("transformers"):
        parts = text.rsplit(maxsplit=1)
        if len(parts) != 2:
            raise table.fault("transformers", f"{text!r} is not a name and a class, such as 'TA-1 0.2S'")
        transformers.append(Transformer(*parts))
    extra = MeterExtra(
        tuple(transformers), None if limit is None else Decimal(limit), table.one_of("flow", _FLOWS, "usual")
    )
    table.done()
    return name, extra


def _own_factors(root: Table, sources: dict[str, bytes], fetch: Fetch) -> tuple[bytes, ...]:
    """The signed files among the sources; the ids of the keys that they are taken from."""
    files, texts = root.texts("own_factors"), root.texts("signers")
    if bool(files) != bool(texts):
        raise root.fault("signers", "own factors are taken from keys that are named here, and keys are named for them")
    for number, name in enumerate(files, 1):
        role = f"{OWN_FACTORS} {number}"
        sources[role] = fetch(role, root.file.parent / name)
    if not all(re.fullmatch("[0-9a-f]{64}", one) for one in texts):
        raise root.fault("signers", "a key id is 64 hexadecimal digits")
    return tuple(bytes.fromhex(one) for one in texts)


def _products(table: Table, sources: dict[str, bytes], fetch: Fetch) -> Products:
    reason = table.text("reason", "")
    every = named(table, "product", lambda one: _product(one, sources, fetch), lambda one: one.name)
    if not every:
        raise table.fault("product", "is missing")
    shares = [one.share for one in every if one.share is not None]
    if reason and (len(shares) < len(every) or sum(shares, Fraction(0)) != 1):
        raise table.fault("product", "shares that are stated add up to exactly one, one for each product")
    if not reason and shares:
        raise table.fault("reason", "shares are stated with their reason")
    if not reason and (name := _counts_for_two(every)):
        raise table.fault("product", f"{name!r} counts for two products, and its part would be shared out twice")
    products = Products(table.one_of("total", _TOTALS, "total-location"), reason, every)
    table.done()
    return products


def _counts_for_two(every: Sequence[Product]) -> str:
    """A counter that says what was made of more than one product; empty where there is none."""
    times = Counter(name for one in every for name in set(one.made))
    return min((name for name, count in times.items() if count > 1), default="")


def _product(table: Table, sources: dict[str, bytes], fetch: Fetch) -> Product:
    name, made, text = table.text("name"), table.texts("made"), table.optional_text("share")
    store, attested = table.optional_path("attested"), None
    if store is not None:
        role = f"{STORE} {name}"
        sources[role] = fetch(role, store)
        attested = Attesting(role, table.one_of("way", _WAYS, Way.IN.value))
    if not made and attested is None:
        raise table.fault("made", "is missing, and no store attests what was made")
    if text is not None and not _SHARE.fullmatch(text):
        raise table.fault("share", f"{text!r} is no exact share, such as '2/3' or '0.25'")
    table.done()
    return Product(name, made, None if text is None else Fraction(text), attested)


def _rounded(table: Table) -> Rounded:
    rounded = Rounded(
        table.text("name"),
        table.text("medium"),
        Decimal(table.number("factor_t")),
        Decimal(table.number("step_t")),
        table.optional_amount("stated_t"),
    )
    table.done()
    return rounded


def _disk(_: str, file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            data = opened.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"cannot read {file}: {error.strerror}") from None
    if len(data) > MAX_FILE_BYTES:
        raise ConfigError(f"{file}: has more than {MAX_FILE_BYTES} bytes")
    return data
