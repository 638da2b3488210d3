"""Tables as a folder of CSV files (see `csv_text`), with `tables.json` that says what each file and column is."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from tally_edge import durable
from tally_finance.export.csv_text import STAMP, encoded
from tally_finance.export.table import Column, Stamp, Table, Type

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


def write(folder: Path, tables: Sequence[Table], stamp: Stamp) -> None:
    """Write a file for each table into a new folder, and `tables.json` last: a folder without it is not whole.

    Raises OSError as the disk does.
    """
    durable.make_folder(folder)
    told = [_write(folder / f"{table.name}.csv", table, stamp) for table in tables]
    said = {"format": FORMAT, "report": stamp.report, "verified": stamp.standing, "tables": told}
    durable.write_file(folder / "tables.json", f"{json.dumps(said, ensure_ascii=False, indent=1)}\n".encode())


def _write(path: Path, table: Table, stamp: Stamp) -> dict[str, Any]:
    hashed, rows = sha256(), -1  # the heading is no row
    with path.open("xb") as file:
        for line in encoded(table, stamp):
            hashed.update(line)
            file.write(line)
            rows += 1
    return {
        "file": path.name,
        "chinese": table.chinese,
        "rows": str(rows),
        "sha256": hashed.hexdigest(),
        "columns": [_column(column) for column in (*table.columns, *STAMP)],
    }


def _column(column: Column) -> dict[str, str]:
    return {
        "name": column.name,
        "chinese": column.chinese,
        "type": _DATATYPES[column.type],
        "unit": column.unit,
    }
