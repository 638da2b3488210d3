"""A Modbus meter's load profile (负荷记录): its registers at regular times, which it stores by itself.

    [point.meter.profile]
    select = { address = 320 }                  # where to write which record is shown, 0 the newest
    time = { address = 322, type = "u32" }      # when the shown record was stored, Unix seconds; 0: there is none
    records = 672                               # how many the meter keeps
    every_s = 900                               # how often it stores one

    [[point.register]]
    profile_address = 324                       # this register in the shown record, written as the register itself is

Selecting and reading are two requests, between which the newest record may have become the second: so a record is
known by its own time alone, and time and values come in one request.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from tally_edge.agent.config import PointConfig
from tally_edge.drivers.interface import RegisterReading
from tally_edge.drivers.modbus_map import MAX_WORDS, Field, field_in
from tally_edge.errors import DriverError

MAX_PROFILE_RECORDS: Final = 65_536
"""What a selector of one register can name."""

_MAX_EVERY_S: Final = 86_400


@dataclass(frozen=True, slots=True)
class Profile:
    """Where a meter keeps its load profile. `select` and `time` are single fields; `values` those of each record."""

    select: Field
    time: Field
    values: tuple[Field, ...]
    records: int

    @property
    def window(self) -> tuple[int, int]:
        """First address and number of words of the shown record."""
        fields = (self.time, *self.values)
        first = min(field.address for field in fields)
        return first, max(field.address + field.words for field in fields) - first


@dataclass(frozen=True, slots=True)
class Record:
    """One stored record, as words. `at` is 0 where the meter has none."""

    at: int
    words: Sequence[int]


class ProfileReader:
    """Reads a load profile. `show(index)` selects a record and returns the words of the window."""

    def __init__(self, profile: Profile, show: Callable[[int], Sequence[int]]) -> None:
        """Nothing is read yet."""
        self._profile = profile
        self._show = show

    def recorded(self, since: int, until: int) -> list[list[RegisterReading]]:
        """See `interface.Recording`. Raises DriverError, also where the stored times do not fall with the index."""
        kept = self._profile.records
        # Times fall with the index, so the newest record that is wanted is found by halving.
        newest = bisect_left(range(kept), True, key=lambda index: self._record(index).at < until)  # noqa: FBT003
        found: list[Record] = []
        for index in range(newest, kept):
            record = self._record(index)
            if record.at <= since:
                break
            if record.at >= until or (found and record.at == found[-1].at):
                continue  # a new one was stored meanwhile, and pushed this one on
            if found and record.at > found[-1].at:
                raise DriverError(f"the load profile goes from {found[-1].at} to {record.at}: its times must fall")
            found.append(record)
        return [self._readings(record) for record in reversed(found)]

    def _record(self, index: int) -> Record:
        words = self._show(index)
        at = self._profile.time.decode(self._part(words, self._profile.time))
        if not isinstance(at, int):
            raise DriverError(f"the load profile shows {at} for a time")
        return Record(at, words)

    def _readings(self, record: Record) -> list[RegisterReading]:
        return [
            RegisterReading(field.name, field.decode(self._part(record.words, field)), field.unit, record.at)
            for field in self._profile.values
        ]

    def _part(self, words: Sequence[int], field: Field) -> Sequence[int]:
        start = field.address - self._profile.window[0]
        return words[start : start + field.words]


def profile_addresses(point: PointConfig) -> list[int | None]:
    """Takes each register's `profile_address` out of its options. Raises ConfigError."""
    return [register.options.optional_integer("profile_address", 0, 65_535) for register in point.registers]


def profile_of(point: PointConfig, fields: Sequence[Field], addresses: Sequence[int | None]) -> Profile | None:
    """The load profile that `point` is configured for, None where there is none. Raises ConfigError."""
    table = point.meter.table("profile")
    if table.is_empty():
        for register, address in zip(point.registers, addresses, strict=True):
            if address is not None:
                raise register.options.fault("profile_address", "there is no [point.meter.profile]")
        return None
    values = []
    for register, field, address in zip(point.registers, fields, addresses, strict=True):
        if address is None:
            raise register.options.fault("profile_address", "is missing: a load profile holds every register, or none")
        values.append(replace(field, address=address))
    time = field_in(table, "time", "u32")
    select = field_in(table, "select", "u16")
    profile = Profile(select, time, tuple(values), table.integer("records", 1, MAX_PROFILE_RECORDS))
    every_s = table.integer("every_s", 1, _MAX_EVERY_S)
    table.done()
    if point.cadence_s % every_s:
        raise table.fault("every_s", f"a record every {every_s} s can not fill a cadence of {point.cadence_s} s")
    if profile.window[1] > MAX_WORDS or len({field.input_register for field in (time, *values)}) > 1:
        raise table.fault("time", f"time and values must lie in one table, within {MAX_WORDS} registers")
    if time.decimals > 0 or time.type == "f32":
        raise table.fault("time", "must be an integer")
    if select.words != 1 or select.input_register:
        raise table.fault("select", "must be one holding register")
    return profile
