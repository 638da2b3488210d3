"""A keeper's book from a CSV file or a workbook (保管人台账): strict, because money hangs on what is not in it.

Headings in English or Chinese, in any order; other columns are the keeper's own and ignored:

    receipt 仓单编号    lot 批次    holder 持单人    pledgee 质权人
    quantity_t, quantity_kg or quantity_g 数量(吨), 数量(千克) or 数量(克)

Ids are 64 hexadecimal digits, or the reader's own names for them. A pledgee that is empty, or -, is nobody.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from typing import Final

from tally_edge.errors import SheetError
from tally_edge.site_import import sheet
from tally_edge.site_import.sheet import Row
from tally_finance.close.reconcile import KeeperBook, KeeperRow

_ID: Final = re.compile(r"(?:0x)?([0-9a-fA-F]{64})")
_HEADINGS: Final = {
    "receipt": "receipt",
    "仓单编号": "receipt",
    "lot": "lot",
    "批次": "lot",
    "holder": "holder",
    "持单人": "holder",
    "pledgee": "pledgee",
    "质权人": "pledgee",
}
_GRAMS: Final = {
    "quantity_t": 1_000_000,
    "数量(吨)": 1_000_000,
    "quantity_kg": 1_000,
    "数量(千克)": 1_000,
    "quantity_g": 1,
    "数量(克)": 1,
}
_NUMBER: Final = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,9})?|[0-9]{1,3}(?:,[0-9]{3}){1,4}(?:\.[0-9]{1,9})?")
"""A comma only between thousands: in some countries it is the decimal point."""
_NOBODY: Final = frozenset({"", "-", "—", "无", "none"})
_QUANTITY: Final = "quantity"


def load(path: Path, keeper: bytes, names: Mapping[bytes, str]) -> KeeperBook:
    """The book of `keeper` in a file. Raises SheetError that names the row."""
    rows = sheet.read(path)
    try:
        columns, grams = _columns(rows[0])
        read = _Reader(columns, grams, _ids(names))
        found: dict[bytes, KeeperRow] = {}
        for row in rows[1:]:
            one = read.row(row)
            if one.receipt in found:
                raise SheetError(f"row {row.number}: receipt {one.receipt.hex()} stands there twice")
            found[one.receipt] = one
    except SheetError as error:
        raise SheetError(f"{path}: {error}") from None
    try:
        digest = sha256(path.read_bytes()).digest()
    except OSError as error:
        raise SheetError(f"{path}: cannot be read: {error.strerror}") from None
    return KeeperBook(keeper, digest, found)


def _columns(headings: Row) -> tuple[dict[str, int], int]:
    """Each field's column, and how many grams a unit of the quantity has."""
    columns: dict[str, int] = {}
    grams = 0
    for column, cell in enumerate(headings.cells):
        heading = cell.text.lower().replace("（", "(").replace("）", ")").replace(" ", "")
        field = _QUANTITY if heading in _GRAMS else _HEADINGS.get(heading)
        if field is None:
            continue
        if field in columns:
            raise SheetError(f"two columns have the {field}")
        columns[field] = column
        grams = _GRAMS.get(heading, grams)
    missing = [field for field in ("receipt", "lot", _QUANTITY, "holder", "pledgee") if field not in columns]
    if missing:
        raise SheetError(f"no column has the {missing[0]}; headings are receipt, lot, quantity_kg, holder, pledgee")
    return columns, grams


def _ids(names: Mapping[bytes, str]) -> dict[str, bytes]:
    """Ids by name; what two ids share names neither."""
    found: dict[str, bytes] = {}
    shared: set[str] = set()
    for number, name in names.items():
        if name in found:
            shared.add(name)
        found[name] = number
    return {name: number for name, number in found.items() if name not in shared}


class _Reader:
    """Rows of one book."""

    def __init__(self, columns: Mapping[str, int], grams: int, ids: Mapping[str, bytes]) -> None:
        self._columns, self._grams, self._ids = columns, grams, ids

    def row(self, row: Row) -> KeeperRow:
        """Raises SheetError."""
        pledgee = self._text(row, "pledgee", needed=False)
        return KeeperRow(
            receipt=self._id(row, "receipt"),
            lot=self._id(row, "lot"),
            quantity_g=self._quantity(row),
            holder=self._id(row, "holder"),
            pledgee=None if pledgee.lower() in _NOBODY else self._id(row, "pledgee"),
        )

    def _text(self, row: Row, field: str, *, needed: bool = True) -> str:
        column = self._columns[field]
        cell = row.cells[column] if column < len(row.cells) else None
        if cell is not None and cell.fault is not None:
            raise SheetError(f"row {row.number}: the {field} {cell.fault}")
        if needed and (cell is None or not cell.text):
            raise SheetError(f"row {row.number}: no {field}")
        return "" if cell is None else cell.text

    def _id(self, row: Row, field: str) -> bytes:
        text = self._text(row, field)
        found = _ID.fullmatch(text)
        if found is not None:
            return bytes.fromhex(found[1])
        if text not in self._ids:
            raise SheetError(f"row {row.number}: {text!r} is no id of 64 hexadecimal digits, and names none (--names)")
        return self._ids[text]

    def _quantity(self, row: Row) -> int:
        text = self._text(row, _QUANTITY)
        if _NUMBER.fullmatch(text) is None:
            raise SheetError(f"row {row.number}: {text!r} is no quantity; write it as 12500.5 or 12,500.5")
        grams = Fraction(text.replace(",", "")) * self._grams
        if grams.denominator != 1:
            raise SheetError(f"row {row.number}: {text} is no whole number of grams")
        return grams.numerator
