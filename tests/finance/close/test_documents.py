"""Workbook and pages: the same bytes again, exact figures, Chinese that prints, nothing that runs."""

from __future__ import annotations

import dataclasses
import io
import shutil
import subprocess
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from tally_finance.close import page, workbook
from tally_finance.close.body import OwedParts
from tally_finance.close.table import Measure, exact, written
from tally_finance.close.tables import tables
from tests.finance.close.examples import NAMES, body

BODY = body()


def test_both_have_the_same_bytes_again() -> None:
    assert workbook.render(BODY, NAMES) == workbook.render(BODY, NAMES)
    assert page.render(BODY, NAMES) == page.render(BODY, NAMES)


def test_the_workbook_has_every_table_and_every_figure() -> None:
    book = load_workbook(io.BytesIO(workbook.render(BODY, NAMES)))
    assert [sheet.title.rpartition(" ")[2] for sheet in book.worksheets] == [
        "Close", "facilities", "movement", "lots", "receipts", "remarks", "reasons", "keepers", "owed", "days",
        "evidence",
    ]  # fmt: skip
    rows = list(book["授信 facilities"].iter_rows(min_row=4, max_row=4, values_only=True))
    assert rows[0][0] == "F-1"
    assert Decimal(str(rows[0][3])) == Decimal(BODY.facilities[0].days[-1].owed_fen).scaleb(-2)
    assert len(list(book["每日 days"].iter_rows(min_row=4))) >= 30


def test_text_that_looks_like_a_formula_stays_text() -> None:
    evil = dataclasses.replace(BODY.facilities[0], facility="=1+1")
    book = load_workbook(io.BytesIO(workbook.render(dataclasses.replace(BODY, facilities=(evil,)), NAMES)))
    cell = book["授信 facilities"]["A4"]
    assert (cell.value, cell.data_type) == ("=1+1", "s")


def test_a_figure_that_a_spreadsheet_would_cut_is_text() -> None:
    huge = dataclasses.replace(BODY.facilities[0], limit=Decimal("90071992547409.91"))
    book = load_workbook(io.BytesIO(workbook.render(dataclasses.replace(BODY, facilities=(huge,)), NAMES)))
    assert book["授信 facilities"]["C4"].value == "90,071,992,547,409.91"


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="needs the Debian package poppler-utils")
def test_the_pages_can_be_read_in_both_languages(tmp_path: Path) -> None:
    (tmp_path / "close.pdf").write_bytes(page.render(BODY, NAMES))
    done = subprocess.run(["pdftotext", "-layout", "close.pdf", "-"], cwd=tmp_path, capture_output=True, check=True)
    text = done.stdout.decode()
    for words in ("可融资额度", "3,514,493.25", "61,300.00", "Harbour Store 港储", "in the book of keeper", "每日走势"):
        assert words in text
    assert not done.stderr


def test_figures_of_thousands_of_digits_fit_on_a_page() -> None:
    huge = Fraction(1, 3**9_000)
    one = dataclasses.replace(BODY.facilities[0], owed=OwedParts(huge, huge, huge, huge))
    odd = dataclasses.replace(BODY, facilities=(one,))
    assert page.render(odd, NAMES).startswith(b"%PDF")
    book = load_workbook(io.BytesIO(workbook.render(odd, NAMES)))
    assert book["敞口精确值 owed"]["F5"].value.endswith(f"0x1/{3**9_000:x}")


def test_markup_in_a_name_is_text(tmp_path: Path) -> None:
    evil = dataclasses.replace(BODY.facilities[0], facility="<b>&amp;<img src='x'/>")
    assert page.render(dataclasses.replace(BODY, facilities=(evil,)), NAMES).startswith(b"%PDF")


@settings(max_examples=25, deadline=None)
@given(st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=64).filter(str.isprintable))
def test_whatever_a_facility_is_called_can_be_rendered(name: str) -> None:
    odd = dataclasses.replace(BODY, facilities=(dataclasses.replace(BODY.facilities[0], facility=name),))
    assert page.render(odd, NAMES).startswith(b"%PDF")
    book = load_workbook(io.BytesIO(workbook.render(odd, NAMES)))
    assert book["授信 facilities"]["A4"].value == name


def test_figures_are_written_exactly() -> None:
    assert written(Decimal("1234567.5"), Measure.MONEY) == "1,234,567.50"
    assert written(Decimal("0.000001"), Measure.TONNES) == "0.000001"
    assert written(Decimal(100), Measure.TONNES) == "100"
    assert exact(Fraction(7, 2)) == "3.5"
    assert exact(Fraction(1, 3)) == "1/3"
    assert exact(Fraction(-5)) == "-5"
    assert exact(Fraction(1, 3**90)).startswith("0.000000000000… = 0x1/")
    assert all(len(row) == len(table.columns) for table in tables(BODY, NAMES) for row in table.rows)
