"""What a device says: packs of readings, settlements, gaps, written from docs/formats. No IO."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum
from typing import Final

from tally_sim.device import encoding as cbor
from tally_sim.errors import DeviceError
from tally_sim.plant.interface import Record, Value

MOST_RECORDS: Final = 1024
_SECONDARY: Final = frozenset({"kWh", "Wh", "MWh", "kW", "kvarh", "varh", "t", "min", "h", "km", "mm", "hPa"})
"""Units of the secondary registry (RFC 8798): a pack that uses one says bver 26."""


class Boundary(IntEnum):
    """What a settlement freezes."""

    DAY = 1
    MONTH = 2
    READING_DAY = 3
    OPENING = 4
    CLOSING = 5


class Reason(IntEnum):
    """Why there are no readings."""

    OUTBOX_FULL = 1
    METER_SILENT = 2
    AGENT_DOWN = 3
    CLOCK_UNSET = 4
    READING_INVALID = 5
    STATE_LOST = 6
    STORAGE_FULL = 7


@dataclass(frozen=True, slots=True)
class Counts:
    """What has happened to a metering point since its stream began."""

    exchanges: int = 0
    resets: int = 0
    rollovers: int = 0
    gaps: int = 0


@dataclass(frozen=True, slots=True)
class Settlement:
    """The registers at a boundary. `local` is `at` as the site's clock reads it; `registers`: name, value, unit."""

    boundary: Boundary
    at: int
    local: str
    registers: tuple[tuple[str, int | Decimal, str], ...]
    serial: str
    multiplier: int
    facts: bytes
    counts: Counts
    previous: bytes
    read_at: int | None = None


def pack(point: str, records: Sequence[Record]) -> bytes:
    """A SenML pack of `records`, whose times do not fall. Raises DeviceError."""
    if not 0 < len(records) <= MOST_RECORDS:
        raise DeviceError(f"a pack holds 1 to {MOST_RECORDS} records, not {len(records)}")
    start = records[0].at
    registers = {record.register for record in records}
    units = {record.unit for record in records if record.unit}
    base_unit = next(iter(units)) if len(units) == 1 else ""
    items = []
    for place, record in enumerate(records):
        if record.at < start:
            raise DeviceError(f"{record.register}: {record.at} is before the pack's first time {start}")
        members = [_value(record.value)]
        if len(registers) > 1:
            members.append((0, cbor.text(record.register)))
        if record.unit and not base_unit:
            members.append((1, cbor.text(record.unit)))
        if record.at != start:
            members.append((6, cbor.integer(record.at - start)))
        if place == 0:
            members.append((-2, cbor.text(f"{point}/{record.register}" if len(registers) == 1 else f"{point}/")))
            members.append((-3, cbor.integer(start)))
            if units & _SECONDARY:
                members.append((-1, cbor.integer(26)))
            if base_unit:
                members.append((-4, cbor.text(base_unit)))
        items.append(cbor.a_map(members))
    return cbor.an_array(items)


def _value(value: Value) -> tuple[int, bytes]:
    if isinstance(value, bool):
        return 4, cbor.TRUE if value else cbor.FALSE
    if isinstance(value, str):
        return 3, cbor.text(value)
    if isinstance(value, bytes):
        return 8, cbor.octets(value)
    return 2, cbor.number(value)


def settlement(said: Settlement) -> bytes:
    """The payload of a settlement."""
    registers = [
        cbor.a_map([(1, cbor.text(name)), (2, cbor.number(value)), (3, cbor.text(unit))])
        for name, value, unit in said.registers
    ]
    counts = said.counts
    counted = enumerate((counts.exchanges, counts.resets, counts.rollovers, counts.gaps), 1)
    members = [
        (1, cbor.integer(said.boundary)),
        (2, cbor.integer(said.at)),
        (3, cbor.text(said.local)),
        (4, cbor.an_array(registers)),
        (5, cbor.text(said.serial)),
        (6, cbor.integer(said.multiplier)),
        (7, cbor.octets(said.facts)),
        (8, cbor.a_map([(label, cbor.integer(count)) for label, count in counted])),
        (9, cbor.octets(said.previous)),
    ]
    if said.read_at is not None:
        members.append((10, cbor.integer(said.read_at)))
    return cbor.a_map(members)


def gap(after: int, before: int, reason: Reason, missing: int) -> bytes:
    """The payload of a gap of all registers at `after` < t < `before`; `missing` slots were left out."""
    return cbor.a_map(
        [
            (1, cbor.integer(after)),
            (2, cbor.integer(before)),
            (3, cbor.integer(reason)),
            (4, cbor.an_array([])),
            (5, cbor.integer(missing)),
        ]
    )
