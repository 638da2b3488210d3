"""Tables as a folder of Parquet files: exact decimals, times in UTC, and what they are in the files' metadata.

A number is a decimal of 38 digits, or of 76 where its column needs them, with as many places as the column needs. The
file's metadata has the report's digest, whether it was computed again, and its Chinese name; a column's its Chinese
name and its unit. Rows are written as they come, so that a year of many meters needs no more memory than one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from tally_edge import durable
from tally_finance.activity.column import places_of
from tally_finance.errors import ExportError
from tally_finance.export.table import Column, Row, Stamp, Table, Type

ROWS: Final = 2**16
"""That are held at once, and make a row group."""
_SHORT, _LONG = 38, 76
"""Digits of the two decimals that Arrow has."""


def write(folder: Path, tables: Sequence[Table], stamp: Stamp) -> None:
    """Write a file for each table into a new folder.

    Raises ExportError for a number of more than 76 digits, OSError as the disk does.
    """
    durable.make_folder(folder)
    for table in tables:
        _write(folder / f"{table.name}.parquet", table, stamp)


def _write(path: Path, table: Table, stamp: Stamp) -> None:
    schema = _schema(table, stamp)
    with path.open("xb") as file, pq.ParquetWriter(file, schema, compression="zstd") as writer:
        for rows in _groups(table.rows()):
            columns = list(zip(*rows, strict=True))
            arrays = [pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema), row_group_size=ROWS)


def _groups(rows: Iterable[Row]) -> Iterator[list[Row]]:
    every = iter(rows)
    while group := list(islice(every, ROWS)):
        yield group


def _schema(table: Table, stamp: Stamp) -> Any:
    numbers = [number for number, one in enumerate(table.columns) if one.type is Type.NUMBER and one.places is None]
    sizes = _sizes(table, numbers)
    fields = [_field(table, column, sizes.get(number)) for number, column in enumerate(table.columns)]
    told = {"report": stamp.report, "verified": stamp.standing, "table": table.name, "表": table.chinese}
    return pa.schema(fields, metadata=told)


def _sizes(table: Table, numbers: Sequence[int]) -> dict[int, tuple[int, int]]:
    """(digits before the point, places) that each of some columns needs."""
    found = dict.fromkeys(numbers, (1, 0))
    for row in table.rows() if numbers else ():
        for number in numbers:
            value = row[number]
            if isinstance(value, Decimal):
                whole, places = found[number]
                found[number] = max(whole, value.adjusted() + 1), max(places, places_of(value))
    return found


def _field(table: Table, column: Column, size: tuple[int, int] | None) -> Any:
    told = {"zh": column.chinese, **({"unit": column.unit} if column.unit else {})}
    return pa.field(column.name, _type(table, column, size), metadata=told)


def _type(table: Table, column: Column, size: tuple[int, int] | None) -> Any:
    if column.type is not Type.NUMBER:
        return _TYPES[column.type]
    whole, places = size or (_SHORT - (column.places or 0), column.places or 0)
    if whole + places <= _SHORT:
        return pa.decimal128(_SHORT, places)
    if whole + places <= _LONG:
        return pa.decimal256(_LONG, places)
    raise ExportError(f"{table.name}.{column.name}: Parquet has no decimal of {whole + places} digits")


_TYPES: Final = {
    Type.TEXT: pa.string(),
    Type.LOCAL: pa.string(),
    Type.COUNT: pa.int64(),
    Type.TIME: pa.timestamp("s", "UTC"),
    Type.YES_NO: pa.bool_(),
}
