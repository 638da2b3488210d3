"""What a device says besides readings: settlements (日冻结, 月冻结) and gaps. Verdict-critical: no IO.

A settlement freezes the registers of one metering point at a site-local boundary. Two of them prove a difference
without the load curve, as long as their four counts are equal: nothing was exchanged, reset, rolled over or left out
between.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum, unique
from typing import Final

from tally_edge.wire import COUNT, DIGEST, NUMBER, TIME, array, enum, nested, text, wire

MAX_REGISTERS: Final = 64
"""Registers of one metering point; a four-quadrant tariff meter has about 40."""

REGISTER: Final = text(64)
UNIT: Final = text(16)
SERIAL: Final = text(64)
NO_SETTLEMENT: Final = bytes(32)
"""What `previous` holds in the first settlement of a metering point on a stream."""


@unique
class Boundary(IntEnum):
    """Which boundary a settlement freezes. One that falls on several carries the widest."""

    DAY = 1
    MONTH = 2
    READING_DAY = 3
    OPENING = 4
    CLOSING = 5


@dataclass(frozen=True, slots=True)
class RegisterValue:
    """A register and what it showed."""

    register: str = wire(1, REGISTER)
    value: int | Decimal = wire(2, NUMBER)
    unit: str = wire(3, UNIT)


@dataclass(frozen=True, slots=True)
class Counts:
    """What has happened to a metering point since its stream began, as the device knows it."""

    exchanges: int = wire(1, COUNT)
    resets: int = wire(2, COUNT)
    rollovers: int = wire(3, COUNT)
    gaps: int = wire(4, COUNT)


@dataclass(frozen=True, slots=True)
class Settlement:
    """The registers of one metering point at `at` (Unix seconds), which reads `local` on the site's clock.

    `facts` is the id of the meter-facts statement in force, `previous` the id of the settlement before. `read_at` is
    when the meter was really read, where that is later than the boundary (a freeze fetched after an outage).
    """

    boundary: Boundary = wire(1, enum(Boundary))
    at: int = wire(2, TIME)
    local: str = wire(3, text(40))
    registers: tuple[RegisterValue, ...] = wire(4, array(nested(RegisterValue), MAX_REGISTERS))
    serial: str = wire(5, SERIAL)
    multiplier: int | Decimal = wire(6, NUMBER)
    facts: bytes = wire(7, DIGEST)
    counts: Counts = wire(8, nested(Counts))
    previous: bytes = wire(9, DIGEST)
    read_at: int | None = wire(10, TIME, optional=True)


@unique
class GapReason(IntEnum):
    """Why readings are missing."""

    OUTBOX_FULL = 1
    METER_SILENT = 2
    AGENT_DOWN = 3
    CLOCK_UNSET = 4
    READING_INVALID = 5
    STATE_LOST = 6
    STORAGE_FULL = 7


@dataclass(frozen=True, slots=True)
class Gap:
    """A declared gap: no readings of `registers` (all, when empty) at `after` < t < `before`, and why.

    Where sampling was only thinned, `kept_every_s` says how far apart the readings that remain are.
    """

    after: int = wire(1, TIME)
    before: int = wire(2, TIME)
    reason: GapReason = wire(3, enum(GapReason))
    registers: tuple[str, ...] = wire(4, array(REGISTER, MAX_REGISTERS))
    missing: int = wire(5, COUNT)
    kept_every_s: int | None = wire(6, COUNT, optional=True)
    note: str | None = wire(7, text(200), optional=True)
