"""Tables as a folder of CSV files (see `csv_text`), with `tables.json` that says what each file and column is."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from tally_edge import durable
from tally_finance.export import csv_text
from tally_finance.export.table import Stamp, Table


def write(folder: Path, tables: Sequence[Table], stamp: Stamp) -> None:
    """Write a file for each table into a new folder, and `tables.json` last: a folder without it is not whole.

    Raises OSError as the disk does.
    """
    durable.make_folder(folder)
    told = [_write(folder / f"{table.name}.csv", table, stamp) for table in tables]
    durable.write_file(folder / csv_text.INDEX, csv_text.index(told, stamp))


def _write(path: Path, table: Table, stamp: Stamp) -> dict[str, Any]:
    hashed, rows = sha256(), -1  # the heading is no row
    with path.open("xb") as file:
        for line in csv_text.encoded(table, stamp):
            hashed.update(line)
            file.write(line)
            rows += 1
    return csv_text.index_entry(table, rows, hashed.hexdigest())
