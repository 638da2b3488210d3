"""A site's activity data (活动数据) from a verified bundle and a boundary sheet: its meters' loads, version by version.

A meter of which nothing is believed counts as one that said nothing: the ceiling over the whole time, or an open total.
No IO.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from tally_chain.verify.verifier import Examined
from tally_edge.authority import MeterFacts
from tally_finance.activity.boundary import Boundary, Line, Role, Version
from tally_finance.activity.ceiling import Exceeded, bounded
from tally_finance.activity.column import Column, column_of
from tally_finance.activity.correcting import Corrected, corrected
from tally_finance.activity.counting import counted
from tally_finance.activity.interval_meter import of_intervals
from tally_finance.activity.lateness import late
from tally_finance.activity.load import Load, Share, load_of
from tally_finance.activity.meter import PLAIN, Meter, meter_of
from tally_finance.activity.reading import PointRead, Read, Reader
from tally_finance.activity.remark import Name, Remark
from tally_finance.activity.state import State
from tally_finance.activity.unexplained import Span, withdrawn
from tally_finance.errors import ActivityError


@dataclass(frozen=True, slots=True, eq=False)
class Metered:
    """A meter of the boundary over a version's time: its load, and what is known of the meter.

    `facts` are those in force at the end, None where nobody stated any; `column` is what its register showed.
    """

    line: Line
    load: Load
    column: Column
    meter: Meter
    facts: MeterFacts | None
    believed: bool
    exceeded: Exceeded | None
    corrections: tuple[Corrected, ...]
    unexplained: tuple[Span, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Term:
    """The site under one version of its boundary, over [`from_at`, `to_at`), by the names of its meters."""

    from_at: int
    to_at: int
    version: Version
    meters: Mapping[str, Metered]

    def of(self, medium: str, role: Role) -> list[Metered]:
        """The meters of a medium in a role."""
        return [self.meters[line.name] for line in self.version.of(medium, role)]


@dataclass(frozen=True, slots=True, eq=False)
class Site:
    """A site over [`from_at`, `to_at`), and what was remarked of its meters."""

    boundary: Boundary
    from_at: int
    to_at: int
    terms: tuple[Term, ...]
    remarks: tuple[Remark, ...]

    @property
    def media(self) -> list[str]:
        """The media that something of the site counts: electricity, water, …; no counters."""
        return sorted({one.medium for term in self.terms for one in term.version.lines if one.role is not Role.COUNTER})


def site_of(examined: Examined, boundary: Boundary, reader: Reader | None = None) -> Site:
    """The site of a verified bundle, over the bundle's period. Raises ActivityError for what can not be counted.

    `reader`: where readings come from, if not from the bundle's own statements (`arrow.Projected`).
    """
    period = examined.verdict.from_at, examined.verdict.to_at
    versions = list(boundary.over(*period))
    registers: dict[str, set[str]] = {}
    for _, _, version in versions:
        for line in version.lines:
            registers.setdefault(line.point, set()).add(line.register)
    read = Read(examined) if reader is None else reader
    points = {point: read.point(point, names) for point, names in registers.items()}
    terms: list[Term] = []
    for from_at, to_at, version in versions:
        meters = {line.name: _metered(line, points[line.point], (from_at, to_at), examined) for line in version.lines}
        terms.append(Term(from_at, to_at, version, meters))
    remarks = [remark for term in terms for one in term.meters.values() for remark in _remarks(one)]
    remarks += _of_plans(examined, terms)
    remarks += _late(examined, terms)
    return Site(boundary, *period, tuple(terms), tuple(dict.fromkeys(remarks)))


def _metered(line: Line, point: PointRead, period: tuple[int, int], examined: Examined) -> Metered:
    column = point.columns.get(line.register)
    believed = column is not None
    if column is None:
        column = column_of(line.point, line.register, line.unit, ())
    if column.unit != line.unit:
        raise ActivityError(f"{column.name}: is read in {column.unit!r}, and stands in the sheet in {line.unit!r}")
    stated = examined.facts.facts_at(line.point, period[1])
    meter = Meter((PLAIN,), (), ())
    if (
        believed and point.stated
    ):  # registers that only the authority read bridge nothing that a device should have said
        meter = meter_of(point.stated, line.register, line.unit, period, point.cadences)
    if believed and stated is not None:
        _check_kind(line, stated.facts)
    intervals = (
        counted(column, meter, period)
        if line.interval_s is None
        else of_intervals(column, meter, line.interval_s, period)
    )
    if point.unexplained:
        intervals = withdrawn(intervals, point.unexplained)
    filled, exceeded = bounded(intervals, line.ceiling, column.name, adds=line.adds)
    load = load_of(column, filled, point.sources)
    load, corrections = corrected(load, examined.facts.corrections, adds=line.adds)
    facts = None if stated is None else stated.facts
    hidden = tuple(one for one in point.unexplained if one[0] < period[1] and one[1] > period[0])
    return Metered(line, load, column, meter, facts, believed, exceeded, corrections, hidden)


def _check_kind(line: Line, facts: MeterFacts) -> None:
    """A register that falls is no counter, and a counter is no series of intervals."""
    cumulative = {one.register: one.cumulative for one in facts.registers}.get(line.register)
    if cumulative is not None and cumulative != (line.interval_s is None):
        what = "counts on, and has no intervals" if cumulative else "does not count on: the sheet needs its interval_s"
        raise ActivityError(f"{line.point}/{line.register}: {what}")


def _remarks(one: Metered) -> Iterator[Remark]:
    line, shares = one.line, one.load.by_state()
    counts = line.role not in {Role.SUB, Role.COUNTER}
    if not one.believed:
        name = Name.NOT_BELIEVED if counts else Name.UNSEEN
        yield Remark(name, line.name, f"nothing of {line.point}/{line.register} is believed")
    for after, until in one.unexplained:
        yield Remark(Name.UNEXPLAINED, line.name, f"its device counted one from {after} to {until}")
    if one.exceeded is not None and line.ceiling is not None:
        found = f"{one.exceeded.quantity:f} {line.unit} from {one.exceeded.from_at} to {one.exceeded.to_at}"
        yield Remark(Name.CEILING_EXCEEDED, line.name, f"{found}: no {line.ceiling.per_h:f} {line.unit} an hour")
    if State.MISSING in shares:
        missing = shares[State.MISSING]
        yield Remark(Name.MISSING if counts else Name.UNSEEN, line.name, _stretches(missing))
    if State.ESTIMATED in shares:
        filled = shares[State.ESTIMATED]
        by = f"{line.ceiling.stated}" if line.adds and line.ceiling is not None else "what is taken off: with nothing"
        text = f"{_stretches(filled)}, {filled.quantity:f} {line.unit}: {by}"
        yield Remark(Name.ESTIMATED, line.name, text)
    for correction in one.corrections:
        name = Name.CORRECTED if correction.placed else Name.CORRECTION_UNPLACED
        name = Name.GAP_FILLED if correction.placed and correction.reason.name == "GAP_FILLED" else name
        text = f"{correction.before:f} to {correction.quantity:f} {line.unit}: {correction.explanation}"
        yield Remark(name, line.name, f"{text}, {correction.source.place}")


def _stretches(share: Share) -> str:
    return f"{share.seconds} s in {share.intervals} stretch{'' if share.intervals == 1 else 'es'}"


def _late(examined: Examined, terms: list[Term]) -> Iterator[Remark]:
    """What of the meters came so late that somebody should ask why."""
    found = {one.point: one for one in late((*examined.statements, *examined.gapped))}
    for line in dict.fromkeys(line for term in terms for line in term.version.lines if line.point in found):
        one = found[line.point]
        text = f"{one.statements} statements, the first signed at {one.first_at} by its own word: not logged by"
        yield Remark(Name.LATE, line.name, f"{text} {one.logged_after}")


def _of_plans(examined: Examined, terms: list[Term]) -> Iterator[Remark]:
    """What the authority's newest site plans say of each version's meters, and what that leaves out.

    A point whose meter came later is no part of what was before. A plan that puts no point below another says nothing
    of parents.
    """
    planned = {point.point: point for plan in examined.facts.newest_plans().values() for point in plan.points}
    has_parents = any(one.parent is not None for one in planned.values())
    for term in terms:
        for point in sorted(planned.keys() - {line.point for line in term.version.lines}):
            if term is terms[-1]:
                yield Remark(Name.LEFT_OUT, point, "the site plan lists it, the boundary sheet does not")
            elif any(one.facts.effective_at < term.to_at for one in examined.facts.meters.get(point, ())):
                text = f"the site plan lists it, the boundary sheet does not from {term.from_at} to {term.to_at}"
                yield Remark(Name.LEFT_OUT, point, text)
        for line in term.version.lines:
            above = None if line.parent is None else term.version.named(line.parent)
            if line.role is not Role.SUB or above is None or line.point not in planned or not has_parents:
                continue
            parent = planned[line.point].parent
            if parent != above.point:
                yield Remark(Name.PARENT_DIFFERS, line.name, f"the site plan puts it below {parent or 'no other'}")
    for before, after in pairwise(terms):
        gone = {line.name for line in before.version.lines} - {line.name for line in after.version.lines}
        for name in sorted(gone):
            yield Remark(Name.LEFT_OUT, name, f"no part of the site from {after.from_at} on: {after.version.reason}")
