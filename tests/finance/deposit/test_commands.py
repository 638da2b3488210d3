"""`finance close deposit` and `finance export csv|parquet|excel`: from the evidence to files that verify."""

from __future__ import annotations

import csv
import json
from hashlib import sha256
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
import pytest

from tally_chain import policy_text
from tally_edge import signer
from tally_edge.command import main
from tally_finance import cli_close_deposit_run
from tally_finance.deposit import deposit_file
from tests.finance.activity import works
from tests.finance.report import mill
from tests.finance.report.test_commands import reported
from tests.world import START, World

DEPOSIT = ("finance", "close", "deposit")
EXPORT = ("finance", "export")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """A report's folder, and how its evidence is trusted; a key beside it."""
    folder = tmp_path_factory.mktemp("made")
    out, trust = reported(works.run(works.opened(), mill.DAYS), folder)
    return out, trust


@pytest.fixture
def key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> tuple[list[str], str]:
    monkeypatch.setenv("TALLYSTICK_PASSPHRASE", "as long as a passphrase has to be")
    assert main(["finance", "close", "key", "--out", str(tmp_path / "sign.key"), "--json"]) == 0
    return ["--sign-key", str(tmp_path / "sign.key")], str(json.loads(capsys.readouterr().out)["key_id"])


Made = tuple[Path, list[str]]
Key = tuple[list[str], str]
Said = pytest.CaptureFixture[str]


def test_two_months_and_their_year(made: Made, key: Key, tmp_path: Path, capsys: Said) -> None:
    """Deposited, verified against the evidence, added up; a file that was touched is named."""
    report, trust = made
    files = []
    for month in ("2026-01", "2026-02"):
        out = tmp_path / month
        assert main([*DEPOSIT, "make", str(report), *trust, *key[0], "--month", month, "--out", str(out)]) == 0
        files.append(str(out / f"{month}.deposit"))
    said = capsys.readouterr().out
    assert "electricity: bought 外购 2800 kWh, made 自发 1120" in said
    assert "due       deposit 企业存证: by the end of 2026-03-20" in said
    assert main([*DEPOSIT, "year", str(report), *files, *trust, "--signer", key[1]]) == 0
    assert "months add up to the year 以月保年: holds 成立" in capsys.readouterr().out
    check = [*DEPOSIT, "verify", files[1], "--report", str(report), *trust, "--signer", key[1], "--json"]
    main(check)
    steps = {one["number"]: one for one in json.loads(capsys.readouterr().out)["steps"]}
    assert [steps[number]["holds"] for number in range(2, 7)] == [True] * 5
    assert (steps[7]["holds"], "the last day was 2026-03-20" in steps[7]["says"]) == (False, True)
    days = tmp_path / "2026-02" / "tables" / "days.csv"
    days.write_bytes(days.read_bytes().replace(b",100,", b",10,"))
    assert main(check) == 1
    steps = {one["number"]: one for one in json.loads(capsys.readouterr().out)["steps"]}
    assert steps[5]["says"] == "CHANGED, or not signed: tables/days.csv"
    assert main([*DEPOSIT, "year", str(report), files[0], *trust, "--signer", key[1]]) == 1
    assert "2026-02: there is no deposit of it 缺存证" in capsys.readouterr().out


def test_a_year_whose_evidence_does_not_hold(key: Key, tmp_path: Path, capsys: Said) -> None:
    """Its months add up to it, and that is not all that an inspector is told."""
    world, sheet = silent(), mill.sheets(tmp_path, mill.INVENTORY.partition("[products]")[0])
    (tmp_path / "bundle.tally").write_bytes(mill.encoded(world))
    (tmp_path / "policy.toml").write_text(policy_text.write(works.policy_of(world)))
    trust = ["--policy", str(tmp_path / "policy.toml"), "--at", str(START + 395 * works.DAY_S)]
    report, files = tmp_path / "report", []
    made = ["footprint", "report", str(tmp_path / "bundle.tally"), "--sheet", str(sheet), "--out", str(report)]
    main(["finance", *made, *trust])
    for month in ("2026-01", "2026-02"):
        out = tmp_path / month
        assert main([*DEPOSIT, "make", str(report), *trust, *key[0], "--month", month, "--out", str(out)]) == 1
        files.append(str(out / f"{month}.deposit"))
    capsys.readouterr()
    assert main([*DEPOSIT, "year", str(report), *files, *trust, "--signer", key[1], "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["sound"] is False
    assert {one["month"]: len(one["differs"]) for one in told["months"]} == {"2026-01": 1, "2026-02": 1, "all 合计": 0}


def silent() -> World:
    """The grid's meter was not read on the fortieth day, and no device said so."""
    world = works.opened()
    for point, registers in works.REGISTERS.items():
        for register, unit in registers.items():
            days = [day for day in range(mill.DAYS + 1) if (point, day) != (works.GRID, 40)]
            step = works.PER_DAY[point, register]
            works.say(world, point, register, unit, [(day * works.DAY_H, 1000 + day * step) for day in days])
    return world


def test_a_month_is_deposited_again_and_the_old_one_stays(made: Made, key: Key, tmp_path: Path, capsys: Said) -> None:
    report, trust = made
    make = [*DEPOSIT, "make", str(report), *trust, *key[0], "--month", "2026-01"]
    assert main([*make, "--out", str(tmp_path / "first")]) == 0
    first = str(tmp_path / "first" / "2026-01.deposit")
    again = [*make, "--previous", first, "--out", str(tmp_path / "second")]
    assert main(again) != 0
    assert "--previous and --reason stand together" in capsys.readouterr().err
    assert main([*again, "--reason", "the county asked"]) == 0
    second = str(tmp_path / "second" / "2026-01.deposit")
    capsys.readouterr()
    main([*DEPOSIT, "verify", second, "--previous", first, "--signer", key[1]])
    assert "6. the deposit before is that one 与上次存证衔接: holds 成立 (0 changed: the county asked)" in (
        capsys.readouterr().out
    )
    year = [*DEPOSIT, "year", str(report), *trust, "--signer", key[1]]
    assert main([*year, second]) != 0
    assert "deposit 2 of 2026-01 does not follow the one before it" in capsys.readouterr().err
    assert main([*DEPOSIT, "year", str(report), first, second, *trust, "--signer", "00" * 32]) != 0
    assert "none of those you named" in capsys.readouterr().err
    assert main([*make, "--out", str(tmp_path / "first")]) != 0
    assert "a deposit is never overwritten" in capsys.readouterr().err
    book = openpyxl.load_workbook(tmp_path / "second" / "2026-01.xlsx", read_only=True)
    assert "the county asked" in {row[-1] for row in book["deposit 存证"].iter_rows(values_only=True)}


def test_a_workbook_that_a_maker_changed_and_signed(made: Made, key: Key, tmp_path: Path, capsys: Said) -> None:
    """Its digest is the one that was signed, and a sheet of it says less than the figures."""
    report, trust = made
    out = tmp_path / "2026-01"
    assert main([*DEPOSIT, "make", str(report), *trust, *key[0], "--month", "2026-01", "--out", str(out)]) == 0
    file, book = out / "2026-01.deposit", out / "2026-01.xlsx"
    check = [*DEPOSIT, "verify", str(file), "--signer", key[1], "--json"]
    capsys.readouterr()

    def fifth() -> tuple[bool | None, str]:
        main(check)
        (step,) = (one for one in json.loads(capsys.readouterr().out)["steps"] if one["number"] == 5)
        return step["holds"], step["says"]

    assert fifth() == (True, "18 files")
    opened = openpyxl.load_workbook(book)
    opened["month 月合计"]["D3"] = 31
    opened.save(book)
    assert fifth() == (False, "CHANGED, or not signed: 2026-01.xlsx")
    deposit = deposit_file.decode(file.read_bytes())
    documents = {one.name: one.sha256 for one in deposit.signed.documents}
    documents[book.name] = sha256(book.read_bytes()).digest()
    private = signer.load(tmp_path / "sign.key", "as long as a passphrase has to be")
    again = deposit_file.sign(deposit.body, documents, private, deposit.signed_at)
    file.write_bytes(deposit_file.encode(again))
    assert fifth() == (False, "2026-01.xlsx was signed with other contents than the body's")


def test_exports_are_computed_again_first(made: Made, tmp_path: Path, capsys: Said) -> None:
    report, trust = made
    for name, out in (("csv", "csv"), ("parquet", "parquet"), ("excel", "out.xlsx")):
        assert main([*EXPORT, name, str(report), *trust, "-o", str(tmp_path / out)]) == 0
        assert "computed again from the evidence" in capsys.readouterr().out
        assert main([*EXPORT, name, str(report), *trust, "-o", str(tmp_path / out)]) != 0
        assert "exists already" in capsys.readouterr().err
    said = json.loads((report / "report.json").read_text())
    with (tmp_path / "csv" / "figures.csv").open(encoding="utf-8-sig", newline="") as file:
        assert {one["figure"]: one["kg"] for one in csv.DictReader(file)} == {
            name: one["kg"] for name, one in said["figures"].items()
        }
    assert pq.read_table(tmp_path / "parquet" / "intervals.parquet").num_rows == 6 * mill.DAYS
    assert openpyxl.load_workbook(tmp_path / "out.xlsx", read_only=True).sheetnames[1] == "figures 指标"


def test_what_was_not_verified_is_marked_or_not_exported(made: Made, tmp_path: Path, capsys: Said) -> None:
    report, _ = made
    assert main([*EXPORT, "parquet", str(report), "-o", str(tmp_path / "out")]) != 0
    assert "name the policy" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    assert main([*EXPORT, "parquet", str(report), "--unverified", "-o", str(tmp_path / "out")]) == 0
    assert "未经复算" in pq.read_schema(tmp_path / "out" / "figures.parquet").metadata[b"verified"].decode()


def test_another_report_than_the_evidence_gives_is_not_exported(made: Made, tmp_path: Path, capsys: Said) -> None:
    report, trust = made
    said = report / "report.json"
    kept = said.read_bytes()
    try:
        said.write_bytes(kept.replace(b'"bought":"5900"', b'"bought":"5800"'))
        assert main([*EXPORT, "csv", str(report), *trust, "-o", str(tmp_path / "out")]) != 0
        assert "media[0].bought is 5800, not 5900" in capsys.readouterr().err
    finally:
        said.write_bytes(kept)


def test_what_is_refused_writes_nothing(
    made: Made, key: Key, tmp_path: Path, capsys: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A month that the report does not have, one that is not over, and a file that is no deposit."""
    report, trust = made
    out = tmp_path / "out"
    make = [*DEPOSIT, "make", str(report), *trust, *key[0], "--out", str(out), "--month"]
    assert main([*make, "2026-03"]) != 0
    assert "does not have the whole of 2026-03" in capsys.readouterr().err
    assert main([*make, "2026-3"]) != 0
    assert "is no month; write it as 2026-03" in capsys.readouterr().err
    monkeypatch.setattr(cli_close_deposit_run, "clock", lambda: START)
    assert main([*make, "2026-01"]) != 0
    assert "2026-01 is not over" in capsys.readouterr().err
    assert not out.exists()
    assert main([*DEPOSIT, "verify", str(report / "report.json"), "--signer", key[1]]) != 0
    assert "report.json: this is no monthly deposit" in capsys.readouterr().err
