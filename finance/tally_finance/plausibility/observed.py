"""What a bundle's devices said, as series: what plausibility is judged by. Pure: no IO.

Verify first: these checks believe what they read, and ask only whether it can be true together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from typing import Final

from tally_chain.bundle import Bundle
from tally_edge import senml, statement, wire
from tally_edge.authority import MeterFacts, SitePlan
from tally_edge.device import Settlement
from tally_edge.errors import DecodeError
from tally_edge.senml import Reading
from tally_edge.statement import Kind, Statement
from tally_finance.plausibility.stated import Change, Parents, changes_of, hierarchies, midnights_of, multiplier_of

DAY_S: Final = 86_400

Place = tuple[str, str]
"""A metering point and a register."""

Point = tuple[int, Decimal]
"""When (Unix seconds) and what a register showed."""


@dataclass(frozen=True, slots=True)
class Break:
    """After `at` the readings are those of another meter or under another ratio; `before` is the multiplier until then.

    `closing` and `opening` are what the register showed there, None where nobody stated it. `other_meter`: not only
    another ratio.
    """

    at: int
    before: Decimal
    closing: Decimal | None
    opening: Decimal | None
    other_meter: bool = False


@dataclass(frozen=True, slots=True)
class Series:
    """One register's readings: (Unix seconds, value), times strictly ascending; a quantity is a difference times the
    multiplier. `unit` is the SenML unit.

    `multiplier` holds after the last of `breaks`; `stated` says whether anybody stated it. `cadence_s` is how far apart
    readings mostly are, 0 where there are not two. `settled` are settlements at times at which no reading stands.
    """

    unit: str
    points: tuple[Point, ...]
    multiplier: Decimal = Decimal(1)
    cadence_s: int = 0
    breaks: tuple[Break, ...] = ()
    settled: tuple[Point, ...] = ()
    stated: bool = True


@dataclass(frozen=True, slots=True)
class Observed:
    """Everything that was read over [`from_at`, `to_at`], Unix seconds.

    `events` are the texts of a register with their times, in order: serials, tickets, slots. `parents` names the meter
    above a meter at the end; `earlier` are the hierarchies before that, each with its end. `midnights` are the
    site-local ones, in order; there are none where nobody stated the time zone.
    """

    from_at: int
    to_at: int
    series: Mapping[Place, Series]
    events: Mapping[Place, tuple[tuple[int, str], ...]]
    parents: Parents
    midnights: tuple[int, ...] = ()
    earlier: tuple[tuple[int, Parents], ...] = ()

    def of(self, point: str, register: str) -> Series | None:
        """The series of a register, if it was read."""
        return self.series.get((point, register))

    def speaks(self, point: str) -> bool:
        """Whether a metering point said anything at all."""
        return any(place[0] == point for place in (*self.series, *self.events))

    def hierarchies(self) -> Iterator[tuple[int, int, Parents]]:
        """(from, to, parents) over the period, in order of time."""
        since = self.from_at
        for until, parents in self.earlier:
            if since < until:
                yield since, min(until, self.to_at), parents
                since = until
        if since <= self.to_at:
            yield since, self.to_at, self.parents


@dataclass(frozen=True, slots=True)
class Stated:
    """What was stated beside the readings. By metering point, but for `midnights` (None: days of 24 hours from the
    beginning on) and `earlier` (see `Observed`). `settled`: settlements, as readings."""

    changes: Mapping[str, Sequence[Change]] = field(default_factory=dict)
    settled: Sequence[Reading] = ()
    midnights: tuple[int, ...] | None = None
    earlier: tuple[tuple[int, Parents], ...] = ()


def gather(
    readings: Iterable[Reading],
    multipliers: Mapping[str, Decimal],
    parents: Parents,
    period: tuple[int, int],
    stated: Stated | None = None,
) -> Observed:
    """Sort readings into series and events. Of two values of one register at one time the first counts."""
    stated = stated or Stated()
    texts: dict[Place, list[tuple[int, str]]] = {}
    numbers: dict[Place, dict[int, Decimal]] = {}
    units: dict[Place, str] = {}
    for reading in readings:
        if isinstance(reading.value, str):
            texts.setdefault((reading.point, reading.register), []).append((reading.taken_at, reading.value))
        else:
            _take(reading, numbers, units)
    settled: dict[Place, dict[int, Decimal]] = {}
    for reading in stated.settled:
        _take(reading, settled, units)
    series = {}
    for place in numbers.keys() | settled.keys():
        of_place, frozen = numbers.get(place, {}), settled.get(place, {})
        series[place] = Series(
            unit=units[place],
            points=tuple(sorted(of_place.items())),
            multiplier=multipliers.get(place[0], Decimal(1)),
            cadence_s=_mostly(sorted(of_place)),
            breaks=tuple(_break(change, place[1], units[place]) for change in stated.changes.get(place[0], ())),
            settled=tuple(sorted((at, value) for at, value in frozen.items() if at not in of_place)),
            stated=place[0] in multipliers,
        )
    events = {place: tuple(sorted(said, key=lambda one: one[0])) for place, said in texts.items()}
    days = tuple(range(period[0], period[1] + 1, DAY_S)) if stated.midnights is None else stated.midnights
    return Observed(period[0], period[1], series, events, dict(parents), days, stated.earlier)


def _take(reading: Reading, numbers: dict[Place, dict[int, Decimal]], units: dict[Place, str]) -> None:
    if isinstance(reading.value, int | Decimal) and not isinstance(reading.value, bool):
        place = reading.point, reading.register
        numbers.setdefault(place, {}).setdefault(reading.taken_at, Decimal(reading.value))
        units.setdefault(place, reading.unit)


def _mostly(times: Sequence[int]) -> int:
    steps = Counter(after - before for before, after in pairwise(times))
    return min(steps, key=lambda step: (-steps[step], step), default=0)


def _break(change: Change, register: str, unit: str) -> Break:
    closing, opening = (
        Decimal(read[register].value) if register in read and read[register].unit == unit else None
        for read in (change.closing, change.opening)
    )
    return Break(change.at, change.before, closing, opening, change.other_meter)


def observe(bundle: Bundle, without: frozenset[str] = frozenset()) -> Observed:
    """What the devices of a verified bundle said, but for the metering points `without`, which a failure touches.

    A statement whose payload does not decode says nothing; one that stands in the log twice says it once.
    """
    readings: list[Reading] = []
    settled: list[Reading] = []
    facts: dict[str, list[MeterFacts]] = {}
    plans: list[tuple[int, SitePlan]] = []
    for signed in _statements(bundle):
        claims = signed.claims
        try:
            if claims.kind is Kind.METER_FACTS:
                of_meter = wire.decode(MeterFacts, signed.payload)
                facts.setdefault(of_meter.point, []).append(of_meter)
            elif claims.kind is Kind.SITE_PLAN:
                plans.append((claims.issued_at, wire.decode(SitePlan, signed.payload)))
            elif claims.subject in without:
                continue
            elif claims.kind is Kind.READINGS:
                readings += senml.decode(signed.payload)
            elif claims.kind is Kind.SETTLEMENT:
                frozen = wire.decode(Settlement, signed.payload)
                settled += (
                    Reading(claims.subject, one.register, frozen.at, one.value, one.unit) for one in frozen.registers
                )
        except DecodeError:
            continue
    period = bundle.from_at, bundle.to_at
    parents, earlier = hierarchies(plans)
    stated = Stated(
        changes={point: changes_of(of_meter, *period) for point, of_meter in facts.items()},
        settled=[one for one in settled if period[0] <= one.taken_at <= period[1]],
        midnights=midnights_of(plans, *period),
        earlier=earlier,
    )
    multipliers = {point: multiplier_of(of_meter, period[1]) for point, of_meter in facts.items()}
    inside = (one for one in readings if period[0] <= one.taken_at <= period[1])
    return gather(inside, multipliers, parents, period, stated)


def _statements(bundle: Bundle) -> Iterator[Statement]:
    """Each statement once, however often it was logged."""
    seen: set[bytes] = set()
    for section in bundle.sections:
        for entry in section.entries:
            if entry.statement in seen:
                continue
            seen.add(entry.statement)
            try:
                yield statement.decode(entry.statement)
            except DecodeError:
                continue
