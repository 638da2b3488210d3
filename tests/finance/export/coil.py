"""A report of the works with a product, kept in a folder, and the sheet of that product."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from tally_finance.activity import boundary_file
from tally_finance.export import product_sheet
from tally_finance.export.pact_document import Made
from tally_finance.export.product_sheet import Sheet
from tally_finance.factors.shipping import shipped
from tally_finance.footprint.trace import canonical
from tally_finance.report import folder, inventory_file
from tally_finance.report.folder import Kept
from tally_finance.report.making import report_of
from tests.finance.activity import works
from tests.finance.report import mill
from tests.world import World

SHEET = """
name = "Coil 1250"
description = "Hot rolled coil 热轧卷"
product_ids = ["urn:pact:works.example:product-id:coil-1250"]
classifications = ["urn:pact:productclassification:un-cpc:41211"]
standards = ["ISO14067"]
comment = "first year"

[company]
name = "Works 1"
ids = ["urn:lei:5299000J2N45DDNE4Y28"]

[unit]
of = "kilogram"

[geography]
country = "CN"

[carbon]
fossil = 0.002

[exempted]
percent = 0
reason = "toll rolling: the slabs are the customer's, with a footprint of their own"

[catenax]
region = "Eastern Asia"
"""
CREATED = datetime(2026, 6, 1, tzinfo=UTC)
NEW = Made(CREATED)


def sheet(**changes: Any) -> Sheet:
    """The product's sheet with other values."""
    return replace(product_sheet.parse(SHEET, Path("product.toml")), **changes)


def kept(world: World | None = None, text: str = mill.INVENTORY, days: int = mill.DAYS) -> Kept:
    """The folder of a report, read; the works' own by default."""
    made = world or works.run(works.opened(), days)
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        read = inventory_file.load(mill.sheets(place, text))
        limits = boundary_file.load(place / "boundary.toml")
        report = report_of(works.examined(made, days), read, limits, shipped(), (b"\1" * 32,))
        folder.write(place / "report", report, [])
        return folder.read(place / "report")


def late(days: int = 31) -> World:
    """The grid meter was silent for two days at the period's edge, and its device said so: 2,400 kWh by the ceiling."""
    world = works.opened()
    for point, registers in works.REGISTERS.items():
        for register, unit in registers.items():
            step, first = works.PER_DAY[point, register], 0
            if (point, register) == (works.GRID, "energy_import"):
                first = 2
                world.log(world.gap(0, 2 * works.DAY_H, (register,), point))
            values = [(day * works.DAY_H, 1000 + day * step) for day in range(first, days + 1)]
            works.say(world, point, register, unit, values)
    return world


def altered(one: Kept, change: Callable[[dict[str, Any]], object]) -> Kept:
    """A report with something changed in it; its trace as it was."""
    said = json.loads(one.data)
    change(said)
    return replace(one, data=canonical(said), said=said)


def digest(one: Kept) -> bytes:
    """Of the report."""
    return sha256(one.data).digest()
