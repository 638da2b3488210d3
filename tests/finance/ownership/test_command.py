"""`tallystick finance ownership`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tally_edge.command import main
from tests.finance.ownership.deal import REGISTRARS_KEY, SMELTER, invoice_nullifier
from tests.finance.ownership.test_pack_file import FILES, TEXT


@pytest.fixture
def file(tmp_path: Path) -> Path:
    for name in FILES:
        (tmp_path / name).write_bytes(name.encode())
    made = tmp_path / "pack.toml"
    made.write_text(TEXT, "utf-8")
    return made


def test_a_pack_in_order(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["finance", "ownership", str(file), "--on", "2026-02-01"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("The papers tell one story. 单据一致。\ndigest 0x")


def test_a_paper_from_tomorrow(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["finance", "ownership", str(file), "--on", "2026-01-13"]) == 1
    assert "dates-wrong 日期矛盾: transport YD-77" in capsys.readouterr().out


def test_an_invoice_that_carries_other_financing(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    taken = invoice_nullifier(REGISTRARS_KEY, SMELTER, "26312000000012345678").hex()
    assert main(["finance", "ownership", str(file), "--on", "2026-02-01", "--taken", taken, "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in told["remarks"]] == ["invoice-taken"]
    assert not told["allows_pledge"]


def test_a_pack_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["finance", "ownership", str(tmp_path / "none.toml")]) == 2
    assert "none.toml" in capsys.readouterr().err
