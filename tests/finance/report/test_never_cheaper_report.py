"""A gap never costs less than measuring, at the report: its conservative figure is never below the true one, and what
was bridged and what was estimated is told, interval by interval.

The fates are those of `tests.finance.activity.test_never_cheaper_signed`: readings left out, exchanges, resets,
rollovers, ratios, edges of the period, each read or not. REMOVALS says how many (`make removals`: 1,000).
"""

from __future__ import annotations

import json
import os
from collections import Counter
from decimal import Decimal
from pathlib import Path

from tally_chain.verify.verifier import examine
from tally_finance.activity import boundary_file
from tally_finance.factors.shipping import shipped
from tally_finance.report import inventory_file
from tally_finance.report.making import report_of
from tests.finance.activity.test_never_cheaper_signed import HOURS, MOST_PER_H, lived
from tests.finance.report import mill
from tests.world import START

SEEDS = max(60, int(os.environ.get("REMOVALS", "60")))
BOUNDARY = f"""
name = "One meter"
timezone = "Asia/Shanghai"

[[version]]
from = 2026-01-01T00:00:00+00:00
reason = "first sheet"

[[version.meter]]
name = "m"
medium = "electricity"
role = "main"
point = "urn:dev:org:32473-mill:m1"
register = "energy_import"
unit = "kWh"
ceiling_per_h = {MOST_PER_H}
ceiling_stated = "plate"
"""
FACTOR = Decimal("0.5306")
"""Of the national grid in 2023, kgCO2/kWh."""


def test_no_conservative_figure_is_below_the_true_one(tmp_path: Path) -> None:
    text = mill.INVENTORY.partition("[market]")[0]
    inventory = inventory_file.load(mill.sheets(tmp_path, text, BOUNDARY))
    limits, registry = boundary_file.load(tmp_path / "boundary.toml"), shipped()
    told: Counter[str] = Counter()
    for seed in range(SEEDS):
        fate = lived(seed)
        verified = examine(fate.world.bundle(hours=HOURS), fate.world.policy(), now=START + 60 * 86_400)
        if not verified.statements and not verified.gapped:
            told["no report"] += 1  # nothing is believed, and nothing is calculated with
            continue
        found = json.loads(report_of(verified, inventory, limits, registry, (bytes(32),)).encode())
        figure, (medium,), (meter,) = found["figures"]["total-location"], found["media"], found["meters"]
        true_kg = fate.passed * FACTOR
        assert Decimal(figure["conservative_kg"]) >= true_kg, seed
        assert Decimal(figure["kg"]) >= true_kg - 1, seed  # the ceiling stands in the figure itself, rounded to 1 kg
        states = {name: Decimal(meter[name]) for name in ("measured", "bridged", "estimated", "missing")}
        assert sum(states.values()) == Decimal(medium["bought"]) >= fate.passed, seed
        of_rows: Counter[str] = Counter()
        for row in meter["not_measured"]:
            of_rows[row["state"]] += Decimal(row["quantity"])  # type: ignore[assignment]  # sums of decimals
        assert {name: of_rows[name] for name in ("bridged", "estimated")} == {
            name: states[name] for name in ("bridged", "estimated")
        }, seed
        rests = next(one["rests"] for one in found["lines"] if one["scope"] == "2 location-based")
        assert (rests == "ceilings") == (states["estimated"] > 0), seed
        told.update(name for name, amount in states.items() if amount)
        told[f"the evidence holds: {found['integrity']['holds']}"] += 1
    assert all(told[name] > SEEDS // 20 for name in ("measured", "bridged", "estimated")), told
    assert told["missing"] == 0
    assert told["no report"] < SEEDS // 2, told
