"""What no evidence knows of a product and a document of it has to say (产品信息表), as TOML. Exact numbers; no IO.

name = "Coil 1250"                       # the product's trade name
description = "Hot rolled coil, 1250 mm"
product_ids = ["urn:pact:works.example:product-id:coil-1250"]
classifications = ["urn:pact:productclassification:un-cpc:41211"]   # such as the CPC's (optional)
standards = ["ISO14067", "PACT-3.0"]     # by which it is a footprint: a claim of the company
comment = "second furnace since May"     # what changed since the last version (optional, needed after one)

[company]
name = "Works 1"
ids = ["urn:lei:5299000J2N45DDNE4Y28"]

[unit]                                   # the declared unit
of = "piece"                             # a unit of PACT 3.0: kilogram, piece, cubic meter, kilowatt hour, …
amount = 1                               # so many of them (optional)
mass_kg = 12500                          # what the declared unit weighs, without packaging (kilogram: optional)

[geography]                              # one of them, or the whole world (optional)
country = "CN"                           # or: subdivision = "CN-JS", region = "Eastern Asia"

[carbon]                                 # in the product, kg C per declared unit
fossil = 0.002
biogenic = 0                             # (optional)

[exempted]                               # what lies between cradle and gate and is not in the report
percent = 4.5                            # of the footprint
reason = "rolling oil, by invoice"       # why, and where it is 0 why nothing is left out

[validity]                               # (optional: three years from the end of the period on)
from = 2024-01-01T00:00:00+08:00
to = 2026-12-31T00:00:00+08:00

[reasons]                                # of what is doubtful and stands all the same, by the doubt's name (optional)
exempted = "bought slabs come with a footprint of their own"

[catenax]                                # what Catena-X asks beyond that (optional)
region = "Eastern Asia"                  # of the United Nations, or Global, or Several
statement = "by agreement 7"             # that goes with it (optional)
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Final

from tally_edge import toml_text
from tally_edge.config_table import Table
from tally_edge.errors import ConfigError
from tally_finance.errors import PactError
from tally_finance.pact.fields import GEOGRAPHY, REGIONS, UNITS, WITHOUT_MASS
from tally_finance.pact.semantics import Name

_PLACES: Final = {"region": GEOGRAPHY[0], "country": GEOGRAPHY[1], "subdivision": GEOGRAPHY[2]}
_DOUBTS: Final = frozenset(one.value for one in Name)


@dataclass(frozen=True, slots=True)
class Unit:
    """A declared unit: `amount` times the unit of measurement `of`; `mass_kg` is what it weighs."""

    of: str
    amount: Decimal
    mass_kg: Decimal


@dataclass(frozen=True, slots=True)
class Exempted:
    """What is left out: per cent of the footprint, and why."""

    percent: Decimal
    reason: str


@dataclass(frozen=True, slots=True)
class CatenaX:
    """What Catena-X asks beyond PACT; `region` is empty where nobody states it."""

    region: str = ""
    statement: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A product as its company describes it. Carbon in kg C per declared unit; `geography`: a property and its value.

    `valid`: from and to, both in UTC. `reasons`: of doubts, by their names. Raises PactError for what can not be.
    """

    name: str
    description: str
    product_ids: tuple[str, ...]
    classifications: tuple[str, ...]
    standards: tuple[str, ...]
    comment: str
    company: str
    company_ids: tuple[str, ...]
    unit: Unit
    geography: tuple[str, str] | None
    fossil_carbon: Decimal
    biogenic_carbon: Decimal
    exempted: Exempted
    valid: tuple[datetime, datetime] | None = None
    reasons: Mapping[str, str] = field(default_factory=dict)
    catenax: CatenaX = field(default_factory=CatenaX)

    def __post_init__(self) -> None:
        if self.unit.amount <= 0:
            raise PactError(f"unit.amount: {self.unit.amount:f} is no amount of a product")
        for name, value in (
            ("unit.mass_kg", self.unit.mass_kg),
            ("carbon.fossil", self.fossil_carbon),
            ("carbon.biogenic", self.biogenic_carbon),
            ("exempted.percent", self.exempted.percent),
        ):
            if value < 0:
                raise PactError(f"{name}: {value:f} is below 0")
        if not self.exempted.reason.strip():
            raise PactError("exempted.reason: is missing; where nothing is left out, it says why nothing is")
        for name in sorted(self.reasons):
            if name not in _DOUBTS:
                raise PactError(f"reasons.{name}: is no doubt's name")


def parse(text: str, file: Path) -> Sheet:
    """The sheet of a file's text. Raises ConfigError naming file and key, PactError for what can not be."""
    try:
        root = Table(toml_text.loads(text, parse_float=toml_text.exact), file)
    except (tomllib.TOMLDecodeError, ArithmeticError, RecursionError) as error:
        raise ConfigError(f"{file}: {error}") from None
    company, carbon = root.table("company", needed=True), root.table("carbon", needed=True)
    exempted, catenax = root.table("exempted", needed=True), root.table("catenax")
    sheet = Sheet(
        name=root.text("name"),
        description=root.text("description"),
        product_ids=_some(root, "product_ids"),
        classifications=root.texts("classifications"),
        standards=_some(root, "standards"),
        comment=root.text("comment", ""),
        company=company.text("name"),
        company_ids=_some(company, "ids"),
        unit=_unit(root.table("unit", needed=True)),
        geography=_geography(root.table("geography")),
        fossil_carbon=carbon.amount("fossil"),
        biogenic_carbon=carbon.amount("biogenic", Decimal(0)),
        exempted=Exempted(exempted.amount("percent"), exempted.text("reason")),
        valid=_validity(root.table("validity")),
        reasons=_reasons(root.table("reasons")),
        catenax=CatenaX(catenax.text("region", ""), catenax.text("statement", "")),
    )
    for table in (company, carbon, exempted, catenax, root):
        table.done()
    return sheet


def _some(table: Table, key: str) -> tuple[str, ...]:
    found = table.texts(key)
    if not found:
        raise table.fault(key, "is missing")
    return found


def _unit(table: Table) -> Unit:
    of, amount = table.one_of("of", {name: name for name in UNITS}), table.amount("amount", Decimal(1))
    mass = table.optional_amount("mass_kg")
    table.done()
    if mass is None:
        if of != "kilogram" and of not in WITHOUT_MASS:
            raise table.fault("mass_kg", f"is missing: what a {of} of the product weighs")
        mass = amount if of == "kilogram" else Decimal(0)
    return Unit(of, amount, mass)


def _geography(table: Table) -> tuple[str, str] | None:
    named = {key: value for key in _PLACES if (value := table.optional_text(key)) is not None}
    table.done()
    if len(named) > 1:
        raise table.fault(min(named), f"of {', '.join(sorted(named))} one stands")
    for key, value in named.items():
        if key == "region" and value not in REGIONS:
            raise table.fault(key, f"{value!r} is no region of the United Nations")
        return _PLACES[key], value
    return None


def _validity(table: Table) -> tuple[datetime, datetime] | None:
    if table.is_empty():
        return None
    first, last = (datetime.fromtimestamp(table.instant(key), UTC) for key in ("from", "to"))
    table.done()
    return first, last


def _reasons(table: Table) -> dict[str, str]:
    found = {name: text for name in sorted(_DOUBTS) if (text := table.optional_text(name)) is not None}
    table.done()
    return found
