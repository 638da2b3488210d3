"""The factors that ship: every one can be looked up, and those of the shared table are the same, value by value."""

from __future__ import annotations

import csv
from collections import Counter
from decimal import Decimal as D
from pathlib import Path

import pytest

from tally_finance.factors.choice import choose
from tally_finance.factors.factor import Basis, Factor, Read
from tally_finance.factors.shipping import shipped
from tally_finance.factors.unit import Unit

BASES = {
    "location-based": Basis.LOCATION,
    "residual-like (market-based remainder)": Basis.RESIDUAL,
    "residual-like": Basis.RESIDUAL,
    "fossil power": Basis.FOSSIL,
    "reporting-year label, not data-year": Basis.REPORTING,
    "product carbon footprint (LCA) ONLY": Basis.LCA,
    "scope 1": Basis.COMBUSTION,
    "scope 1 default": Basis.COMBUSTION,
    "scope 2 heat/steam default": Basis.LOCATION,
    "scope 2 heat": Basis.LOCATION,
    "scope 2": Basis.LOCATION,
    "scope 2 location-based": Basis.LOCATION,
    "scope 3 cat 3": Basis.UPSTREAM,
    "scope 3": Basis.UPSTREAM,
    "location-based; CO2 only": Basis.LOCATION,
    "location-based; CO2": Basis.LOCATION,
    "location-based; CO2e": Basis.LOCATION,
    "location-based (generation)": Basis.GENERATION,
    "rounded": Basis.LOCATION,
    "group portfolio, NOT the Hong Kong utility factor": Basis.SUPPLIER,
    "GWP": Basis.WARMING,
}
UNITS = {"tCO2/TJ (NCV)": "tCO2/TJ_net", "lb CO2/MWh": "lbCO2/MWh", "kgCO2/mmBtu": "kgCO2/mmBtu_gross"}
REGIONS = {"HK(CLP Group, all markets)": "group:CLP"}


def test_every_factor_that_ships_can_be_looked_up() -> None:
    for factor in shipped():
        assert factor.licence.strip(), factor
        for source in factor.sources:
            assert source.title.strip(), factor
            assert source.locator.strip(), factor


def test_the_british_ones_carry_their_attribution_and_name_a_cell_of_the_workbook() -> None:
    british = [one for one in shipped() if one.region == "GB" and one.data_year >= 2023]
    assert len(british) == 75
    for factor in british:
        assert "Contains public sector information licensed under the Open Government Licence v3.0." in factor.licence
        assert factor.sources[0].read is Read.PRIMARY
        assert "'!" in factor.sources[0].locator


def test_one_source_is_marked_and_what_two_name_is_admitted() -> None:
    def mark(region: str, year: int) -> str:
        return choose(shipped(), "electricity.grid", (region,), year, Basis.LOCATION).factor.mark

    assert mark("CN-JS", 2023) == ""
    assert mark("CN-JS", 2022) == "one source (单一来源)"
    assert mark("CN-GD", 2022) == ""


def _key(factor: Factor) -> tuple[object, ...]:
    return factor.region, factor.data_year, factor.basis, f"{factor.value:f}", str(factor.unit)


@pytest.mark.shared
def test_they_agree_with_the_shared_table_value_by_value(shared: Path) -> None:
    with (shared / "carbon" / "factors.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    theirs: Counter[tuple[object, ...]] = Counter()
    for row in rows:
        assert row["confidence"] != "D"
        unit = UNITS.get(row["unit"], row["unit"])
        if row["activity"].startswith("GWP"):
            unit += row["activity"].split(".")[1]
        region = REGIONS.get(row["region"], row["region"])
        value = f"{D(row['value']):f}"
        theirs[region, int(row["year"]), BASES[row["basis"]], value, str(Unit.parse(unit))] += 1
    ours = Counter(_key(factor) for factor in shipped() if factor.activity != "energy.electricity")
    assert len(rows) == 259
    assert ours == theirs
