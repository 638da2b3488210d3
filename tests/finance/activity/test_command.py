"""`tallystick finance footprint activity` over a bundle of a works."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from tally_chain import bundle, policy_text
from tally_chain.policy import TrustedKey
from tally_edge import statement
from tally_edge.command import main
from tally_trial import plants
from tally_trial.play import play
from tally_trial.scene import look_at
from tests.finance.activity import works
from tests.finance.activity.works import DAY_H, DAY_S, SHEET
from tests.world import START, World, p256

DAYS = 59


def written(world: World, folder: Path, days: int = DAYS, text: str = SHEET) -> list[str]:
    """The command with its files."""
    (folder / "bundle.tally").write_bytes(bundle.encode(world.bundle(hours=days * DAY_H)))
    (folder / "policy.toml").write_text(policy_text.write(works.policy_of(world)))
    (folder / "boundary.toml").write_text(text)
    names = [str(folder / name) for name in ("bundle.tally", "policy.toml", "boundary.toml")]
    command = ["finance", "footprint", "activity", names[0], "--policy", names[1], "--boundary", names[2]]
    return [*command, "--at", str(START + 395 * DAY_S)]


def test_for_people(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(written(works.run(works.opened(), DAYS), tmp_path)) == 0
    said = capsys.readouterr().out
    assert "The evidence holds. 证据成立。" in said
    assert "Works 1, 2026-01-01T00:00Z to 2026-03-01T00:00Z" in said
    rows = [line.split() for line in said.splitlines()]
    assert ["2026-02-01", "2,800", "1,120", "280", "3,640", "measured", "实测"] in rows
    assert ["total", "合计", "5,900", "2,360", "590", "7,670", "measured", "实测"] in rows
    assert said.rstrip().splitlines()[-1].startswith("digest ")


def test_every_figure_opens(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    world = works.run(works.opened(), DAYS)
    assert main([*written(world, tmp_path), "--json"]) == 0
    whole = json.loads(capsys.readouterr().out)
    told = whole["activity"]
    assert whole["holds"] is True
    assert told["bounded"] is True
    total = told["media"]["electricity"]["total"]
    assert {name: total[name] for name in ("bought", "made", "fed_in", "used")} == {
        "bought": "5900",
        "made": "2360",
        "fed_in": "590",
        "used": "7670",
    }
    months = told["media"]["electricity"]["months"]
    assert sum(Decimal(one["used"]) for one in months) == 7670
    carried = {statement.decode(entry).id.hex() for entry in world.entries}
    meters = {one["name"]: one for one in told["versions"][0]["meters"]}
    assert meters["grid"]["accuracy_class"] == "0.5S"
    for one in meters.values():
        assert len(one["ends"]) == 2
        assert {end["statement"] for end in one["ends"]} <= carried
        assert one["not_measured"] == []


def test_a_gap_opens_to_the_statements_around_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Three days that nobody read and nobody declared: the evidence does not hold, and the register bridges them."""
    world = works.opened()
    for point, registers in works.REGISTERS.items():
        for register, unit in registers.items():
            step, missing = works.PER_DAY[point, register], {5, 6} if point == works.GRID else set()
            days = [day for day in range(32) if day not in missing]
            works.say(world, point, register, unit, [(day * DAY_H, 1000 + day * step) for day in days])
    assert main([*written(world, tmp_path, 31), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["holds"] is False
    assert "UNCOVERED_INTERVAL" in {one["name"] for one in told["findings"]}
    activity = told["activity"]
    assert activity["bounded"] is True
    assert activity["media"]["electricity"]["total"]["bought"] == "3100"
    grid = activity["versions"][0]["meters"][0]
    (gap,) = grid["not_measured"]
    assert (gap["state"], gap["quantity"], gap["to"] - gap["from"]) == ("bridged", "300", 3 * DAY_S)
    carried = {statement.decode(entry).id.hex() for entry in world.entries}
    assert {gap["first"]["statement"], gap["last"]["statement"]} <= carried
    assert main(written(world, tmp_path, 31)) == 1
    said = capsys.readouterr().out
    assert "The evidence does not hold. 证据不成立。" in said
    assert "bridged 由表底补足" in said


def test_every_interval_in_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    world = works.run(works.opened(), 31)
    arguments = [*written(world, tmp_path, 31), "--intervals", str(tmp_path / "intervals.csv")]
    assert main(arguments) == 0
    with (tmp_path / "intervals.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    carried = {statement.decode(entry).id.hex() for entry in world.entries}
    assert len(rows) == 31 * 6
    assert {row["first_statement"] for row in rows} | {row["last_statement"] for row in rows} <= carried
    assert sum(Decimal(row["quantity"]) for row in rows if row["meter"] == "grid") == 3100
    capsys.readouterr()
    assert main(arguments) == 2
    assert "intervals.csv exists already" in capsys.readouterr().err


def test_evidence_that_does_not_hold_at_all(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    world = works.run(works.opened(), DAYS)
    arguments = written(world, tmp_path)
    stranger = replace(works.policy_of(world), authorities=(TrustedKey(p256("stranger").public_key, "X", "urn:x"),))
    (tmp_path / "policy.toml").write_text(policy_text.write(stranger))
    assert main(arguments) == 1
    assert capsys.readouterr().out.endswith("no activity data: nothing in the bundle may be calculated with\n")
    assert main([*arguments, "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["activity"] is None


def test_a_sheet_that_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    world = works.run(works.opened(), DAYS)
    assert main(written(world, tmp_path, text=SHEET.replace('role = "main"', 'role = "x"', 1))) == 2
    assert "version[1].meter[1].role: 'x' is not one of" in capsys.readouterr().err
    assert main(written(world, tmp_path, text=SHEET.replace("2026-01-01T", "2026-01-05T"))) == 3
    assert "the boundary begins only at" in capsys.readouterr().err


MILL = """
name = "Steel mill"
timezone = "Asia/Shanghai"

[[version]]
from = 2026-01-01T00:00:00+08:00
reason = "first sheet"
"""
METER = """
[[version.meter]]
name = "{name}"
medium = "{medium}"
role = "{role}"
{parent}
point = "urn:dev:org:32473-trial:{name}"
register = "{register}"
unit = "{unit}"
"""


def test_the_simulated_mill(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Four days of the steel mill as it runs: the same quantities as the verification's."""
    played = play(look_at(plants.opened("steel-mill", 7, 4), 7, only={"incomer", "rolling", "auxiliaries", "water"}))
    lines = (
        ("incomer", "electricity", "main", "", "energy_import", "kWh"),
        ("rolling", "electricity", "sub", 'parent = "incomer"', "energy_import", "kWh"),
        ("auxiliaries", "electricity", "sub", 'parent = "incomer"', "energy_import", "kWh"),
        ("water", "water", "main", "", "volume", "m3"),
    )
    keys = ("name", "medium", "role", "parent", "register", "unit")
    text = MILL + "".join(METER.format(**dict(zip(keys, one, strict=True))) for one in lines)
    (tmp_path / "bundle.tally").write_bytes(bundle.encode(played.bundle))
    (tmp_path / "policy.toml").write_text(policy_text.write(played.policy))
    (tmp_path / "boundary.toml").write_text(text)
    names = [str(tmp_path / name) for name in ("bundle.tally", "policy.toml", "boundary.toml")]
    arguments = [names[0], "--policy", names[1], "--at", str(played.now), "--json"]
    assert main(["verify", *arguments]) == 0
    figures = {one["point"].rsplit(":", 1)[1]: one for one in json.loads(capsys.readouterr().out)["figures"]}
    assert main(["finance", "footprint", "activity", *arguments, "--boundary", names[2]]) == 0
    told = json.loads(capsys.readouterr().out)["activity"]
    for meter in told["versions"][0]["meters"]:
        assert Decimal(meter["total"]) == Decimal(figures[meter["name"]]["quantity"]), meter["name"]
    shares = [Decimal(one["unmetered"]) / Decimal(one["went_in"]) for one in told["balances"]]
    assert all(Decimal("-0.03") < one < Decimal("0.5") for one in shares)
