"""SenML resolution (RFC 8428 §4.6): base fields applied, every record able to stand alone. Verdict-critical: no IO.

A record is a map of integer labels (Table 4 of the RFC), whatever encoding it came from:

    base    -1 bver   -2 bn   -3 bt   -4 bu   -5 bv   -6 bs       hold from their record on
    own      0 n       1 u     6 t     7 ut    5 s                 and at most one value:
    value    2 v       3 vs    4 vb    8 vd

This is the whole of the RFC; `senml` narrows it to what evidence can carry. Numbers are exact here as everywhere:
integers or decimals. A record without a value and without a sum only sets base fields, and resolves to nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Final

from tally_edge.cbor import Item
from tally_edge.errors import StatementError

BVER, BN, BT, BU, BV, BS = -1, -2, -3, -4, -5, -6
N, U, V, VS, VB, S, T, UT, VD = 0, 1, 2, 3, 4, 5, 6, 7, 8
VALUE_LABELS: Final = (V, VS, VB, VD)

DEFAULT_VERSION: Final = 10
MIN_TIME: Final = 2**28
"""Below this RFC 8428 §4.5.3 reads a time as relative to now."""

MAX_NAME_CHARS: Final = 255 + 1 + 64
"""A metering point, a slash and a register. A base name repeats in every record, so its length multiplies."""

NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9\-:./_]*", re.ASCII)
"""RFC 8428 §4.5.1."""


@lru_cache(maxsize=4_096)
def is_name(name: str) -> bool:
    """Whether `name` is a resolved name of RFC 8428 within MAX_NAME_CHARS. The same few come again and again."""
    return len(name) <= MAX_NAME_CHARS and NAME.fullmatch(name) is not None


Number = int | Decimal
Value = int | Decimal | str | bool | bytes


@dataclass(frozen=True, slots=True)
class Resolved:
    """One record on its own. `value` and `total` (the sum, `s`) are None where absent; `time` is absolute."""

    name: str
    unit: str
    time: Number
    value: Value | None
    total: Number | None = None
    version: int = DEFAULT_VERSION


@dataclass(slots=True)
class _Base:
    name: str = ""
    unit: str = ""
    time: Number = 0
    value: Number | None = None
    total: Number | None = None
    version: int | None = None

    def update(self, number: int, record: dict[int | str, Item]) -> None:
        if BVER in record:
            version = record[BVER]
            if type(version) is not int or version <= 0:
                raise StatementError(f"record {number}: bver must be a positive integer")
            if number and version != (self.version or DEFAULT_VERSION):
                raise StatementError(f"record {number}: bver differs from the records before")
            self.version = version
        if BN in record:
            self.name = _text(number, record, BN, "bn")
        if BU in record:
            self.unit = _text(number, record, BU, "bu")
        if BT in record:
            self.time = _number(number, record, BT, "bt")
        if BV in record:
            self.value = _number(number, record, BV, "bv")
        if BS in record:
            self.total = _number(number, record, BS, "bs")


def resolve(pack: Iterable[Item], *, now: int | None = None) -> list[Resolved]:
    """Resolve `pack`; without `now` (Unix seconds) relative times are refused. Raises StatementError naming it."""
    base = _Base()
    resolved: list[Resolved] = []
    for number, record in enumerate(pack):
        if not isinstance(record, dict):
            raise StatementError(f"record {number} is not a map")
        for label in record:
            if isinstance(label, str) and label.endswith("_"):
                raise StatementError(f"record {number}: the label {label!r} must be understood and is not")
            if isinstance(label, int) and label < 0:
                base.update(number, record)
                break
        own = _own(number, record, base, now)
        if own is not None:
            resolved.append(own)
    return resolved


def _own(number: int, record: dict[int | str, Item], base: _Base, now: int | None) -> Resolved | None:
    values = [label for label in VALUE_LABELS if label in record]
    if len(values) > 1:
        raise StatementError(f"record {number} must hold exactly one value")
    value = _value(number, record, values[0]) if values else None
    if base.value is not None and (not values or values[0] == V):
        value = base.value + (value or 0)  # type: ignore[operator]  # v, so a number
    total = _number(number, record, S, "s") if S in record else None
    if base.total is not None:
        total = base.total + (total or 0)
    if value is None and total is None:
        return None
    name = base.name + _text(number, record, N, "n") if N in record else base.name
    if not is_name(name):
        raise StatementError(f"record {number}: {name[:MAX_NAME_CHARS]!r} is not a name of RFC 8428")
    unit = _text(number, record, U, "u") if U in record else base.unit
    time = base.time + _number(number, record, T, "t") if T in record else base.time
    if time < MIN_TIME:
        if now is None:
            raise StatementError(f"record {number}: the time {time} is relative to a now that nobody can know later")
        time += now
    return Resolved(name, unit, time, value, total, base.version or DEFAULT_VERSION)


def _value(number: int, record: dict[int | str, Item], label: int) -> Value:
    value = record[label]
    if label == V:
        return _number(number, record, V, "v")
    if label == VS and isinstance(value, str):
        return value
    if label == VB and isinstance(value, bool):
        return value
    if label == VD and isinstance(value, bytes):
        return value
    raise StatementError(f"record {number}: vs must be text, vb true or false, vd bytes")


def _number(number: int, record: dict[int | str, Item], label: int, name: str) -> Number:
    value = record[label]
    if type(value) is int or isinstance(value, Decimal):
        return value
    raise StatementError(f"record {number}: {name} must be an integer or a decimal fraction")


def _text(number: int, record: dict[int | str, Item], label: int, name: str) -> str:
    value = record[label]
    if isinstance(value, str):
        return value
    raise StatementError(f"record {number}: {name} must be text")
