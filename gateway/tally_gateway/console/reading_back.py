"""What was last heard of one metering point or one stream, decoded for people. No IO."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tally_edge import senml, statement, wire
from tally_edge.device import Settlement
from tally_edge.errors import DecodeError
from tally_edge.statement import Kind
from tally_gateway.console.site_book import KeyEvent, SiteBook
from tally_gateway.console.state import DeviceState, PointState
from tally_gateway.console.watching import Spoken


@dataclass(frozen=True, slots=True)
class LastValue:
    """What a register last showed, as exact text, and in which statement."""

    register: str
    value: str
    unit: str
    taken_at: int
    index: int
    kid: str
    seq: int


@dataclass(frozen=True, slots=True)
class LastSettlement:
    """The newest freeze of a metering point."""

    index: int
    boundary: str
    at: int
    local: str
    serial: str
    values: tuple[tuple[str, str, str], ...]
    counts: tuple[int, int, int, int]
    """Exchanges, resets, rollovers, gaps, as the device counts them."""


@dataclass(frozen=True, slots=True)
class PointDetail:
    """A metering point with what it last said."""

    point: PointState
    values: tuple[LastValue, ...]
    settlement: LastSettlement | None


@dataclass(frozen=True, slots=True)
class KeyStep:
    """One step in the life of a device's keys."""

    kid: str
    what: str
    index: int
    issued_at: int


@dataclass(frozen=True, slots=True)
class DeviceDetail:
    """A device's key, all holes of its stream, its points, and every key that the device ever had."""

    device: DeviceState
    holes: tuple[tuple[int, int], ...]
    points: tuple[PointDetail, ...]
    keys: tuple[KeyStep, ...]
    offsets_s: tuple[int, ...]


def detail_of(point: PointState, spoken: Mapping[tuple[str, Kind], Spoken]) -> PointDetail:
    """The point, its last readings and its last settlement."""
    read = spoken.get((point.point, Kind.READINGS))
    settled = spoken.get((point.point, Kind.SETTLEMENT))
    return PointDetail(point, () if read is None else _values(read), None if settled is None else _settled(settled))


def key_steps(book: SiteBook, device: str) -> tuple[KeyStep, ...]:
    """Every event of the keys of `device`, oldest first."""
    found: list[KeyEvent] = [event for event in book.keys if event.device == device]
    return tuple(KeyStep(event.kid.hex(), event.what, event.index, event.issued_at) for event in found)


def _values(spoken: Spoken) -> tuple[LastValue, ...]:
    try:
        readings = senml.decode(statement.decode(spoken.encoded).payload)
    except DecodeError:
        return ()
    newest = {one.register: one for one in sorted(readings, key=lambda one: one.taken_at)}
    return tuple(
        LastValue(
            one.register, str(one.value), one.unit or "", one.taken_at, spoken.index, spoken.kid.hex(), spoken.seq
        )
        for one in newest.values()
        if not isinstance(one.value, bytes)
    )


def _settled(spoken: Spoken) -> LastSettlement | None:
    try:
        said = wire.decode(Settlement, statement.decode(spoken.encoded).payload)
    except DecodeError:
        return None
    counts = said.counts
    return LastSettlement(
        index=spoken.index,
        boundary=said.boundary.name.lower(),
        at=said.at,
        local=said.local,
        serial=said.serial,
        values=tuple((one.register, str(one.value), one.unit) for one in said.registers),
        counts=(counts.exchanges, counts.resets, counts.rollovers, counts.gaps),
    )
