"""What a device would say, before it is signed: the readings of an instrument, its settlements and its gaps.

The device polls at the cadence on its plate, packs readings, freezes its cumulative registers at site-local midnight
and declares what an instrument kept silent about. It believes the instrument; whoever cheats behind it cheats here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from tally_edge.agent.settle import SiteTime
from tally_edge.device import Boundary, Counts, Gap, GapReason, RegisterValue
from tally_edge.senml import Reading
from tally_edge.statement import Clock, Kind
from tally_sim.plant.interface import Instrument, Record

TIMEZONE: Final = "Asia/Shanghai"
SITE_TIME: Final = SiteTime(ZoneInfo(TIMEZONE))
PACK_POLLS: Final = 16
"""Polls in one statement: four hours of quarter hours."""

MAX_PACK_READINGS: Final = 400
"""Weighings come in between: a pack is closed before it outgrows what a statement holds."""

_WEIGHING_BEGINS: Final = "ticket"
_WEIGHING_RECORDS: Final = 8
"""At most; a weighing stands in one statement."""

CUMULATIVE: Final = frozenset(
    {"energy_import", "energy_export", "volume", "kg_in", "kg_out", "passed_in", "passed_out"}
)
"""Registers that only rise; any other is a state or comes with an event."""

LATENCY_S: Final = 20
"""From the signature to the gateway, on a plain day."""


@dataclass(frozen=True, slots=True)
class Frozen:
    """What a settlement freezes; its link and the facts it rests on are filled in when it is signed."""

    boundary: Boundary
    at: int
    registers: tuple[RegisterValue, ...]
    serial: str
    multiplier: int
    counts: Counts


@dataclass(frozen=True, slots=True)
class Draft:
    """A statement before its signature. Times are Unix seconds; exactly one of the three payloads is there.

    `arrives_at` is when the gateway gets it. `lost`: its number is used up and nobody ever gets it.
    """

    point: str
    issued_at: int
    arrives_at: int
    readings: tuple[Reading, ...] = ()
    frozen: Frozen | None = None
    gap: Gap | None = None
    boot_count: int = 1
    clock: Clock = Clock.SYNCHRONISED
    lost: bool = False
    signed_at: int | None = None
    """When it is really signed, where `issued_at` says something else."""
    names_beacon: bool = True
    """Whether it names the newest anchored head."""

    @property
    def written_at(self) -> int:
        """When it is really signed."""
        return self.issued_at if self.signed_at is None else self.signed_at

    @property
    def kind(self) -> Kind:
        """Its kind."""
        if self.readings:
            return Kind.READINGS
        return Kind.GAP if self.frozen is None else Kind.SETTLEMENT


@dataclass(frozen=True, slots=True)
class Plate:
    """What the authority is told of the meter at a point from `since` on, and what it read at an exchange."""

    since: int
    serial: str
    multiplier: int
    modulus: tuple[tuple[str, Decimal], ...]
    calibrated_until: int
    closing: tuple[RegisterValue, ...] = ()
    opening: tuple[RegisterValue, ...] = ()
    accuracy_class: str = "stated"


@dataclass(frozen=True, slots=True)
class Polled:
    """Everything that one instrument showed over a span, as drafts in the order of their stream, and its plates."""

    name: str
    point: str
    kind: str
    cadence_s: int
    parent: str
    drafts: tuple[Draft, ...]
    plates: tuple[Plate, ...]
    units: tuple[tuple[str, str], ...]
    """(register, unit) of every numeric register that was shown."""
    regular: frozenset[str]
    """Registers that are read at the cadence; the others come with events."""


def number_of(value: object) -> int | Decimal | None:
    """The value as a reading carries it, whole numbers as integers; None for text, bytes and flags."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    return int(value) if isinstance(value, Decimal) and value == value.to_integral_value() else value


class Poller:
    """Polls one instrument over [`begins`, `ends`]. `hidden`: exchanges of it are not told to anybody."""

    def __init__(self, instrument: Instrument, point: str, parent: str, *, hidden: bool = False) -> None:
        """Look at the plate."""
        self._instrument, self._point, self._parent, self._hidden = instrument, point, parent, hidden
        self._counts = Counts(0, 0, 0, 0)
        self._last: dict[str, Record] = {}
        self._regular: set[str] = set()
        self._units: dict[str, str] = {}
        self._drafts: list[Draft] = []
        self._pack: list[Reading] = []
        self._plates: list[Plate] = []
        self._last_heard: int | None = None
        self._missing = 0

    def poll(self, begins: int, ends: int) -> Polled:
        """Everything that the instrument shows from `begins` to `ends`, both included."""
        facts = self._instrument.facts(begins)
        midnights = dict(SITE_TIME.boundaries(begins, ends))
        boundaries = {begins: Boundary.OPENING, **midnights, ends: midnights.get(ends, Boundary.CLOSING)}
        polls = 0
        for at in sorted({*range(begins, ends + 1, facts.cadence_s), *boundaries}):
            records = self._instrument.read(at, None if at == begins else self._since(begins))
            self._heard(at, records)
            polls += 1
            if polls >= PACK_POLLS or at in boundaries:
                self._close_pack(at)
                polls = 0
            if at in boundaries:
                self._settle(at, boundaries[at])
        return Polled(
            name=self._instrument.name,
            point=self._point,
            kind=facts.kind,
            cadence_s=facts.cadence_s,
            parent=self._parent,
            drafts=tuple(self._drafts),
            plates=tuple(self._plates),
            units=tuple(sorted(self._units.items())),
            regular=frozenset(self._regular),
        )

    def _since(self, begins: int) -> int:
        return begins if self._last_heard is None else self._last_heard

    def _heard(self, at: int, records: Sequence[Record]) -> None:
        if not records:
            self._missing += 1
            return
        if self._missing and self._last_heard is not None:
            self._close_pack(at)
            gap = Gap(self._last_heard, at, GapReason.METER_SILENT, (), self._missing)
            counts = self._counts
            self._counts = Counts(counts.exchanges, counts.resets, counts.rollovers, counts.gaps + 1)
            self._drafts.append(Draft(self._point, at, at + LATENCY_S, gap=gap))
        self._missing = 0
        self._look_at_plate(at, records)
        for record in sorted(records, key=lambda record: record.at):
            self._take(record, at)
        self._last_heard = at

    def _take(self, record: Record, at: int) -> None:
        value = number_of(record.value)
        if value is not None:
            self._units.setdefault(record.register, record.unit)
            if record.at == at:
                self._regular.add(record.register)
            before = self._last.get(record.register)
            if record.register in CUMULATIVE and before is not None:
                self._count_fall(before, value, record.register)
            self._last[record.register] = record
        shown = record.value if value is None else value
        if record.register == _WEIGHING_BEGINS and len(self._pack) + _WEIGHING_RECORDS > MAX_PACK_READINGS:
            self._close_pack(at)
        self._pack.append(Reading(self._point, record.register, record.at, shown, record.unit))
        if len(self._pack) >= MAX_PACK_READINGS:
            self._close_pack(at)

    def _count_fall(self, before: Record, value: int | Decimal, register: str) -> None:
        """A device counts a fall as a rollover where the range explains it, and as a reset where it does not."""
        known = number_of(before.value)
        if known is None or value >= known:
            return
        modulus = dict(self._plates[-1].modulus).get(register)
        counts = self._counts
        if modulus is not None and (Decimal(value) - Decimal(known) + modulus) * 10 <= modulus:
            self._counts = Counts(counts.exchanges, counts.resets, counts.rollovers + 1, counts.gaps)
        else:
            self._counts = Counts(counts.exchanges, counts.resets + 1, counts.rollovers, counts.gaps)

    def _look_at_plate(self, at: int, records: Sequence[Record]) -> None:
        facts = self._instrument.facts(at)
        modulus = tuple(sorted((name, Decimal(value)) for name, value in facts.modulus.items()))
        plate = Plate(
            at, facts.serial, facts.multiplier, modulus, facts.calibrated_until, accuracy_class=facts.accuracy_class
        )
        if not self._plates:
            self._plates.append(plate)
            return
        known = self._plates[-1]
        if self._hidden or (known.serial, known.multiplier) == (plate.serial, plate.multiplier):
            return
        # The fitter reads the old meter in its last second and the new one in its first: the change lies between.
        closing = tuple(self._registers(self._instrument.read(at - 1)))
        opening = tuple(self._registers(records))
        self._plates.append(replace(plate, since=at - 1, closing=closing, opening=opening))
        counts = self._counts
        self._counts = Counts(counts.exchanges + 1, counts.resets, counts.rollovers, counts.gaps)
        self._last = {}

    def _registers(self, records: Iterable[Record]) -> Iterator[RegisterValue]:
        for record in records:
            value = number_of(record.value)
            if value is not None and record.register in CUMULATIVE:
                yield RegisterValue(record.register, value, record.unit)

    def _close_pack(self, at: int) -> None:
        if self._pack:
            self._drafts.append(Draft(self._point, at, at + LATENCY_S, readings=tuple(self._pack)))
            self._pack = []

    def _settle(self, at: int, boundary: Boundary) -> None:
        if self._last_heard != at:
            return  # silent at the boundary: nothing is frozen, and the gap says why
        registers = tuple(self._registers(self._last.values()))
        if registers:
            plate = self._plates[-1]
            frozen = Frozen(boundary, at, registers, plate.serial, plate.multiplier, self._counts)
            self._drafts.append(Draft(self._point, at, at + LATENCY_S, frozen=frozen))
