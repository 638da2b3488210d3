"""The page says what its numbers say: the committed one, and pages of small numbers that were made up."""

from __future__ import annotations

import json
import re
from copy import deepcopy
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tally_finance.plausibility.site import NAMES
from tally_trial import detection, kinds, power
from tally_trial.injection import KINDS
from tests.detection import page, statistics
from tests.detection.page import Measured

ROW = re.compile(
    r"^\| `(?P<name>[\w-]+)` \| (?P<stands_for>.*?) \| (?P<on>.*?) \| (?P<caught>.*?) "
    r"\| (?P<by>.*?) \| (?P<alarms>.*?) \|$",
    re.MULTILINE,
)


def rows(text: str) -> dict[str, dict[str, str]]:
    return {row["name"]: row.groupdict() for row in ROW.finditer(text)}


def row(**changed: Any) -> dict[str, Any]:
    """Ten seeds, all caught."""
    fine: dict[str, Any] = {
        "runs": 10,
        "caught": 10,
        "by": {"405 FORK": 10},
        "profiles": {"grain-silo": 10},
        "instruments": {"silo": 20},
        "false_alarms": {},
        "missed_seeds": [],
    }
    return fine | changed


def nothing_caught() -> dict[str, Any]:
    return row(caught=0, by={}, missed_seeds=list(range(1, 11)))


def theft(kind: str, found: dict[int, int]) -> dict[str, Any]:
    """What is not said of a size was found in none of 20 runs."""
    of_sizes = {str(size): found.get(size, 0) for size in power.sizes(kind)}
    return {
        "kind": kind,
        "meter": "incomer",
        "register": "energy_import",
        "found": {str(days): of_sizes for days in power.AFTER_DAYS},
    }


def profile(**changed: Any) -> dict[str, Any]:
    """Twenty runs in five site-years."""
    return {"runs": 20, "watched_days": 1_825, "false_alarms": [], "thefts": []} | changed


@pytest.fixture
def told() -> Measured:
    uncaught = {detection.HONEST, *(name for name, kind in KINDS.items() if not kind.caught_by)}
    of_kinds = {name: nothing_caught() if name in uncaught else row() for name in detection.measured()}
    return Measured(
        {"seeds": [1, 10], "rows": of_kinds}, {"seeds": [1001, 1020], "profiles": {"grain-silo": profile()}}
    )


def alarm(day: int = 9) -> dict[str, Any]:
    return {"seed": 1003, "check": "frozen", "at": "level_a", "day": day, "says": "stands still"}


# The committed page


def test_the_page_is_what_its_numbers_give() -> None:
    measured = page.load()
    assert page.PAGE.read_text("utf-8") == page.render(measured), "run: python -m tests.detection --page"
    for name, svg in page.pictures(measured).items():
        assert (page.PICTURES / name).read_text("utf-8") == svg


def test_the_page_tells_of_every_fault_and_attack_and_every_profile() -> None:
    text = page.PAGE.read_text("utf-8")
    told = rows(text)
    assert set(told) == set(KINDS)
    for name, one in told.items():
        assert one["stands_for"] == KINDS[name].stands_for
    for name in power.profiles():
        assert f"### {name}\n" in text
    for name in NAMES:
        assert f"`{name}`" in text


def test_the_numbers_of_the_page_have_no_fault() -> None:
    assert page.faults(page.load()) == []


def test_the_seeds_of_the_statistics_are_none_that_charts_were_tuned_on() -> None:
    first, _ = page.load().statistics["seeds"]
    assert first == statistics.FIRST_SEED > power.TUNING_SEEDS.stop


def test_the_numbers_are_written_and_read_as_they_are(
    told: Measured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told.statistics["profiles"]["grain-silo"]["thefts"] = [theft("magnet", {100: 20})]
    monkeypatch.setattr(page, "PAGE", tmp_path / "detection.md")
    monkeypatch.setattr(page, "PICTURES", tmp_path / "pictures")
    monkeypatch.setattr(page, "MEASURED", tmp_path / "measured.json")
    page.write(told)
    assert page.load() == told == Measured(**json.loads((tmp_path / "measured.json").read_text()))
    assert (tmp_path / "detection.md").read_text() == page.render(told)
    assert ET.parse(tmp_path / "pictures" / "detection-grain-silo.svg").getroot().tag.endswith("svg")


# Rows that were made up


def test_a_page_of_fine_numbers_has_no_fault(told: Measured) -> None:
    assert page.faults(told) == []
    fork = rows(page.render(told))["fork"]
    assert (fork["caught"], fork["by"], fork["alarms"]) == ("10 of 10", "405 FORK (10)", "none")
    assert "`DETECTION_SEEDS=10 DETECTION_POWER_SEEDS=20 make detection`" in page.render(told).replace("\n", " ")
    assert "10 honest runs, with nothing done to them, had no false alarms" in page.render(told).replace("\n", " ")


def test_a_row_that_is_not_there_is_a_fault_and_no_page_is_written(told: Measured) -> None:
    del told.rules["rows"]["fork"]
    assert page.faults(told) == ["fork: not measured"]
    with pytest.raises(KeyError, match="fork"):
        page.render(told)


def test_a_miss_is_a_fault_and_stands_on_the_page_with_its_seeds(told: Measured) -> None:
    told.rules["rows"]["fork"] = row(caught=8, by={"405 FORK": 8}, missed_seeds=[3, 5])
    assert page.faults(told) == ["fork: missed with seeds 3, 5"]
    assert rows(page.render(told))["fork"]["caught"] == "8 of 10; seeds 3, 5 **missed**"


def test_a_miss_with_a_reason_is_none(told: Measured) -> None:
    told.rules["rows"]["frozen"] = row(caught=9, by={"plausible:frozen": 9}, missed_seeds=[4])
    assert page.faults(told) == []
    caught = rows(page.render(told))["frozen"]["caught"]
    assert caught == f"9 of 10; seed 4 not detectable, because {KINDS['frozen'].limit}"


def test_many_seeds_are_counted_not_listed(told: Measured) -> None:
    told.rules["seeds"] = [1, 100]
    told.rules["rows"]["frozen"] = row(runs=100, caught=50, by={}, missed_seeds=list(range(50)))
    assert "seeds 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 38 more not" in rows(page.render(told))["frozen"]["caught"]


@pytest.mark.parametrize("name", ["fork", detection.HONEST])
def test_a_false_alarm_is_a_fault_and_stands_on_the_page_with_its_seeds(told: Measured, name: str) -> None:
    told.rules["rows"][name]["false_alarms"] = {"503 RESET": [2, 7]}
    assert page.faults(told) == [f"{name}: false alarms 2 × 503 RESET (seeds 2, 7)"]
    text = page.render(told).replace("\n", " ")
    if name == "fork":
        assert "| 2 × 503 RESET (seeds 2, 7) |" in text
    else:
        assert "had 2 × 503 RESET (seeds 2, 7) false alarms" in text


@pytest.mark.parametrize(
    "wrong",
    [{"caught": 9}, {"by": {"405 FORK": 11}}, {"missed_seeds": [3]}],
    ids=["fewer caught than not missed", "a sign more often than caught", "missed and caught"],
)
def test_numbers_that_do_not_add_up_are_a_fault(told: Measured, wrong: dict[str, Any]) -> None:
    told.rules["rows"]["fork"] = row(**wrong)
    assert "fork: its numbers do not add up" in page.faults(told)


def test_a_row_of_fewer_seeds_than_the_page_says_is_a_fault(told: Measured) -> None:
    told.rules["rows"]["fork"] = row(runs=9, caught=9, by={})
    assert page.faults(told) == ["fork: played 9 times with 10 seeds"]


def test_what_nothing_can_catch_says_why_and_claims_nothing(told: Measured) -> None:
    for kind in (*kinds.of_kind("attack"), *kinds.of_kind("fault")):
        if not kind.caught_by:
            one = rows(page.render(told))[kind.name]
            assert one["caught"] == f"not detectable by this system, because {kind.limit}"
            assert one["by"] == "–"


def test_the_summary_ends_with_what_is_wrong(told: Measured) -> None:
    told.rules["rows"]["fork"] = row(caught=8, by={}, missed_seeds=[3, 5])
    lines = list(page.summary(told))
    assert lines[-1] == "fork: missed with seeds 3, 5"
    assert any(line.split() == ["fork", "caught", "8", "missed", "2", "false", "alarms", "0"] for line in lines)


# Statistics that were made up


def section(told: Measured) -> str:
    return page.render(told).partition("### grain-silo")[2]


def test_a_theft_is_told_with_what_its_runs_prove(told: Measured) -> None:
    mine = told.statistics["profiles"]["grain-silo"]
    large = {size: 20 for size in power.PER_CENT if size >= 20}
    mine["thefts"] = [
        theft("magnet", {**large, 20: 19, 5: 20}),
        theft("bypass", {**large, 100: 18}),
        theft("night-drive", dict.fromkeys(power.TONNES, 20)),
    ]
    lines = [line for line in section(told).splitlines() if "`energy_import`" in line]
    cells = [re.split(r" \| ", line.strip("| ")) for line in lines]
    assert cells[0][2:] == ["20 % (19 of 20, ≥ 78 %)"] * 3
    assert cells[1][2:] == ["none"] * 3
    assert cells[2][2:] == ["1 t a night (20 of 20, ≥ 86 %)"] * 3


def test_no_false_alarm_is_bounded_too(told: Measured) -> None:
    said = "False alarms: none in 5.0 site-years of honest plants, 0.00 a site-year; at most 0.60 by the bound."
    assert said in section(told)


def test_false_alarms_are_told_one_by_one_and_a_bound_above_one_is_marked(told: Measured) -> None:
    mine = told.statistics["profiles"]["grain-silo"]
    mine["false_alarms"] = [alarm(day) for day in (9, 10)]
    text = section(told)
    assert "2 in 5.0 site-years of honest plants, 0.40 a site-year; at most 1.26 by the bound, **which is above" in text
    assert "- seed 1003, day 9: `frozen` at level_a, stands still" in text
    assert page.faults(told) == []


def test_more_than_one_false_alarm_a_site_year_is_a_fault(told: Measured) -> None:
    mine = told.statistics["profiles"]["grain-silo"]
    mine["false_alarms"] = [alarm()] * 5
    assert page.faults(told) == []
    mine["false_alarms"] = [alarm()] * 6
    assert page.faults(told) == ["grain-silo: 6 false alarms in 1825 watched days"]
    mine["watched_days"] = 0
    assert "6 in 0.0 site-years of honest plants." in section(told)


def test_a_profile_is_told_from_its_runs() -> None:
    place = ["urn:x:incomer", "energy_import"]
    runs = [
        {
            "watched_days": 70,
            "false_alarms": [alarm()] if day is None else [],
            "found": [["magnet", *place, size, day if size > 2 else None] for size in power.PER_CENT],
        }
        for day in (10, 20, None)
    ]
    found = statistics.told(deepcopy(runs))
    assert (found["runs"], found["watched_days"], found["false_alarms"]) == (3, 210, [alarm()])
    (one,) = found["thefts"]
    assert (one["kind"], one["meter"], one["register"]) == ("magnet", "incomer", "energy_import")
    assert [one["found"][str(days)]["100"] for days in power.AFTER_DAYS] == [1, 2, 2]
    assert one["found"]["56"]["2"] == 0
