"""What a verified bundle's instruments read, by metering point, each reading with the statement it stands in. No IO."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from tally_chain.verify.facts import Facts
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
class Evidence:
    """The packs of every metering point that no failure touches, over [`from_at`, `to_at`], Unix seconds."""

    packs: Mapping[str, Sequence[Pack]]
    facts: Facts
    from_at: int
    to_at: int

    def series(self, point: str, register: str) -> list[Shown]:
        """The numbers of a register, by time."""
        found = [
            Shown(reading.taken_at, Decimal(reading.value), pack.source)
            for pack in self.packs.get(point, ())
            for reading in pack.readings
            if reading.register == register
            and isinstance(reading.value, int | Decimal)
            and not isinstance(reading.value, bool)
        ]
        return sorted(found, key=lambda one: one.at)


def evidence_of(examined: Examined) -> Evidence:
    """What may be calculated with."""
    packs: dict[str, list[Pack]] = {}
    for logged in examined.statements:
        if logged.statement.claims.kind is Kind.READINGS:
            source = Source(logged.place, logged.statement.id)
            readings = tuple(senml.decode(logged.statement.payload))
            packs.setdefault(logged.statement.claims.subject, []).append(Pack(source, readings))
    return Evidence(packs, examined.facts, examined.verdict.from_at, examined.verdict.to_at)


def near(series: Sequence[Shown], at: int, what: str, quiet: tuple[int, int]) -> list[Shown]:
    """What was shown within NEAR_S of a time and inside `quiet`, by time: several readings of one state.

    Raises QuantityError, naming `what`, where nothing was.
    """
    low, high = max(at - NEAR_S, quiet[0]), min(at + NEAR_S, quiet[1])
    first = bisect_left(series, low, key=lambda one: one.at)
    found = list(series[first : bisect_right(series, high, key=lambda one: one.at)])
    if not found:
        raise QuantityError(f"{what}: nothing was read within {NEAR_S} s of {at} while no goods moved")
    return found
