"""Step 5: the payloads of the statements that count, sorted by metering point and register. Verdict-critical: no IO."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from tally_chain.findings import Code, Ledger
from tally_chain.verify.figures import Sample
from tally_chain.verify.log_check import Logged
from tally_edge import senml, wire
from tally_edge.device import Gap, Settlement
from tally_edge.errors import DecodeError
from tally_edge.senml import Reading
from tally_edge.statement import Kind


@dataclass(frozen=True, slots=True)
class Spoken:
    """The first and the last time that a key speaks of."""

    first_at: int
    last_at: int


@dataclass(slots=True)
class PointEvidence:
    """What was said about one metering point: numeric samples by register, settlements, gaps, and by which keys."""

    samples: dict[str, list[Sample]] = field(default_factory=dict)
    units: dict[str, set[str]] = field(default_factory=dict)
    settlements: list[tuple[Logged, Settlement]] = field(default_factory=list)
    own_record: set[int] = field(default_factory=set)
    """Times of readings that the meter stored by itself."""
    gaps: list[tuple[Logged, Gap]] = field(default_factory=list)
    spoken: dict[bytes, Spoken] = field(default_factory=dict)

    def spoke(self, logged: Logged, first_at: int, last_at: int) -> None:
        """Note that the statement's key spoke of these times."""
        kid = logged.statement.claims.kid
        known = self.spoken.get(kid, Spoken(first_at, last_at))
        self.spoken[kid] = Spoken(min(known.first_at, first_at), max(known.last_at, last_at))


def collect(statements: list[Logged], ledger: Ledger) -> dict[str, PointEvidence]:
    """Decode the payloads.

    5.1 a payload is what its kind says, and speaks of the statement's subject
    5.2 no reading, settlement or gap lies after its statement was anchored
    """
    points: dict[str, PointEvidence] = {}
    for logged in statements:
        claims = logged.statement.claims
        evidence = points.setdefault(claims.subject, PointEvidence())
        try:
            if claims.kind is Kind.READINGS:
                _add_readings(logged, senml.decode(logged.statement.payload), evidence, ledger)
            elif claims.kind is Kind.SETTLEMENT:
                settlement = wire.decode(Settlement, logged.statement.payload)
                if len({value.register for value in settlement.registers}) != len(settlement.registers):
                    ledger.add(Code.STATEMENT_MALFORMED, logged.place, "settles one register twice")
                    continue
                _check_time(logged, settlement.at, ledger)
                evidence.settlements.append((logged, settlement))
                evidence.spoke(logged, settlement.at, settlement.at)
            else:
                gap = wire.decode(Gap, logged.statement.payload)
                _check_time(logged, gap.before, ledger)
                evidence.gaps.append((logged, gap))
                evidence.spoke(logged, gap.after, gap.before)
        except DecodeError as error:
            ledger.add(Code.STATEMENT_MALFORMED, logged.place, str(error))
    for evidence in points.values():
        for samples in evidence.samples.values():
            samples.sort(key=lambda sample: sample.at)
        evidence.settlements.sort(key=lambda pair: (pair[1].at, pair[0].statement.claims.seq or 0))
    return points


def _check_time(logged: Logged, at: int, ledger: Ledger) -> None:
    if logged.anchored_at is not None and at > logged.anchored_at:
        ledger.add(Code.AFTER_ANCHOR, logged.place, times=logged.times)


def _add_readings(logged: Logged, readings: list[Reading], evidence: PointEvidence, ledger: Ledger) -> None:
    if readings[0].point != logged.statement.claims.subject:  # a pack speaks of one point
        ledger.add(Code.STATEMENT_MALFORMED, logged.place, f"speaks of {readings[0].point}")
        return
    times = [reading.taken_at for reading in readings]
    _check_time(logged, max(times), ledger)
    evidence.spoke(logged, min(times), max(times))
    for reading in readings:
        if (reading.register, reading.value) == (senml.SOURCE, senml.LOAD_PROFILE):
            evidence.own_record.add(reading.taken_at)
        if isinstance(reading.value, bool) or not isinstance(reading.value, int | Decimal):
            continue  # texts, flags and serials are evidence too, but no quantities
        sample = Sample(reading.taken_at, reading.value, logged.place)
        evidence.samples.setdefault(reading.register, []).append(sample)
        evidence.units.setdefault(reading.register, set()).add(reading.unit)
