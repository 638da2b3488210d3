"""A report of a works: its figures equal hand arithmetic, and everything that it rests on is told."""

from __future__ import annotations

import json
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

import pytest

from tally_finance.errors import FootprintError
from tally_finance.footprint.replay import decode, replay
from tally_finance.report import opening
from tests.finance.activity import works
from tests.finance.report import mill


def told(tmp_path: Path, text: str = mill.INVENTORY) -> dict:  # type: ignore[type-arg]  # JSON
    report = mill.made(works.run(works.opened(), mill.DAYS), tmp_path, text=text)
    return json.loads(report.encode())  # type: ignore[no-any-return]


def test_figures_equal_hand_arithmetic(tmp_path: Path) -> None:
    """5,900 kWh by the national factors of 2023; one certificate takes 1,000 of them."""
    found = told(tmp_path)
    values = {one["basis"]: Decimal(one["value"]) for one in found["factors"]}
    lines = {one["scope"]: Decimal(one["kg"]) for one in found["lines"]}
    assert lines["2 location-based"] == 5900 * values["location"]
    assert lines["2 market-based"] == 4900 * values["residual"]
    kg = {name: Decimal(one["kg"]) for name, one in found["figures"].items()}
    assert kg["scope-2-location"] == round(5900 * values["location"])
    assert kg["total-market"] == round(4900 * values["residual"])
    (coil,) = found["products"]
    assert (coil["amount"], coil["unit"], coil["share"]) == ("59000", "kg", "1")
    assert Decimal(coil["kg_per_unit"]) == round(5900 * values["location"] / 59_000, 6)
    (table,) = found["rounded"]
    assert Decimal(table["exact_t"]) == Decimal(table["rounded_t"]) == Decimal("2.95")
    assert table["stated_lost_percent"] == "1.695"


def test_what_it_rests_on_is_told(tmp_path: Path) -> None:
    found = told(tmp_path)
    assert found["instruments"]["certificates"] == ["GEC-1"]
    assert [one["number"] for one in found["instruments"]["refused"]] == ["GEC-2"]
    assert "water: metered, and in no line of the inventory" in found["marks"]
    assert any("factors of 2023 for an activity of 2026" in mark for mark in found["marks"])
    assert {one["kind"]: one["made"] for one in found["checks"]}["invoice"] is False
    assert next(one for one in found["checks"] if one["kind"] == "instruments")["holds"] is False
    electricity = next(one for one in found["media"] if one["name"] == "electricity")
    assert electricity["percent"] == {
        "measured": "100.000",
        "bridged": "0.000",
        "estimated": "0.000",
        "missing": "0.000",
    }
    assert electricity["longest_gap_s"] == "0"
    assert found["integrity"]["holds"] is True
    assert found["roots"][0]["size"] == found["integrity"]["logs"][0]["size"]
    assert found["sheets"]["boundary"] == sha256(works.SHEET.encode()).hexdigest()


def test_equal_inputs_give_equal_bytes_and_the_trace_replays(tmp_path: Path) -> None:
    world = works.run(works.opened(), mill.DAYS)
    first, second = (mill.made(world, tmp_path) for _ in range(2))
    assert first.encode() == second.encode()
    assert first.bound == second.bound
    trace = decode(first.trace.encode())
    results = replay(trace)
    assert results["line-1"] == first.lines_kg[0].number
    assert results["product-1.kg"] == first.products[0].kg.number
    assert json.loads(first.encode())["trace"] == sha256(first.trace.encode()).hexdigest()


def test_a_gap_bridged_by_registers_is_told_and_costs_nothing(tmp_path: Path) -> None:
    world = works.opened()
    for point, registers in works.REGISTERS.items():
        for register, unit in registers.items():
            step, missing = works.PER_DAY[point, register], {5, 6} if point == works.GRID else set()
            days = [day for day in range(32) if day not in missing]
            works.say(world, point, register, unit, [(day * works.DAY_H, 1000 + day * step) for day in days])
    found = json.loads(mill.made(world, tmp_path, 31).encode())
    assert found["integrity"]["holds"] is False
    electricity = next(one for one in found["media"] if one["name"] == "electricity")
    assert (electricity["bought"], electricity["bridged"]) == ("3100", "300")
    assert electricity["longest_gap_s"] == str(3 * works.DAY_S)
    assert "the evidence does not hold (证据不成立)" in found["marks"]


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ('medium = "electricity"\nas', 'medium = "steam"\nas', "names medium 'steam'"),
        ('made = ["coils"]', 'made = ["plates"]', "names meter 'plates'"),
    ],
)
def test_what_the_boundary_does_not_have_is_refused(old: str, new: str, error: str, tmp_path: Path) -> None:
    with pytest.raises(FootprintError, match=error):
        told(tmp_path, mill.INVENTORY.replace(old, new))


@pytest.mark.parametrize("below", [["line-9"], [["line-1"]], "line-1", None, {"line-1": 1}])
def test_a_report_of_somebody_else_that_opens_to_nothing_is_refused(below: object) -> None:
    said = {"figure": {"id": "total", "opens": below}, "lines": [{"id": "line-1", "opens": []}]}
    with pytest.raises(FootprintError, match="total opens to what the report does not have"):
        opening.opened(said, "total")
    with pytest.raises(FootprintError, match="nothing with id 'x'; there are line-1, total"):
        opening.opened(said, "x")
