"""A table as CSV (RFC 4180, UTF-8), a line at a time, and `tables.json` that says what files and columns are. No IO.

A file begins with a byte-order mark, without which a Chinese Excel reads UTF-8 as another encoding; DuckDB, Arrow and
pandas (`utf-8-sig`) pass over it. Lines end with CR LF. No value is an empty field. Each row ends with the report's
digest and whether it was computed again, so that tables of many reports can stand in one.

A spreadsheet takes text that begins like a formula for one. Such text gets an apostrophe before it, and so does text
that begins with one: who takes one apostrophe away has the text as it was.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from tally_finance.export.table import Column, Stamp, Table, Type, time_text

STAMP: Final = (Column("report", "报告摘要值"), Column("verified", "是否复算"))
"""The last two columns of every table."""
INDEX: Final = "tables.json"
FORMAT: Final = "tallystick tables 1"
_BREAKS: Final = frozenset("\t\r\n")
_FORMULA: Final = frozenset("=+-@＝＋－＠'")
"""What begins a formula in one spreadsheet or another, wide forms too (OWASP: CSV injection), and what hides one."""


def encoded(table: Table, stamp: Stamp) -> Iterator[bytes]:
    """The file of one table: the heading, then a row at a time."""
    line = _Line()
    writer = csv.writer(line)
    writer.writerow([column.name for column in (*table.columns, *STAMP)])
    yield b"\xef\xbb\xbf" + line.taken()
    types = [column.type for column in table.columns]
    for row in table.rows():
        fields = [_FIELD[of](value) if value is not None else "" for of, value in zip(types, row, strict=True)]
        writer.writerow([*fields, stamp.report, stamp.standing])
        yield line.taken()


def safe(text: str) -> str:
    """Text that no spreadsheet takes for a formula; blanks and what nobody sees before one do not hide it."""
    seen = next((char for char in text if char.isprintable() and not char.isspace()), "")
    return f"'{text}" if seen in _FORMULA or text[:1] in _BREAKS else text


def index_entry(table: Table, rows: int, sha256: str) -> dict[str, Any]:
    """What is said of one file. `rows`: without the heading; `sha256`: of the file, in hex."""
    return {
        "file": f"{table.name}.csv",
        "chinese": table.chinese,
        "rows": str(rows),
        "sha256": sha256,
        "columns": [_column(column) for column in (*table.columns, *STAMP)],
    }


def index(entries: Sequence[Mapping[str, Any]], stamp: Stamp) -> bytes:
    """The file's bytes."""
    said = {"format": FORMAT, "report": stamp.report, "verified": stamp.standing, "tables": entries}
    return f"{json.dumps(said, ensure_ascii=False, indent=1)}\n".encode()


def _column(column: Column) -> dict[str, str]:
    return {
        "name": column.name,
        "chinese": column.chinese,
        "type": _DATATYPES[column.type],
        "unit": column.unit,
    }


class _Line:
    """What `csv.writer` writes into: one line at a time."""

    def __init__(self) -> None:
        self._text = ""

    def write(self, text: str) -> int:
        self._text += text
        return len(text)

    def taken(self) -> bytes:
        text, self._text = self._text, ""
        return text.encode()


_FIELD: Final[Mapping[Type, Callable[[Any], str]]] = {
    Type.TEXT: safe,
    Type.LOCAL: str,
    Type.COUNT: str,
    Type.NUMBER: lambda value: f"{value:f}",
    Type.TIME: time_text,
    Type.YES_NO: lambda value: "true" if value else "false",
}
_DATATYPES: Final[Mapping[Type, str]] = {
    Type.TEXT: "string",
    Type.COUNT: "integer",
    Type.NUMBER: "decimal",
    Type.TIME: "dateTime",
    Type.LOCAL: "dateTime",
    Type.YES_NO: "boolean",
}
"""By the names of XML Schema."""
