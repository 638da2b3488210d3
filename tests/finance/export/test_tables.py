"""CSV, Parquet and Excel: what stands in them is what the report says, exactly, and in the same bytes every time."""

from __future__ import annotations

import copy
import csv
import io
import json
import re
import tracemalloc
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import openpyxl
import pyarrow.parquet as pq
import pytest

from tally_edge.agent.settle import SiteTime
from tally_finance.activity import boundary_file
from tally_finance.errors import ExportError
from tally_finance.export import of_loads, of_report, to_csv, to_excel, to_parquet
from tally_finance.export.plain_table import plain_table
from tally_finance.export.table import VERIFIED, Column, Row, Stamp, Table, Type
from tally_finance.export.tables import tables_of
from tally_finance.export.verified import UNVERIFIED, Verified
from tally_finance.factors.shipping import shipped
from tally_finance.report.folder import Kept
from tally_finance.report.making import Report, report_of
from tests.finance.activity import works
from tests.finance.report import mill

STAMP = Stamp("ab" * 32, "", 1_772_323_200)
STATES = ("measured", "bridged", "estimated", "missing")


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return mill.made(works.run(works.opened(), mill.DAYS), tmp_path_factory.mktemp("mill"))


@pytest.fixture(scope="module")
def said(report: Report) -> dict[str, Any]:
    return dict(json.loads(report.encode()))


@pytest.fixture(scope="module")
def tables(report: Report, said: dict[str, Any]) -> list[Table]:
    return of_loads.every(said, report, intervals=True)


def rows(table: Table) -> list[dict[str, Any]]:
    return [dict(zip((one.name for one in table.columns), row, strict=True)) for row in table.rows()]


def named(tables: list[Table], name: str) -> list[dict[str, Any]]:
    return rows(next(one for one in tables if one.name == name))


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("name", ["months", "days", "hours"])
def test_months_days_and_hours_add_up_to_the_report(tables: list[Table], said: dict[str, Any], name: str) -> None:
    """To the last digit, each sum and what was measured, bridged, estimated and missing together."""
    for medium in said["media"]:
        of = [one for one in named(tables, name) if one["medium"] == medium["name"]]
        for word in ("bought", "made", "fed_in", "used"):
            assert sum(one[word] for one in of) == Decimal(medium[word]), word
        whole = sum(one[state] for one in of for state in STATES)
        assert whole == Decimal(medium["bought"]) + Decimal(medium["made"])


def test_months_are_those_of_the_report(tables: list[Table], said: dict[str, Any]) -> None:
    told = [
        (medium["name"], int(one["from"]), Decimal(one["bought"]), Decimal(one["used"]), one["state"])
        for medium in said["media"]
        for one in medium["months"]
    ]
    assert len(told) == 4
    found = [(one["medium"], one["from"], one["bought"], one["used"], one["state"]) for one in named(tables, "months")]
    assert found == told


def test_intervals_add_up_to_their_meters(tables: list[Table]) -> None:
    totals = {one["id"]: one["total"] for one in named(tables, "meters")}
    found: dict[str, Decimal] = dict.fromkeys(totals, Decimal(0))
    for one in named(tables, "intervals"):
        found[one["meter"]] += one["quantity"]
    assert found == totals


def test_a_part_that_was_not_computed_again_is_left_out(said: dict[str, Any]) -> None:
    found = of_loads.every(said, None, intervals=True)
    assert {"days", "hours", "intervals"}.isdisjoint(table.name for table in found)
    assert {one["measured"] for one in named(found, "months")} == {None}


def test_csv_says_what_the_report_says(tables: list[Table], said: dict[str, Any], tmp_path: Path) -> None:
    to_csv.write(tmp_path / "out", tables, STAMP)
    found = read_csv(tmp_path / "out" / "figures.csv")
    assert {one["figure"]: one["kg"] for one in found} == {name: one["kg"] for name, one in said["figures"].items()}
    for path in (tmp_path / "out").glob("*.csv"):
        assert path.read_bytes().startswith(b"\xef\xbb\xbf")
        assert all(one["report"] == STAMP.report and one["verified"] == VERIFIED for one in read_csv(path))
    told = json.loads((tmp_path / "out" / "tables.json").read_text())
    assert {one["file"]: int(one["rows"]) for one in told["tables"]} == {
        path.name: len(read_csv(path)) for path in (tmp_path / "out").glob("*.csv")
    }
    (kwh,) = duckdb.sql(
        f"select sum(bought::decimal(38,6)) from '{tmp_path}/out/days.csv' where medium = 'electricity'"
    ).fetchall()[0]
    assert kwh == Decimal(said["media"][0]["bought"])


def test_parquet_is_exact_and_says_what_it_is(tables: list[Table], said: dict[str, Any], tmp_path: Path) -> None:
    to_parquet.write(tmp_path / "out", tables, STAMP)
    for table in tables:
        read = pq.read_table(tmp_path / "out" / f"{table.name}.parquet")
        metadata: Mapping[bytes, bytes] = read.schema.metadata
        assert metadata[b"report"].decode() == STAMP.report
        assert metadata[b"verified"].decode() == VERIFIED
        again = [
            {**one, **{name: stamp(one[name]) for name in ("from", "to") if name in one}} for one in read.to_pylist()
        ]
        assert again == rows(table), table.name
    (found,) = duckdb.sql(
        f"select sum(quantity) from '{tmp_path}/out/intervals.parquet' where register = 'volume'"
    ).fetchall()[0]
    assert found == Decimal(next(one["bought"] for one in said["media"] if one["name"] == "water"))


def stamp(at: Any) -> int:
    return int(at.timestamp())


def test_a_workbook_has_the_same_numbers(tables: list[Table], said: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "out.xlsx").write_bytes(to_excel.workbook(tables, STAMP, "Works 1"))
    book = openpyxl.load_workbook(tmp_path / "out.xlsx", read_only=True)
    assert [cell for row in book["about 说明"].iter_rows(values_only=True) for cell in row if cell == STAMP.report]
    sheet = list(book["figures 指标"].iter_rows(values_only=True))
    assert STAMP.report in str(sheet[0][0])
    assert {row[0]: str(row[1]) for row in sheet[2:]} == {name: one["kg"] for name, one in said["figures"].items()}
    assert not any(name.startswith("intervals") for name in book.sheetnames)


def test_the_mark_of_what_nobody_verified_is_everywhere(said: dict[str, Any], tmp_path: Path) -> None:
    marked = Stamp(STAMP.report, UNVERIFIED, STAMP.at)
    tables = of_loads.every(said, None, intervals=True)
    to_csv.write(tmp_path / "csv", tables, marked)
    to_parquet.write(tmp_path / "parquet", tables, marked)
    assert all(one["verified"] == UNVERIFIED for path in (tmp_path / "csv").glob("*.csv") for one in read_csv(path))
    for path in (tmp_path / "parquet").iterdir():
        assert pq.read_schema(path).metadata[b"verified"].decode() == UNVERIFIED
    (tmp_path / "out.xlsx").write_bytes(to_excel.workbook(tables, marked, "Works 1"))
    book = openpyxl.load_workbook(tmp_path / "out.xlsx", read_only=True)
    for name in book.sheetnames[1:]:
        assert UNVERIFIED in str(next(book[name].iter_rows(values_only=True))[0]), name


def one_table(*values: Any, of: Type = Type.TEXT) -> list[Table]:
    return [Table("one", "一", (Column("value", "值", of),), lambda: [(value,) for value in values])]


FORMULAS = ["=cmd|'/c calc'!A1", "+1", "-1+2", "@SUM(A1)", "\t=1", "\r=1", "  =1+1", "＝1", "\u3000=1", "'=1", "'"]
FORMULAS += ["\ufeff=1", "\u200b=1", "\u2003=1", "\u202e=1", " \u00ad@x"]


@pytest.mark.parametrize("text", FORMULAS)
def test_text_is_no_formula(text: str, tmp_path: Path) -> None:
    """In CSV one apostrophe stands before it; who takes it away has the text as it was."""
    to_csv.write(tmp_path / "csv", one_table(text), STAMP)
    (found,) = read_csv(tmp_path / "csv" / "one.csv")
    assert found["value"] == f"'{text}"
    to_parquet.write(tmp_path / "parquet", one_table(text), STAMP)
    assert pq.read_table(tmp_path / "parquet" / "one.parquet").to_pylist() == [{"value": text}]
    (tmp_path / "one.xlsx").write_bytes(to_excel.workbook(one_table(text), STAMP, text))
    for sheet in openpyxl.load_workbook(tmp_path / "one.xlsx").worksheets:
        assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value} <= {"s", "inlineStr"}


@pytest.mark.parametrize("text", ["plain", "", 'a "b", c', "one\ntwo", "1-2", "甲=乙"])
def test_other_text_stays(text: str, tmp_path: Path) -> None:
    to_csv.write(tmp_path / "csv", one_table(text), STAMP)
    assert read_csv(tmp_path / "csv" / "one.csv")[0]["value"] == text


def test_a_number_of_many_digits_stays_exact(tmp_path: Path) -> None:
    long, wide = Decimal("123456789012345678.123"), Decimal("1e-30")
    to_parquet.write(tmp_path / "parquet", one_table(long, wide, Decimal(0), of=Type.NUMBER), STAMP)
    assert [one["value"] for one in pq.read_table(tmp_path / "parquet" / "one.parquet").to_pylist()] == [long, wide, 0]
    data = to_excel.workbook(one_table(long, Decimal("0.1"), of=Type.NUMBER), STAMP, "one")
    (tmp_path / "one.xlsx").write_bytes(data)
    book = openpyxl.load_workbook(tmp_path / "one.xlsx")
    assert [row[0] for row in book["one 一"].iter_rows(min_row=3, values_only=True)] == [f"{long:f}", 0.1]
    assert ["one 一", "1 as text 以文本列示"] in [list(row) for row in book["about 说明"].iter_rows(values_only=True)]
    shown = {cell.value: cell.number_format for (cell,) in book["one 一"].iter_rows(min_row=3) if cell.data_type == "n"}
    assert shown == {0.1: "#,##0.0"}
    with pytest.raises(ExportError, match=r"one\.value: Parquet has no decimal of 121 digits"):
        to_parquet.write(tmp_path / "no", one_table(Decimal("1e60"), Decimal("1e-60"), of=Type.NUMBER), STAMP)


@pytest.mark.parametrize(
    ("value", "of", "told"),
    [
        (Decimal("100." + "0" * 30 + "1"), Type.NUMBER, "100." + "0" * 30 + "1"),
        (2**62 + 1, Type.COUNT, "4611686018427387905"),
        (Decimal("1e-320"), Type.NUMBER, f"{Decimal('1e-320'):f}"),
        (Decimal("120000000000000000000"), Type.NUMBER, "120000000000000000000"),
        (Decimal("1000.00"), Type.NUMBER, 1000),
        (Decimal("0E-30"), Type.NUMBER, 0),
    ],
)
def test_what_a_spreadsheet_would_round_is_text(value: Decimal | int, of: Type, told: object, tmp_path: Path) -> None:
    """Also digits that twenty-eight of them do not reach, counts, and what is all but nothing."""
    (tmp_path / "one.xlsx").write_bytes(to_excel.workbook(one_table(value, of=of), STAMP, "one"))
    assert openpyxl.load_workbook(tmp_path / "one.xlsx")["one 一"]["A3"].value == told


def test_no_text_of_a_cell_is_taken_for_the_code_of_another(tmp_path: Path) -> None:
    """A spreadsheet reads _x202E_ as the character of that code; its own way of saying that it is none is used."""
    made = to_excel.workbook(one_table("coil_x202E_1", "x_x1", "_x005F_"), STAMP, "one")
    with zipfile.ZipFile(io.BytesIO(made)) as book:
        found = re.findall("<t[^>]*>([^<]*)</t>", book.read("xl/worksheets/sheet2.xml").decode())
    assert found[-3:] == ["coil_x005F_x202E_1", "x_x1", "_x005F_x005F_"]


@pytest.mark.parametrize(
    "change",
    [
        lambda said: said.update(figures=[]),
        lambda said: said["figures"]["total-location"].update(by_gas=["x"]),
        lambda said: said["factors"].append(None),
        lambda said: said["media"][0].pop("percent"),
        lambda said: said.update(integrity={}),
        lambda said: said.update(to="never"),
        lambda said: said.update(timezone="Mars/Olympus"),
        lambda said: said.update(timezone=None),
    ],
)
def test_an_unverified_report_of_another_form_is_refused(said: dict[str, Any], change: Any, tmp_path: Path) -> None:
    wrong = copy.deepcopy(said)
    change(wrong)
    with pytest.raises(ExportError):
        rows_of(Kept(tmp_path, b"", wrong, b"", {}))


def rows_of(kept: Kept) -> list[list[Row]]:
    return [list(table.rows()) for table in tables_of(kept, Verified(None))[0]]


def test_half_a_character_is_no_text() -> None:
    table = plain_table(
        "one", "一", (Column("value", "值"),), lambda: [{"value": "x\ud800"}], SiteTime(ZoneInfo("UTC"))
    )
    with pytest.raises(ExportError, match=r"one\.value: .* is no text"):
        list(table.rows())


def test_what_a_cell_can_not_hold_is_told(tmp_path: Path) -> None:
    (tmp_path / "one.xlsx").write_bytes(to_excel.workbook(one_table("x" * 40_000, "a\x07b"), STAMP, "one"))
    first, second = (
        row[0] for row in openpyxl.load_workbook(tmp_path / "one.xlsx")["one 一"].iter_rows(min_row=3, values_only=True)
    )
    assert str(first).endswith("[cut: in full in report.json 完整内容见报告]")
    assert second == "a?b"


def test_a_value_of_another_type_is_named(said: dict[str, Any]) -> None:
    wrong = {**said, "figures": {"scope-1": {**said["figures"]["total-location"], "kg": "much"}}}
    figures = next(one for one in of_report.tables(wrong) if one.name == "figures")
    with pytest.raises(ExportError, match=r"figures\.kg: 'much' is no number"):
        list(figures.rows())


@pytest.mark.parametrize(
    ("of", "value"),
    [
        (Type.COUNT, "9" * 30),
        (Type.COUNT, "1.5"),
        (Type.COUNT, "1_000"),
        (Type.TIME, "never"),
        (Type.TIME, True),
        (Type.YES_NO, "no"),
        (Type.NUMBER, "1e9"),
        (Type.NUMBER, "٣"),
    ],
)
def test_what_a_column_does_not_hold(of: Type, value: object) -> None:
    table = plain_table(
        "one", "一", (Column("value", "值", of),), lambda: [{"value": value}], SiteTime(ZoneInfo("UTC"))
    )
    with pytest.raises(ExportError, match=r"one\.value: .* is no"):
        list(table.rows())


def test_equal_reports_give_equal_bytes(report: Report, said: dict[str, Any], tmp_path: Path) -> None:
    for number in ("1", "2"):
        tables = of_loads.every(json.loads(json.dumps(said)), report, intervals=True)
        to_csv.write(tmp_path / number / "csv", tables, STAMP)
        to_parquet.write(tmp_path / number / "parquet", tables, STAMP)
        (tmp_path / number / "out.xlsx").write_bytes(to_excel.workbook(tables, STAMP, "Works 1"))
    first = {path.relative_to(tmp_path / "1"): path.read_bytes() for path in (tmp_path / "1").rglob("*.*")}
    assert first == {path.relative_to(tmp_path / "2"): path.read_bytes() for path in (tmp_path / "2").rglob("*.*")}
    assert len(first) > 40


def test_parts_that_other_reports_have() -> None:
    """Claims on the chain, hourly matching, resources, attested output: each a table where the report has it."""
    hourly = {
        "load_kwh": "10",
        "matched_kwh": "10/3",
        "unmatched_kwh": "20/3",
        "surplus_kwh": "0",
        "cfe_percent": "33.333",
        "unknown_hours": "0",
        "months": [{"from": "0", "to": "3600", "load_kwh": "10", "matched_kwh": "10/3", "cfe_percent": "33.333"}],
        "certificates": [
            {"number": "GC-1", "from": "0", "to": "3600", "kwh": "4", "not_annual": "", "not_hourly": "x"}
        ],
    }
    claim = {"number": "GC-1", "state": "held", "nullifier": "aa", "holder": "bb", "digest": "cc"}
    instruments = {"covered_kwh": "1", "hourly": hourly, "registry": {"claims": [claim]}}
    row = {"id": "coal-1", "use": "gas", "amount": "2/3", "unit": "m3", "counted": "1/3", "factor": "f", "opens": []}
    said = {
        "timezone": "Asia/Shanghai",
        "from": "0",
        "to": "3600",
        "instruments": instruments,
        "resources": {"coal": {"id": "coal", "amount": "1", "unit": "kgce", "tce": "0.001", "rows": [row]}},
        "outputs": [{"id": "output-1", "product": "coil", "amount": "5", "unit": "kg"}],
    }
    found = of_report.tables(said)
    assert {one.name for one in found} >= {"claims", "hourly", "hourly_certificates", "resources", "outputs"}
    assert "products" not in {one.name for one in found}
    assert named(found, "claims") == [claim]
    assert [one["matched_kwh"] for one in named(found, "hourly")] == ["10/3", "10/3"]
    assert [one["not_hourly"] for one in named(found, "hourly_certificates")] == ["x"]
    assert [(one["id"], one["amount"], one["total"], one["tce"]) for one in named(found, "resources")] == [
        ("coal-1", "2/3", None, None),
        ("coal", None, 1, Decimal("0.001")),
    ]


def test_evidence_in_another_order_gives_the_same_bytes(report: Report, tmp_path: Path) -> None:
    """Statements backwards."""
    examined = works.examined(works.run(works.opened(), mill.DAYS), mill.DAYS)
    assert len(examined.statements) > 5
    backwards = replace(examined, statements=examined.statements[::-1])
    inventory = mill.inventory(tmp_path)
    boundary = boundary_file.load(tmp_path / "boundary.toml")
    again = report_of(backwards, inventory, boundary, shipped(), (b"\1" * 32,))
    written = []
    for number, one in enumerate((report, again)):
        tables = of_loads.every(json.loads(one.encode()), one, intervals=True)
        to_csv.write(tmp_path / f"csv{number}", tables, STAMP)
        to_parquet.write(tmp_path / f"parquet{number}", tables, STAMP)
        files = [*sorted((tmp_path / f"csv{number}").iterdir()), *sorted((tmp_path / f"parquet{number}").iterdir())]
        written.append({path.name: path.read_bytes() for path in files})
    assert written[0] == written[1]


@pytest.mark.parametrize("write", [to_csv.write, to_parquet.write])
def test_many_rows_need_no_more_memory_than_few(write: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The peak of eight groups of rows is that of two."""
    monkeypatch.setattr(to_parquet, "ROWS", 2_000)

    def peak(groups: int) -> int:
        columns = (Column("at", "时间", Type.TIME), Column("value", "值", Type.NUMBER, places=2), Column("text", "文"))
        rows = ((at, Decimal(at).scaleb(-2), f"row {at}") for at in range(groups * to_parquet.ROWS))
        tracemalloc.start()
        write(tmp_path / str(groups), [Table("many", "多", columns, lambda: rows)], STAMP)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(1)  # what is imported at the first use
    assert peak(8) < 1.3 * peak(2)
