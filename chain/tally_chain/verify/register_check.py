"""Step 7: registers rise, times are covered, and quantities follow. Verdict-critical: no IO."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise
from typing import Final

from tally_chain.findings import Code, Ledger, Severity
from tally_chain.verify.between_check import check_range
from tally_chain.verify.corrections import restated
from tally_chain.verify.coverage import holes_as_planned, uncovered
from tally_chain.verify.facts import Facts
from tally_chain.verify.facts_check import changes_between, check_facts, exchanged_at
from tally_chain.verify.figures import Basis, Figure, Number, Sample, difference, product, total
from tally_chain.verify.payloads import PointEvidence
from tally_edge.authority import FactsEvent, MeterFacts, PlannedPoint, RegisterFacts
from tally_edge.device import RegisterValue

ROLLOVER_SHARE: Final = 10
"""A fall counts as a rollover when what it would mean is at most a tenth of the register's range. A register wound back
would otherwise pass as one that ran almost full circle."""


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
    7.3 a cumulative register never falls, but by a rollover that its range explains, and never leaves that range
    7.4 readings lie no further apart than the cadence, or a declared gap covers the time between
    7.5 an exchange splits the period at the registers that the authority read
    7.6 corrections restate the quantity
    """

    planned: PlannedPoint
    evidence: PointEvidence
    facts: Facts
    period: tuple[int, int]
    ledger: Ledger

    def figures(self) -> list[Figure]:
        """A figure for every register of the meter facts in force at the period's end."""
        in_force = check_facts(self.planned.point, self.facts, self.period, self.ledger)
        if in_force is None:
            return []
        known = {register.register: register for register in in_force.registers}
        own = sum(self.period[0] <= at <= self.period[1] for at in self.evidence.own_record)
        if own:
            self.ledger.add(Code.OWN_RECORD, self.planned.point, f"readings of {own} times")
        for name, units in self._units().items():
            if name not in known or units != {known[name].unit}:
                self.ledger.add(Code.UNIT_WRONG, self._touches(name), f"in {', '.join(sorted(units))}")
        figures = []
        for register in known.values():
            samples = [] if register.per_event else self._merged(register.register)
            inside = [sample for sample in samples if self.period[0] <= sample.at <= self.period[1]]
            if register.per_event:
                continue  # evidence of single events; nothing is summed, and silence says nothing
            if not inside:
                touches = self._touches(register.register)
                self.ledger.add(Code.UNCOVERED_INTERVAL, touches, "the whole period", times=[self.period])
            elif register.cumulative:
                figures.append(self._quantity(register, inside))
            else:
                figures.append(self._state(register, inside))
        return figures

    def _units(self) -> dict[str, set[str]]:
        """The units that readings and settlements give each register."""
        units = {name: set(read) for name, read in self.evidence.units.items()}
        for _, settlement in self.evidence.settlements:
            for value in settlement.registers:
                units.setdefault(value.register, set()).add(value.unit)
        return units

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
                    times = [(sample.at, sample.at)]
                    self.ledger.add(conflict, self._touches(register), f"at {sample.at}", times=times)
        return [merged[at] for at in sorted(merged)]

    def _state(self, register: RegisterFacts, samples: list[Sample]) -> Figure:
        self._coverage(register.register, samples)  # a level read long ago is no state at the end
        newest = samples[-1]
        silent = holes_as_planned((newest.at, self.period[1]), self.facts.cadences(self.planned.point))
        return Figure(
            point=self.planned.point,
            register=register.register,
            unit=register.unit,
            from_at=newest.at,
            to_at=newest.at,
            quantity=Decimal(newest.value),
            basis=Basis.INCOMPLETE if silent else Basis.STATE,
            first=newest.place,
            last=newest.place,
            samples=len(samples),
        )

    def _quantity(self, register: RegisterFacts, samples: list[Sample]) -> Figure:
        basis = self._coverage(register.register, samples)
        quantity, sound = self._sum(register, samples)
        if len(samples) == 1:
            touches, detail = self._touches(register.register), "one reading is no difference"
            self.ledger.add(Code.UNCOVERED_INTERVAL, touches, detail, times=[(samples[0].at, samples[0].at)])
            sound = False
        return Figure(
            point=self.planned.point,
            register=register.register,
            unit=register.unit,
            from_at=samples[0].at,
            to_at=samples[-1].at,
            quantity=quantity,
            basis=basis if sound else Basis.INCOMPLETE,
            first=samples[0].place,
            last=samples[-1].place,
            samples=len(samples),
            restated=self._restated(register, quantity, samples),
        )

    def _sum(self, register: RegisterFacts, samples: list[Sample]) -> tuple[Decimal, bool]:
        """The quantity over the samples, and whether nothing in it is lost."""
        quantity = Decimal(0)
        spans, sound = self._spans(register, samples)
        for span in spans:
            of_meter = [known for known in span.facts.registers if known.register == register.register]
            risen, rises = self._risen(of_meter[0] if of_meter else register, span.samples)
            quantity = total(quantity, product(risen, span.facts.multiplier))
            sound = sound and rises
        return quantity, sound

    def _spans(self, register: RegisterFacts, samples: list[Sample]) -> tuple[list[Span], bool]:
        """The samples, cut where the meter or its ratio changed, each part closed with the registers read there.

        Also whether every change says what the register showed: without that, what lies around it is lost, and no part
        reaches over it.
        """
        point = self.planned.point
        stated = self.facts.meters[point]
        current = (self.facts.facts_at(point, self.period[0]) or stated[0]).facts
        spans: list[Span] = []
        rest, sound = self._opened(register, samples)
        for change in changes_between(stated, *self.period):
            at = change.facts.effective_at
            opened = change.facts.opening
            if (
                opened is None
                and change.facts.event is not FactsEvent.EXCHANGE
                and change.facts.serial == current.serial
            ):
                opened = change.facts.closing  # the same meter goes on
            closing, opening = self._read(register, change.facts.closing), self._read(register, opened)
            if closing is None or opening is None:
                self._not_read(register)
                sound = False
            elif change.facts.event is FactsEvent.EXCHANGE:  # both parts are counted
                detail = f"{current.serial} by {change.facts.serial}"
                self.ledger.add(Code.EXCHANGE, point, detail, times=[(at, at)])
            place = f"{point}, meter facts of {change.statement_id.hex()[:16]}…"
            cut = bisect_right(rest, at, key=lambda sample: sample.at)
            old = rest[:cut]
            if change.facts.serial != current.serial and len(old) > 1 and old[-1].at == at:
                # A fall in that very second is the new meter's register, not a rollover of the old one.
                old = old[:-1] if old[-1].value < old[-2].value else old
            spans.append(Span(current, [*old, *_sample(at, closing, place)]))
            rest = [*_sample(at, opening, place), *rest[cut:]]
            current = change.facts
        spans.append(Span(current, rest))
        return spans, sound

    def _opened(self, register: RegisterFacts, samples: list[Sample]) -> tuple[list[Sample], bool]:
        """The samples, the first from the new meter where meters were exchanged in the very second the period starts.

        What was read in that second may still be the old meter's register, and the rest of it is of the time before:
        where the authority read nothing, that sample says nothing.
        """
        at = self.period[0]
        exchange = exchanged_at(self.facts.meters[self.planned.point], at)
        if exchange is None or not samples or samples[0].at != at:
            return samples, True
        opening = self._read(register, exchange.facts.opening)
        if opening is None:
            self._not_read(register)
            return samples[1:], False
        place = f"{self.planned.point}, meter facts of {exchange.statement_id.hex()[:16]}…"
        return [Sample(at, opening, place), *samples[1:]], True

    def _read(self, register: RegisterFacts, values: tuple[RegisterValue, ...] | None) -> Number | None:
        """What the authority read of a register at a change, None where it says nothing in the register's unit."""
        for value in values or ():
            if value.register == register.register:
                if value.unit == register.unit:
                    return value.value
                self.ledger.add(Code.UNIT_WRONG, self._touches(register.register), f"read in {value.unit} at a change")
        return None

    def _not_read(self, register: RegisterFacts) -> None:
        touches = self._touches(register.register)
        self.ledger.add(Code.EXCHANGE_BETWEEN, touches, "no register was read at the change")

    def _risen(self, register: RegisterFacts, samples: list[Sample]) -> tuple[Decimal, bool]:
        """How far the register rose over the samples, and whether nothing in it is lost."""
        touches = self._touches(register.register)
        check_range(touches, register, samples, self.ledger)
        risen, sound = Decimal(0), True
        for before, after in pairwise(samples):
            step, times = difference(after.value, before.value), [(before.at, after.at)]
            if step < 0:
                turned = _turned(register.modulus, step)
                if turned is None:
                    sound = False
                    code = Code.RESET if self._reset_between(before.at, after.at) else Code.REGISTER_BACKWARDS
                    detail = f"from {before.value} to {after.value} at {after.place}"
                    self.ledger.add(code, touches, detail, times=times)
                    continue
                self.ledger.add(Code.ROLLOVER, touches, f"at {after.place}", times=times)
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
        start = self._start(samples)
        times = [start, *[sample.at for sample in samples], self.period[1]]
        found = holes_as_planned(times, self.facts.cadences(self.planned.point))
        gaps = [gap for _, gap in self.evidence.gaps if not gap.registers or register in gap.registers]
        open_holes = uncovered(found, gaps)
        declared = len(found) - len(open_holes)
        if declared:
            silent = set(found) - set(open_holes)
            self.ledger.add(Code.DECLARED_GAP, self._touches(register), f"{declared} in all", times=sorted(silent))
        if start < samples[0].at or samples[-1].at < self.period[1]:
            # Within the tolerance at an edge a reading may be left out unseen, so the claim must say where it ends.
            detail = f"from {samples[0].at} to {samples[-1].at}"
            short = [(start, samples[0].at), (samples[-1].at, self.period[1])]
            edges = [(after, before) for after, before in short if after < before]
            self.ledger.add(Code.SHORT_OF_PERIOD, self._touches(register), detail, times=edges)
        if open_holes:
            (after, before), count = open_holes[0], len(open_holes)
            detail = f"{count} in all, the first from {after} to {before}"
            self.ledger.add(Code.UNCOVERED_INTERVAL, self._touches(register), detail, times=open_holes)
            return Basis.INCOMPLETE
        if any(after < samples[0].at or before > samples[-1].at for after, before in found):
            return Basis.INCOMPLETE  # no register was read on the far side of the gap, so nothing bridges it
        return Basis.BRIDGED if declared else Basis.COMPLETE

    def _start(self, samples: list[Sample]) -> int:
        """From when on readings must be there: the period's start, or the installation inside it."""
        first = self.facts.meters[self.planned.point][0].facts
        installed_at = first.effective_at
        if not self.period[0] < installed_at < self.period[1]:
            return self.period[0]
        if samples[0].at < installed_at:
            detail = f"before {installed_at}"
            self.ledger.add(Code.FACTS_MISSING, self.planned.point, detail, Severity.WARNING)
            return self.period[0]
        if first.event is not FactsEvent.INSTALL:
            return self.period[0]
        self.ledger.add(Code.INSTALLED, self.planned.point, f"at {installed_at}")
        return installed_at

    def _restated(self, register: RegisterFacts, quantity: Decimal, samples: list[Sample]) -> Decimal | None:
        """The quantity after the authority's corrections; None when there are none."""

        def measure(from_at: int, to_at: int) -> Decimal | None:
            low = bisect_left(samples, from_at, key=lambda sample: sample.at)
            high = bisect_right(samples, to_at, key=lambda sample: sample.at)
            inside = samples[low:high]
            if not inside or (inside[0].at, inside[-1].at) != (from_at, to_at):
                return None
            # What is wrong inside was found when the whole period was summed; it is not said twice.
            silent = replace(self, period=(from_at, to_at), ledger=Ledger())
            return silent._sum(register, inside)[0]

        return restated(
            self.facts,
            self.planned.point,
            register,
            period=self.period,
            quantity=quantity,
            measure=measure,
            ledger=self.ledger,
        )


def _sample(at: int, value: Number | None, place: str) -> list[Sample]:
    """The one sample of what was read at a change, none where nothing was."""
    return [] if value is None else [Sample(at, value, place)]


def _turned(modulus: Number | None, step: Decimal) -> Decimal | None:
    """The rise behind a fall by a rollover, if the register's range explains it."""
    if modulus is None:
        return None
    turned = total(step, modulus)
    return turned if 0 <= product(turned, ROLLOVER_SHARE) <= modulus else None
