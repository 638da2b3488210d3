"""What a verified bundle's instruments read, by metering point, each reading with the statement it stands in. No IO."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from tally_chain.bundle import Content
from tally_chain.verify.facts import Facts
from tally_chain.verify.figures import Figure
from tally_chain.verify.verifier import Examined
from tally_edge import senml
from tally_edge.senml import Reading
from tally_edge.statement import Kind
from tally_finance.errors import QuantityError

NEAR_S: Final = 2 * 3_600
"""What was read longer than this before or after a time says nothing of it: goods settle, slide and dry."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a number opens down to: the entry's place in its log, and the statement's id."""

    place: str
    statement_id: bytes


@dataclass(frozen=True, slots=True)
class Pack:
    """The readings of one statement."""

    source: Source
    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """What an instrument showed at a time (Unix seconds)."""

    at: int
    value: Decimal
    source: Source


@dataclass(frozen=True, slots=True)
class Told:
    """A text that an instrument told at a time (Unix seconds): a serial, a slot."""

    at: int
    text: str
    source: Source


@dataclass(frozen=True, slots=True)
class Evidence:
    """The packs of every metering point that no failure touches, over [`from_at`, `to_at`], Unix seconds."""

    packs: Mapping[str, Sequence[Pack]]
    figures: Mapping[tuple[str, str], Figure]
    """What the verification makes of cumulative registers and of states, by point and register."""
    facts: Facts
    from_at: int
    to_at: int

    def series(self, point: str, register: str, unit: str) -> list[Shown]:
        """The numbers of a register, by time. Raises QuantityError where one has another unit."""
        found = []
        for pack in self.packs.get(point, ()):
            for reading in pack.readings:
                value = reading.value
                if reading.register != register or isinstance(value, bool) or not isinstance(value, int | Decimal):
                    continue
                if reading.unit != unit:
                    raise QuantityError(f"{point}/{register}: is read in {reading.unit!r}, not in {unit!r}")
                found.append(Shown(reading.taken_at, Decimal(value), pack.source))
        return sorted(found, key=lambda one: one.at)

    def texts(self, point: str, register: str) -> list[Told]:
        """The texts of a register in the period, its beginning included, by time."""
        found = [
            Told(reading.taken_at, reading.value, pack.source)
            for pack in self.packs.get(point, ())
            for reading in pack.readings
            if reading.register == register and isinstance(reading.value, str)
        ]
        return sorted(
            (one for one in found if self.from_at <= one.at <= self.to_at), key=lambda one: (one.at, one.text)
        )

    def serial(self, point: str, at: int) -> str:
        """The serial of the instrument at a point, by the authority's facts; empty where nobody stated it."""
        stated = self.facts.facts_at(point, at)
        return "" if stated is None else stated.facts.serial


def evidence_of(examined: Examined, points: Collection[str] | None = None) -> Evidence:
    """What may be calculated with, of all metering points or of those that are named.

    Raises QuantityError for a bundle that does not show every reading.
    """
    if examined.verdict.content != Content.FULL.name.lower():
        raise QuantityError(f"a bundle of {examined.verdict.content} does not show every weighing: ask for a full one")
    packs: dict[str, list[Pack]] = {}
    for logged in sorted(examined.statements, key=lambda one: (one.section, one.index)):
        if points is not None and logged.statement.claims.subject not in points:
            continue
        if logged.statement.claims.kind is Kind.READINGS:
            source = Source(logged.place, logged.statement.id)
            readings = tuple(senml.decode(logged.statement.payload))
            packs.setdefault(logged.statement.claims.subject, []).append(Pack(source, readings))
    figures = {(one.point, one.register): one for one in examined.verdict.figures}
    return Evidence(packs, figures, examined.facts, examined.verdict.from_at, examined.verdict.to_at)


def near(series: Sequence[Shown], at: int, what: str, quiet: tuple[int, int]) -> list[Shown]:
    """What was shown within NEAR_S of a time and inside `quiet`, by time: several readings of one state.

    Raises QuantityError, naming `what`, where nothing was.
    """
    low, high = max(at - NEAR_S, quiet[0]), min(at + NEAR_S, quiet[1])
    if not low <= at <= high:
        raise QuantityError(f"{what}: trucks came or went around {at}")
    first = bisect_left(series, low, key=lambda one: one.at)
    found = list(series[first : bisect_right(series, high, key=lambda one: one.at)])
    if not found:
        raise QuantityError(f"{what}: nothing was read within {NEAR_S} s of {at} while no goods moved")
    return found
