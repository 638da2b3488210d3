"""Rows of a list of meters, read into what they say; every fault is collected with its row and column. No IO.

A row is one register. Rows of one metering point stand for one meter and must agree on all but the register.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, TypeVar

from tally_edge import exact_number
from tally_edge.authority import MAX_POINTS
from tally_edge.site_import import cell_values, columns
from tally_edge.site_import.sheet import Row
from tally_edge.units import PRIMARY_UNITS, SECONDARY_UNITS

T = TypeVar("T")

ORDERS: Final = {
    "ABCD": ("big", "big"),
    "CDAB": ("little", "big"),
    "BADC": ("big", "little"),
    "DCBA": ("little", "little"),
}
"""Order of the four bytes to order of words and order of bytes in a word."""

TYPES: Final = ("u16", "i16", "u32", "i32", "u64", "i64", "f32")
MAX_CADENCE_S: Final = 86_400

_SLUG: Final = re.compile(r"[a-z0-9][a-z0-9_]{0,63}", re.ASCII)
_HOST: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9\-.:]{0,252}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, where. `column` is the heading as it stands in the file, empty for the whole row."""

    row: int
    column: str
    text: str

    def __str__(self) -> str:
        """One line."""
        return f"row {self.row}{f', {self.column}' if self.column else ''}: {self.text}"


@dataclass(frozen=True, slots=True)
class ListedRegister:
    """One register of a meter: what it measures, and where it lies in the meter's map."""

    row: int
    register: str
    unit: str
    modulus: int | Decimal | None
    address: int
    type: str
    decimals: int
    order: str
    table: str
    display: int | Decimal | None


@dataclass(frozen=True, slots=True)
class ListedMeter:
    """One meter at its metering point."""

    point: str
    serial: str
    accuracy_class: str
    multiplier: int | Decimal
    parent: str | None
    certificate: str | None
    certificate_expires: date | None
    cadence_s: int
    host: str
    port: int
    unit_id: int
    registers: tuple[ListedRegister, ...]


def read(rows: Sequence[Row]) -> tuple[list[ListedMeter], list[Fault]]:
    """The meters of the list, headings first, and all that is wrong with it. With a fault, the meters are not whole."""
    headings = [cell.text for cell in rows[0].cells]
    found, wrong = columns.find(headings)
    faults = [Fault(rows[0].number, "", text) for text in wrong]
    if faults:
        return [], faults
    meters: dict[str, ListedMeter] = {}
    for row in rows[1:]:
        reader = _RowReader(row, headings, found, faults)
        meter = reader.meter()
        if meter is None:
            continue
        before = meters.get(meter.point)
        meters[meter.point] = meter if before is None else _joined(before, meter, faults)
    faults += _faults_between(list(meters.values()))
    return list(meters.values()), sorted(faults, key=lambda fault: fault.row)


def _joined(before: ListedMeter, meter: ListedMeter, faults: list[Fault]) -> ListedMeter:
    (register,) = meter.registers
    bare = dataclasses.replace(meter, registers=before.registers)
    if bare != before:
        names = [
            field.name for field in dataclasses.fields(bare) if getattr(bare, field.name) != getattr(before, field.name)
        ]
        faults.append(
            Fault(
                register.row, "", f"differs from row {before.registers[0].row} of the same point in {', '.join(names)}"
            )
        )
    if register.register in {known.register for known in before.registers}:
        faults.append(Fault(register.row, "", f"{register.register} of {meter.point} stands twice"))
    return dataclasses.replace(before, registers=(*before.registers, register))


def _faults_between(meters: Sequence[ListedMeter]) -> list[Fault]:
    """What only shows when the whole list is known."""
    faults: list[Fault] = []
    parents = {meter.point: meter.parent for meter in meters}
    serials: dict[str, ListedMeter] = {}
    for meter in meters:
        row = meter.registers[0].row
        other = serials.setdefault(meter.serial, meter)
        if other is not meter:
            faults.append(Fault(row, "", f"serial {meter.serial} stands in row {other.registers[0].row} too"))
        if meter.parent is not None and meter.parent not in parents:
            faults.append(Fault(row, "", f"the parent {meter.parent} is not a metering point of this list"))
        seen, at = {meter.point}, meter.parent
        while at is not None and at not in seen:
            seen.add(at)
            at = parents.get(at)
        if at == meter.point:
            faults.append(Fault(row, "", f"{meter.point} is its own parent"))
    if len(meters) > MAX_POINTS:
        faults.append(Fault(1, "", f"has {len(meters)} metering points, a site plan takes {MAX_POINTS}: cut the list"))
    return faults


class _RowReader:
    """One row: asks its cells for values and notes what is wrong instead of stopping."""

    def __init__(self, row: Row, headings: Sequence[str], found: dict[str, int], faults: list[Fault]) -> None:
        self._row, self._headings, self._found, self._faults = row, headings, found, faults

    def meter(self) -> ListedMeter | None:
        """The meter and register of the row; None where anything is wrong."""
        before = len(self._faults)
        values: dict[str, Any] = {
            "point": self._needed("point", cell_values.uri),
            "serial": self._needed("serial", cell_values.short(64)),
            "accuracy_class": self._needed("accuracy_class", cell_values.short(16)),
            "multiplier": self._multiplier(),
            "parent": self._maybe("parent", cell_values.uri),
            "certificate": self._maybe("certificate", cell_values.short(64)),
            "certificate_expires": self._maybe("certificate_expires", cell_values.day),
            "cadence_s": self._needed("cadence_s", cell_values.whole(1, MAX_CADENCE_S)),
            "host": self._needed("host", cell_values.matching(_HOST, "a host name or address")),
            "port": self._or("port", cell_values.whole(1, 65_535), 502),
            "unit_id": self._or("unit_id", cell_values.whole(0, 255), 1),
        }
        register = self._register()
        if len(self._faults) > before:
            return None
        return ListedMeter(**values, registers=(register,))

    def _register(self) -> ListedRegister:
        values: dict[str, Any] = {
            "register": self._needed("register", cell_values.matching(_SLUG, "1 to 64 of a-z, 0-9 and '_'")),
            "unit": self._needed("unit", cell_values.one_of(sorted(PRIMARY_UNITS | SECONDARY_UNITS))),
            "modulus": self._maybe("modulus", cell_values.positive),
            "address": self._needed("address", cell_values.whole(0, 65_535)),
            "type": self._needed("type", cell_values.one_of(TYPES)),
            "decimals": self._or("decimals", cell_values.whole(0, 9), 0),
            "order": self._or("order", lambda text: cell_values.one_of(tuple(ORDERS))(text.upper()), "ABCD"),
            "table": self._or("table", cell_values.one_of(("holding", "input")), "holding"),
            "display": self._maybe("display", exact_number.parse),
        }
        return ListedRegister(row=self._row.number, **values)

    def _multiplier(self) -> int | Decimal | None:
        parts = [self._or(key, cell_values.ratio, Fraction(1)) for key in ("pt_ratio", "ct_ratio")]
        stated = self._maybe("multiplier", cell_values.ratio)
        if None in parts:
            return None
        product = parts[0] * parts[1]  # type: ignore[operator]  # None is excluded above
        given = any(self._text(key) for key in ("pt_ratio", "ct_ratio"))
        if stated is not None and given and stated != product:
            self._fault("multiplier", f"is {stated}, but PT ratio times CT ratio is {product}")
        whole: Fraction = stated if stated is not None and not given else product
        try:
            return cell_values.decimal_of(whole)
        except ValueError as error:
            self._fault("ct_ratio", str(error))
            return None

    def _text(self, key: str) -> str:
        at = self._found.get(key)
        if at is None or at >= len(self._row.cells):
            return ""
        return self._row.cells[at].text

    def _fault(self, key: str, text: str) -> None:
        at = self._found.get(key)
        self._faults.append(Fault(self._row.number, key if at is None else self._headings[at], text))

    def _maybe(self, key: str, parse: Callable[[str], T]) -> T | None:
        at = self._found.get(key)
        if at is not None and at < len(self._row.cells):
            fault = self._row.cells[at].fault
            if fault is not None:
                self._fault(key, fault)
                return None
        text = self._text(key)
        if not text:
            return None
        try:
            return parse(text)
        except ValueError as error:
            self._fault(key, str(error))
            return None

    def _needed(self, key: str, parse: Callable[[str], T]) -> T | None:
        before = len(self._faults)
        value = self._maybe(key, parse)
        if value is None and len(self._faults) == before:
            self._fault(key, "is empty")
        return value

    def _or(self, key: str, parse: Callable[[str], T], default: T) -> T | None:
        before = len(self._faults)
        value = self._maybe(key, parse)
        return default if value is None and len(self._faults) == before else value
