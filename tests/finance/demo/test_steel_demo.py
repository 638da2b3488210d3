"""The steel plant's way through real processes (meters, agent, gateway, chain) to both signatures, on a few days.

The days are generated, written with the traps of the real file; the whole real year is `make demo-footprint`.
"""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from pathlib import Path

import pytest

from tally_sim import generated
from tally_trial.footprint_demo import run, steel
from tests.conftest import SHARED

pytestmark = pytest.mark.slow

DAYS = 2


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("steel") / "days.csv"
    found.write_bytes(generated.csv_bytes(seed=7, days=DAYS))
    return found


def test_the_column_is_the_report_to_the_last_digit(file: Path, tmp_path: Path) -> None:
    folder, lines = tmp_path / "demo", list[str]()
    run.run(folder, run.steel_year(file), lines.append, lambda what, done, whole: None)
    rows = list(csv.DictReader(io.StringIO(file.read_text("utf-8-sig"))))
    kwh = sum(Decimal(row["Usage_kWh"]) for row in rows)
    said = json.loads((folder / "reports/2/report.json").read_bytes())
    assert len(rows) == DAYS * 96
    (electricity,) = [one for one in said["media"] if one["name"] == "electricity"]
    assert Decimal(electricity["bought"]) == kwh
    line = next(one for one in said["lines"] if one["scope"] == "2 location-based")
    assert Decimal(line["gas_kg"]) == kwh * Decimal("0.5827")
    (coil,) = said["products"]
    assert Decimal(coil["amount"]) == sum(kg for _, kg in steel.coils(rows)) > 0
    assert (folder / "evidence" / "gateway" / "chain").exists()
    assert "1 with the verification" in next(one for one in lines if "PCAF" in one)
    assert [one.name for one in folder.glob("*.log")] == []


def test_coils_follow_what_an_hour_used_above_idling() -> None:
    rows = [{"date": f"1/1/2018 0:{15 * number}", "Usage_kWh": "18.7", "CO2(tCO2)": "0.01"} for number in range(1, 5)]
    assert list(steel.coils(rows)) == [("1/1/2018 0:60", 1000)]  # 74.8 kWh less 12.8 make a tonne
    idle = [{**row, "Usage_kWh": "3.2"} for row in rows]
    assert list(steel.coils(idle)) == [("1/1/2018 0:60", 0)]


@pytest.mark.shared
def test_the_year_is_found_beside_the_project(shared: Path) -> None:
    assert shared == SHARED
    found = steel.found()
    assert found is not None
    assert found.samefile(SHARED / "meters" / "Steel_industry_data.csv")
