"""The sheet of the simulated grain silo."""

from __future__ import annotations

from typing import Final

SHEET: Final = """\
name = "Silos A and B"

[goods]
quota = "grain"
stored_since = 2026-01-01T00:00:00+08:00
density_kg_m3 = 740
density_u_kg_m3 = 7
density_spread_kg_m3 = 0
moisture_at_intake = [0.135, 0.165]
moisture_limit = 0.002
moisture_sample_u = 0.0012

[scale]
point = "urn:dev:org:32473-trial:weighbridge"
interval_kg = 20
repeatability_kg = 10

[[gauge]]
point = "urn:dev:org:32473-trial:level_a"
volume_m3 = 4054.054
volume_u_m3 = 10
limit = 0.005
flicker = 0.001

[[gauge]]
point = "urn:dev:org:32473-trial:level_b"
volume_m3 = 4054.054
volume_u_m3 = 10
limit = 0.005
flicker = 0.001
"""
