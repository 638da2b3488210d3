"""Tables as one workbook (Excel): a sheet for each, and a first one that says what it is. Equal tables, equal bytes.

A spreadsheet keeps numbers as binary fractions with 15 honest digits. What has more stands as text, exactly, and the
first sheet says how often that is; nothing is rounded. Times are text, ISO 8601. Text that begins with "=" is no
formula. A table that may have more rows than a sheet is left out, and that is said too.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font, PatternFill

from tally_edge.site_import.sheet import HONEST_DIGITS
from tally_finance import xlsx
from tally_finance.activity.column import places_of
from tally_finance.errors import ExportError
from tally_finance.export.table import Column, Stamp, Table, Type, Value, time_text

MOST_ROWS: Final = 1_048_576
"""Of a sheet."""
_MOST_CHARS: Final = 32_767
"""Of a cell."""
_MOST_PLACES: Final = 30
"""That a format of a cell shows."""
_ESCAPED: Final = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
"""What a spreadsheet takes for the code of a character (ECMA-376, ST_Xstring); its underscore is told by its code."""
_CUT: Final = " … [cut: in full in report.json 完整内容见报告]"
_HEADING: Final = PatternFill("solid", fgColor="E4EAF0")
_WARNING: Final = Font(bold=True, color="B00020")
_WIDTHS: Final = {
    Type.TEXT: 24,
    Type.COUNT: 12,
    Type.NUMBER: 18,
    Type.TIME: 22,
    Type.LOCAL: 27,
    Type.YES_NO: 8,
}


def workbook(tables: Sequence[Table], stamp: Stamp, title: str) -> bytes:
    """The bytes of the xlsx file. `title`: what the tables are of. Raises ExportError for a table of too many rows."""
    book = Workbook(write_only=True)
    about = book.create_sheet("about 说明")
    long = {table.name: _fill(book, table, stamp) for table in tables if table.fits_a_sheet}
    _about(about, tables, stamp, title, long)
    at = datetime.fromtimestamp(stamp.at, UTC).replace(tzinfo=None)
    book.properties.creator, book.properties.created = "tallystick", at
    packed = io.BytesIO()
    book.save(packed)
    return xlsx.repacked(packed.getvalue(), at)


def _about(sheet: Any, tables: Sequence[Table], stamp: Stamp, title: str, long: dict[str, int]) -> None:
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 34, 80
    for name, value in (
        ("of 内容", title),
        ("report 报告摘要值", stamp.report),
        ("verified 是否复算", stamp.standing),
        (
            "numbers 数字",
            f"of more than {HONEST_DIGITS} digits stand as text, exactly 超过{HONEST_DIGITS}位的数字以文本列示",
        ),
    ):
        sheet.append([_text(sheet, name), _text(sheet, value, _WARNING if value and value == stamp.mark else None)])
    sheet.append([])
    for table in tables:
        told = f"{long[table.name]} as text 以文本列示" if long.get(table.name) else ""
        if not table.fits_a_sheet:
            told = "too long for a sheet: in CSV and Parquet 行数超限，见 CSV 与 Parquet"
        sheet.append([_text(sheet, f"{table.name} {table.chinese}"), _text(sheet, told)])


def _fill(book: Any, table: Table, stamp: Stamp) -> int:
    """A sheet; how many of its numbers stand as text."""
    sheet = book.create_sheet(f"{table.name} {table.chinese}".replace(":", "-")[:31])
    for letter, column in zip(_letters(), table.columns, strict=False):
        sheet.column_dimensions[letter].width = _WIDTHS[column.type]
    sheet.freeze_panes = "A3"
    sheet.append([_text(sheet, f"report {stamp.report}  {stamp.standing}", _WARNING if stamp.mark else None)])
    sheet.append([_heading(sheet, column) for column in table.columns])
    long = 0
    for number, row in enumerate(table.rows(), 3):
        if number > MOST_ROWS:
            raise ExportError(f"{table.name}: has more rows than a sheet, {MOST_ROWS}: take CSV or Parquet")
        cells = [_cell(sheet, column, value) for column, value in zip(table.columns, row, strict=True)]
        sheet.append(cells)
        long += sum(_is_long(value) for value in row)
    return long


def _letters() -> Iterator[str]:
    """A, B, …, Z, AA, …"""
    for first in ("", *map(chr, range(65, 91))):
        yield from (first + chr(number) for number in range(65, 91))


def _heading(sheet: Any, column: Column) -> Any:
    unit = f" ({column.unit})" if column.unit else ""
    cell = _text(sheet, f"{column.name}{unit}\n{column.chinese}", Font(bold=True))
    cell.fill, cell.alignment = _HEADING, Alignment(wrap_text=True, vertical="top")
    return cell


def _cell(sheet: Any, column: Column, value: Value) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if column.type is Type.TIME:
        return time_text(int(value))
    if isinstance(value, str):
        return _text(sheet, value)
    return _text(sheet, f"{Decimal(value):f}") if _is_long(value) else _number(sheet, column, value)


def _number(sheet: Any, column: Column, value: int | Decimal) -> Any:
    """A number that is shown with every place that it has: a spreadsheet's own way shows eleven digits."""
    cell: Any = WriteOnlyCell(sheet)
    cell.value = value
    places = places_of(value)
    whole = "0" if column.type is Type.COUNT else "#,##0"
    cell.number_format = f"{whole}.{'0' * places}" if places else whole
    return cell


def _is_long(value: Value) -> bool:
    """Whether a number has more digits than a spreadsheet keeps, or is so small that it takes it for 0."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return False
    number = Decimal(value)
    if not number:
        return False
    digits = "".join(map(str, number.as_tuple().digits)).strip("0")
    return len(digits) > HONEST_DIGITS or abs(number) >= 10**HONEST_DIGITS or places_of(value) > _MOST_PLACES


def _text(sheet: Any, text: str, font: Font | None = None) -> Any:
    """A cell of text, whatever it begins with. A character that no workbook holds is "?", what is cut is told."""
    shown = _ESCAPED.sub("_x005F_", ILLEGAL_CHARACTERS_RE.sub("?", text))
    if len(shown) > _MOST_CHARS:
        shown = shown[: _MOST_CHARS - len(_CUT)] + _CUT
    cell = WriteOnlyCell(sheet, shown)
    cell.data_type = "s"
    if font is not None:
        cell.font = font
    return cell
