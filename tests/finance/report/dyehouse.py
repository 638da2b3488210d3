"""The report of the simulated dyehouse: a plant that dyes, its devices, gateway and log, and a reader's sheets."""

from __future__ import annotations

from pathlib import Path

from tally_chain.verify.verifier import examine
from tally_finance.activity import boundary_file
from tally_finance.factors.shipping import shipped
from tally_finance.report import inventory_file
from tally_finance.report.making import Report, report_of
from tally_trial import plants
from tally_trial.play import Played, play
from tally_trial.scene import look_at

SEED, DAYS = 5, 4
_METERS = (
    ("incomer", "electricity", "main", "", "energy_import", "kWh"),
    ("jets", "electricity", "sub", "incomer", "energy_import", "kWh"),
    ("stenters", "electricity", "sub", "incomer", "energy_import", "kWh"),
    ("water", "water", "main", "", "volume", "m3"),
    ("dyebath", "water", "sub", "water", "volume", "m3"),
    ("effluent", "drained", "main", "", "volume", "m3"),
    ("cloth", "output", "counter", "", "kg_in", "kg"),
)
INVENTORY = """
entity = "Dyehouse"
boundary = "boundary.toml"
regions = ["CN", "GB"]
year = 2023
year_reason = "newest that is published"

[[use]]
name = "purchased electricity"
medium = "electricity"
as = "electricity"
coal = "energy.electricity"
[[use.less]]
meter = "stenters"
to = "Finisher"
reason = "its own firm since 2024"

[[use]]
name = "water"
medium = "water"
as = "water"
treatment = "water.treatment"
[use.drain]
medium = "drained"

[products]
[[products.product]]
name = "cloth"
made = ["cloth"]
attested = "store.toml"

[[rounded]]
name = "a table in whole kilograms"
medium = "electricity"
factor_t = 0.0005306
step_t = 0.001
"""
STORE = """
name = "Greige store"

[goods]
quota = "none"
stored_since = 2025-11-01T00:00:00+08:00

[scale]
point = "urn:dev:org:32473-trial:weighbridge"
interval_kg = 20
repeatability_kg = 10

[opening]
at = 2026-01-01T00:00:00+08:00
kg = 0
u_kg = 0
"""


def played() -> Played:
    """Four days."""
    return play(look_at(plants.opened("textile-dyehouse", SEED, DAYS), SEED))


def boundary() -> str:
    """The boundary sheet, and limits of error for meters whose class the plant leaves open."""
    lines = ['name = "Dyehouse"\ntimezone = "Asia/Shanghai"']
    lines += ['[[version]]\nfrom = 2025-12-01T00:00:00+08:00\nreason = "first"']
    for name, medium, role, parent, register, unit in _METERS:
        point = "weighbridge" if name == "cloth" else name
        above = f'parent = "{parent}"\n' if parent else ""
        lines.append(
            f'[[version.meter]]\nname = "{name}"\nmedium = "{medium}"\nrole = "{role}"\n{above}'
            f'point = "urn:dev:org:32473-trial:{point}"\nregister = "{register}"\nunit = "{unit}"'
        )
    return "\n\n".join(lines)


def reported(of: Played, folder: Path) -> Report:
    """The report."""
    limits = "".join(f'\n[[meter]]\nname = "{one[0]}"\nlimit_percent = 1\n' for one in _METERS)
    (folder / "boundary.toml").write_text(boundary())
    (folder / "store.toml").write_text(STORE)
    (folder / "inventory.toml").write_text(INVENTORY + limits)
    verified = examine(of.bundle, of.policy, now=of.now)
    read = inventory_file.load(folder / "inventory.toml")
    return report_of(verified, read, boundary_file.load(folder / "boundary.toml"), shipped(), (bytes(32),))
