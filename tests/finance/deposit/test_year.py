"""Months against their year, and months in which the boundary changed: nothing that differs stays unsaid."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from tally_finance.deposit import summing
from tally_finance.deposit.body import Body, body_of
from tally_finance.report.making import Report
from tests.finance.activity import works
from tests.finance.report import mill

JANUARY, FEBRUARY = "2026-01", "2026-02"
HEAD, *METERS = works.SHEET.split("[[version.meter]]")
DRY = [one for one in METERS if 'name = "water"' not in one]


def sheet(first: list[str], second: list[str]) -> str:
    """A boundary that is another one from the middle of January on."""
    made = [HEAD.split("[[version]]")[0]]
    for at, reason, meters in (("01", "first sheet", first), ("15", "the hall was sold", second)):
        made.append(f'[[version]]\nfrom = 2026-01-{at}T00:00:00+00:00\nreason = "{reason}"\n')
        made += [f"[[version.meter]]{one}" for one in meters]
    return "\n".join(made)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return mill.made(works.run(works.opened(), mill.DAYS), tmp_path_factory.mktemp("mill"))


def bodies_of(report: Report) -> dict[str, Body]:
    return {month: body_of(report, month) for month in (JANUARY, FEBRUARY)}


def faults(said: dict[str, Any], bodies: dict[str, Body]) -> dict[str, tuple[str, ...]]:
    return {one.month: one.faults for one in summing.of_year(said, bodies) if one.faults}


@pytest.mark.parametrize(
    ("first", "second", "water"),
    [(METERS, METERS, ("155", "140")), (DRY, METERS, ("85", "140")), (METERS, DRY, ("70", None))],
)
def test_a_boundary_that_changes_inside_a_month(
    first: list[str], second: list[str], water: tuple[str, str | None], tmp_path: Path
) -> None:
    """Days are those of what the boundary had on them; a counter of both versions is one output."""
    made = mill.made(works.run(works.opened(), mill.DAYS), tmp_path, boundary=sheet(first, second))
    bodies = bodies_of(made)
    assert [list(summing.of_days(one)) for one in bodies.values()] == [[], []]
    assert faults(json.loads(made.encode()), bodies) == {}
    january, february = bodies.values()
    assert [one["month"]["made"] for one in january["output"]] == ["31000"]
    bought = [{one["name"]: one["month"]["bought"] for one in body["media"]} for body in (january, february)]
    assert tuple(one.get("water") for one in bought) == water
    assert [one["reason"] for one in january["boundary"]] == ["first sheet", "the hall was sold"]
    assert [one["to"] for one in january["working"] if one["meter"] == "grid"] == [
        one["to"] for one in january["boundary"]
    ]


def test_a_day_that_the_boundary_had_is_not_left_out(report: Report) -> None:
    """Nor is the boundary that would excuse it."""
    body = body_of(report, JANUARY)
    del body["output"][0]["days"][4]
    assert "coils: its days are not those of 2026-01" in summing.of_days(body)
    body = body_of(report, JANUARY)
    body["boundary"][0]["media"].remove("water")
    assert "its media are not those of its boundary" in summing.of_days(body)
    body["to"] = str(int(body["to"]) + 1)
    assert "it is not from the beginning of 2026-01 to its end" in summing.of_days(body)
    body["boundary"] = []
    assert "its boundary is not told for all of 2026-01" in summing.of_days(body)


def test_what_was_deposited_and_the_report_does_not_have(report: Report) -> None:
    """A medium, a counter, a month: the inspector hears of it from both sides."""
    said, bodies = json.loads(report.encode()), bodies_of(report)
    without = copy.deepcopy(said)
    without["media"] = [one for one in said["media"] if one["name"] != "water"]
    told = faults(without, bodies)
    assert told[JANUARY] == told[FEBRUARY] == ("water: was deposited, and the report has none of it",)
    without = copy.deepcopy(said)
    without["meters"] = [one for one in said["meters"] if one["role"] != "counter"]
    assert faults(without, bodies) == {summing.WHOLE: ("coils, made: deposited 59000, should be 0, +59000",)}
    told = faults(said, {**bodies, "2026-03": bodies[FEBRUARY]})
    assert told == {"2026-03": ("the report does not have this month 报告不含该月",)}


def test_an_estimate_that_was_deposited_as_measured(report: Report) -> None:
    """The sums are the same, and what they rest on is not."""
    said, bodies = json.loads(report.encode()), bodies_of(report)
    said["media"][0]["estimated"] = "100"
    assert faults(said, bodies) == {summing.WHOLE: ("electricity, estimated: deposited 0, should be 100, -100",)}


@pytest.mark.parametrize("word", ["holds", "bounded"])
def test_a_deposit_whose_evidence_does_not_hold(report: Report, word: str) -> None:
    said, bodies = json.loads(report.encode()), bodies_of(report)
    bodies[FEBRUARY]["basis"][word] = False
    ((month, (fault,)),) = faults(said, bodies).items()
    assert (month, "does not hold, or a sum is open" in fault) == (FEBRUARY, True)


def test_digits_that_no_rounding_hides(report: Report) -> None:
    """Sums of forty digits, wrong in the last one."""
    body = body_of(report, JANUARY)
    for row in (body["media"][0]["month"], body["media"][0]["days"][0]):
        row.update(bought=f"{10**40}", made="1", fed_in="0", used=f"{10**40}")
    assert "electricity, month: its parts are not its sum" in summing.of_days(body)
