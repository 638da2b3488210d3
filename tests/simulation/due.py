"""Which findings follow from what a log holds, and of what: worked out once more, more plainly than by the verifier.

Whether the log is true is another question (truth.py). Where a clock came to one time twice, a true log shows two
values of a register at one time, or one that falls, and a reader must find that; where no clock did, it can not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise

from tally_chain.anchoring.reading import Anchor
from tally_chain.findings import Code
from tally_edge import senml, wire
from tally_edge.device import Gap, Settlement
from tally_edge.statement import DEVICE_KINDS, Clock, Kind, Statement
from tests.simulation.plant import REGISTER

Due = set[tuple[Code, str]]
"""Findings: what, and of what."""

_COVERAGE_TENTHS = 15


@dataclass
class Points:
    """What is carried of each metering point, by its name, in the order of its stream."""

    readings: dict[str, list[tuple[int, Decimal]]] = field(default_factory=dict)
    settled: dict[str, list[Settlement]] = field(default_factory=dict)

    def merged(self, point: str) -> dict[int, Decimal]:
        """The register by time: where two values stand at one, that of the first reading, or settlement."""
        found: dict[int, Decimal] = {}
        for at, value in [*self.readings.get(point, []), *_settled(self.settled.get(point, []))]:
            found.setdefault(at, value)
        return found


def due(carried: Mapping[int, Statement], anchors: Sequence[Anchor], span: tuple[int, int], cadence_s: int) -> Due:
    """The findings on a bundle that carries these entries, by their index, of the period `span`."""
    found = set(_of_statements(carried, anchors)) | set(_of_streams(carried))
    points = _points(carried)
    for point in points.settled:
        found |= set(_of_registers(point, points, span)) | set(_of_coverage(point, points, span, cadence_s))
    return found


def _of_statements(carried: Mapping[int, Statement], anchors: Sequence[Anchor]) -> Iterator[tuple[Code, str]]:
    """By the clocks of devices, beside the blocks of the chain and what they say of themselves."""
    since = {anchor.root: anchor.block_time_seconds for anchor in anchors}
    for index, signed in carried.items():
        claims = signed.claims
        if claims.kind not in DEVICE_KINDS:
            continue
        place = f"{claims.subject} seq {claims.seq}, entry {index}"
        if max(_newest_time(signed), claims.issued_at) > next(
            one.block_time_seconds for one in anchors if one.size > index
        ):
            yield Code.AFTER_ANCHOR, place
        if claims.beacon is not None and claims.issued_at < since.get(claims.beacon, 0):
            yield Code.BEFORE_BEACON, place
        if claims.clock is Clock.UNSET:
            yield Code.CLOCK_DOUBTFUL, f"device {claims.issuer}"


def _newest_time(signed: Statement) -> int:
    if signed.claims.kind is Kind.READINGS:
        return max(reading.taken_at for reading in senml.decode(signed.payload))
    if signed.claims.kind is Kind.GAP:
        return wire.decode(Gap, signed.payload).before
    return wire.decode(Settlement, signed.payload).at


def _of_streams(carried: Mapping[int, Statement]) -> Iterator[tuple[Code, str]]:
    streams: dict[str, list[Statement]] = {}
    enrolled_at: dict[str, int] = {}
    for index in sorted(carried):
        claims = carried[index].claims
        if claims.kind in DEVICE_KINDS:
            streams.setdefault(claims.issuer, []).append(carried[index])
        elif claims.kind is Kind.ENROLMENT:
            enrolled_at[claims.subject] = claims.issued_at
    for device, stream in streams.items():
        seqs = [signed.claims.seq or 0 for signed in stream]
        if seqs != sorted(seqs):
            yield Code.OUT_OF_ORDER, f"device {device}"
        if min(stream, key=lambda one: one.claims.seq or 0).claims.issued_at < enrolled_at[device]:
            yield Code.BEFORE_ENROLMENT, f"device {device}"


def _points(carried: Mapping[int, Statement]) -> Points:
    points = Points()
    for signed in sorted(carried.values(), key=lambda one: one.claims.seq or 0):
        point = signed.claims.subject
        if signed.claims.kind is Kind.READINGS:
            points.readings.setdefault(point, []).extend(
                (one.taken_at, Decimal(one.value))
                for one in senml.decode(signed.payload)
                if isinstance(one.value, int | Decimal)
            )
        elif signed.claims.kind is Kind.SETTLEMENT:
            points.settled.setdefault(point, []).append(wire.decode(Settlement, signed.payload))
    return points


def _settled(settled: Sequence[Settlement]) -> Iterator[tuple[int, Decimal]]:
    for one in settled:
        for register in one.registers:
            yield one.at, Decimal(register.value)


def _of_registers(point: str, points: Points, span: tuple[int, int]) -> Iterator[tuple[Code, str]]:
    """Two values at one time, and registers that fall."""
    merged, settled = points.merged(point), points.settled[point]
    if any(merged[at] != value for at, value in points.readings.get(point, [])):
        yield Code.CONFLICTING_READINGS, f"{point}/{REGISTER}"
    if any(merged[at] != value for at, value in _settled(settled)):
        yield Code.SETTLEMENT_DISAGREES, f"{point}/{REGISTER}"
    first_at = {one.at: one for one in reversed(settled)}
    if any((one.registers, one.counts) != (first_at[one.at].registers, first_at[one.at].counts) for one in settled):
        yield Code.SETTLEMENT_DISAGREES, point
    inside = [at for at in sorted(merged) if span[0] <= at <= span[1]]
    for before, after in pairwise(inside):
        if merged[after] < merged[before]:
            yield _fall(settled, before, after), f"{point}/{REGISTER}"


def _fall(settled: Sequence[Settlement], before: int, after: int) -> Code:
    """A reset, where the settlements around it count one."""
    in_time = sorted(settled, key=lambda one: one.at)
    earlier = [one.counts.resets for one in in_time if one.at <= before]
    later = [one.counts.resets for one in in_time if one.at >= after]
    return Code.RESET if earlier and later and later[0] > earlier[-1] else Code.REGISTER_BACKWARDS


def _of_coverage(point: str, points: Points, span: tuple[int, int], cadence_s: int) -> Iterator[tuple[Code, str]]:
    """Where readings lie too far apart a gap is declared: what no gap covers is never due."""
    inside = [at for at in sorted(points.merged(point)) if span[0] <= at <= span[1]]
    times = [span[0], *inside, span[1]]
    if any((after - before) * 10 > cadence_s * _COVERAGE_TENTHS for before, after in pairwise(times)):
        yield Code.DECLARED_GAP, f"{point}/{REGISTER}"
    if not {*span} <= {*inside}:
        yield Code.SHORT_OF_PERIOD, f"{point}/{REGISTER}"
