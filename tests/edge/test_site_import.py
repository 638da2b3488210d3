"""Lists of meters: real workbooks in, drafts that the other commands take out, and every fault by row and column."""

from __future__ import annotations

import csv
import zipfile
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from tally_edge import command, signer
from tally_edge.agent import config
from tally_edge.authority import FactsEvent
from tally_edge.errors import SheetError
from tally_edge.office import authority_files
from tally_edge.office.authority_stream import AuthorityStream
from tally_edge.passphrase import SECOND_VARIABLE, VARIABLE
from tally_edge.site_import import cell_values, columns, rows, sheet, trial
from tally_edge.units import PRIMARY_UNITS, SECONDARY_UNITS
from tally_sim.load import Interval, Load
from tally_sim.modbus_meter import MeterSettings, ModbusMeter
from tally_sim.register_map import WordOrder
from tally_sim.threaded import running

SITE = "urn:dev:org:32473-steel"
METER: dict[str, Any] = {
    "serial": "0011223344",
    "point": f"{SITE}:m1",
    "class": "0.5S",
    "PT ratio": "10000/100",
    "CT ratio": 1.5,
    "parent": None,
    "certificate": "JD-2026-17",
    "expiry": date(2027, 12, 31),
    "cadence": 900,
    "register": "energy_import",
    "unit": "kWh",
    "modulus": "1000000.00",
    "host": "127.0.0.1",
    "port": 502,
    "unit id": 1,
    "register address": 0,
    "data type": "u64",
    "decimals": 2,
    "word order": "ABCD",
    "display": None,
}
CHINESE = {
    "serial": "表号",
    "point": "计量点",
    "class": "准确度等级",
    "PT ratio": "PT变比",
    "CT ratio": "CT变比",
    "expiry": "检定有效期至",
    "cadence": "采集周期",
    "unit": "单位",
    "display": "表显示值",
}


def workbook(path: Path, *meters: dict[str, Any], headings: dict[str, str] | None = None) -> Path:
    """A workbook with one row per meter, made by a library that writes what spreadsheets write."""
    book = Workbook()
    page: Any = book.active
    page.append([(headings or {}).get(name, name) for name in METER])
    for meter in meters:
        page.append([meter[name] for name in METER])
    book.save(path)
    return path


def faults(path: Path) -> list[str]:
    return [str(fault) for fault in rows.read(sheet.read(path))[1]]


def test_a_workbook_with_english_or_chinese_headings_is_read_exactly(tmp_path: Path) -> None:
    for headings in ({}, CHINESE):
        path = workbook(tmp_path / f"list{len(headings)}.xlsx", METER, headings=headings)
        (meter,), wrong = rows.read(sheet.read(path))
        assert not wrong
        assert (meter.serial, meter.multiplier, meter.certificate_expires) == ("0011223344", 150, date(2027, 12, 31))
        assert str(meter.registers[0].modulus) == "1000000"


def test_csv_with_a_byte_order_mark_reads_the_same(tmp_path: Path) -> None:
    book = rows.read(sheet.read(workbook(tmp_path / "list.xlsx", METER)))
    with (tmp_path / "list.csv").open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([METER.keys(), ["" if value is None else value for value in METER.values()]])
    assert rows.read(sheet.read(tmp_path / "list.csv")) == book


def test_every_fault_is_named_at_once(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "list.xlsx",
        METER | {"class": None, "CT ratio": "1/3", "cadence": 0},
        METER | {"point": f"{SITE}:m2", "serial": "2", "word order": "ACBD", "host": "=A1", "expiry": "soon"},
        METER | {"point": "m3", "serial": 1234567890123456789, "unit": "kwh", "modulus": "-1"},
        METER | {"point": f"{SITE}:m4", "serial": "4", "parent": f"{SITE}:m9"},
        METER | {"point": f"{SITE}:m5", "serial": "4", "parent": f"{SITE}:m5"},
    )
    assert faults(path) == [
        "row 2, class: is empty",
        "row 2, CT ratio: the ratio 100/3 has no exact decimal",
        "row 2, cadence: '0' is not a whole number from 1 to 86400",
        "row 3, expiry: 'soon' is not a day such as 2027-12-31",
        "row 3, host: holds a formula; paste its value",
        "row 3, word order: 'ACBD' is not one of ABCD, CDAB, BADC, DCBA",
        "row 4, point: 'm3' is not a URI such as urn:dev:org:32473-site:m1",
        "row 4, serial: 1.234567890123457e+18 is a number of over 15 digits, which a spreadsheet cuts: type it as text",
        "row 4, unit: 'kwh' is not one of " + ", ".join(sorted(PRIMARY_UNITS | SECONDARY_UNITS)),
        "row 4, modulus: '-1' is not above 0",
        f"row 5: the parent {SITE}:m9 is not a metering point of this list",
        "row 6: serial 4 stands in row 5 too",
        f"row 6: {SITE}:m5 is its own parent",
    ]


def test_rows_of_one_point_are_one_meter_and_must_agree(tmp_path: Path) -> None:
    export = METER | {"register": "energy_export", "register address": 8}
    (meter,), wrong = rows.read(sheet.read(workbook(tmp_path / "a.xlsx", METER, export)))
    assert ([register.register for register in meter.registers], wrong) == (["energy_import", "energy_export"], [])
    assert faults(workbook(tmp_path / "b.xlsx", METER, export | {"serial": "9"}, METER)) == [
        "row 3: differs from row 2 of the same point in serial",
        f"row 4: energy_import of {SITE}:m1 stands twice",
    ]


@pytest.mark.parametrize(
    ("headings", "says"),
    [
        ({"serial": "colour"}, "row 1: heading 'colour' is not known"),
        ({"decimals": "Serial-Number"}, "row 1: headings 'serial' and 'Serial-Number' mean the same"),
        ({"point": ""}, "row 1: no column for point: point / metering point / 计量点"),
    ],
)
def test_headings_are_not_guessed(tmp_path: Path, headings: dict[str, str], says: str) -> None:
    assert says in faults(workbook(tmp_path / "list.xlsx", METER, headings=headings))


def test_no_heading_means_two_columns() -> None:
    headings = [columns.normal(heading) for column in columns.COLUMNS for heading in column.headings]
    assert len(set(headings)) == len(headings)


def test_files_that_are_not_lists(tmp_path: Path) -> None:
    (tmp_path / "a.ods").write_bytes(b"")
    (tmp_path / "b.xlsx").write_bytes(b"PK not a zip")
    (tmp_path / "c.csv").write_bytes(b"\xff\xfe")
    (tmp_path / "d.csv").write_text("serial,point\n")
    (tmp_path / "e.csv").write_text('serial,"point\n')
    (tmp_path / "f.csv").write_bytes(b"x" * (sheet.MAX_FILE_BYTES + 1))
    with zipfile.ZipFile(tmp_path / "g.xlsx", "w") as archive:
        archive.writestr("nothing.xml", "<a/>")
    two = Workbook()
    two.create_sheet("second")
    two.save(tmp_path / "h.xlsx")
    wide = Workbook()
    page: Any = wide.active
    page.append(["x"] * 65)
    wide.save(tmp_path / "i.xlsx")
    for name, says in {
        "a.ods": "neither",
        "b.xlsx": "not a workbook",
        "c.csv": "not UTF-8",
        "d.csv": "no rows",
        "e.csv": "unexpected end",
        "f.csv": "at most",
        "g.xlsx": "not a workbook",
        "h.xlsx": "2 visible sheets",
        "i.xlsx": "64 columns",
        "none.csv": "cannot be read",
    }.items():
        with pytest.raises(SheetError, match=says):
            sheet.read(tmp_path / name)


def test_a_small_file_that_unpacks_to_much_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for part in range(17):
            archive.writestr(f"{part}.xml", bytes(2**24))
    assert (tmp_path / "bomb.xlsx").stat().st_size < sheet.MAX_FILE_BYTES
    with pytest.raises(SheetError, match="unpacks to"):
        sheet.read(tmp_path / "bomb.xlsx")


def test_cells_that_no_text_stands_for(tmp_path: Path) -> None:
    when = datetime(2027, 12, 31, 12, 30)
    path = workbook(tmp_path / "list.xlsx", METER | {"class": True, "serial": "a\tb", "expiry": when, "host": "#REF!"})
    assert [text.partition(", ")[2].partition(":")[0] for text in faults(path)] == ["serial", "class", "expiry", "host"]


@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_ratios_are_exact_or_refused(primary: int, secondary: int) -> None:
    ratio = cell_values.ratio(f"{primary}/{secondary}")
    assert ratio == Fraction(primary, secondary)
    try:
        assert Fraction(cell_values.decimal_of(ratio)) == ratio
    except ValueError:
        assert ratio.denominator > 1


def drafts(path: Path, folder: Path, *more: str) -> int:
    person = f"{'ab' * 32}=Example Bank"
    said = ["--site", SITE, "--owner", 'The "Steel" Co', "--timezone", "Asia/Shanghai", "--origin", "t.example/steel/1"]
    return command.main(["site", "import", str(path), "--write", str(folder), *said, "--person", person, *more])


def test_drafts_are_what_the_other_commands_take(tmp_path: Path) -> None:
    part = METER | {
        "point": f"{SITE}:m2",
        "serial": "2",
        "parent": f"{SITE}:m1",
        "certificate": None,
        "word order": "CDAB",
    }
    path = workbook(tmp_path / "list.xlsx", METER, part | {"data type": "f32", "expiry": None})
    assert drafts(path, tmp_path / "out") == 0
    plan = authority_files.read_plan(tmp_path / "out/plan.toml")
    assert (plan.owner, [point.parent for point in plan.points]) == ('The "Steel" Co', [None, f"{SITE}:m1"])
    facts = authority_files.read_facts(tmp_path / "out/facts/001.toml", FactsEvent.INSTALL)
    assert (facts.serial, facts.multiplier, facts.registers[0].modulus) == ("0011223344", 150, 1_000_000)
    midnight = datetime.fromisoformat("2028-01-01T00:00+08:00")
    assert facts.certificate_expires_at == midnight.timestamp()
    assert authority_files.read_facts(tmp_path / "out/facts/002.toml", FactsEvent.INSTALL).certificate is None
    settings = config.load(tmp_path / "out/edge.toml")
    assert [point.uri for point in settings.points] == [f"{SITE}:m1", f"{SITE}:m2"]
    assert drafts(path, tmp_path / "out") == 2  # never over what is there


def test_a_dry_run_writes_nothing_and_faults_stop(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = workbook(tmp_path / "list.xlsx", METER)
    assert command.main(["site", "import", str(path)]) == 0
    assert "dry run" in capsys.readouterr().out
    assert command.main(["site", "import", str(path), "--write", str(tmp_path / "out")]) == 2
    wrong = workbook(tmp_path / "wrong.xlsx", METER | {"class": None})
    assert drafts(wrong, tmp_path / "out") == 1
    assert "row 2, class: is empty" in capsys.readouterr().out
    assert {entry.name for entry in tmp_path.iterdir()} == {"list.xlsx", "wrong.xlsx"}


def test_from_the_list_to_an_enrolled_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "the authority's own words")
    monkeypatch.setenv(SECOND_VARIABLE, "the second person's words")
    authority, person, out, device = (tmp_path / name for name in ("authority", "person.key", "out", "device"))

    def run(*words: object) -> None:
        assert command.main([str(word) for word in words]) == 0

    run("authority", "init", "--dir", authority, "--name", "urn:dev:org:32473-authority")
    run("authority", "person", person)
    kid = signer.load(person, "the second person's words").public_key.kid.hex()
    path = workbook(tmp_path / "list.xlsx", METER)
    said = ["--site", SITE, "--owner", "Steel", "--origin", "t.example/steel/1", "--person", f"{kid}=Bank"]
    run("site", "import", path, "--write", out, *said)
    signing = ["--dir", authority, "--second", person, "--yes"]
    run("authority", "plan", out / "plan.toml", *signing)
    run("meter", "install", out / "facts/001.toml", *signing)
    run("edge", "init", "--dir", device, "--device", f"{SITE}:gateway-pc", "--point", METER["point"])
    (out / "edge.toml").replace(device / "edge.toml")
    run("meter", "enrol", device / "enrolment-request.cose", *signing)
    settings = config.load(device / "edge.toml")
    made = signer.load(settings.device.key_file, "the authority's own words")
    with AuthorityStream(authority) as stream:
        assert stream.standing.device_of_key == {made.public_key.kid: settings.device.uri}
        assert stream.standing.facts[METER["point"]].serial == settings.points[0].serial == "0011223344"


LOAD = Load([Interval(1_600_000_000, Decimal("12345.67")), Interval(1_600_000_900, Decimal("0.01"))])


def simulated(order: WordOrder) -> ModbusMeter:
    meter = ModbusMeter([LOAD], MeterSettings(float_order=order))
    meter.clock_at = LOAD.ends_at[-1]
    return meter


def test_a_trial_read_agrees_with_the_display(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with running(simulated(WordOrder.ABCD)) as port:
        path = workbook(tmp_path / "list.xlsx", METER | {"port": port, "display": "12345.68"})
        assert command.main(["site", "import", str(path), "--read"]) == 0
    assert "reads 12345.68, display 表显 12345.68: agrees" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        ({"data type": "f32", "register address": 4}, "with word order CDAB it is 12345.68"),
        ({"decimals": 0}, "with decimals 2 it is 12345.68"),
        ({"register address": 272, "decimals": 0}, ""),
    ],
)
def test_a_trial_read_that_does_not_agree_says_what_would(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], change: dict[str, Any], hint: str
) -> None:
    with running(simulated(WordOrder.CDAB)) as port:
        path = workbook(tmp_path / "list.xlsx", METER | {"port": port, "display": 12345.68} | change)
        assert drafts(path, tmp_path / "out", "--read") == 1
    said = capsys.readouterr().out
    assert "DOES NOT AGREE" in said
    assert hint in said
    assert not (tmp_path / "out").exists()


def test_a_meter_that_is_not_there_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = workbook(tmp_path / "list.xlsx", METER | {"port": 1})
    assert command.main(["site", "import", str(path), "--read"]) == 1
    assert "no reading:" in capsys.readouterr().out


def test_a_meter_that_runs_on_still_agrees() -> None:
    assert trial.agrees(Decimal("12346.68"), Decimal("12345.68"))
    assert trial.agrees(Decimal("0.02"), Decimal("0.00"))
    assert not trial.agrees(Decimal("0.03"), Decimal("0.00"))
    assert not trial.agrees(123457, Decimal("12345.68"))
