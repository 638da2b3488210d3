"""`tallystick finance quantity` over a bundle of a simulated silo."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from tally_chain import bundle, policy_text
from tally_edge import statement
from tally_edge.command import main
from tally_trial import plants
from tally_trial.parties import Parties
from tally_trial.play import Played, play
from tally_trial.scene import look_at
from tests.finance.quantity.sheet import SHEET


@pytest.fixture(scope="module")
def played() -> Played:
    """Four days of the silo."""
    plant = plants.opened("grain-silo", 5, 4)
    return play(look_at(plant, 5, only={"weighbridge", "level_a", "level_b"}))


@pytest.fixture
def arguments(played: Played, tmp_path: Path) -> list[str]:
    """The command with its files."""
    (tmp_path / "bundle.tally").write_bytes(bundle.encode(played.bundle))
    (tmp_path / "policy.toml").write_text(policy_text.write(played.policy))
    (tmp_path / "store.toml").write_text(SHEET)
    names = [str(tmp_path / name) for name in ("bundle.tally", "policy.toml", "store.toml")]
    return ["finance", "quantity", names[0], "--policy", names[1], "--store", names[2], "--at", str(played.now)]


def test_for_people(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 0
    said = capsys.readouterr().out
    assert "The evidence holds. 证据成立。" in said
    assert "attested quantity 见证量" in said
    assert "lower bound 下限 (k = 1.645)" in said
    assert "book and stocktake: agree" in said
    assert "no credit" not in said


def test_every_number_opens(arguments: list[str], played: Played, capsys: pytest.CaptureFixture[str]) -> None:
    """Tickets and levels add up to what is told, and each names a statement of the bundle."""
    assert main([*arguments, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["quantity"]
    nets = [Decimal(one["first_kg"]) - Decimal(one["second_kg"]) for one in told["tickets"]]
    assert sum(net for net in nets if net > 0) == Decimal(told["came_kg"])
    assert -sum(net for net in nets if net < 0) == Decimal(told["went_kg"])
    assert len({one["evidence"] for one in told["tickets"]}) == len(told["tickets"])
    carried = {statement.decode(entry.statement).id.hex() for entry in played.bundle.sections[0].entries}
    named = {one["statement"] for one in told["tickets"]}
    named |= {one["statement"] for both in told["levels"].values() for one in (*both["first"], *both["last"])}
    assert named <= carried
    assert len(told["levels"]) == 2
    causes = set(told["stocktake"]["causes_kg"])
    assert "density/goods" in causes
    assert any(cause.startswith("urn:dev:org:32473-trial:level_a/") for cause in causes)


def test_evidence_that_does_not_hold(
    arguments: list[str], played: Played, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A policy that trusts another authority: the verdict is told, and no figure."""
    stranger = replace(played.policy.authorities[0], key=Parties(99).authority.public_key)
    (tmp_path / "policy.toml").write_text(policy_text.write(replace(played.policy, authorities=(stranger,))))
    assert main(arguments) == 1
    said = capsys.readouterr().out
    assert "301  the policy does not know this authority" in said
    assert said.endswith("no quantity: nothing in the bundle may be calculated with\n")


def test_a_sheet_that_is_wrong(arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "store.toml").write_text(SHEET.replace("interval_kg = 20", "interval_kg = 0"))
    assert main(arguments) == 2
    assert "scale.interval_kg: 0 is not a number above zero" in capsys.readouterr().err
    (tmp_path / "store.toml").write_text(SHEET.replace("level_b", "level_c"))
    assert main(arguments) == 3
    assert "level_c: the bundle has no readings of it that hold" in capsys.readouterr().err
