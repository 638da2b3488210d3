"""Hours in a report: what sun and load have in common, computed apart; what nobody measured; what contradicts it."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from tally_chain import policy_text
from tally_chain.bundle import encode
from tally_edge.command import main
from tally_finance.errors import FootprintError
from tally_finance.footprint.replay import decode, replay
from tally_finance.report import opening
from tally_finance.report.making import Report
from tests.finance.activity import works
from tests.finance.report import mill, sunny
from tests.world import HOUR, START, World

MET = sum(map(min, sunny.LOAD, sunny.SUN))


@pytest.fixture(scope="module")
def world() -> World:
    return sunny.world()


def told(report: Report) -> Any:
    return json.loads(report.encode())


def check(said: Any, kind: str) -> Any:
    return next(one for one in said["checks"] if one["kind"] == kind)


def test_the_score_is_what_a_loop_over_the_hours_gives(world: World, tmp_path: Path) -> None:
    said = told(sunny.made(world, tmp_path, sunny.bundles()))
    found, load = said["instruments"]["hourly"], sum(sunny.LOAD)
    assert (found["load_kwh"], found["matched_kwh"]) == (str(load), str(MET))
    assert (found["unmatched_kwh"], found["surplus_kwh"]) == (str(load - MET), str(sum(sunny.SUN) - MET))
    assert Fraction(found["cfe"]) == Fraction(MET, load)
    assert Decimal(found["cfe_percent"]) == Decimal(MET * 100_000 // load) / 1000
    assert (found["hours"], found["unknown_hours"], found["grid"]) == ("72", "0", sunny.GRID)
    assert [one["matched_kwh"] for one in found["months"]] == [str(MET)]
    assert found["worst"][0] == {
        "from": str(START + 8 * HOUR),
        "load_kwh": "10",
        "matched_kwh": "0",
        "unmatched_kwh": "10",
        "known": True,
    }
    assert {one["kwh"] for one in found["certificates"]} == {"15"}


def test_granular_certificates_count_in_the_annual_result(world: World, tmp_path: Path) -> None:
    """180 kWh of sun over the period, of which the load met 120 in their hour: the annual result takes all of them."""
    said = told(sunny.made(world, tmp_path, sunny.bundles()))
    assert said["instruments"]["covered_kwh"] == str(sum(sunny.SUN))
    assert said["instruments"]["remainder_kwh"] == str(sum(sunny.LOAD) - sum(sunny.SUN))
    assert check(said, "hourly")["holds"]


def test_an_annual_claim_below_the_hours_is_a_contradiction(tmp_path: Path) -> None:
    """A certificate of 1 MWh may stand for the same sun, so the year claims that; the hours show twelve."""
    rows = "number,from,to,region,cancelled_for,cancelled_at,contract,device\n"
    row = "GEC-9,2026-01-01T00:00:00Z,2026-01-04T00:00:00Z,CN,Works 1,2026-03-01T00:00:00Z,,{}\n"
    text = sunny.INVENTORY.replace("granular =", 'certificates = "gec.csv"\ngranular =')
    great = sunny.world([100 * one for one in sunny.LOAD])
    sun = [
        sunny.bundle(hour, kwh, face_value=100_000, device_capacity=2_000_000)
        for hour, kwh in enumerate(sunny.SUN)
        if kwh
    ]
    (tmp_path / "gec.csv").write_text(rows + row.format(""))
    said = told(sunny.made(great, tmp_path, sun, text))
    apart = said["instruments"]["hourly"]["certificates"]
    assert {one["not_annual"] for one in apart} == {"may be the generation of certificate GEC-9, which counts already"}
    assert (said["instruments"]["covered_kwh"], said["instruments"]["hourly"]["matched_kwh"]) == ("1000", "12000")
    assert not check(said, "hourly")["holds"]
    (tmp_path / "gec.csv").write_text(rows + row.format("another device"))
    said = told(sunny.made(great, tmp_path, sun, text))
    assert said["instruments"]["covered_kwh"] == str(1000 + 100 * sum(sunny.SUN))
    assert check(said, "hourly")["holds"]


def test_what_is_passed_on_is_matched_by_no_hour(world: World, tmp_path: Path) -> None:
    """Which hours of a tenant's electricity the sun met nobody works out: no score, and a check that was not made."""
    less = '[[use.less]]\nmeter = "furnace"\nto = "Tenant 1"\nreason = "let since 2021"\n\n[market]'
    said = told(sunny.made(world, tmp_path, sunny.bundles(), sunny.INVENTORY.replace("[market]", less)))
    assert "hourly" not in said["instruments"]
    row = check(said, "hourly")
    assert (row["made"], row["holds"]) == (False, False)


def test_hours_that_nobody_read_are_matched_by_nothing(tmp_path: Path) -> None:
    """The register at 12:00 and 13:00 of the first day is missing: three hours of sun have a load that is bridged."""
    said = told(sunny.made(sunny.world(unread={12, 13}), tmp_path, sunny.bundles()))
    found = said["instruments"]["hourly"]
    assert (found["unknown_hours"], found["load_kwh"]) == ("3", str(sum(sunny.LOAD)))
    assert found["matched_kwh"] == str(MET - 30)
    assert [one["known"] for one in found["worst"]].count(False) == 3


def test_a_load_that_is_read_by_the_day_is_matched_by_nothing(tmp_path: Path) -> None:
    daily = works.run(works.opened(), sunny.DAYS)
    found = told(sunny.made(daily, tmp_path, sunny.bundles()))["instruments"]["hourly"]
    assert (found["matched_kwh"], found["unknown_hours"], found["cfe_percent"]) == ("0", "72", "0.000")


def test_the_grid_region_is_the_sites(world: World, tmp_path: Path) -> None:
    away = [sunny.bundle(12, 15, connected_grid_identification="CN-grid:西北"), sunny.bundle(13, 15)]
    said = told(sunny.made(world, tmp_path, away))
    assert said["instruments"]["hourly"]["matched_kwh"] == "10"
    assert [one["not_hourly"] for one in said["instruments"]["hourly"]["certificates"]] == [
        "feeds into another grid region: CN-grid:西北",
        "",
    ]
    assert said["instruments"]["covered_kwh"] == "30"


def test_what_is_refused_is_told_with_the_rest(world: World, tmp_path: Path) -> None:
    stored = sunny.bundle(12, 15, storage_id="5a0e8d0c-6a7b-4c8d-8e9f-a0b1c2d3e4f5", device_type="Storage")
    said = told(sunny.made(world, tmp_path, [stored, sunny.bundle(13, 21)]))
    whys = [one["why"] for one in said["instruments"]["refused"]]
    assert "storage device (储能)" in whys[0]
    assert whys[1] == "21000 Wh are more than a device of 20000 W can make in its time"
    assert not check(said, "instruments")["holds"]
    assert said["instruments"]["hourly"]["cfe"] == "0"


def test_the_trace_replays_the_hours_from_the_loads(world: World, tmp_path: Path) -> None:
    report = sunny.made(world, tmp_path, sunny.bundles())
    trace = decode(report.trace.encode())
    results = replay(trace)
    assert results["hourly.matched"] == MET
    assert results["hourly.cfe"] == Fraction(MET, sum(sunny.LOAD))
    (drawn,) = [one for one in trace.steps if one.label == "meter by the hour"]
    grid = next(one for one in told(report)["meters"] if one["name"] == "grid")
    assert drawn.source["load"] == grid["load"]
    assert drawn.value == tuple(map(str, sunny.LOAD))


def test_it_opens_within_three_steps(world: World, tmp_path: Path) -> None:
    said = told(sunny.made(world, tmp_path, sunny.bundles()))
    item, below = opening.opened(said, "hourly")
    assert item["matched_kwh"] == str(MET)
    assert all(opening.is_load(one) for one in below)
    assert opening.steps_down(said, "hourly") <= opening.MOST_STEPS


def test_equal_bytes_in_every_order(world: World, tmp_path: Path) -> None:
    first = told(sunny.made(world, tmp_path, sunny.bundles()))
    second = told(sunny.made(world, tmp_path, sunny.bundles()[::-1]))
    assert first.pop("sheets") != second.pop("sheets"), "the files differ"
    assert first == second


def test_hours_begin_as_the_sites_clock_has_them(world: World, tmp_path: Path) -> None:
    """In India the hour begins at half past; certificates by the hour of UTC lie in two of its hours."""
    kolkata = works.SHEET.replace('timezone = "UTC"', 'timezone = "Asia/Kolkata"')
    (tmp_path / "gc.json").write_text(sunny.file(sunny.bundles()))
    found = told(mill.made(world, tmp_path, sunny.DAYS, sunny.INVENTORY, kolkata))["instruments"]["hourly"]
    assert {one["not_hourly"] for one in found["certificates"]} == {"its time lies in two of the load's hours"}
    assert (found["hours"], len(found["months"]), found["unknown_hours"]) == ("73", 1, "73")
    assert found["matched_kwh"] == "0"


def test_a_sheet_without_granular_certificates_has_no_hours(world: World, tmp_path: Path) -> None:
    text = sunny.INVENTORY.replace('granular = ["gc.json"]', "").replace(f'grid = "{sunny.GRID}"', "")
    said = told(sunny.made(world, tmp_path, [], text))
    assert "hourly" not in said["instruments"]
    assert not [one for one in said["checks"] if one["kind"] == "hourly"]


def test_a_load_that_drew_nothing_has_no_score(tmp_path: Path) -> None:
    with pytest.raises(FootprintError, match="matched by nothing"):
        sunny.made(sunny.world([0] * 72), tmp_path, sunny.bundles())


def test_a_folder_with_hours_computes_again_and_opens(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By command: made, its sheets taken away, computed again, the score opened and the load below it."""
    out, (bundle, policy, gc) = tmp_path / "report", (tmp_path / name for name in ("b.tally", "policy.toml", "gc.json"))
    bundle.write_bytes(encode(world.bundle(hours=sunny.DAYS * works.DAY_H)))
    policy.write_text(policy_text.write(works.policy_of(world)))
    gc.write_text(sunny.file(sunny.bundles()))
    sheet = mill.sheets(tmp_path, sunny.INVENTORY)
    trust = ["--policy", str(policy), "--at", str(START + 395 * works.DAY_S)]
    words = ["finance", "footprint"]
    assert main([*words, "report", str(bundle), *trust, "--sheet", str(sheet), "--out", str(out)]) == 0
    assert "23.809 % are matched hour by hour, 120 kWh; the period claims 180 kWh" in capsys.readouterr().out
    gc.unlink()
    assert main([*words, "verify", str(out), *trust]) == 0
    assert "the same, byte for byte" in capsys.readouterr().out
    assert main([*words, "open", str(out), "hourly", *trust]) == 0
    (load,) = re.findall(r"opens (load-\d+)", capsys.readouterr().out)
    assert main([*words, "open", str(out), load, *trust]) == 0
    assert "statement" in capsys.readouterr().out
