"""A metering point as its device knows it: what it is, what is remembered of it, and how registers moved. No IO."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from typing import Final, Protocol

from tally_sim.device.payloads import Counts, Reason
from tally_sim.device.signing import NO_LINK
from tally_sim.plant.interface import Instrument, Record

Number = int | Decimal
_ROLLOVER_SHARE: Final = 10
"""Where nothing is known of the load, at most a tenth of the modulus may have flowed unseen (settlement.md)."""


class Read(Protocol):
    """Reads a meter: the registers at `at`, and the events since `since`."""

    def __call__(self, at: int, since: int | None = None) -> Sequence[Record]:
        """Nothing when it is silent."""
        ...


@dataclass(frozen=True, slots=True)
class Register:
    """One register. Cumulative where it has a modulus; `per_hour` is the most that it can count."""

    name: str
    unit: str
    modulus: Number | None = None
    per_hour: Number | None = None
    cumulative: bool = True


@dataclass(frozen=True, slots=True)
class Point:
    """What a device is set up with for one meter. `facts`: the id of the meter facts in force, 32 bytes."""

    uri: str
    read: Read
    serial: str
    registers: tuple[Register, ...]
    cadence_s: int = 900
    multiplier: int = 1
    facts: bytes = NO_LINK
    pack_readings: int = 60
    pack_s: int = 900


def point_of(uri: str, instrument: Instrument, at: int, facts: bytes = NO_LINK, **changes: int) -> Point:
    """A point for an instrument as its plate says at `at`; `changes` are of cadence_s, pack_readings, pack_s."""
    plate = instrument.facts(at)
    units = {record.register: record.unit for record in instrument.read(at)}
    registers = tuple(
        Register(name, units[name], plate.modulus.get(name), cumulative=name in plate.modulus)
        for name in plate.registers
    )
    made = Point(uri, instrument.read, plate.serial, registers, plate.cadence_s, plate.multiplier, facts)
    return replace(made, **changes)  # type: ignore[arg-type]  # the names are those of integers


@dataclass(frozen=True, slots=True)
class OpenGap:
    """Readings that are left out, and not declared yet: behind `after`, `missing` slots so far."""

    after: int
    reason: Reason
    missing: int


@dataclass(frozen=True, slots=True)
class Memory:
    """What survives a loss of power. Times are the device's; `shown`: the registers read last, by name."""

    serial: str
    counts: Counts = field(default_factory=Counts)
    shown: dict[str, Number] = field(default_factory=dict)
    read_at: int | None = None
    declared_at: int | None = None
    """Where the gap declared last ended, as long as no reading was packed behind it."""
    settled_at: int | None = None
    told_at: int | None = None
    """Up to when events were told, in true time: what came later is told when power is back."""
    settlement: bytes = NO_LINK
    """The id of the one said last."""
    closed: bool = False

    @property
    def known_until(self) -> int | None:
        """Up to when all is told, by readings or gaps; None before the first reading."""
        if self.read_at is None or self.declared_at is None:
            return self.read_at
        return max(self.read_at, self.declared_at - 1)


def counted(counts: Counts, *, exchanges: int = 0, resets: int = 0, rollovers: int = 0, gaps: int = 0) -> Counts:
    """`counts`, raised."""
    return Counts(
        counts.exchanges + exchanges, counts.resets + resets, counts.rollovers + rollovers, counts.gaps + gaps
    )


def fault_of(records: Sequence[Record], point: Point) -> str | None:
    """What makes a reading impossible; None when nothing does."""
    shown = {record.register: record for record in records}
    for register in point.registers:
        record = shown.get(register.name)
        if record is None:
            return f"{register.name} is missing"
        value = record.value
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            return f"{register.name} shows no number"
        if record.unit != register.unit:
            return f"{register.name} is in {record.unit!r}"
        if register.cumulative and (value < 0 or (register.modulus is not None and value >= register.modulus)):
            return f"{register.name} shows {value}"
    return None


def numbers_of(records: Sequence[Record], point: Point) -> dict[str, Number]:
    """The registers of `point`, in their order."""
    shown = {record.register: record.value for record in records}
    values = {register.name: shown[register.name] for register in point.registers}
    return {name: value for name, value in values.items() if isinstance(value, int | Decimal)}


def moved(memory: Memory, numbers: dict[str, Number], at: int, point: Point) -> Memory:
    """`memory` after the registers showed `numbers` at `at`: rollovers and resets counted."""
    since = memory.settled_at if memory.read_at is None else max(memory.read_at, memory.settled_at or 0)
    resets = rollovers = 0
    for register in point.registers:
        before, after = memory.shown.get(register.name), numbers[register.name]
        if before is None or not register.cumulative or after >= before:
            continue
        rolled = _rolled(register, Fraction(after) - Fraction(before), at - (since or at))
        rollovers += rolled
        resets += not rolled
    counts = counted(memory.counts, resets=resets, rollovers=rollovers)
    return replace(memory, counts=counts, shown=numbers)


def _rolled(register: Register, fell: Fraction, elapsed_s: int) -> bool:
    """Whether a register that fell has passed its modulus; else it lost its memory."""
    if register.modulus is None:
        return False
    forward = fell + Fraction(register.modulus)
    most = Fraction(register.modulus) / _ROLLOVER_SHARE
    if register.per_hour is not None:
        most = Fraction(-(-(Fraction(register.per_hour) * max(elapsed_s, 0)) // 3600) + 1)
    return 0 < forward <= most
