"""A Modbus meter's register map: where a value lies, and how its words become an exact number. No IO.

Words arrive most significant byte first. `byte_order` and `word_order` say how the meter really put them ("big" or
"little"): two libraries that both default to "float" read 12345.678 as 3.1049 from each other.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Final

from tally_edge.agent.config import RegisterConfig
from tally_edge.config_table import Table
from tally_edge.errors import DriverError

MAX_WORDS: Final = 125
"""Registers that one Modbus request may read (Modbus application protocol 1.1b3, 6.3)."""

_WORDS: Final = {"u16": 1, "i16": 1, "u32": 2, "i32": 2, "f32": 2, "u64": 4, "i64": 4}
_ORDERS: Final = {"big": "big", "little": "little"}
_EXACT: Final = Context(prec=60)
"""More digits than a binary32 needs below 10**18 (149 bits of fraction are cut by the quantise that follows)."""


@dataclass(frozen=True, slots=True)
class Field:
    """One register: `address` is zero-based as on the wire, `decimals` how many of the integer's digits are a
    fraction."""

    name: str
    unit: str
    address: int
    type: str
    decimals: int
    little_words: bool
    little_bytes: bool
    input_register: bool

    @property
    def words(self) -> int:
        """How many 16-bit words the value fills."""
        return _WORDS[self.type]

    def decode(self, words: Sequence[int]) -> int | Decimal:
        """The value in `words`. Raises DriverError for a float that is not a number."""
        ordered = reversed(words) if self.little_words else words
        data = b"".join(word.to_bytes(2, "little" if self.little_bytes else "big") for word in ordered)
        if self.type == "f32":
            (value,) = struct.unpack(">f", data)
            if not math.isfinite(value):
                raise DriverError(f"{self.name} shows {value}, which is not a number")
            return _normal(
                Decimal(value).quantize(Decimal(1).scaleb(-self.decimals), ROUND_HALF_EVEN, _EXACT), self.decimals
            )
        raw = int.from_bytes(data, "big", signed=self.type[0] == "i")
        return _normal(Decimal(raw).scaleb(-self.decimals, _EXACT), self.decimals)

    def encode(self, value: int) -> list[int]:
        """The words that hold an integer `value`: for setting a meter's clock."""
        data = value.to_bytes(2 * self.words, "big")
        words = [
            int.from_bytes(data[at : at + 2], "little" if self.little_bytes else "big") for at in range(0, len(data), 2)
        ]
        return words[::-1] if self.little_words else words


def _normal(value: Decimal, decimals: int) -> int | Decimal:
    return int(value) if decimals <= 0 else value


def field_of(register: RegisterConfig) -> Field:
    """The map entry of a configured register. Raises ConfigError."""
    table = register.options
    field = _field(table, register.name, register.unit, "u32")
    if field.type == "f32" and not table.flag("float_is_rounded", default=False):
        raise table.fault(
            "float_is_rounded", "a float register must be declared: set it to true to round to `decimals`"
        )
    table.done()
    return field


def clock_field(meter: Table) -> Field | None:
    """The register that sets the clock of a simulated meter, None where there is none. Raises ConfigError."""
    table = meter.table("clock")
    return None if table.is_empty() else _whole(table, "clock", "u64")


def field_in(table: Table, key: str, kind: str) -> Field:
    """The field that stands under `key` of a table, of type `kind` where none is given. Raises ConfigError."""
    return _whole(table.table(key, needed=True), key, kind)


def _whole(table: Table, name: str, kind: str) -> Field:
    field = _field(table, name, "", kind)
    table.done()
    return field


def _field(table: Table, name: str, unit: str, kind: str) -> Field:
    return Field(
        name=name,
        unit=unit,
        address=table.integer("address", 0, 65_535),
        type=table.one_of("type", {word: word for word in _WORDS}, kind),
        decimals=table.integer("decimals", -9, 9, 0),
        little_words=table.one_of("word_order", _ORDERS, "big") == "little",
        little_bytes=table.one_of("byte_order", _ORDERS, "big") == "little",
        input_register=table.one_of("table", {"holding": False, "input": True}, "holding"),
    )


def blocks(fields: Sequence[Field]) -> list[list[Field]]:
    """`fields` grouped into requests: neighbours without a hole, so that no unmapped address is asked for."""
    grouped: list[list[Field]] = []
    for field in sorted(fields, key=lambda field: (field.input_register, field.address)):
        if grouped:
            block = grouped[-1]
            end = block[-1].address + block[-1].words
            long = field.address + field.words - block[0].address > MAX_WORDS
            if field.address == end and field.input_register == block[0].input_register and not long:
                block.append(field)
                continue
        grouped.append([field])
    return grouped
