"""`tallystick finance factor`: list, show, choose, and own factors from a draft to a signed file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.chain.registry.consortium import PASSPHRASE, say

REGIONS = ("--region", "CN-JS", "--region", "CN-grid:华东", "--region", "CN")


@pytest.fixture(autouse=True)
def passphrase(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALLYSTICK_PASSPHRASE", PASSPHRASE)


def test_choose_shows_the_factor_the_rule_and_what_does_not_count() -> None:
    said = say(
        "finance", "factor", "choose", "--activity", "electricity.grid", *REGIONS, "--year", "2024",
        "--basis", "location", "--json",
    )  # fmt: skip
    assert said.code == 0
    told = json.loads(said.out)
    assert (told["chosen"]["value"], told["chosen"]["unit"]) == ("0.5827", "kgCO2/kWh")
    assert told["fallback"] is True
    assert told["rule"].endswith("data of 2023, the newest before 2024 (回退)")
    assert {"0.6096", "0.5777", "0.5500", "0.5306"} <= {one["value"] for one in told["alternatives"]}
    assert all(one["why_not"] for one in told["alternatives"])


def test_choose_says_what_is_missing() -> None:
    said = say(
        "finance", "factor", "choose", "--activity", "water.supply", *REGIONS, "--year", "2024", "--basis", "upstream"
    )
    assert said.code == 1
    assert said.out.strip() == "no factor for water.supply in CN-JS, CN-grid:华东, CN"
    said = say("finance", "factor", "choose", "--activity", "x", *REGIONS, "--year", "2024", "--basis", "nearby")
    assert said.code == 2


def test_list_and_show() -> None:
    said = say("finance", "factor", "list", "--activity", "water", "--region", "GB", "--year", "2025")
    lines = said.out.splitlines()
    assert len(lines) == 3
    assert lines[0].endswith("water.supply GB 2025 upstream: 0.1913 kgCO2e/m3")
    shown = say("finance", "factor", "show", lines[0].split()[0])
    assert shown.code == 0
    assert "'Water supply'!D18" in shown.out
    assert "Open Government Licence" in shown.out
    assert say("finance", "factor", "show", "").code != 0


def test_own_factors_from_a_draft_to_a_choice(tmp_path: Path) -> None:
    table = tmp_path / "own.toml"
    draft, key, file = str(table), str(tmp_path / "mill.key"), str(tmp_path / "own.factors")
    assert say("finance", "factor", "new", "--out", draft).code == 0
    unfilled = say("finance", "factor", "sign", draft, "--organisation", "mill", "--key", key, "--out", file)
    assert unfilled.code == 2
    kid = json.loads(say("finance", "close", "key", "--out", key, "--json").out)["key_id"]
    text = table.read_text("utf-8")
    for old, new in (
        ('licence = ""', 'licence = "by contract"'),
        ('title = ""', 'title = "supply contract 12"'),
        ('locator = ""', 'locator = "annex 2"'),
        ("value = 0.0000", "value = 0.2050"),
        ("supplier:NAME", "supplier:grid"),
    ):
        assert old in text
        text = text.replace(old, new)
    table.write_text(text, "utf-8")
    made = say("finance", "factor", "sign", draft, "--organisation", "mill", "--key", key, "--out", file)
    assert made.code == 0, made
    again = say("finance", "factor", "sign", draft, "--organisation", "mill", "--key", key, "--out", file)
    assert again.code == 2
    which = ("--activity", "electricity.grid", "--region", "supplier:grid", "--year", "2026", "--basis", "supplier")
    asked = ("finance", "factor", "choose", *which, "--own", file)
    found = say(*asked, "--signer", kid, "--json")
    assert found.code == 0, found
    told = json.loads(found.out)["chosen"]
    assert (told["value"], told["owner"]) == ("0.2050", f"mill (key {kid[:12]})")
    assert say(*asked).code != 0
    assert say(*asked, "--signer", "00" * 32).code != 0
