"""Factors ship anew: a kept report computes again by those of its time, and `renew` says what the new ones change."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tally_edge.command import main
from tally_finance.factors import shipping
from tally_finance.factors.editions import Edition
from tally_finance.factors.registry import Registry
from tests.finance.activity import works
from tests.finance.report import mill
from tests.finance.report.test_commands import FOOTPRINT, reported

NEWEST = shipping.editions()[-1]
OLD = Edition(date(2025, 1, 1), Registry.of(one for one in NEWEST.registry if one.data_year < 2023))
"""What shipped before the Chinese factors of 2023 did."""


def ship(monkeypatch: pytest.MonkeyPatch, *editions: Edition) -> None:
    monkeypatch.setattr(shipping, "editions", lambda: editions)


def test_a_report_computes_again_after_other_factors_shipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ship(monkeypatch, OLD)
    out, trust = reported(works.run(works.opened(), mill.DAYS), tmp_path)
    data = (out / "report.json").read_bytes()
    capsys.readouterr()
    assert main([*FOOTPRINT, "renew", str(out), *trust]) == 0
    told = capsys.readouterr().out
    assert "edition 2025-01-01 (因子版本): none has shipped since" in told
    assert "no figure moves" in told

    ship(monkeypatch, OLD, NEWEST)
    assert main([*FOOTPRINT, "verify", str(out), *trust]) == 0
    told = capsys.readouterr().out
    assert "the same, byte for byte" in told
    assert "edition 2025-01-01 (因子版本): others have shipped since" in told
    assert main([*FOOTPRINT, "open", str(out), "load-1", *trust]) == 0
    assert main(["finance", "export", "html", str(out), *trust, "-o", str(tmp_path / "report.html")]) == 0
    capsys.readouterr()

    new = tmp_path / "new"
    assert main([*FOOTPRINT, "renew", str(out), *trust, "--out", str(new)]) == 1
    told = capsys.readouterr().out
    assert "no more   electricity.grid CN 2022 location: 0.5366 kgCO2/kWh" in told
    assert "instead   electricity.grid CN 2023 location: 0.5306 kgCO2/kWh" in told
    figures = [
        json.loads((one / "report.json").read_bytes())["figures"]["scope-2-location"]["kg"] for one in (out, new)
    ]
    assert figures == [str(round(5900 * Decimal(value))) for value in ("0.5366", "0.5306")]
    percent = (Decimal(figures[1]) / Decimal(figures[0]) - 1) * 100
    assert f"scope-2-location {figures[0]} kg {figures[1]} kg {percent:.3f} %" in " ".join(told.split())
    assert (out / "report.json").read_bytes() == data
    assert main([*FOOTPRINT, "verify", str(new), *trust]) == 0
    assert "none has shipped since" in capsys.readouterr().out


def test_no_other_registry_than_one_that_shipped_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Somebody leaves the factors of 2023 out, and names the registry that is then left."""
    ship(monkeypatch, OLD)
    out, trust = reported(works.run(works.opened(), mill.DAYS), tmp_path)
    ship(monkeypatch, NEWEST)
    capsys.readouterr()
    assert main([*FOOTPRINT, "verify", str(out), *trust]) == 1
    told = capsys.readouterr().out
    assert f"is the one that the report names: {OLD.registry.digest.hex()}" in told
    assert "the report is another one" in told
    assert told.startswith(f"differs   registry: the report says {OLD.registry.digest.hex()}")
    assert "differs   figures.scope-2-location.kg: the report says 3166" in told  # and not behind the alternatives
    assert main([*FOOTPRINT, "renew", str(out), *trust]) == 1
    assert "is another report than its evidence gives" in capsys.readouterr().err
