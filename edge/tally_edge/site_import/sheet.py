"""Rows of text cells out of an xlsx or csv file, exactly as typed, or a clear refusal.

A spreadsheet keeps numbers as binary fractions with 15 honest digits: a longer one has lost digits already, so it is
refused and has to be typed as text. Formulas are refused: what they came to is a guess of whoever calculated last.
"""

from __future__ import annotations

import csv
import warnings
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from tally_edge.errors import SheetError

MAX_FILE_BYTES: Final = 16 * 2**20
"""The longest list that a site plan takes has 4 MB."""

MAX_UNPACKED_BYTES: Final = 256 * 2**20
"""An xlsx file is a zip: a small one can unpack to anything."""

MAX_ROWS: Final = 32_000
"""500 metering points with 64 registers each."""

MAX_COLUMNS: Final = 64
MAX_CELL_CHARS: Final = 500
HONEST_DIGITS: Final = 15


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as text, or why it has none."""

    text: str = ""
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A row by the number that a spreadsheet shows beside it."""

    number: int
    cells: tuple[Cell, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing stands in it."""
        return not any(cell.text or cell.fault for cell in self.cells)


def read(path: Path) -> list[Row]:
    """The rows that are not empty, the headings first. Raises SheetError."""
    try:
        size = path.stat().st_size
    except OSError as error:
        raise SheetError(f"{path}: cannot be read: {error.strerror}") from None
    if size > MAX_FILE_BYTES:
        raise SheetError(f"{path}: has {size} bytes, at most {MAX_FILE_BYTES} are read")
    readers = {".csv": _of_csv, ".xlsx": _of_xlsx}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise SheetError(f"{path}: is neither .xlsx nor .csv; save it as one of them")
    rows = [row for row in _bounded(path, reader(path)) if not row.is_empty]
    if len(rows) < 2:
        raise SheetError(f"{path}: holds no rows under its headings")
    return rows


def _bounded(path: Path, rows: Iterable[Row]) -> Iterator[Row]:
    for row in rows:
        if row.number > MAX_ROWS:
            raise SheetError(f"{path}: has more than {MAX_ROWS} rows")
        if len(row.cells) > MAX_COLUMNS:
            raise SheetError(f"{path}, row {row.number}: has more than {MAX_COLUMNS} columns")
        yield row


def _of_csv(path: Path) -> Iterator[Row]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for number, cells in enumerate(csv.reader(file, strict=True), 1):
                yield Row(number, tuple(_text(cell) for cell in cells))
    except UnicodeDecodeError:
        raise SheetError(f"{path}: is not UTF-8; save it as 'CSV UTF-8'") from None
    except (csv.Error, OSError) as error:
        raise SheetError(f"{path}: {error}") from None


def _of_xlsx(path: Path) -> Iterator[Row]:
    from openpyxl import load_workbook  # noqa: PLC0415  only where a workbook is read
    from openpyxl.utils.exceptions import InvalidFileException  # noqa: PLC0415

    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
        if unpacked > MAX_UNPACKED_BYTES:
            raise SheetError(f"{path}: unpacks to {unpacked} bytes, at most {MAX_UNPACKED_BYTES} are read")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # colours and drop-down lists that are not kept: nothing of what is read
            workbook = load_workbook(path, read_only=True, data_only=False, keep_links=False)
            sheets = [sheet for sheet in workbook.worksheets if sheet.sheet_state == "visible"]
            if len(sheets) != 1:
                raise SheetError(f"{path}: has {len(sheets)} visible sheets; leave one, so that none is overlooked")
            sheets[0].reset_dimensions()  # what a file says about its size is not to be believed
            for number, cells in enumerate(sheets[0].iter_rows(), 1):
                yield Row(number, tuple(_cell(cell) for cell in cells))
            workbook.close()
    except SheetError:
        raise
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, TypeError, SyntaxError, OSError) as error:
        raise SheetError(f"{path}: is not a workbook that can be read: {error}") from None


def _cell(cell: Any) -> Cell:
    value = cell.value
    if value is None:
        return Cell()
    if cell.data_type == "f":
        return Cell(fault="holds a formula; paste its value")
    if cell.data_type == "e":
        return Cell(fault=f"holds the error {value}")
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bool):
        return Cell(fault="holds true or false")
    if isinstance(value, datetime):
        return _text((value.date() if value.time().isoformat() == "00:00:00" else value).isoformat())
    if isinstance(value, date):
        return _text(value.isoformat())
    if isinstance(value, int | float):
        return _number(value)
    return Cell(fault=f"holds a {type(value).__name__}")


def _number(value: float) -> Cell:
    number = Decimal(repr(value))
    if (
        not number.is_finite()
        or len(number.normalize().as_tuple().digits) > HONEST_DIGITS
        or abs(number) >= 10**HONEST_DIGITS
    ):
        return Cell(
            fault=f"{value!r} is a number of over {HONEST_DIGITS} digits, which a spreadsheet cuts: type it as text"
        )
    if number == number.to_integral_value():
        return Cell(str(int(number)))
    return Cell(f"{number:f}")


def _text(value: str) -> Cell:
    text = value.strip()
    if len(text) > MAX_CELL_CHARS:
        return Cell(fault=f"has {len(text)} characters, at most {MAX_CELL_CHARS} are read")
    if not text.isprintable():
        return Cell(fault="holds characters that can not be printed")
    return Cell(text)
