"""Readings: SenML packs in CBOR (RFC 8428), narrowed to what evidence can carry. Verdict-critical: no IO.

    pack    = [ first, * record ]                 1..MAX_RECORDS records, definite lengths
    first   = { ? -1: bver, ? -2: bn, -3: bt, ? -4: bu, record members }
    record  = { ? 0: n, ? 1: u, ? 6: t, (2: v / 3: vs / 4: vb / 8: vd) }

* bt is an absolute Unix time of at least 2**28 and t counts seconds on from it, so no resolved time is relative to a
  "now" that nobody can know later.
* A number is an integer or a decimal fraction, never a float.
* Base fields stand in the first record alone, so a record reads without its neighbours.
* bver is 10, or 26 when a unit of the secondary registry (kWh among them, RFC 8798) is used, and only then.
* No sums (s, bs), no base value (bv), no update time, no unknown label: a reader that ignores one would read another
  value.

A text record "source" says of the readings of its own time in its own pack where they come from: "load-profile" is the
meter's own record, fetched later and dated by the meter's clock. Without one they were read when they say.

A resolved name is "<metering point>/<register>". Cumulative registers are the readings of a meter; a difference is
computed by whoever reads two of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from tally_edge import cbor, pack_scan
from tally_edge.cbor import Item
from tally_edge.errors import StatementError
from tally_edge.pack_scan import MAX_RECORDS
from tally_edge.resolution import (
    BN,
    BT,
    BU,
    BVER,
    MIN_TIME,
    VALUE_LABELS,
    VB,
    VD,
    VS,
    N,
    Resolved,
    T,
    U,
    V,
    Value,
    resolve,
)
from tally_edge.units import PRIMARY_UNITS, SECONDARY_UNITS

MAX_TEXT_CHARS: Final = 128
"""A ticket number, a serial or a plate's commitment; not a document."""

SOURCE: Final = "source"
"""No register may have this name."""
LOAD_PROFILE: Final = "load-profile"

MAX_TIME: Final = 2**40
"""Unix seconds; far past any meter's life, and inside every database's 64 bits."""

BASIC_VERSION: Final = 10
SECONDARY_UNITS_VERSION: Final = 26
"""10 + 2**4: RFC 9100's feature bit for the secondary units of RFC 8798."""

_BASE_LABELS: Final = frozenset({BVER, BN, BT, BU})
_RECORD_LABELS: Final = frozenset({N, U, V, VS, VB, T, VD})
_FIRST_LABELS: Final = _BASE_LABELS | _RECORD_LABELS


@dataclass(frozen=True, slots=True)
class Reading:
    """One measured value of one register at one time (Unix seconds). `unit` is empty for text, bytes and flags."""

    point: str
    register: str
    taken_at: int
    value: Value
    unit: str = ""


def encode(readings: Sequence[Reading]) -> bytes:
    """Pack `readings` of one metering point, in the order given, times not before the first. Raises StatementError."""
    if not 0 < len(readings) <= MAX_RECORDS:
        raise StatementError(f"a pack holds 1..{MAX_RECORDS} readings, not {len(readings)}")
    start, point = readings[0].taken_at, readings[0].point
    single = len({reading.register for reading in readings}) == 1
    units = {reading.unit for reading in readings if reading.unit}
    base_unit = units.pop() if len(units) == 1 else ""
    version = SECONDARY_UNITS_VERSION if (units | {base_unit}) & SECONDARY_UNITS else BASIC_VERSION
    pack: list[Item] = []
    for reading in readings:
        if reading.point != point:
            raise StatementError(f"a pack speaks of one metering point, not of {point} and {reading.point}")
        record: dict[int | str, Item] = {}
        if not pack:
            record[BN] = f"{point}/{reading.register}" if single else f"{point}/"
            record[BT] = start
            if version != BASIC_VERSION:
                record[BVER] = version
            if base_unit:
                record[BU] = base_unit
        if not single:
            record[N] = reading.register
        if reading.unit and reading.unit != base_unit:
            record[U] = reading.unit
        if reading.taken_at != start:
            record[T] = reading.taken_at - start
        record[_label_of(reading.value)] = reading.value
        pack.append(record)
    encoded = cbor.encode(pack)
    decode(encoded)  # what leaves here is what a strict reader takes
    return encoded


def _label_of(value: Value) -> int:
    if isinstance(value, bool):
        return VB
    if isinstance(value, int | Decimal):
        return V
    return VS if isinstance(value, str) else VD


def decode(payload: bytes) -> list[Reading]:
    """Parse a pack and resolve its base fields. Raises StatementError or CborError, naming the record."""
    pack = cbor.decode(payload)
    if not isinstance(pack, list) or not 0 < len(pack) <= MAX_RECORDS:
        raise StatementError(f"a pack is an array of 1..{MAX_RECORDS} records")
    base_unit, version = _check_first(pack[0])
    for number, record in enumerate(pack):
        _check_record(number, record)
    readings = [_reading(number, record) for number, record in enumerate(resolve(pack))]
    secondary = base_unit in SECONDARY_UNITS or any(reading.unit in SECONDARY_UNITS for reading in readings)
    if (version == SECONDARY_UNITS_VERSION) != secondary:
        raise StatementError(f"bver is {SECONDARY_UNITS_VERSION} where a secondary unit is used, and only there")
    points = {reading.point for reading in readings}
    if len(points) > 1:
        raise StatementError(f"a pack speaks of one metering point, not of {sorted(points)}")
    return readings


def check(payload: bytes) -> int:
    """How many readings `payload` holds: refuses exactly what `decode` refuses, and builds only what it must for that.

    Raises StatementError or CborError, as `decode` does.
    """
    count = pack_scan.scan(payload)
    return len(decode(payload)) if count is None else count


def _check_first(first: Item) -> tuple[str, int]:
    """The base unit and the version that record 0 sets."""
    if not isinstance(first, dict):
        raise StatementError("record 0 is not a map")
    version, time, unit = first.get(BVER), first.get(BT), first.get(BU, "")
    if version is not None and (type(version) is not int or version != SECONDARY_UNITS_VERSION):
        raise StatementError(f"bver {version!r} is neither absent nor {SECONDARY_UNITS_VERSION}")
    if type(time) is not int or time < MIN_TIME:
        raise StatementError("bt must be an absolute time in whole seconds")
    if not isinstance(unit, str):
        raise StatementError("bu must be text")
    return unit, version or BASIC_VERSION


def _check_record(number: int, record: Item) -> None:
    """What this profile forbids and RFC 8428 does not."""
    if not isinstance(record, dict):
        raise StatementError(f"record {number} is not a map")
    if not record.keys() <= (_RECORD_LABELS if number else _FIRST_LABELS):
        unknown = record.keys() - (_RECORD_LABELS if number else _FIRST_LABELS)
        raise StatementError(f"record {number} has labels {sorted(map(str, unknown))} that are not allowed there")
    offset = record.get(T, 0)
    if type(offset) is not int or offset < 0:
        raise StatementError(f"record {number}: t must be whole seconds, not before bt")
    if sum(label in record for label in VALUE_LABELS) != 1:
        raise StatementError(f"record {number} must hold exactly one value")


def _reading(number: int, record: Resolved) -> Reading:
    """The reading of a resolved record, its name, time, value and unit within the profile."""
    point, _, register = record.name.rpartition("/")
    if not point or not register:
        raise StatementError(f"record {number}: the name {record.name!r} is not <metering point>/<register>")
    taken_at, value, unit = record.time, record.value, record.unit
    if not isinstance(taken_at, int) or taken_at > MAX_TIME:
        raise StatementError(f"record {number}: the time {taken_at} is past any meter's life")
    if isinstance(value, bool):
        return Reading(point, register, taken_at, value)
    if isinstance(value, int | Decimal):
        if unit not in PRIMARY_UNITS and unit not in SECONDARY_UNITS:
            raise StatementError(f"record {number}: the unit {unit!r} is not in the table of units")
        return Reading(point, register, taken_at, value, unit)
    if isinstance(value, str) and len(value) <= MAX_TEXT_CHARS and value.isprintable():
        return Reading(point, register, taken_at, value)
    if isinstance(value, bytes) and len(value) <= MAX_TEXT_CHARS:
        return Reading(point, register, taken_at, value)
    raise StatementError(
        f"record {number}: vs must be printable text of at most {MAX_TEXT_CHARS} characters, vd at most as many bytes"
    )


def registers_of(readings: Iterable[Reading]) -> list[str]:
    """The register names that occur, sorted."""
    return sorted({reading.register for reading in readings})
