"""A sheet that states the factors' year is held against what the rule gives for the activity's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tally_finance.report import making
from tests.finance.activity import works
from tests.finance.report import mill


def checked(folder: Path, year: str, inventory: str = mill.INVENTORY) -> list[dict[str, Any]]:
    """The works' activity is of 2026, and the newest Chinese factors are of 2023."""
    text = inventory.replace("year = 2023\n", year)
    if "year" not in year:
        text = text.replace('year_reason = "newest that is published"\n', "")
    said = json.loads(mill.made(works.run(works.opened(), mill.DAYS), folder, text=text).encode())
    return [one for one in said["checks"] if one["kind"] == "factor-year"]


def test_the_newest_that_is_published_holds(tmp_path: Path) -> None:
    (found,) = checked(tmp_path, "year = 2023\n")
    assert found["made"]
    assert found["holds"]
    assert found["text"] == "the rule has nothing else for 2026"
    assert found["opens"] == ["line-1", "line-2"]


def test_an_older_year_is_against_the_report_whatever_its_reason_says(tmp_path: Path) -> None:
    (found,) = checked(tmp_path, "year = 2022\n")
    assert not found["holds"]
    assert found["text"] == (
        "electricity.grid CN 2022 location, 0.5366 kgCO2/kWh, stands, "
        "and for 2026 electricity.grid CN 2023 location, 0.5306 kgCO2/kWh, counts; "
        "electricity.grid CN 2022 residual, 0.5856 kgCO2/kWh, stands, "
        "and for 2026 electricity.grid CN 2023 residual, 0.6096 kgCO2/kWh, counts"
    )


def test_a_sheet_that_states_no_year_has_nothing_to_hold(tmp_path: Path) -> None:
    assert checked(tmp_path, "") == []


@pytest.mark.parametrize(("region", "year", "stated", "holds"), [("GB", 2023, 2025, False), ("CN", 2018, 2023, True)])
def test_a_later_year_holds_only_where_nothing_is_earlier(
    region: str, year: int, stated: int, holds: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """British factors of 2023 ship, Chinese ones of before 2021 do not."""
    monkeypatch.setattr(making, "year_of", lambda *_: (year, stated))
    text = mill.INVENTORY.replace('regions = ["CN"]\nyear', f'regions = ["{region}"]\nyear')
    (found,) = checked(tmp_path, f"year = {stated}\n", text)
    assert found["holds"] is holds, found["text"]
