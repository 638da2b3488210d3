"""A close as a workbook (Excel). The same body and names give the same bytes, so that its digest can be signed.

A spreadsheet keeps numbers as binary fractions with 15 honest digits: a longer figure is written as text.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from tally_edge.site_import.sheet import HONEST_DIGITS
from tally_edge.text_table import width
from tally_finance import xlsx
from tally_finance.close.body import Body
from tally_finance.close.table import Column, Measure, Names, Table, Value, written
from tally_finance.close.tables import about, tables

_FORMATS: Final = {
    Measure.MONEY: "#,##0.00",
    Measure.TONNES: "#,##0.######",
    Measure.PER_CENT: "0.00",
    Measure.COUNT: "#,##0",
}
_HEADING: Final = PatternFill("solid", fgColor="E4EAF0")
_WIDEST: Final = 70


def render(body: Body, names: Names) -> bytes:
    """The bytes of the xlsx file."""
    workbook = Workbook()
    first = workbook.active
    assert first is not None  # noqa: S101  a new workbook has one sheet
    first.title = "月结 Close"
    _fill(first, about(body, names))
    for table in tables(body, names):
        _fill(workbook.create_sheet(f"{table.chinese} {table.name}"[:31]), table)
    at = datetime.fromtimestamp(body.known_at, UTC).replace(tzinfo=None)
    workbook.properties.creator, workbook.properties.created = "tallystick", at
    packed = io.BytesIO()
    workbook.save(packed)
    return xlsx.repacked(packed.getvalue(), at)


def _fill(sheet: Any, table: Table) -> None:
    """Title, headings in both languages, rows, note."""
    sheet.append([f"{table.english} {table.chinese}"])
    sheet["A1"].font = Font(bold=True, size=14)
    sheet.append([])
    headings = [f"{column.english}\n{column.chinese}".strip() for column in table.columns]
    if any(headings):
        sheet.append(headings)
        for cell in sheet[sheet.max_row]:
            cell.font, cell.fill = Font(bold=True), _HEADING
            cell.alignment = Alignment(wrap_text=True, vertical="top")
        sheet.freeze_panes = f"A{sheet.max_row + 1}"
    for row in table.rows:
        _row(sheet, table.columns, row)
    if table.note:
        sheet.append([])
        sheet.append([table.note])
    for number, column in enumerate(table.columns):
        cells = [written(row[number], column.measure) for row in table.rows]
        widest = max((width(text) for text in (column.english, column.chinese, *cells)), default=0)
        sheet.column_dimensions[get_column_letter(number + 1)].width = min(widest, _WIDEST) + 3


def _row(sheet: Any, columns: Sequence[Column], row: Sequence[Value]) -> None:
    at = sheet.max_row + 1
    for number, (column, value) in enumerate(zip(columns, row, strict=True), 1):
        cell = sheet.cell(at, number)
        if isinstance(value, int | Decimal) and len(Decimal(value).normalize().as_tuple().digits) <= HONEST_DIGITS:
            cell.value, cell.number_format = value, _FORMATS[column.measure]
        else:
            cell.value = None if value is None else written(value, column.measure)
            cell.data_type = "n" if value is None else "s"  # text that begins with "=" is no formula
            cell.alignment = Alignment(horizontal="left" if column.measure is Measure.TEXT else "right")
