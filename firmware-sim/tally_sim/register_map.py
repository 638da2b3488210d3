"""Where a simulated meter keeps what, and how it puts numbers into registers of 16 bits. No IO.

    address       registers  content
    8n + 0        4          cumulative register n, unsigned, 64 bits, in steps of 10**-decimals, high word first
    8n + 4        2          the same in its unit as a 32-bit float, in the word order of the meter: the trap
    8n + 6        1          decimals
    8n + 7        1          always 0
    256           2          clock, Unix seconds, unsigned, 32 bits, high word first; writing both sets it
    272           8          serial number, ASCII, two characters a register, padded with zero bytes
    320           1          load profile: which record is shown, 0 the newest; writing selects another
    321           1          how many records it holds now
    322           2          when the shown record was stored, Unix seconds, unsigned, 32 bits; 0 where there is none
    324 + 4n      4          cumulative register n as it stood then

The load profile holds the registers at every quarter hour of the meter's clock, the newest PROFILE_RECORDS of them; the
oldest is lost for each new one.

The float holds 24 bits of a number, and nothing about the order of its words is standard: a reader that takes it gets
rounding at best and nonsense at worst. It is there because real meters have it.
"""

from __future__ import annotations

import struct
from enum import Enum, unique
from typing import Final

from tally_sim.errors import MeterError

REGISTERS_EACH: Final = 8
FLOAT_AT: Final = 4
DECIMALS_AT: Final = 6
CLOCK_AT: Final = 256
SERIAL_AT: Final = 272
SERIAL_REGISTERS: Final = 8
MAX_COLUMNS: Final = CLOCK_AT // REGISTERS_EACH
PROFILE_SELECT_AT: Final = 320
PROFILE_KEPT_AT: Final = 321
PROFILE_TIME_AT: Final = 322
PROFILE_VALUES_AT: Final = 324
PROFILE_STEP_S: Final = 900
PROFILE_RECORDS: Final = 672
"""A week: what small meters keep."""
U64: Final = 2**64
U16_MAX: Final = 2**16 - 1


@unique
class WordOrder(Enum):
    """The order of the four bytes of a 32-bit value, A the highest. Two bytes share a register."""

    ABCD = (0, 1, 2, 3)
    CDAB = (2, 3, 0, 1)
    BADC = (1, 0, 3, 2)
    DCBA = (3, 2, 1, 0)


def u64(value: int) -> list[int]:
    """Four registers, high word first. Raises MeterError above 64 bits."""
    if not 0 <= value < U64:
        raise MeterError(f"{value} does not fit into a register of 64 bits")
    return list(struct.unpack(">4H", value.to_bytes(8, "big")))


def u32(value: int) -> list[int]:
    """Two registers, high word first."""
    return [value >> 16 & 0xFFFF, value & 0xFFFF]


def f32(value: float, order: WordOrder) -> list[int]:
    """Two registers holding the nearest 32-bit float, its bytes in `order`."""
    data = struct.pack(">f", value)
    return list(struct.unpack(">2H", bytes(data[at] for at in order.value)))


def ascii_registers(text: str) -> list[int]:
    """The registers of a serial number. Raises MeterError for one that is not 1..16 ASCII characters."""
    if not text.isascii() or not 0 < len(text) <= 2 * SERIAL_REGISTERS:
        raise MeterError(f"the serial {text!r} is not 1..{2 * SERIAL_REGISTERS} ASCII characters")
    padded = text.encode().ljust(2 * SERIAL_REGISTERS, b"\x00")
    return list(struct.unpack(f">{SERIAL_REGISTERS}H", padded))
