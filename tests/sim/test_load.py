"""Loads are exact, and every trap of a real file is met or refused by row."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_sim import csv_load, generated
from tally_sim.csv_load import Source
from tally_sim.errors import LoadError
from tally_sim.load import Interval, Load

STEEL = Path(__file__).parents[3] / "shared/data/meters/Steel_industry_data.csv"


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def load(*rows: str, timezone: str = "UTC", header: str = "date,kwh") -> Load:
    return csv_load.parse([header, *rows], Source(("kwh",), timezone))[0]


def test_midnight_closes_the_day_that_it_is_written_on() -> None:
    found = load("1/2/2018 23:45,1", "1/2/2018 0:00,2.50", "2/2/2018 0:15,0.125", timezone="Asia/Seoul")
    assert found.ends_at == [at("2018-02-01T14:45Z"), at("2018-02-01T15:00Z"), at("2018-02-01T15:15Z")]
    assert (found.total, found.step_s, found.decimals) == (Decimal("3.625"), 900, 3)


def test_a_register_shows_what_has_closed() -> None:
    found = load("2018-01-01T00:15+00:00,0.1", "2018-01-01T00:30+00:00,0.2")
    start = at("2018-01-01T00:00Z")
    assert [str(found.register_at(start + s)) for s in (-5, 0, 899, 900, 1799, 1800, 9999)] == [
        "0.0", "0.0", "0.0", "0.1", "0.1", "0.3", "0.3",
    ]  # fmt: skip
    assert found.starts_at == start


def test_the_second_of_a_repeated_hour_comes_by_order() -> None:
    found = load(
        "2018-10-28T01:45,1", "2018-10-28T02:15,1", "2018-10-28T02:45,1", "2018-10-28T02:15,1", timezone="Europe/Berlin"
    )
    assert found.step_s == 1800


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("1/13/2018 1:00,1", "row 3: '1/13/2018 1:00' is not a time"),
        ("1/1/2018 0:15,1", "not later than the row before"),
        ("1/1/2018 1:00,", "row 3, kwh: ''"),
        ("1/1/2018 1:00,-1", "row 3, kwh: '-1'"),
        ("1/1/2018 1:00,NaN", "row 3, kwh: 'NaN'"),
        ("1/1/2018 1:00,1e3", "row 3, kwh: '1e3'"),
        ("1/1/2018 1:00,\u0661", "row 3, kwh"),
        ('1/1/2018 1:00,"1,000"', "row 3, kwh: '1,000'"),
        ("1/1/2018 1:00", "row 3 has 1 cells, the header has 2"),
        ("2018-01-01T01:00:00.5,1", "not a whole second"),
    ],
)
def test_what_is_wrong_names_its_row(row: str, says: str) -> None:
    with pytest.raises(LoadError, match="row 3") as caught:
        load("1/1/2018 0:30,1", row)
    assert says in str(caught.value)


def test_an_hour_that_the_zone_skips_is_refused() -> None:
    with pytest.raises(LoadError, match=r"row 2: .* does not exist in Europe/Berlin"):
        load("2018-03-25T02:30,1", "2018-03-25T04:30,1", timezone="Europe/Berlin")


@pytest.mark.parametrize(
    ("header", "says"),
    [("when,kwh", "no columns that look"), ("date,date", "2 columns"), ("date,x", "no columns 'kwh'")],
)
def test_columns_are_not_guessed(header: str, says: str) -> None:
    with pytest.raises(LoadError, match=says):
        load("1/1/2018 0:15,1", header=header)


def test_an_unreadable_file_and_an_unknown_zone_say_so(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="cannot be read"):
        csv_load.read(tmp_path / "absent.csv", Source(("kwh",)))
    (tmp_path / "latin.csv").write_bytes(b"date,kwh\n\xff,1\n")
    with pytest.raises(LoadError, match="cannot be read"):
        csv_load.read(tmp_path / "latin.csv", Source(("kwh",)))
    with pytest.raises(LoadError, match="not a time zone"):
        load("1/1/2018 0:15,1", timezone="Asia/Nowhere")


def test_a_load_that_no_register_holds_is_refused() -> None:
    with pytest.raises(LoadError, match="64 bits"):
        Load([Interval(1, Decimal("999999999999999.999999999")), Interval(2, Decimal(1))])
    with pytest.raises(LoadError, match="two intervals"):
        Load([Interval(1, Decimal(1))])
    with pytest.raises(LoadError, match="backwards"):
        Load([Interval(1, Decimal(1)), Interval(2, Decimal(-1))])


@given(st.lists(st.decimals(0, 10**6, places=3), min_size=2, max_size=50))
def test_the_register_is_the_exact_sum(quantities: list[Decimal]) -> None:
    found = Load([Interval(900 * number, quantity) for number, quantity in enumerate(quantities, 1)])
    for number in range(len(quantities) + 1):
        assert found.register_at(900 * number) == sum(quantities[:number])


def test_the_generated_year_has_the_traps_and_reads_regularly() -> None:
    data = generated.csv_bytes(seed=7, days=40)
    assert data == generated.csv_bytes(seed=7, days=40) != generated.csv_bytes(seed=8, days=40)
    assert data.startswith(b"\xef\xbb\xbf")
    lines = data.decode("utf-8-sig").splitlines()
    assert lines[96].startswith("1/1/2018 0:00,")
    assert lines[97].startswith("2/1/2018 0:15,")
    used, carbon = csv_load.parse(lines, Source(("Usage_kWh", "CO2(tCO2)"), "Asia/Seoul"))
    assert (used.step_s, len(used.ends_at)) == (900, 40 * 96)
    assert used.total == sum(Decimal(line.split(",")[1]) for line in lines[1:])
    assert abs(carbon.total / (used.total * Decimal("0.0004585")) - 1) > Decimal("0.001")


@pytest.mark.shared
def test_the_steel_year_is_regular_and_exact() -> None:
    if not STEEL.exists():
        pytest.skip(f"{STEEL.name} is not here")
    (found,) = csv_load.read(STEEL, Source(("Usage_kWh",), "Asia/Seoul"))
    assert {after - before for before, after in pairwise(found.ends_at)} == {900}
    assert (len(found.ends_at), found.total) == (35_040, Decimal("959636.71"))
    assert (found.starts_at, found.ends_at[-1]) == (at("2018-01-01T00:00+09:00"), at("2019-01-01T00:00+09:00"))
