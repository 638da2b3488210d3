"""Readings: SenML packs in CBOR (RFC 8428), narrowed to what evidence can carry. Verdict-critical: no IO.

    pack    = [ first, * record ]                 1..MAX_RECORDS records, definite lengths
    first   = { ? -1: bver, ? -2: bn, -3: bt, ? -4: bu, record members }
    record  = { ? 0: n, ? 1: u, ? 6: t, (2: v / 3: vs / 4: vb / 8: vd) }

* bt is an absolute Unix time of at least 2**28 and t counts seconds on from it, so no resolved time is relative to a
  "now" that nobody can know later.
* A number is an integer or a decimal fraction, never a float.
* Base fields stand in the first record alone, so a record reads without its neighbours.
* bver is 10, or 26 when a unit of the secondary registry (kWh among them, RFC 8798) is used, and only then.
* No sums (s, bs), no base value (bv), no update time, no unknown label: a reader that ignores one would read another value.

A resolved name is "<metering point>/<register>". Cumulative registers are the readings of a meter; a difference is
computed by whoever reads two of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from tally_edge import cbor
from tally_edge.cbor import Item
from tally_edge.errors import StatementError

MAX_RECORDS: Final = 1_024
"""At 12 bytes a record this stays far below the 65,535 bytes of an entry, and bounds the work one message can cause."""

MAX_TEXT_CHARS: Final = 128
"""A ticket number, a serial or a plate's commitment; not a document."""

MIN_TIME: Final = 2**28
"""Below this RFC 8428 reads a time as relative to now."""

BASIC_VERSION: Final = 10
SECONDARY_UNITS_VERSION: Final = 26
"""10 + 2**4: RFC 9100's feature bit for the secondary units of RFC 8798."""

PRIMARY_UNITS: Final = frozenset({"kg", "m3", "J", "W", "Cel", "/", "count", "m", "%RH", "l", "V", "A", "Pa", "m3/s", "EL%"})
SECONDARY_UNITS: Final = frozenset({"kWh", "Wh", "MWh", "kW", "kvarh", "varh", "t", "min", "h", "km", "mm", "hPa"})
"""The units that readings may carry. MWh and t are not in IANA's registry; a reader who knows them by this list
reads them as the SI brochure does."""

_BVER, _BN, _BT, _BU = -1, -2, -3, -4
_N, _U, _V, _VS, _VB, _T, _VD = 0, 1, 2, 3, 4, 6, 8
_BASE_LABELS: Final = frozenset({_BVER, _BN, _BT, _BU})
_RECORD_LABELS: Final = frozenset({_N, _U, _V, _VS, _VB, _T, _VD})
_VALUE_LABELS: Final = (_V, _VS, _VB, _VD)
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9\-:./_]*", re.ASCII)

Value = int | Decimal | str | bool | bytes


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
            record[_BN] = f"{point}/{reading.register}" if single else f"{point}/"
            record[_BT] = start
            if version != BASIC_VERSION:
                record[_BVER] = version
            if base_unit:
                record[_BU] = base_unit
        if not single:
            record[_N] = reading.register
        if reading.unit and reading.unit != base_unit:
            record[_U] = reading.unit
        if reading.taken_at != start:
            record[_T] = reading.taken_at - start
        record[_label_of(reading.value)] = reading.value
        pack.append(record)
    encoded = cbor.encode(pack)
    decode(encoded)  # what leaves here is what a strict reader takes
    return encoded


def _label_of(value: Value) -> int:
    if isinstance(value, bool):
        return _VB
    if isinstance(value, int | Decimal):
        return _V
    return _VS if isinstance(value, str) else _VD


def decode(payload: bytes) -> list[Reading]:
    """Parse a pack and resolve its base fields. Raises StatementError or CborError, naming the record."""
    pack = cbor.decode(payload)
    if not isinstance(pack, list) or not 0 < len(pack) <= MAX_RECORDS:
        raise StatementError(f"a pack is an array of 1..{MAX_RECORDS} records")
    base = _Base.of(pack[0])
    readings = [base.resolve(number, record) for number, record in enumerate(pack)]
    secondary = any(reading.unit in SECONDARY_UNITS for reading in readings) or base.unit in SECONDARY_UNITS
    if (base.version == SECONDARY_UNITS_VERSION) != secondary:
        raise StatementError(f"bver is {SECONDARY_UNITS_VERSION} where a secondary unit is used, and only there")
    points = {reading.point for reading in readings}
    if len(points) > 1:
        raise StatementError(f"a pack speaks of one metering point, not of {sorted(points)}")
    return readings


@dataclass(frozen=True, slots=True)
class _Base:
    name: str
    time: int
    unit: str
    version: int

    @staticmethod
    def of(first: Item) -> _Base:
        if not isinstance(first, dict):
            raise StatementError("record 0 is not a map")
        version, name, time, unit = (first.get(label) for label in (_BVER, _BN, _BT, _BU))
        if version is not None and version != SECONDARY_UNITS_VERSION:
            raise StatementError(f"bver {version!r} is neither absent nor {SECONDARY_UNITS_VERSION}")
        if type(time) is not int or time < MIN_TIME:
            raise StatementError("bt must be an absolute time in whole seconds")
        if not isinstance(name, str | None) or not isinstance(unit, str | None):
            raise StatementError("bn and bu must be text")
        return _Base(name or "", time, unit or "", SECONDARY_UNITS_VERSION if version else BASIC_VERSION)

    def resolve(self, number: int, record: Item) -> Reading:
        if not isinstance(record, dict):
            raise StatementError(f"record {number} is not a map")
        unknown = record.keys() - _RECORD_LABELS - (_BASE_LABELS if number == 0 else frozenset())
        if unknown:
            raise StatementError(f"record {number} has labels {sorted(map(str, unknown))} that are not allowed there")
        name, unit, offset = record.get(_N, ""), record.get(_U, ""), record.get(_T, 0)
        if not isinstance(name, str) or not isinstance(unit, str):
            raise StatementError(f"record {number}: n and u must be text")
        if type(offset) is not int or offset < 0:
            raise StatementError(f"record {number}: t must be whole seconds, not before bt")
        values = [record[label] for label in _VALUE_LABELS if label in record]
        if len(values) != 1:
            raise StatementError(f"record {number} must hold exactly one value")
        value = _checked_value(number, record)
        point, _, register = (self.name + name).rpartition("/")
        if not point or not register or not _NAME.fullmatch(point + register):
            raise StatementError(f"record {number}: the name {self.name + name!r} is not <metering point>/<register>")
        if not isinstance(value, int | Decimal) or isinstance(value, bool):
            return Reading(point, register, self.time + offset, value)
        unit = unit or self.unit
        if unit not in PRIMARY_UNITS and unit not in SECONDARY_UNITS:
            raise StatementError(f"record {number}: the unit {unit!r} is not in the table of units")
        return Reading(point, register, self.time + offset, value, unit)


def _checked_value(number: int, record: dict[int | str, Item]) -> Value:
    if _V in record:
        value = record[_V]
        if (isinstance(value, int) and not isinstance(value, bool)) or isinstance(value, Decimal):
            return value
        raise StatementError(f"record {number}: v must be an integer or a decimal fraction")
    if _VS in record:
        text = record[_VS]
        if isinstance(text, str) and len(text) <= MAX_TEXT_CHARS and text.isprintable():
            return text
        raise StatementError(f"record {number}: vs must be printable text of at most {MAX_TEXT_CHARS} characters")
    if _VB in record:
        flag = record[_VB]
        if isinstance(flag, bool):
            return flag
        raise StatementError(f"record {number}: vb must be true or false")
    data = record[_VD]
    if isinstance(data, bytes) and len(data) <= MAX_TEXT_CHARS:
        return data
    raise StatementError(f"record {number}: vd must be at most {MAX_TEXT_CHARS} bytes")


def registers_of(readings: Iterable[Reading]) -> list[str]:
    """The register names that occur, sorted."""
    return sorted({reading.register for reading in readings})
