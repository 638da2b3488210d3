"""The works of the activity tests with an inventory sheet: electricity bought, coils made, water in no line."""

from __future__ import annotations

from pathlib import Path

from tally_chain import bundle
from tally_finance.activity import boundary_file
from tally_finance.factors.shipping import shipped
from tally_finance.report import inventory_file
from tally_finance.report.inventory import Inventory
from tally_finance.report.making import Report, report_of
from tests.finance.activity import works
from tests.world import World

DAYS = 59
INVENTORY = """
entity = "Works 1"
boundary = "boundary.toml"
regions = ["CN"]
year = 2023
year_reason = "newest that is published"

[[use]]
name = "purchased electricity"
medium = "electricity"
as = "electricity"

[market]
regions = ["CN"]
closed = 2026-06-30T00:00:00+08:00
certificates = "certificates.csv"

[products]
[[products.product]]
name = "coil"
made = ["coils"]

[[rounded]]
name = "CO2 column"
medium = "electricity"
factor_t = 0.0005
step_t = 0.01
stated_t = 2.9
"""
CERTIFICATES = """number,from,to,region,cancelled_for,cancelled_at,contract
GEC-1,2026-01-05T00:00:00+00:00,2026-01-06T00:00:00+00:00,CN,Works 1,2026-03-01T00:00:00+00:00,
GEC-2,2026-01-05T00:00:00+00:00,2026-01-06T00:00:00+00:00,CN,Works 2,2026-03-01T00:00:00+00:00,
"""


def sheets(folder: Path, text: str = INVENTORY, boundary: str = works.SHEET) -> Path:
    """The sheets in a folder; the inventory's path."""
    (folder / "boundary.toml").write_text(boundary)
    (folder / "certificates.csv").write_text(CERTIFICATES)
    (folder / "inventory.toml").write_text(text)
    return folder / "inventory.toml"


def inventory(folder: Path, text: str = INVENTORY, boundary: str = works.SHEET) -> Inventory:
    """The inventory, read."""
    return inventory_file.load(sheets(folder, text, boundary))


def made(world: World, folder: Path, days: int = DAYS, text: str = INVENTORY, boundary: str = works.SHEET) -> Report:
    """The report of so many days."""
    read = inventory(folder, text, boundary)
    limits = boundary_file.load(folder / "boundary.toml")
    return report_of(works.examined(world, days), read, limits, shipped(), (b"\1" * 32,))


def encoded(world: World, days: int = DAYS) -> bytes:
    """The bundle's bytes."""
    return bundle.encode(world.bundle(hours=days * works.DAY_H))
