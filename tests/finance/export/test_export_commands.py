"""`finance export`: what is the same is exported, another is not, what nobody computed says so, nothing is in parts."""

from __future__ import annotations

import json
from errno import ENOSPC
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tally_edge.command import main
from tally_finance.export import to_csv, to_parquet
from tally_finance.export.table import Stamp, Table
from tally_finance.export.verified import UNVERIFIED
from tests.finance.activity import works
from tests.finance.report import mill
from tests.finance.report.test_commands import reported

EXPORT = ("finance", "export")


@pytest.fixture
def made(tmp_path: Path) -> tuple[Path, list[str]]:
    """A report's folder, and how its evidence is trusted."""
    return reported(works.run(works.opened(), mill.DAYS), tmp_path)


def test_a_report_is_written_as_both(
    made: tuple[Path, list[str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report, trust = made
    page, paper = tmp_path / "report.html", tmp_path / "report.pdf"
    capsys.readouterr()
    assert main([*EXPORT, "html", str(report), *trust, "-o", str(page)]) == 0
    assert "computed again from the evidence, the same byte for byte" in capsys.readouterr().out
    assert main([*EXPORT, "pdf", str(report), *trust, "-o", str(paper)]) == 0
    assert page.read_text().startswith("<!DOCTYPE html>")
    assert UNVERIFIED not in page.read_text()
    assert paper.read_bytes().startswith(b"%PDF")
    assert main([*EXPORT, "html", str(report), *trust, "-o", str(page)]) == 2
    assert "exists already" in capsys.readouterr().err


@pytest.mark.parametrize("form", ["html", "pdf"])
def test_a_report_that_is_another_is_not_exported(
    made: tuple[Path, list[str]], form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report, trust = made
    said = json.loads((report / "report.json").read_text())
    said["figures"]["scope-2-location"]["kg"] = "1"
    (report / "report.json").write_text(json.dumps(said))
    out = tmp_path / "page"
    capsys.readouterr()
    assert main([*EXPORT, form, str(report), *trust, "-o", str(out)]) == 1
    assert "figures.scope-2-location.kg is 1, not 3131" in capsys.readouterr().err
    assert not out.exists()


def test_the_way_a_report_is_written_counts_too(
    made: tuple[Path, list[str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A blank more is another digest, and opinions are bound to the digest."""
    report, trust = made
    (report / "report.json").write_text((report / "report.json").read_text() + "\n")
    capsys.readouterr()
    assert main([*EXPORT, "html", str(report), *trust, "-o", str(tmp_path / "page")]) == 1
    assert "the way it is written" in capsys.readouterr().err


def test_without_a_policy_the_mark_stands_on_it(
    made: tuple[Path, list[str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report, _ = made
    page = tmp_path / "report.html"
    capsys.readouterr()
    assert main([*EXPORT, "html", str(report), "-o", str(page)]) == 2
    assert "--policy" in capsys.readouterr().err
    assert not page.exists()
    assert main([*EXPORT, "html", str(report), "--unverified", "-o", str(page)]) == 0
    assert UNVERIFIED in capsys.readouterr().out
    assert UNVERIFIED.split(" 未")[0] in page.read_text()


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_folder_of_tables_is_whole_or_not_there(
    made: tuple[Path, list[str]], form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report, trust = made
    out, words = tmp_path / "tables", [*EXPORT, form, str(report), *trust, "-o", str(tmp_path / "tables")]
    writer: ModuleType = {"csv": to_csv, "parquet": to_parquet}[form]
    written, died = writer._write, [6]

    def dies(path: Path, table: Table, stamp: Stamp) -> Any:
        died[0] -= 1
        if not died[0]:
            raise OSError(ENOSPC, "No space left on device")
        return written(path, table, stamp)

    with monkeypatch.context() as full:
        full.setattr(writer, "_write", dies)
        assert main(words) != 0
    assert not out.exists()
    assert main(words) == 0
    assert len(list(out.glob(f"*.{form}"))) > 6
    assert [one.name for one in tmp_path.iterdir() if one.name.endswith(".partial")] == []
    assert main(words) == 2
