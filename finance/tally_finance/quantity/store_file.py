"""The sheet of a store (库房档案) as TOML: what a reader knows of it beside its evidence. Exact numbers, no floats.

name = "Silos A and B"

[goods]
quota = "grain"                          # what nature may take: grain, oilseed, oil or none
stored_since = 2025-11-01T00:00:00+08:00
density_kg_m3 = 740                      # as they lie; with gauges
density_u_kg_m3 = 7                      # its standard uncertainty
density_spread_kg_m3 = 2                 # by how much goods of another time lie denser or looser
density_name = "survey of November"      # stores of one survey are wrong together (optional)
moisture_at_intake = [0.135, 0.165]      # where they dry: from, to, as shares of the mass (optional, with gauges)
moisture_limit = 0.002                   # what a measured moisture may be wrong by
moisture_sample_u = 0.0012               # standard deviation of one sample's own error

[scale]
point = "urn:dev:org:32473-silo:weighbridge"
interval_kg = 20                         # e, on its plate
repeatability_kg = 10                    # standard deviation of a net weighing's own error

[[scale.standard]]                       # weights that other scales were adjusted with, too (optional)
name = "weights of the county, 2025"
relative = 0.0001                        # standard uncertainty, as a share

[[gauge]]                                # all that see the goods, or none
point = "urn:dev:org:32473-silo:level_a"
volume_m3 = 4054.054
volume_u_m3 = 10
limit = 0.005                            # what it may be wrong by for good, as a share of its height
flicker = 0.001                          # standard deviation of one reading's own error

[opening]                                # what lay there at the beginning, where no gauge says so (optional)
at = 2026-01-01T00:00:00+08:00
kg = 2900000
u_kg = 15000

[rules]                                  # how careful the reader is (optional)
k = 1.645
step_kg = 1
book_alone = false                       # whether a book that no gauge confirms is enough for credit
"""

from __future__ import annotations

import tomllib
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from tally_edge import toml_text
from tally_edge.config_table import Table
from tally_edge.errors import ConfigError
from tally_finance.quantity.attested import K_ONE_SIDED_95, Rules
from tally_finance.quantity.loss import QUOTAS
from tally_finance.quantity.moisture import Moisture
from tally_finance.quantity.scale import Standard
from tally_finance.quantity.stocktake import Density, Gauge
from tally_finance.quantity.store import Bridge, Opening, Store


def load(file: Path, ends: int) -> Store:
    """The store of a file, for a period that ends at `ends` (Unix seconds). Raises ConfigError naming file and key."""
    return parse(read(file), file, ends)


def read(file: Path) -> str:
    """The text of a sheet. Raises ConfigError naming the file."""
    try:
        return file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read {file}: {error}") from None


def opened(text: str, file: Path) -> Table:
    """The sheet as a table. Raises ConfigError for what is no TOML."""
    try:
        return Table(toml_text.loads(text, parse_float=toml_text.exact), file)
    except (tomllib.TOMLDecodeError, ArithmeticError, RecursionError) as error:
        raise ConfigError(f"{file}: {error}") from None


def parse(text: str, file: Path, ends: int) -> Store:
    """See `load`."""
    root = opened(text, file)
    name, goods, scale = root.text("name"), root.table("goods", needed=True), root.table("scale", needed=True)
    gauges = [(each, each.text("point")) for each in root.tables("gauge")]
    if len({point for _, point in gauges}) < len(gauges):
        raise root.fault("gauge", "a metering point has two gauges")
    opening, rules = root.table("opening"), root.table("rules")
    quota = goods.one_of("quota", QUOTAS)
    since = goods.instant("stored_since")
    if since > ends:
        raise goods.fault("stored_since", "lies after the period's end")
    store = Store(
        name=name,
        bridge=bridge_of(scale),
        gauges={point: _gauge(each, point) for each, point in gauges},
        density=_density(goods) if gauges else None,
        quota=quota,
        stored_s=ends - since,
        moisture=_moisture(goods) if gauges else None,
        opening=None if opening.is_empty() else _opening(opening),
        rules=replace(rules_of(rules), book_alone=rules.flag("book_alone", default=False)),
    )
    if not gauges and store.opening is None:
        raise root.fault("opening", "is missing, and there is no gauge")
    for table in (goods, scale, opening, rules, root):
        table.done()
    return store


def rules_of(table: Table) -> Rules:
    """How careful the reader is, of any store."""
    rules = Rules(table.amount("k", K_ONE_SIDED_95), table.amount("step_kg", Decimal(1)))
    if rules.step_kg <= 0:
        raise table.fault("step_kg", "is not above zero")
    return rules


def bridge_of(table: Table) -> Bridge:
    """A scale; the table is not done yet."""
    standards = []
    for each in table.tables("standard"):
        standards.append(Standard(each.text("name"), each.share("relative")))
        each.done()
    return Bridge(
        table.text("point"), Decimal(table.number("interval_kg")), table.amount("repeatability_kg"), tuple(standards)
    )


def _gauge(table: Table, point: str) -> Gauge:
    gauge = Gauge(
        point,
        Decimal(table.number("volume_m3")),
        table.amount("volume_u_m3"),
        table.share("limit"),
        table.share("flicker"),
    )
    table.done()
    return gauge


def _density(goods: Table) -> Density:
    name = goods.text("density_name", "goods")
    return Density(
        name,
        Decimal(goods.number("density_kg_m3")),
        goods.amount("density_u_kg_m3"),
        goods.amount("density_spread_kg_m3"),
    )


def _opening(table: Table) -> Opening:
    return Opening(table.instant("at"), table.amount("kg"), table.amount("u_kg"))


def _moisture(goods: Table) -> Moisture | None:
    span = goods.optional_range("moisture_at_intake")
    if span is None:
        return None
    return Moisture(span, goods.share("moisture_limit"), goods.share("moisture_sample_u"))
