"""From a verified bundle to columns and loads, one metering point after the other. No IO.

What is believed: the statements of metering points that no failure touches, and of those that fail only because
something was not read (`verifier.GAPS`), where the gap rule bounds it. Readings and settlements count alike.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Protocol

from tally_chain.verify.facts import StatedFacts
from tally_chain.verify.log_check import Logged
from tally_chain.verify.verifier import Examined
from tally_edge import wire
from tally_edge.device import Settlement
from tally_edge.statement import Kind
from tally_finance.activity.column import Column, Shown, column_of
from tally_finance.activity.meter import Cadences, stated_sources
from tally_finance.activity.pack import numbers
from tally_finance.activity.source import Sources
from tally_finance.activity.unexplained import Span, Tally, falls, unexplained
from tally_finance.errors import ActivityError
from tally_finance.quantity.evidence import Source


@dataclass(frozen=True, slots=True)
class PointRead:
    """What is believed of one metering point: its registers as columns, their sources, what was stated of its meter."""

    columns: Mapping[str, Column]
    sources: Sources
    stated: Sequence[StatedFacts]
    cadences: Cadences
    unexplained: tuple[Span, ...] = ()
    """Between which settlements the device counted what nothing shows (see `unexplained.unexplained`)."""


class Reader(Protocol):
    """Whoever knows what is believed of metering points."""

    def point(self, point: str, registers: Collection[str]) -> PointRead:
        """What is believed of some registers of a metering point; no column where nothing is. Raises ActivityError."""
        ...


class Read:
    """The metering points of a verified bundle. Each is decoded when it is asked for, and not kept."""

    def __init__(self, examined: Examined) -> None:
        """Sort the statements by metering point."""
        self._facts = examined.facts
        self._of_point: dict[str, list[Logged]] = {}
        for one in (*examined.statements, *examined.gapped):
            if one.statement.claims.kind in {Kind.READINGS, Kind.SETTLEMENT}:
                self._of_point.setdefault(one.statement.claims.subject, []).append(one)

    def believed(self, point: str) -> bool:
        """Whether anything of a metering point is."""
        return point in self._of_point

    def point(self, point: str, registers: Collection[str]) -> PointRead:
        """See `Reader`."""
        logged = sorted(self._of_point.get(point, ()), key=lambda one: (one.section, one.index))
        shown: dict[str, list[Shown]] = {}
        units: dict[str, str] = {}
        wanted = {*registers, *self.counting(point)}
        for number, one in enumerate(logged):
            for register, at, value, unit in _values(one):
                if register not in wanted:
                    continue
                if units.setdefault(register, unit) != unit and register in registers:
                    raise ActivityError(f"{point}/{register}: is read in {units[register]!r} and in {unit!r}")
                shown.setdefault(register, []).append((at, value, number))
        columns = {name: column_of(point, name, units[name], shown[name]) for name in registers if name in units}
        said = [Source(one.place, one.statement.id) for one in logged]
        fallen = falls(values for name, values in shown.items() if name in self.counting(point))
        return self.with_columns(point, columns, said, fallen)

    def counting(self, point: str) -> set[str]:
        """The cumulative registers of a metering point, by whatever was stated of it."""
        stated = self._facts.meters.get(point, [])
        return {one.register for known in stated for one in known.facts.registers if one.cumulative}

    def with_columns(
        self, point: str, columns: Mapping[str, Column], said: Sequence[Source], fallen: Sequence[Span]
    ) -> PointRead:
        """Columns and their sources with what was stated of the meter. `fallen`: where cumulative registers fell."""
        stated = self._facts.meters.get(point, [])
        turned = [
            after.facts.effective_at for before, after in pairwise(stated) if before.facts.serial != after.facts.serial
        ]
        tallies = [_tally(one) for one in self._of_point.get(point, ()) if one.statement.claims.kind is Kind.SETTLEMENT]
        hidden = tuple(unexplained(tallies, fallen, turned))
        cadences = self._facts.cadences(point)
        return PointRead(columns, Sources(said, stated_sources(stated)), stated, cadences, hidden)


def _tally(logged: Logged) -> Tally:
    settled = wire.decode(Settlement, logged.statement.payload)
    return Tally(logged.statement.claims.kid, settled.at, settled.counts)


def _values(logged: Logged) -> Iterator[tuple[str, int, int | Decimal, str]]:
    """Register, time, number and unit of everything that a statement says in numbers."""
    payload = logged.statement.payload
    if logged.statement.claims.kind is Kind.SETTLEMENT:
        settled = wire.decode(Settlement, payload)
        for one in settled.registers:
            yield one.register, settled.at, one.value, one.unit
        return
    yield from numbers(payload)
