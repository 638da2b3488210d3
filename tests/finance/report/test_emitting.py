"""Water, fuel and its conditions, ceilings, missing readings, bundles: what a line is made of, and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tally_edge.authority import CorrectionReason
from tally_finance.activity import boundary_file
from tally_finance.errors import FootprintError, NoFactorError
from tally_finance.factors.factor import Basis
from tally_finance.factors.shipping import shipped
from tally_finance.footprint.scope2 import NO_RESIDUAL
from tally_finance.report import evidence, inventory_file
from tally_finance.report.making import report_of
from tests.finance.activity import works
from tests.finance.activity.test_site import corrected, exchanged
from tests.finance.report import mill
from tests.world import World

HEAD = """
entity = "Works 1"
boundary = "boundary.toml"
regions = ["{region}"]
year = {year}
year_reason = "newest"

[[meter]]
name = "water"
limit_percent = 2
"""
WATER = """
[[use]]
name = "water"
medium = "water"
as = "water"
treatment = "water.treatment"
[use.drain]
share = 0.8
reason = "the rest evaporates"
"""
ELECTRICITY = """
[[use]]
name = "electricity"
medium = "electricity"
as = "electricity"
losses = "electricity.grid.losses"
"""
GAS = """
[[use]]
name = "gas"
medium = "water"
as = "fuel"
factor = "fuel.natural_gas"
per = "m3"
[use.gas]
pressure_kpa = 202.65
temperature_k = 293.15
compressibility = 1
stated = "regulator"
"""


def told(world: World, folder: Path, text: str, days: int = mill.DAYS, boundary: str = works.SHEET) -> dict[str, Any]:
    found = inventory_file.load(mill.sheets(folder, text, boundary))
    limits = boundary_file.load(folder / "boundary.toml")
    report = report_of(works.examined(world, days), found, limits, shipped(), (bytes(32),))
    return dict(json.loads(report.encode()))


def test_water_in_and_water_out(tmp_path: Path) -> None:
    """295 m³ in, four fifths of it by the drain."""
    world = works.run(works.opened(), mill.DAYS)
    found = told(world, tmp_path, HEAD.format(region="GB", year=2025) + WATER)
    values = {one["activity"]: Decimal(one["value"]) for one in found["factors"]}
    supply, treatment = found["lines"]
    assert Decimal(supply["gas_kg"]) == 295 * values["water.supply"]
    assert Decimal(treatment["gas_kg"]) == 236 * values["water.treatment"]
    assert (supply["rests"], treatment["rests"]) == ("devices", "stated")
    assert set(found["figures"]) == {"scope-3", "total-location"}


def test_losses_of_the_grid(tmp_path: Path) -> None:
    """Scope 3, beside scope 2 and in no figure of it; wrong by the same meter, so with it and not beside it."""
    world = works.run(works.opened(), mill.DAYS)
    found = told(world, tmp_path, HEAD.format(region="GB", year=2025) + ELECTRICITY)
    values = {one["activity"]: Decimal(one["value"]) for one in found["factors"]}
    by_place, by_market, lost = found["lines"]
    assert Decimal(by_place["gas_kg"]) == Decimal(by_market["gas_kg"]) == 5900 * values["electricity.grid"]
    assert Decimal(lost["gas_kg"]) == 5900 * values["electricity.grid.losses"]
    assert (lost["name"], lost["scope"]) == ("electricity: losses", "3")
    kg = {name: Decimal(one["kg"]) for name, one in found["figures"].items()}
    assert kg["scope-2-location"] == round(5900 * values["electricity.grid"])
    assert kg["total-location"] == round(5900 * sum(values.values()))
    assert (
        found["figures"]["total-location"]["u95_kg"] == "14"
    )  # 1 % by the root of three, twice; 13 if they were apart


def test_gas_at_reference_conditions(tmp_path: Path) -> None:
    """At two atmospheres a cubic metre of the meter is two of the factor."""
    world = works.run(works.opened(), mill.DAYS)
    found = told(world, tmp_path, HEAD.format(region="GB", year=2025) + GAS)
    (line,) = found["lines"]
    assert Decimal(line["gas_kg"]) == 590 * Decimal(found["factors"][0]["value"])
    assert (line["scope"], line["rests"]) == ("1", "stated")
    assert "conditions of gas" in found["figures"]["scope-1"]["unstated"]


@pytest.mark.parametrize(
    ("reason", "quantity", "rests"),
    [(CorrectionReason.WRONG_RATIO, 100, "corrections"), (CorrectionReason.GAP_FILLED, 100, "devices")],
)
def test_a_correction_in_place_of_a_register_is_no_devices_word(
    reason: CorrectionReason, quantity: int, rests: str, tmp_path: Path
) -> None:
    """1,000 kWh become 100; what only fills a gap and is below what registers say changes nothing."""
    found = json.loads(mill.made(corrected(reason, quantity), tmp_path, 31).encode())
    assert {one["rests"] for one in found["lines"]} == {rests}


def test_a_stated_limit_of_error_and_gas_of_unknown_conditions_are_marked(tmp_path: Path) -> None:
    world = works.run(works.opened(), mill.DAYS)
    text = HEAD.format(region="GB", year=2025) + GAS.partition("[use.gas]")[0]
    found = told(world, tmp_path, text)
    assert [one for one in found["marks"] if one.startswith(("gas", "water"))] == [
        "gas: nobody states how it stood in the meter, and it counts as at reference conditions",
        "water: 2 % is stated as its limit of error, in place of class 0.5S",
    ]
    assert {row["name"]: row["limit_percent"] for row in found["meters"]}["water"] == "2"
    names = {name for name, _ in found["figures"]["scope-1"]["drivers"]}
    assert "meter w1-1 at urn:dev:org:32473-mill:w1" in names


CONTRACT = """
[market]
regions = ["{region}"]
oldest = 2025-01-01T00:00:00Z
closed = 2026-06-30T00:00:00+08:00
certificates = "certificates.csv"
[[market.contract]]
number = "S-1"
kwh = 900
from = 2026-01-01T00:00:00Z
to = 2026-03-01T00:00:00Z
factor = "{factor}"
"""


def test_what_a_contract_supplied_is_stated(tmp_path: Path) -> None:
    """Of 5,900 kWh 900 are what the sheet says of a supplier, and so is what is left."""
    factor = next(one for one in shipped() if one.basis is Basis.SUPPLIER)
    text = mill.INVENTORY.partition("[market]")[0] + CONTRACT.format(region="CN", factor=factor.digest.hex())
    found = told(works.run(works.opened(), mill.DAYS), tmp_path, text)
    by_place, supplied, left = found["lines"]
    assert [one["rests"] for one in (by_place, supplied, left)] == ["devices", "stated", "stated"]
    assert Decimal(supplied["gas_kg"]) == 900 * factor.value


def test_certificates_beyond_period_place_and_what_was_bought_are_marked(tmp_path: Path) -> None:
    """GEC-1 is of 2025 and may be of the works' own sun; the market takes in another country."""
    text = mill.INVENTORY.partition("[market]")[0] + CONTRACT.format(region='CN", "DE', factor="").partition("[[")[0]
    old = mill.CERTIFICATES.replace("GEC-1,2026-01-05", "GEC-1,2025-12-05")
    sheet = mill.sheets(tmp_path, text)
    (tmp_path / "certificates.csv").write_text(old)
    of = works.examined(works.run(works.opened(), mill.DAYS), mill.DAYS)
    report = report_of(of, inventory_file.load(sheet), works.boundary(), shipped(), (bytes(32),))
    marks = json.loads(report.encode())["marks"]
    assert {
        "1 certificates that count were generated before the period",
        "certificates of DE count, and no factor may be of there",
        "the site makes 2360 kWh itself, and whether certificates stand for those is not shown",
    } <= set(marks)
    sunless = works.run(works.opened(), 3, {(works.SOLAR, "energy_import"): [0] * 3})
    plain = json.loads(mill.made(sunless, tmp_path, 3).encode())
    assert not [one for one in plain["marks"] if "certificates" in one]


def test_a_counter_that_counts_for_nothing_is_marked(tmp_path: Path) -> None:
    """What the sheet calls a counter is in no medium: a meter of the site may hide there."""
    world, idle = works.run(works.opened(), 3), "coils: a counter in kg of no product, which nothing is compared with"
    compared = works.SHEET + '\n[[comparison]]\nname = "c"\nused = ["grid"]\nmade = ["coils"]\n'
    plain = mill.INVENTORY.partition("[products]")[0]
    for text, boundary, marked in (
        (plain, works.SHEET, True),
        (plain, compared, False),
        (mill.INVENTORY, works.SHEET, False),
    ):
        found = json.loads(mill.made(world, tmp_path, 3, text, boundary).encode())
        assert (idle in found["marks"]) is marked


def test_what_left_by_a_metered_drain_is_held_against_what_came_in(tmp_path: Path) -> None:
    """All of it, where the same meter counts both."""
    drain = WATER.partition("[use.drain]")[0] + '[use.drain]\nmedium = "water"\n'
    found = told(works.run(works.opened(), mill.DAYS), tmp_path, HEAD.format(region="GB", year=2025) + drain)
    (row,) = (one for one in found["checks"] if one["kind"] == "water")
    text = "100.000 % of what came in left by the drain, and nothing says where the rest went"
    assert (row["made"], row["holds"], row["text"]) == (True, True, text)


def test_a_ceiling_counts_and_is_told(tmp_path: Path) -> None:
    """An exchange whose closing register nobody read: the ceiling stands in its place, and the line says so."""
    text = mill.INVENTORY.partition("[products]")[0]
    found = told(exchanged(works.GRID, "energy_import", "kWh"), tmp_path, text, 31)
    by_place = next(one for one in found["lines"] if one["scope"] == "2 location-based")
    value = next(Decimal(one["value"]) for one in found["factors"] if one["basis"] == "location")
    assert Decimal(by_place["gas_kg"]) == 4200 * value
    assert by_place["rests"] == "ceilings"
    electricity = next(one for one in found["media"] if one["name"] == "electricity")
    assert electricity["estimated"] == "1200"


def test_what_nothing_bounds_has_no_report(tmp_path: Path) -> None:
    world = exchanged(works.WATER, "volume", "m3")
    with pytest.raises(FootprintError, match="a part is missing"):
        told(world, tmp_path, HEAD.format(region="GB", year=2025) + WATER, 31)


def test_no_output_is_estimated(tmp_path: Path) -> None:
    with pytest.raises(FootprintError, match="coils was not read throughout"):
        told(exchanged(works.SCALE, "mass_out", "kg"), tmp_path, mill.INVENTORY, 31)


def test_bundles_of_several_logs_are_one() -> None:
    first = works.run(works.opened(), 3).bundle(hours=72)
    (section,) = first.sections
    second = replace(first, sections=(replace(section, origin="another.example/log"),))
    for bundles in ([first, second], [second, first]):
        assert [one.origin for one in evidence.together(bundles).sections] == [
            "another.example/log",
            section.origin,
        ]
    with pytest.raises(FootprintError, match="different periods"):
        evidence.together([first, replace(second, to_at=second.to_at + 1)])
    with pytest.raises(FootprintError, match="one may carry a grant"):
        evidence.together([replace(first, grant=b"1"), replace(second, grant=b"2")])
    with pytest.raises(FootprintError, match="needs a bundle"):
        evidence.together([])


BRITISH = """
entity = "Works 1"
boundary = "boundary.toml"
regions = ["{region}"]
year = {year}
year_reason = "newest"

[[use]]
name = "purchased electricity"
medium = "electricity"
as = "electricity"
"""


def test_a_country_without_a_residual_factor(tmp_path: Path) -> None:
    """Great Britain publishes none among those that ship: its average counts in both, and the market's is marked."""
    world = works.run(works.opened(), mill.DAYS)
    found = told(world, tmp_path, BRITISH.format(region="GB", year=2025))
    kg = {one["scope"]: one["kg"] for one in found["lines"]}
    assert kg["2 market-based"] == kg["2 location-based"]
    assert NO_RESIDUAL in found["figures"]["scope-2-market"]["marks"]
    assert NO_RESIDUAL not in found["figures"]["scope-2-location"]["marks"]
    assert NO_RESIDUAL in found["marks"]
    assert found["instruments"]["remainder_basis"] == "location"


def test_a_residual_factor_is_not_left_out_by_naming_a_province(tmp_path: Path) -> None:
    """The nation has a residual factor; an inventory that names the province alone does not get the lower average."""
    world = works.run(works.opened(), mill.DAYS)
    with pytest.raises(NoFactorError, match=r"no factor for electricity\.grid in CN-JS, 2023, residual"):
        told(world, tmp_path, BRITISH.format(region="CN-JS", year=2023))
    text = BRITISH.format(region="CN-JS", year=2023).replace('["CN-JS"]', '["CN-JS", "CN"]')
    assert told(world, tmp_path, text)["instruments"]["remainder_basis"] == "residual"
