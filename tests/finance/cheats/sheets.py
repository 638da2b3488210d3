"""What a reviewer knows of the works beside its evidence: boundary, inventory, certificates; and what cheats write."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

BASE = "urn:dev:org:32473-trial"

_ELECTRICITY = """
[[version.meter]]
name = "incomer"
medium = "electricity"
role = "main"
point = "urn:dev:org:32473-trial:incomer"
register = "energy_import"
unit = "kWh"
ceiling_per_h = 800
ceiling_stated = "transformer T1, 800 kVA at power factor 1"
unmetered_most = 0.05

[[version.meter]]
name = "furnace"
medium = "electricity"
role = "sub"
parent = "incomer"
point = "urn:dev:org:32473-trial:furnace"
register = "energy_import"
unit = "kWh"
"""
AUXILIARIES = """
[[version.meter]]
name = "auxiliaries"
medium = "electricity"
role = "sub"
parent = "incomer"
point = "urn:dev:org:32473-trial:auxiliaries"
register = "energy_import"
unit = "kWh"
"""
_OTHERS = """
[[version.meter]]
name = "coal"
medium = "coal"
role = "main"
point = "urn:dev:org:32473-trial:coal"
register = "kg_in"
unit = "kg"
ceiling_per_h = 600
ceiling_stated = "feeder, 600 kg/h"

[[version.meter]]
name = "water"
medium = "water"
role = "main"
point = "urn:dev:org:32473-trial:water"
register = "volume"
unit = "m3"

[[version.meter]]
name = "samples"
medium = "samples"
role = "counter"
point = "urn:dev:org:32473-trial:lab"
register = "passed_in"
unit = "count"

[[version.meter]]
name = "bars"
medium = "output"
role = "counter"
point = "urn:dev:org:32473-trial:weighbridge"
register = "kg_out"
unit = "kg"
"""
BOUNDARY = f"""
name = "Rolling works"
timezone = "Asia/Shanghai"

[[version]]
from = 2026-01-01T00:00:00+08:00
reason = "first sheet"
{_ELECTRICITY}{AUXILIARIES}{_OTHERS}
[[comparison]]
name = "electricity for bars"
used = ["incomer"]
made = ["bars"]
usual = [0.140, 0.155]

[[comparison]]
name = "coal for bars"
used = ["coal"]
made = ["bars"]
usual = [0.049, 0.054]

[[invoice]]
number = "2026-01"
meter = "incomer"
from = 2026-01-01T00:00:00+08:00
to = 2026-02-01T00:00:00+08:00
quantity = 305650
tolerance = 2000
"""
SECOND_VERSION = f"""
[[version]]
from = 2026-02-01T00:00:00+08:00
reason = "the hall with the auxiliaries is let to somebody else"
{_ELECTRICITY}{_OTHERS}
"""
INVENTORY = """
entity = "Example Works"
boundary = "boundary.toml"
regions = ["CN-JS", "CN"]
year = 2023
year_reason = "newest that is published"

[[use]]
name = "purchased electricity"
medium = "electricity"
as = "electricity"

[[use]]
name = "coal"
medium = "coal"
as = "fuel"
factor = "fuel.bituminous_coal"
per = "GJ_net"
[use.calorific]
value = 0.02200
unit = "GJ_net/kg"
stated = "the works' laboratory"
analyses = "urn:dev:org:32473-trial:lab"

[[meter]]
name = "incomer"
limit_percent = 0.5

[[meter]]
name = "coal"
limit_percent = 1

[market]
regions = ["CN"]
closed = 2026-06-30T00:00:00+08:00
certificates = "certificates.csv"

[products]
[[products.product]]
name = "bar"
made = ["bars"]

[[rounded]]
name = "the plant's own table"
medium = "electricity"
factor_t = 0.0005306
step_t = 0.01
"""
CERTIFICATES = """number,from,to,region,cancelled_for,cancelled_at,contract
GEC-1,2026-01-05T00:00:00+08:00,2026-01-06T00:00:00+08:00,CN,Example Works,2026-03-01T00:00:00+08:00,
"""


@dataclass(frozen=True)
class Sheets:
    """The sheets of a report; `more`: other files beside them, by name."""

    boundary: str = BOUNDARY
    inventory: str = INVENTORY
    certificates: str = CERTIFICATES
    more: tuple[tuple[str, bytes], ...] = ()

    def write(self, folder: Path) -> Path:
        """The sheets in a folder; the inventory's path."""
        for name, data in self.more:
            (folder / name).write_bytes(data)
        (folder / "boundary.toml").write_text(self.boundary, "utf-8")
        (folder / "certificates.csv").write_text(self.certificates, "utf-8")
        (folder / "inventory.toml").write_text(self.inventory, "utf-8")
        return folder / "inventory.toml"

    def inventory_with(self, old: str, new: str) -> Sheets:
        """With something else in the inventory. Raises ValueError where `old` does not stand there once."""
        return Sheets(self.boundary, _changed(self.inventory, old, new), self.certificates, self.more)

    def boundary_with(self, old: str, new: str) -> Sheets:
        """With something else in the boundary. Raises ValueError where `old` does not stand there once."""
        return Sheets(_changed(self.boundary, old, new), self.inventory, self.certificates, self.more)


def _changed(text: str, old: str, new: str) -> str:
    if text.count(old) != 1:
        raise ValueError(f"{old!r} stands {text.count(old)} times")
    return text.replace(old, new)
