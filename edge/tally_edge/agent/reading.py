"""What a reading must be, and what it does to a metering point's counts. No IO."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from tally_edge import cbor
from tally_edge.agent.config import PointConfig, RegisterConfig
from tally_edge.agent.counting import Number, Step, is_possible, step
from tally_edge.agent.point_state import PointState, with_counts
from tally_edge.device import RegisterValue
from tally_edge.drivers.interface import RegisterReading
from tally_edge.errors import CborError


def fault_of(readings: Sequence[RegisterReading], point: PointConfig) -> str | None:
    """What makes `readings` impossible, None when nothing does.

    One impossible register spoils the whole reading: a meter that shows nonsense in one is not believed in the others.
    """
    shown = {reading.register: reading for reading in readings}
    for register in point.registers:
        reading = shown.get(register.name)
        if reading is None:
            return f"{register.name} is missing"
        number = reading.value
        if isinstance(number, bool) or not isinstance(number, Number):
            return f"{register.name} shows {number!r}, which is not a number"
        if reading.unit != register.unit:
            return f"{register.name} is in {reading.unit!r}, not in {register.unit!r}"
        if register.cumulative and not is_possible(number, register.modulus):
            return f"{register.name} shows {number}, which it can not"
        if not _can_be_said(number):
            return f"{register.name} shows {number}, which no statement can carry"
    return None


def _can_be_said(number: Number) -> bool:
    """Whether a statement can carry `number`. A meter that marks a register as invalid often shows all ones, and those
    of 64 bits with decimals are more than a decimal fraction holds."""
    try:
        cbor.encode(number)
    except CborError:
        return False
    return True


def numbers_of(readings: Sequence[RegisterReading], point: PointConfig) -> tuple[RegisterValue, ...]:
    """The configured registers alone, in their configured order: what a settlement freezes."""
    shown = {reading.register: reading for reading in readings}
    values = []
    for register in point.registers:
        value = shown[register.name].value
        if isinstance(value, Number):
            values.append(RegisterValue(register.name, value, register.unit))
    return tuple(values)


def with_registers(
    state: PointState, registers: tuple[RegisterValue, ...], taken_at: int, point: PointConfig
) -> PointState:
    """`state` after `registers` were read at `taken_at`: rollovers and resets counted."""
    before = {register.register: register.value for register in state.registers}
    since = state.settled_at if state.read_at is None else max(state.read_at, state.settled_at or 0)
    resets = rollovers = 0
    for config, register in zip(point.registers, registers, strict=True):
        last = before.get(register.register)
        if last is None or not config.cumulative:
            continue
        how = step(last, register.value, config.modulus, _most(config, taken_at - (since or taken_at)))
        resets += how is Step.RESET
        rollovers += how is Step.ROLLOVER
    return replace(with_counts(state, resets=resets, rollovers=rollovers), registers=registers, registers_at=None)


def _most(config: RegisterConfig, elapsed_s: int) -> Number | None:
    if config.max_per_hour is None:
        return None
    # Rounded up to whole units: a bound that is a little generous only prefers the rollover over the reset.
    return -(-(Fraction(config.max_per_hour) * max(elapsed_s, 0)) // 3600) + 1
