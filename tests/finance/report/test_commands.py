"""`finance footprint report`, `verify` and `open`: a folder that computes again, says what differs, and opens."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tally_chain import policy_text
from tally_edge import statement
from tally_edge.command import main
from tally_edge.proof import leaf_hash, node_hash
from tally_finance.report import opening
from tests.finance.activity import works
from tests.finance.report import mill
from tests.world import START, World

FOOTPRINT = ("finance", "footprint")


@pytest.fixture
def world() -> World:
    return works.run(works.opened(), mill.DAYS)


def reported(world: World, folder: Path) -> tuple[Path, list[str]]:
    """The folder of a report that was made, and how its evidence is trusted."""
    (folder / "bundle.tally").write_bytes(mill.encoded(world))
    (folder / "policy.toml").write_text(policy_text.write(works.policy_of(world)))
    trust = ["--policy", str(folder / "policy.toml"), "--at", str(START + 395 * works.DAY_S)]
    out, sheet = folder / "report", mill.sheets(folder)
    assert (
        main([*FOOTPRINT, "report", str(folder / "bundle.tally"), *trust, "--sheet", str(sheet), "--out", str(out)])
        == 0
    )
    return out, trust


def test_a_report_is_computed_again(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, trust = reported(world, tmp_path)
    said = capsys.readouterr().out
    assert "The evidence holds. 证据成立。" in said
    assert "against   certificates and contracts: 1 of the certificates" in said
    for name in ("bundle.tally", "inventory.toml", "boundary.toml", "certificates.csv"):
        (tmp_path / name).unlink()
    assert main([*FOOTPRINT, "verify", str(out), *trust]) == 0
    assert "the same, byte for byte" in capsys.readouterr().out


def test_a_figure_that_was_changed_is_named(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, trust = reported(world, tmp_path)
    said = json.loads((out / "report.json").read_text())
    said["figures"]["scope-2-location"]["kg"] = "1"
    (out / "report.json").write_text(json.dumps(said))
    capsys.readouterr()
    assert main([*FOOTPRINT, "verify", str(out), *trust]) == 1
    told = capsys.readouterr().out
    assert "differs   figures.scope-2-location.kg: the report says 1" in told
    assert told.count("differs") == 1


def test_other_evidence_gives_another_report(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The grid meter counts one kilowatt hour more on the last day."""
    out, trust = reported(world, tmp_path)
    counted = {(works.GRID, "energy_import"): [100] * (mill.DAYS - 1) + [101]}
    other = works.run(works.opened(), mill.DAYS, counted)
    (tmp_path / "other.tally").write_bytes(mill.encoded(other))
    (tmp_path / "policy.toml").write_text(policy_text.write(works.policy_of(other)))
    capsys.readouterr()
    assert main([*FOOTPRINT, "verify", str(out), str(tmp_path / "other.tally"), *trust]) == 1
    told = capsys.readouterr().out
    assert "media[0].bought: the report says 5900, the evidence gives 5901" in told
    assert "the report is another one: 不一致" in told


def test_a_report_is_not_written_over(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, trust = reported(world, tmp_path)
    files = [str(tmp_path / "bundle.tally"), "--sheet", str(tmp_path / "inventory.toml"), "--out", str(out)]
    assert main([*FOOTPRINT, "report", *files, *trust]) == 2
    assert "is there already, and not empty" in capsys.readouterr().err
    files[0] = str(tmp_path / "not.tally")  # told before anything is read: what takes a minute does not end so
    assert main([*FOOTPRINT, "report", *files, *trust]) == 2
    assert "is there already, and not empty" in capsys.readouterr().err


def test_a_part_that_was_changed_is_refused(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, trust = reported(world, tmp_path)
    sheet = out / "sheets" / json.loads((out / "report.json").read_text())["sheets"]["inventory"]
    sheet.write_text(sheet.read_text() + "\n")
    assert main([*FOOTPRINT, "verify", str(out), *trust]) == 2
    assert "was changed" in capsys.readouterr().err


def test_every_figure_opens_in_three_steps(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Down to statements whose bytes lead to the head's root by the path that is shown."""
    out, trust = reported(world, tmp_path)
    said = json.loads((out / "report.json").read_text())
    every = opening.openable(said)
    assert {*said["figures"], "product-1", "medium-1-month-2", "load-1", "rounded-1"} <= every.keys()
    assert max(opening.steps_down(said, name) for name in every) <= opening.MOST_STEPS
    shown = {one["id"] for one in said["meters"]}
    capsys.readouterr()
    plain = {one["id"] for one in said["factors"]} | {one["id"] for one in said["checks"] if not one["opens"]}
    for name in every.keys() - plain:
        assert reached(said, name) & shown, name
    carried = {statement.decode(entry).id.hex(): entry for entry in world.entries}
    for name in sorted(shown):
        assert main([*FOOTPRINT, "open", str(out), name, *trust, "--json"]) == 0
        told = json.loads(capsys.readouterr().out)
        assert len(told["intervals"]) == mill.DAYS
        for row in told["intervals"]:
            for end in (row["first"], row["last"]):
                proof = told["statements"][end["statement"]]
                assert bytes.fromhex(proof["bytes"]) == carried[end["statement"]]
                assert root_by(proof) == world.root


def reached(said: dict[str, Any], name: str) -> set[str]:
    """An item and all that it opens to, all the way."""
    _, below = opening.opened(said, name)
    return {name}.union(*(reached(said, str(one["id"])) for one in below))


def root_by(proof: dict[str, str]) -> bytes:
    """RFC 9162, 2.1.3.2."""
    index, last = int(proof["entry"]), int(proof["size"]) - 1
    found = leaf_hash(bytes.fromhex(proof["bytes"]))
    for step in (bytes.fromhex(one) for one in proof["path"]):
        if index % 2 or index == last:
            found = node_hash(step, found)
            while not index % 2 and index:
                index, last = index >> 1, last >> 1
        else:
            found = node_hash(found, step)
        index, last = index >> 1, last >> 1
    return found


def test_opening_for_people(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, trust = reported(world, tmp_path)
    capsys.readouterr()
    assert main([*FOOTPRINT, "open", str(out), "total-location", *trust]) == 0
    assert "opens line-1" in capsys.readouterr().out
    assert main([*FOOTPRINT, "open", str(out), "line-1", *trust]) == 0
    assert "factor-1     electricity.grid CN 2023 location" in capsys.readouterr().out
    load = next(one["id"] for one in json.loads((out / "report.json").read_text())["meters"] if one["name"] == "grid")
    assert main([*FOOTPRINT, "open", str(out), load, *trust]) == 0
    told = capsys.readouterr().out
    assert "in tallystick.example/mill/1" in told
    assert "  path  " in told
    assert main([*FOOTPRINT, "open", str(out), "scope-9", *trust]) != 0
