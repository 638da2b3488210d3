"""The steel plant's year, signed, logged, bundled and verified in memory: the report equals hand arithmetic.

Where the real file is absent, a year that never was stands in. `tests/system/test_year.py` plays the same through a
meter, an agent and a gateway.
"""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from tally_chain.bundle import Bundle
from tally_chain.verify.verifier import Examined, examine
from tally_edge import senml, statement
from tally_edge.authority import RegisterFacts
from tally_edge.senml import Reading
from tally_edge.statement import Kind
from tally_finance.activity import boundary_file
from tally_finance.factors.shipping import shipped
from tally_finance.report import inventory_file
from tally_finance.report.making import Report, report_of
from tests.finance.activity import works
from tests.finance.activity.made import QUARTER_S, STEEL, year
from tests.finance.report import mill
from tests.world import POINT, REGISTER, SITE, START, World

DAYS = 365
PACK = 480
FACTOR_T = Decimal("0.0004585")
BOUNDARY = """
name = "The plant"
timezone = "UTC"

[[version]]
from = 2026-01-01T00:00:00+00:00
reason = "first sheet"

[[version.meter]]
name = "grid"
medium = "electricity"
role = "main"
point = "urn:dev:org:32473-mill:m1"
register = "energy_import"
unit = "kWh"
"""
INVENTORY = """
entity = "The plant"
boundary = "boundary.toml"
regions = [{regions}]
year = 2023
year_reason = "newest that is published"

[[use]]
name = "purchased electricity"
medium = "electricity"
as = "electricity"

[[rounded]]
name = "the file's own CO2 column"
medium = "electricity"
factor_t = 0.0004585
step_t = 0.01
stated_t = {stated}
"""


@lru_cache(maxsize=1)
def played() -> World:
    """A year of quarter hours, 480 to a statement."""
    world = World()
    world.open()
    world.state(Kind.SITE_PLAN, SITE, replace(world.plan(cadence_s=QUARTER_S), timezone="UTC"))
    registers = (RegisterFacts(REGISTER, "kWh", cumulative=True),)
    world.state(Kind.METER_FACTS, POINT, world.facts(registers=registers))
    shown = [(START + number * QUARTER_S, value + Decimal("0.00")) for number, value in enumerate(year().registers)]
    for first in range(0, len(shown), PACK):
        part = shown[first : first + PACK]
        pack = [Reading(POINT, REGISTER, at, value, "kWh") for at, value in part]
        claims = world.device.claims(Kind.READINGS, POINT, part[-1][0])
        world.log(world.device.advance(statement.sign(claims, senml.encode(pack), world.device.signer)))
    return world


def bundled() -> Bundle:
    """The year's bundle."""
    return played().bundle(hours=DAYS * 24)


@lru_cache(maxsize=1)
def verified() -> Examined:
    """The year, verified."""
    return examine(bundled(), works.policy_of(played()), now=START + 395 * works.DAY_S)


def reported(folder: Path, *regions: str) -> Report:
    """The year's report, its factors of some regions."""
    named = ", ".join(f'"{region}"' for region in regions)
    text = INVENTORY.format(regions=named, stated=sum(year().co2_t))
    found = inventory_file.load(mill.sheets(folder, text, BOUNDARY))
    return report_of(verified(), found, boundary_file.load(folder / "boundary.toml"), shipped(), (bytes(32),))


def told(folder: Path, *regions: str) -> dict[str, Any]:
    """The same, as it is read."""
    return dict(json.loads(reported(folder, *regions).encode()))


@pytest.mark.shared
@pytest.mark.parametrize(("regions", "value"), [(("CN",), "0.5306"), (("CN-JS", "CN"), "0.5827")])
def test_the_location_based_result_is_hand_arithmetic(regions: tuple[str, ...], value: str, tmp_path: Path) -> None:
    found, kwh = told(tmp_path, *regions), sum(year().kwh)
    factor = next(one for one in found["factors"] if one["basis"] == "location")
    assert (factor["region"], factor["value"]) == (regions[0], value)
    line = next(one for one in found["lines"] if one["scope"] == "2 location-based")
    assert Decimal(line["gas_kg"]) == kwh * Decimal(value)
    assert Decimal(found["figures"]["scope-2-location"]["kg"]) == round(kwh * Decimal(value))
    assert Decimal(found["media"][0]["bought"]) == kwh
    assert found["media"][0]["percent"]["measured"] == "100.000"
    assert found["integrity"]["holds"] is True


@pytest.mark.shared
def test_what_rounding_each_interval_loses_is_shown(tmp_path: Path) -> None:
    (table,) = told(tmp_path, "CN")["rounded"]
    exact = sum(year().kwh) * FACTOR_T
    assert Decimal(table["exact_t"]) == exact
    assert Decimal(table["rounded_t"]) == sum(round(one * FACTOR_T, 2) for one in year().kwh)
    assert Decimal(table["stated_t"]) == sum(year().co2_t)
    if STEEL.is_file():
        assert round(Decimal(table["stated_lost_percent"]), 1) == Decimal("8.2")
