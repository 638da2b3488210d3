"""`tables.json`: what each file and column of a folder of CSV files is. No IO."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from tally_finance.export.csv_text import STAMP
from tally_finance.export.table import Column, Stamp, Table, Type

NAME: Final = "tables.json"
FORMAT: Final = "tallystick tables 1"
_DATATYPES: Final[Mapping[Type, str]] = {
    Type.TEXT: "string",
    Type.COUNT: "integer",
    Type.NUMBER: "decimal",
    Type.TIME: "dateTime",
    Type.LOCAL: "dateTime",
    Type.YES_NO: "boolean",
}
"""By the names of XML Schema."""


def entry(table: Table, rows: int, sha256: str) -> dict[str, Any]:
    """What is said of one file. `rows`: without the heading; `sha256`: of the file, in hex."""
    return {
        "file": f"{table.name}.csv",
        "chinese": table.chinese,
        "rows": str(rows),
        "sha256": sha256,
        "columns": [_column(column) for column in (*table.columns, *STAMP)],
    }


def encoded(entries: Sequence[Mapping[str, Any]], stamp: Stamp) -> bytes:
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
