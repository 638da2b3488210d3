"""From a verified bundle to columns and loads, one metering point after the other. No IO.

What is believed: the statements of metering points that no failure touches, and of those that fail only because
something was not read (`verifier.GAPS`), where the gap rule bounds it. Readings and settlements count alike.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from tally_chain.verify.facts import StatedFacts
from tally_chain.verify.log_check import Logged
from tally_chain.verify.verifier import Examined
from tally_edge import senml, wire
from tally_edge.device import Settlement
from tally_edge.statement import Kind
from tally_finance.activity.column import Column, Shown, column_of
from tally_finance.activity.meter import Cadences, stated_sources
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


class Read:
    """The metering points of a verified bundle. Each is decoded when it is asked for, and not kept."""

    def __init__(self, examined: Examined) -> None:
        """Sort the statements by metering point."""
        self._facts = examined.facts
        self._of_point: dict[str, list[Logged]] = {}
        for one in (*examined.statements, *examined.gapped):
            if one.statement.claims.kind in {Kind.READINGS, Kind.SETTLEMENT}:
                self._of_point.setdefault(one.statement.claims.subject, []).append(one)

    @property
    def points(self) -> frozenset[str]:
        """The metering points of which anything is believed."""
        return frozenset(self._of_point)

    def point(self, point: str, registers: Collection[str]) -> PointRead:
        """What is believed of some registers of a metering point; no column where nothing is. Raises ActivityError."""
        stated = self._facts.meters.get(point, [])
        logged = sorted(self._of_point.get(point, ()), key=lambda one: (one.section, one.index))
        shown: dict[str, list[Shown]] = {}
        units: dict[str, str] = {}
        tallies = [_tally(one) for one in logged if one.statement.claims.kind is Kind.SETTLEMENT]
        counting = {one.register for known in stated for one in known.facts.registers if one.cumulative}
        for number, one in enumerate(logged):
            for register, at, value, unit in _values(one):
                if register not in counting and register not in registers:
                    continue
                if register in registers and units.setdefault(register, unit) != unit:
                    raise ActivityError(f"{point}/{register}: is read in {units[register]!r} and in {unit!r}")
                shown.setdefault(register, []).append((at, value, number))
        columns = {name: column_of(point, name, units[name], shown[name]) for name in units}
        fallen = falls(values for name, values in shown.items() if name in counting)
        turned = [
            after.facts.effective_at for before, after in pairwise(stated) if before.facts.serial != after.facts.serial
        ]
        said = [Source(one.place, one.statement.id) for one in logged]
        cadences = self._facts.cadences(point)
        hidden = tuple(unexplained(tallies, fallen, turned))
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
    for reading in senml.decode(payload):
        if isinstance(reading.value, int | Decimal) and not isinstance(reading.value, bool):
            yield reading.register, reading.taken_at, reading.value, reading.unit
