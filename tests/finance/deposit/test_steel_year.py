"""The steel plant's year: twelve deposits, each the file's own sum of its month, and together the year's report."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tally_finance.activity import boundary_file
from tally_finance.deposit import summing
from tally_finance.deposit.body import body_of
from tally_finance.export import of_loads
from tally_finance.factors.shipping import shipped
from tally_finance.report import inventory_file
from tally_finance.report.making import Report, report_of
from tests.finance.activity.made import QUARTER_S, year
from tests.finance.report import mill, test_steel_year
from tests.world import START


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    folder = tmp_path_factory.mktemp("steel")
    text = test_steel_year.INVENTORY.format(regions='"CN"', stated=sum(year().co2_t))
    found = inventory_file.load(mill.sheets(folder, text, test_steel_year.BOUNDARY))
    boundary: Path = folder / "boundary.toml"
    return report_of(test_steel_year.verified(), found, boundary_file.load(boundary), shipped(), (bytes(32),))


def by_month() -> dict[str, Decimal]:
    """The column's own sums."""
    found: dict[str, Decimal] = {}
    for number, kwh in enumerate(year().kwh):
        month = f"{datetime.fromtimestamp(START + number * QUARTER_S, UTC):%Y-%m}"
        found[month] = found.get(month, Decimal(0)) + kwh
    return found


@pytest.mark.shared
def test_twelve_deposits_are_the_columns_months_and_the_report(report: Report) -> None:
    sums = by_month()
    assert len(sums) == 12
    bodies = {month: body_of(report, month) for month in sums}
    assert {month: Decimal(one["media"][0]["month"]["bought"]) for month, one in bodies.items()} == sums
    assert {fault for one in bodies.values() for fault in summing.of_days(one)} == set()
    assert all(one["media"][0]["month"]["state"] == "measured" and one["gaps"] == [] for one in bodies.values())
    told = list(summing.of_year(json.loads(report.encode()), bodies))
    assert [one.faults for one in told] == [()] * 13


@pytest.mark.shared
def test_working_hours_are_the_columns_hours(report: Report) -> None:
    """Of January, by hand; every hour was measured."""
    hours = [sum(year().kwh[at : at + 4]) for at in range(0, 31 * 24 * 4, 4)]
    (grid,) = body_of(report, "2026-01")["working"]
    worked = sum(1 for one in hours if one)
    assert (grid["hours"], grid["idle_hours"], grid["unknown_hours"]) == (str(worked), str(744 - worked), "0")
    assert Decimal(grid["highest_in_an_hour"]) == max(hours)


@pytest.mark.shared
def test_every_table_of_loads_has_the_columns_sum(report: Report) -> None:
    tables = {one.name: one for one in of_loads.every(json.loads(report.encode()), report, intervals=True)}
    for name, column in (("months", "bought"), ("days", "bought"), ("hours", "bought"), ("intervals", "quantity")):
        place = [one.name for one in tables[name].columns].index(column)
        rows = list(tables[name].rows())
        assert len(rows) == {"months": 12, "days": 365, "hours": 8_760, "intervals": 35_040}[name]
        assert sum(row[place] for row in rows if isinstance(row[place], Decimal)) == sum(year().kwh)
