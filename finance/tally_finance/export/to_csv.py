"""Tables as a folder of CSV files (RFC 4180, UTF-8), with `tables.json` that says what each column is.

The files begin with a byte-order mark, without which a Chinese Excel reads UTF-8 as another encoding; DuckDB, Arrow and
pandas (`utf-8-sig`) pass over it. Lines end with CR LF. No value is an empty field. Each row ends with the report's
digest and whether it was computed again, so that tables of many reports can stand in one.

A spreadsheet takes text that begins like a formula for one. Such text gets an apostrophe before it, and so does text
that begins with one: who takes one apostrophe away has the text as it was.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from tally_edge import durable
from tally_finance.export.table import Column, Stamp, Table, Type, time_text

_FORMULA: Final = tuple("=+-@\t\r\n＝＋－＠'")
"""What begins a formula in one spreadsheet or another, wide forms too (OWASP: CSV injection), and what hides one."""
_STAMP: Final = ("report", "verified")
_DATATYPES: Final = {
    Type.TEXT: "string",
    Type.COUNT: "integer",
    Type.NUMBER: "decimal",
    Type.TIME: "dateTime",
    Type.LOCAL: "dateTime",
    Type.YES_NO: "boolean",
}
"""By the names of XML Schema, which CSV on the Web (W3C) uses."""


def write(folder: Path, tables: Sequence[Table], stamp: Stamp) -> None:
    """Write a file for each table into a new folder, and `tables.json` last: a folder without it is none.

    Raises OSError as the disk does.
    """
    durable.make_folder(folder)
    told = [_write(folder / f"{table.name}.csv", table, stamp) for table in tables]
    said = {
        "@context": "http://www.w3.org/ns/csvw",
        "report": stamp.report,
        "verified": stamp.standing,
        "tables": told,
    }
    durable.write_file(folder / "tables.json", f"{json.dumps(said, ensure_ascii=False, indent=1)}\n".encode())


def encoded(table: Table, stamp: Stamp) -> Iterator[bytes]:
    """The file of one table, a line at a time."""
    line = _Line()
    writer = csv.writer(line)
    yield b"\xef\xbb\xbf"
    writer.writerow([*(column.name for column in table.columns), *_STAMP])
    yield line.taken()
    types = [column.type for column in table.columns]
    for row in table.rows():
        fields = [_FIELD[of](value) if value is not None else "" for of, value in zip(types, row, strict=True)]
        writer.writerow([*fields, stamp.report, stamp.standing])
        yield line.taken()


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


def safe(text: str) -> str:
    """Text that no spreadsheet takes for a formula; blanks before one do not hide it."""
    begins = text.lstrip(" \u00a0\u3000")[:1] or text[:1]
    return f"'{text}" if begins in _FORMULA and begins else text


_FIELD: Final[Mapping[Type, Callable[[Any], str]]] = {
    Type.TEXT: safe,
    Type.LOCAL: str,
    Type.COUNT: str,
    Type.NUMBER: lambda value: f"{value:f}",
    Type.TIME: time_text,
    Type.YES_NO: lambda value: "true" if value else "false",
}


def _write(path: Path, table: Table, stamp: Stamp) -> dict[str, Any]:
    hashed, count = sha256(), 0
    with path.open("xb") as file:
        for line in encoded(table, stamp):
            hashed.update(line)
            file.write(line)
            count += 1
    return {
        "url": path.name,
        "dc:title": {"en": table.name.replace("_", " "), "zh": table.chinese},
        "rows": count - 2,
        "sha256": hashed.hexdigest(),
        "tableSchema": {"columns": [*map(_column, table.columns), *_STAMP_COLUMNS]},
    }


_STAMP_COLUMNS: Final = [
    {"name": "report", "titles": {"en": "report", "zh": "报告摘要值"}, "datatype": "string"},
    {"name": "verified", "titles": {"en": "verified", "zh": "是否复算"}, "datatype": "string"},
]


def _column(column: Column) -> dict[str, Any]:
    said = {"name": column.name, "titles": {"en": column.name.replace("_", " "), "zh": column.chinese}}
    return {**said, "datatype": _DATATYPES[column.type], **({"unit": column.unit} if column.unit else {})}
