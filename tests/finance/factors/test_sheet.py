"""Tables of factors: what a row takes from its table, and what is refused by the name of its key."""

from __future__ import annotations

from decimal import Decimal as D
from pathlib import Path

import pytest

from tally_edge.errors import ConfigError
from tally_finance.factors.factor import Basis, Read
from tally_finance.factors.sheet import parse

TABLE = """licence = "facts"

[[table]]
activity = "electricity.grid"
basis = "location"
unit = "kgCO2/kWh"
data_year = 2023
note = "of the table"
u_percent = 2.5
rows = [
  { region = "CN-BJ", value = 0.5500, at = "row 1" },
  { region = "CN-TJ", value = 1, data_year = 2022, reporting_year = 2024, note = "own", basis = "residual" },
]

[[table.source]]
title = "a notice"
locator = "table 3"
read = "copy"
"""
FILE = Path("own.toml")


def test_a_row_stands_before_its_table() -> None:
    first, second = parse(TABLE, FILE)
    assert (first.region, first.data_year, first.reporting_year, first.note) == ("CN-BJ", 2023, None, "of the table")
    assert f"{first.value:f}" == "0.5500"
    assert (first.u_percent, first.basis) == (D("2.5"), Basis.LOCATION)
    assert [(one.title, one.locator, one.read) for one in first.sources] == [("a notice", "table 3 row 1", Read.COPY)]
    assert (second.data_year, second.reporting_year, second.note) == (2022, 2024, "own")
    assert (second.basis, second.sources[0].locator) == (Basis.RESIDUAL, "table 3")


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('licence = "facts"', "", "own.toml: licence: is missing"),
        ('licence = "facts"', 'licence = ""', "licence: is empty"),
        ('unit = "kgCO2/kWh"\n', "", r"table\[1\].unit: is missing"),
        ('unit = "kgCO2/kWh"', 'unit = "kg/kWh"', r"table\[1\].rows\[1\].value: 'kg/kWh' is no unit"),
        ('locator = "table 3"\n', "", r"table\[1\].rows\[2\].value: a source without locator"),
        ('title = "a notice"\n', "", r"table\[1\].source\[1\].title: is missing"),
        ('read = "copy"', 'read = "heard"', "'heard' is not one of"),
        ('read = "copy"', 'read = "copy"\npage = 3', r"source\[1\].page: is not a known setting"),
        ("data_year = 2023\n", "", r"rows\[1\].data_year: is missing"),
        ('basis = "location"', 'basis = "nearby"', "'nearby' is not one of"),
        ("value = 0.5500", "value = nan", "is not a number from zero on"),
        ("value = 0.5500", "value = -0.1", "is not a number from zero on"),
        ("value = 0.5500", "valu = 0.5500", "value: is missing"),
        ('at = "row 1"', 'at = "row 1", why = "x"', r"rows\[1\].why: is not a known setting"),
        ('note = "of the table"', 'colour = "red"', r"table\[1\].colour: is not a known setting"),
        ("rows = [", "rows = []\nother = [", r"table\[1\].rows: is empty"),
        ("u_percent = 2.5", "u_percent = 100", "is no standard uncertainty"),
        ("[[table.source]]", "[[table.sources]]", "source: is missing"),
        ("[[table]]", "[[tabel]]", "table: .* is not an array of tables"),
        ("value = 1,", 'value = 1, supersedes = "00",', "has 1 bytes, not 32"),
        ("value = 0.5500", "value =", "Invalid value"),
    ],
)
def test_what_is_wrong_is_refused_by_name(old: str, new: str, why: str) -> None:
    assert old in TABLE
    with pytest.raises(ConfigError, match=why):
        parse(TABLE.replace(old, new), FILE)


def test_one_factor_twice_is_refused() -> None:
    row = '  { region = "CN-BJ", value = 0.5500, at = "row 1" },\n'
    with pytest.raises(ConfigError, match="one factor stands twice"):
        parse(TABLE.replace(row, row * 2), FILE)
