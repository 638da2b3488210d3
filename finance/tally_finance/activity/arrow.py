"""From Arrow columns to loads: the gateway's projection, or any table of its schema, for whole sites at once.

A projection is no evidence. Who reckons with it has verified the log that it was made of, and takes what is stated of
meters from that verification; each value still opens to its entry in the log.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tally_chain.verify.verifier import Examined
from tally_finance.activity.column import LARGEST, Column, Ints, multiplied, too_large
from tally_finance.activity.reading import PointRead, Read
from tally_finance.activity.unexplained import Span
from tally_finance.errors import ActivityError
from tally_finance.quantity.evidence import Source

_COLUMNS: Final = ["point", "register", "taken_at", "value", "unit", "entry"]
_NAMES: Final = ["point", "register", "unit"]

PLACES: Final = 18
"""Decimal places of a value in the projection."""

_NINE_DIGITS: Final = np.uint64(10**9)
_LIMB: Final = np.uint64(32)
_LIMB_MASK: Final = np.uint64(2**32 - 1)

Codes: TypeAlias = npt.NDArray[np.integer[Any]]
Halves: TypeAlias = npt.NDArray[np.uint64]


class Entries(Sequence[Source]):
    """The entries of a log as sources, by index; `ids` are those of their statements, where they are known."""

    def __init__(self, name: str, ids: dict[int, bytes] | None = None) -> None:
        """`name`: the log's."""
        self._name = name
        self._ids = ids or {}

    def __len__(self) -> int:
        """As many as any log may have."""
        return 2**63 - 1

    def __getitem__(self, index: int) -> Source:  # type: ignore[override]  # entries are asked for one by one
        """An entry."""
        return Source(f"{self._name}, entry {index}", self._ids.get(index, b""))


def read_segments(readings: Sequence[Path], settlements: Sequence[Path] = ()) -> pa.Table:
    """The readings and settled registers in Parquet files of the projection's schemas. Raises ActivityError."""
    settled = ["at" if name == "taken_at" else name for name in _COLUMNS]
    try:
        tables = [_named(pq.read_table(file, columns=_COLUMNS, memory_map=True)) for file in readings]
        tables += [_named(pq.read_table(file, columns=settled, memory_map=True)) for file in settlements]
        return pa.concat_tables(tables) if tables else pa.table({name: [] for name in _COLUMNS})
    except (OSError, pa.ArrowException) as error:
        raise ActivityError(f"the readings can not be read: {error}") from None


def _named(table: pa.Table) -> pa.Table:
    """The columns by the names of readings, their texts as codes."""
    table = table.rename_columns(["taken_at" if name == "at" else name for name in table.column_names])
    for name in _NAMES:
        table = table.set_column(table.column_names.index(name), name, table[name].dictionary_encode())
    return table


class Projected:
    """What is believed of metering points, their values from a projection of the log that the bundle was made of.

    A `reading.Reader`: only points of which the verification believes something have columns.
    """

    def __init__(self, examined: Examined, readings: pa.Table, log: str, section: int = 0) -> None:
        """`readings`: see `columns`; `log`: its name; `section`: where the bundle shows it. Raises ActivityError."""
        self._read = Read(examined)
        shown = (*examined.statements, *examined.gapped)
        self._said = Entries(log, {one.index: one.statement.id for one in shown if one.section == section})
        self._columns: dict[str, dict[str, Column]] = {}
        for column in columns(readings):
            if self._read.believed(column.point):
                self._columns.setdefault(column.point, {})[column.register] = column

    def point(self, point: str, registers: Collection[str]) -> PointRead:
        """See `reading.Reader`."""
        known = self._columns.get(point, {})
        fallen = [span for name in self._read.counting(point) if name in known for span in _falls(known[name])]
        wanted = {name: known[name] for name in registers if name in known}
        return self._read.with_columns(point, wanted, self._said, fallen)


def _falls(column: Column) -> list[Span]:
    before = np.flatnonzero(np.diff(column.value) < 0)
    return list(zip(column.at[before].tolist(), column.at[before + 1].tolist(), strict=True))


def columns(readings: pa.Table) -> Iterator[Column]:
    """The columns of every register in a table of readings, by point and register, whatever the order of its rows.

    Raises ActivityError for a register in two units or with two values at one time, and for columns of other types.
    """
    numbers = readings.select(_COLUMNS)
    if numbers["value"].null_count:  # texts, flags and bytes
        numbers = numbers.filter(pc.is_valid(numbers["value"]))
    if not numbers.num_rows:
        return
    if any(numbers[name].null_count for name in _COLUMNS):
        raise ActivityError("a number lacks its metering point, register, time, unit or entry")
    numbers = numbers.unify_dictionaries()
    (points, point_names), (registers, register_names), (units, unit_names) = (_coded(numbers[name]) for name in _NAMES)
    at, entry = (_whole(numbers[name]).to_numpy() for name in ("taken_at", "entry"))
    halves = _halves(_whole(numbers["value"]))
    place = points.astype(np.int64) * len(register_names) + registers
    order = np.argsort(place, kind="stable")
    found = {}
    for rows in np.split(order, np.flatnonzero(np.diff(place[order])) + 1):
        found[point_names[points[rows[0]]], register_names[registers[rows[0]]]] = rows
    for point, register in sorted(found):
        rows = found.pop((point, register))
        if np.any(units[rows] != units[rows[0]]):
            raise ActivityError(f"{point}/{register}: is read in more than one unit")
        yield _column((point, register, unit_names[units[rows[0]]]), at, entry, halves, rows)


def _coded(names: pa.ChunkedArray) -> tuple[Codes, list[str]]:
    """The codes of a column of names, and the names."""
    coded = _whole(names if pa.types.is_dictionary(names.type) else names.dictionary_encode())
    return coded.indices.to_numpy(), coded.dictionary.to_pylist()


def _whole(column: pa.ChunkedArray) -> pa.Array:
    """A column in one piece."""
    whole = column.combine_chunks()
    return whole.chunk(0) if isinstance(whole, pa.ChunkedArray) else whole


def _halves(values: pa.Array) -> Halves:
    """The 128-bit numbers of a column, low half and high half. Raises ActivityError for another type."""
    if not pa.types.is_decimal128(values.type) or values.type.scale != PLACES:
        raise ActivityError(f"values are {values.type}, not decimals with {PLACES} places")
    halves = np.frombuffer(values.buffers()[1], dtype="<u8").reshape(-1, 2)
    return halves[values.offset : values.offset + len(values)]


def _column(named: tuple[str, str, str], at: Ints, entry: Ints, halves: Halves, rows: Ints) -> Column:
    """One register's column from its rows."""
    point, register, unit = named
    times = at[rows]
    if np.any(np.diff(times) <= 0):
        rows = rows[np.lexsort((entry[rows], times))]
        times = at[rows]
    value, places = exact(halves[rows], f"{point}/{register}")
    again = np.flatnonzero(np.diff(times) == 0)
    if again.size:
        if np.any(value[again] != value[again + 1]):
            raise ActivityError(f"{point}/{register}: shows two values at one time")
        keep = np.ones(times.size, dtype=bool)
        keep[again + 1] = False
        times, value, rows = times[keep], value[keep], rows[keep]
    return Column(point, register, unit, times, value, places, entry[rows])


def exact(halves: Halves, name: str) -> tuple[Ints, int]:
    """128-bit numbers × 10^-PLACES as 64-bit integers with as few decimal places as they need.

    Raises ActivityError, naming `name`, for what 64 bits do not hold.
    """
    low, high = halves[:, 0], halves[:, 1]
    negative = high >> np.uint64(63) == 1
    if np.any(negative):
        low, high = np.where(negative, ~low + np.uint64(1), low), np.where(negative, ~high + (low == 0), high)
    limbs = [high >> _LIMB, high & _LIMB_MASK, low >> _LIMB, low & _LIMB_MASK]
    limbs, last = _divided(limbs)
    limbs, first = _divided(limbs)
    whole = (limbs[2] << _LIMB) | limbs[3]
    if np.any(limbs[0] | limbs[1]) or np.any(whole > LARGEST):
        raise too_large(name)
    part = first * _NINE_DIGITS + last
    places = next(one for one in range(PLACES + 1) if not np.any(part % np.uint64(10 ** (PLACES - one))))
    value = multiplied(whole.astype(np.int64), 10**places, name)
    value = value + (part // np.uint64(10 ** (PLACES - places))).astype(np.int64)
    if np.any(value < 0):
        raise too_large(name)
    return np.where(negative, -value, value), places


def _divided(limbs: list[Halves]) -> tuple[list[Halves], Halves]:
    """Numbers of 32-bit limbs, the highest first, by 10^9: quotients and remainders."""
    quotients, rest = [], np.zeros(limbs[0].shape, dtype=np.uint64)
    for limb in limbs:
        quotient, rest = np.divmod((rest << _LIMB) | limb, _NINE_DIGITS)
        quotients.append(quotient)
    return quotients, rest
