"""Step 7: registers rise, times are covered, and quantities follow. Verdict-critical: no IO."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Final

from tally_chain.findings import Code, Ledger
from tally_chain.verify.authority_check import Facts
from tally_chain.verify.figures import Basis, Figure, Number, Sample, difference, product, total
from tally_chain.verify.payloads import PointEvidence
from tally_chain.verify.settlement_check import changes_between
from tally_edge.authority import FactsEvent, MeterFacts, PlannedPoint, RegisterFacts
from tally_edge.device import Gap

ROLLOVER_SHARE: Final = 10
"""A fall counts as a rollover when what it would mean is at most a tenth of the register's range. A register wound back
would otherwise pass as one that ran almost full circle."""

COVERAGE_TENTHS: Final = 15
"""Two readings may lie 1.5 cadences apart: polling jitters, a missed one does not."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of samples under one set of meter facts."""

    facts: MeterFacts
    samples: list[Sample]


@dataclass(frozen=True, slots=True)
class PointCheck:
    """The check of one metering point over a period [from, to) from its readings.

    7.1 meter facts are in force, and readings carry their registers and units
    7.2 settlements and readings tell the same registers
    7.3 a cumulative register never falls, but by a rollover that its range explains
    7.4 readings lie no further apart than the cadence, or a declared gap covers the time between
    7.5 an exchange splits the period at the registers that the authority read
    """

    planned: PlannedPoint
    evidence: PointEvidence
    facts: Facts
    period: tuple[int, int]
    ledger: Ledger

    def figures(self) -> list[Figure]:
        """A figure for every register of the meter facts in force at the period's end."""
        stated = self.facts.facts_at(self.planned.point, self.period[1])
        if stated is None:
            self.ledger.add(Code.FACTS_MISSING, self.planned.point)
            return []
        expires_at = stated.facts.certificate_expires_at
        if expires_at is not None and expires_at < self.period[1]:
            self.ledger.add(Code.CALIBRATION_EXPIRED, self.planned.point, stated.facts.certificate or "")
        known = {register.register: register for register in stated.facts.registers}
        for name, units in self.evidence.units.items():
            if name not in known or units != {known[name].unit}:
                self.ledger.add(Code.UNIT_WRONG, self._touches(name), f"in {', '.join(sorted(units))}")
        figures = []
        for register in known.values():
            samples = [] if register.per_event else self._merged(register.register)
            inside = [sample for sample in samples if self.period[0] <= sample.at <= self.period[1]]
            if register.per_event:
                continue  # evidence of single events; nothing is summed, and silence says nothing
            if not inside:
                self.ledger.add(Code.UNCOVERED_INTERVAL, self._touches(register.register), "the whole period")
            elif register.cumulative:
                figures.append(self._quantity(register, inside))
            else:
                self._coverage(register.register, inside)
                figures.append(self._state(register, inside))
        return figures

    def _touches(self, register: str) -> str:
        return f"{self.planned.point}/{register}"

    def _merged(self, register: str) -> list[Sample]:
        """Readings and settled registers as one series; two values at one time are a finding."""
        settled = [
            Sample(settlement.at, value.value, logged.place)
            for logged, settlement in self.evidence.settlements
            for value in settlement.registers
            if value.register == register
        ]
        merged: dict[int, Sample] = {}
        read = self.evidence.samples.get(register, [])
        for samples, conflict in ((read, Code.CONFLICTING_READINGS), (settled, Code.SETTLEMENT_DISAGREES)):
            for sample in samples:
                if merged.setdefault(sample.at, sample).value != sample.value:
                    self.ledger.add(conflict, self._touches(register), f"at {sample.at}")
        return [merged[at] for at in sorted(merged)]

    def _state(self, register: RegisterFacts, samples: list[Sample]) -> Figure:
        newest = samples[-1]
        return Figure(
            point=self.planned.point,
            register=register.register,
            unit=register.unit,
            from_at=newest.at,
            to_at=newest.at,
            quantity=Decimal(newest.value),
            basis=Basis.STATE,
            first=newest.place,
            last=newest.place,
            samples=len(samples),
        )

    def _quantity(self, register: RegisterFacts, samples: list[Sample]) -> Figure:
        basis = self._coverage(register.register, samples)
        quantity = Decimal(0)
        for span in self._spans(register.register, samples):
            risen, sound = self._risen(register, span.samples)
            quantity = total(quantity, product(risen, span.facts.multiplier))
            if not sound:
                basis = Basis.INCOMPLETE
        return Figure(
            point=self.planned.point,
            register=register.register,
            unit=register.unit,
            from_at=samples[0].at,
            to_at=samples[-1].at,
            quantity=quantity,
            basis=basis,
            first=samples[0].place,
            last=samples[-1].place,
            samples=len(samples),
            restated=self._restated(register.register, quantity, samples),
        )

    def _spans(self, register: str, samples: list[Sample]) -> list[Span]:
        """The samples, cut where the meter or its ratio changed, each part closed with the registers read there."""
        point = self.planned.point
        stated = self.facts.meters[point]
        first = self.facts.facts_at(point, samples[0].at) or stated[0]
        spans: list[Span] = []
        current, rest = first.facts, samples
        for change in changes_between(stated, *self.period):
            at = change.facts.effective_at
            closing = {value.register: value.value for value in change.facts.closing or ()}
            opening = {value.register: value.value for value in change.facts.opening or change.facts.closing or ()}
            if register not in closing or register not in opening:
                self.ledger.add(Code.EXCHANGE_BETWEEN, self._touches(register), "no register was read at the change")
                continue
            if change.facts.event is FactsEvent.EXCHANGE:
                self.ledger.add(Code.EXCHANGE, point, f"{current.serial} by {change.facts.serial}")
            place = f"{point}, meter facts of {change.statement_id.hex()[:16]}…"
            before = [sample for sample in rest if sample.at <= at]
            spans.append(Span(current, [*before, Sample(at, closing[register], place)]))
            rest = [Sample(at, opening[register], place), *[sample for sample in rest if sample.at > at]]
            current = change.facts
        spans.append(Span(current, rest))
        return spans

    def _risen(self, register: RegisterFacts, samples: list[Sample]) -> tuple[Decimal, bool]:
        """How far the register rose over the samples, and whether nothing in it is lost."""
        touches = self._touches(register.register)
        risen, sound = Decimal(0), True
        for before, after in pairwise(samples):
            step = difference(after.value, before.value)
            if step < 0:
                turned = _turned(register.modulus, step)
                if turned is None:
                    sound = False
                    code = Code.RESET if self._reset_between(before.at, after.at) else Code.REGISTER_BACKWARDS
                    self.ledger.add(code, touches, f"from {before.value} to {after.value} at {after.place}")
                    continue
                self.ledger.add(Code.ROLLOVER, touches, f"at {after.place}")
                step = turned
            risen = total(risen, step)
        return risen, sound

    def _reset_between(self, after: int, before: int) -> bool:
        """Whether the device counted a reset between the settlements around a time."""
        settlements = [settlement for _, settlement in self.evidence.settlements]
        earlier = [settlement for settlement in settlements if settlement.at <= after]
        later = [settlement for settlement in settlements if settlement.at >= before]
        return bool(earlier and later and later[0].counts.resets > earlier[-1].counts.resets)

    def _coverage(self, register: str, samples: list[Sample]) -> Basis:
        edges = [self.period[0], *[sample.at for sample in samples], self.period[1]]
        limit = self.planned.cadence_s * COVERAGE_TENTHS
        holes = [(before, after) for before, after in pairwise(edges) if (after - before) * 10 > limit]
        declared = [hole for hole in holes if _is_declared(hole, self.evidence.gaps)]
        open_holes = [hole for hole in holes if hole not in declared]
        if declared:
            detail = f"{len(declared)} in all, the first after {declared[0][0]}"
            self.ledger.add(Code.DECLARED_GAP, self._touches(register), detail)
        if open_holes:
            (after, before), count = open_holes[0], len(open_holes)
            detail = f"{count} in all, the first from {after} to {before}"
            self.ledger.add(Code.UNCOVERED_INTERVAL, self._touches(register), detail)
            return Basis.INCOMPLETE
        return Basis.BRIDGED if declared else Basis.COMPLETE

    def _restated(self, register: str, quantity: Decimal, samples: list[Sample]) -> Decimal | None:
        """The quantity after the authority's corrections; None when there are none."""
        point = self.planned.point
        restated: Decimal | None = None
        at_time = {sample.at: sample.value for sample in samples}
        for logged, correction in self.facts.corrections:
            from_at, to_at = correction.from_at, correction.to_at
            if (correction.point, correction.register) != (point, register):
                continue
            if to_at <= self.period[0] or from_at >= self.period[1]:
                continue
            self.ledger.add(Code.CORRECTED, self._touches(register), f"{correction.explanation}, {logged.place}")
            if from_at not in at_time or to_at not in at_time:
                detail = "no reading at the edges of a correction"
                self.ledger.add(Code.UNCOVERED_INTERVAL, self._touches(register), detail)
                continue
            stated = self.facts.facts_at(point, from_at)
            multiplier: Number = 1 if stated is None else stated.facts.multiplier
            measured = product(difference(at_time[to_at], at_time[from_at]), multiplier)
            base = quantity if restated is None else restated
            restated = total(difference(base, measured), correction.quantity)
        return restated


def _turned(modulus: Number | None, step: Decimal) -> Decimal | None:
    """The rise behind a fall by a rollover, if the register's range explains it."""
    if modulus is None:
        return None
    turned = total(step, modulus)
    return turned if 0 <= product(turned, ROLLOVER_SHARE) <= modulus else None


def _is_declared(hole: tuple[int, int], gaps: list[Gap]) -> bool:
    """Whether declared gaps, one or several in a row, cover a hole."""
    reached = hole[0]
    for gap in sorted(gaps, key=lambda gap: gap.after):
        if gap.after <= reached:
            reached = max(reached, gap.before)
    return reached >= hole[1]
