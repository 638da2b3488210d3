"""What a site took in of a medium as a line: its main meters, less what it passes on (转供). Exact, no IO.

What nobody read counts with its ceiling where it is bought, and with nothing where it is passed on: neither gap makes a
footprint smaller. Uncertainties stay shared, so what one transformer does to a main meter and to a tenant's cancels.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Final

import numpy as np

from tally_chain.verify.facts import Facts
from tally_edge.authority import CorrectionReason, SigningPlace
from tally_finance.activity.boundary import Role, Version
from tally_finance.activity.site import Metered, Site
from tally_finance.errors import FootprintError
from tally_finance.footprint import loads, spans
from tally_finance.footprint.line import Line, joined, less
from tally_finance.footprint.loads import Piece
from tally_finance.footprint.metering import Kind
from tally_finance.report.inventory import Inventory, MeterExtra, PassedOn, Use

DEVICES, CORRECTED, CEILINGS = "devices", "corrections", "ceilings"
"""What a line rests on: registers alone; signed corrections (更正) or a ceiling in the place of some of them."""
STATED, BOTH = "stated", "ceilings and stated"
"""On a number too that somebody states or enters by hand, and on ceilings beside it."""

_PASSES_ON: Final = {Role.SUB, Role.EXPORT}


@dataclass(frozen=True, eq=False)
class Amount:
    """A line with the digests of its loads and what it rests on."""

    line: Line
    loads: tuple[bytes, ...]
    rests: str

    def stated(self, line: Line) -> Amount:
        """The same loads after a step that rests on what somebody states."""
        return Amount(line, self.loads, BOTH if self.rests in {CEILINGS, BOTH} else STATED)


@dataclass(frozen=True, eq=False)
class Passed:
    """What one meter passed on, as registers prove it. `left_out`: what a ceiling would add, and is not taken off."""

    use: Use
    on: PassedOn
    line: Line
    left_out: Decimal
    loads: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Amounts:
    """The meters of a site as lines. Every method raises FootprintError for what can not be counted."""

    site: Site
    facts: Facts
    inventory: Inventory

    def mains(self, name: str, medium: str, kind: Kind) -> Amount:
        """The main meters of a medium over all versions of the boundary."""
        meters = [one for term in self.site.terms for one in term.of(medium, Role.MAIN)]
        if not meters:
            raise FootprintError(f"{name}: the boundary has no main meter of {medium}")
        found = [self.metered(one, kind) for one in meters]
        rests = CEILINGS if any(one.estimated for one in found) else _by_device(meters)
        amount = Amount(_one(name, [one.line for one in found]), tuple(one.data for one in found), rests)
        return amount.stated(amount.line) if self._by_hand(meters) else amount

    def kept(self, use: Use, kind: Kind) -> tuple[Amount, tuple[Passed, ...]]:
        """What the mains of a use brought, less what is passed on of it; and that."""
        bought = self.mains(use.name, use.medium, kind)
        passed = tuple(self._passed(use, one, kind) for one in use.less)
        if not passed:
            return bought, ()
        line = less(use.name, bought.line, [one.line for one in passed])
        if line.amount.number < 0:
            gone, unit = sum((one.line.amount.number for one in passed), Fraction(0)), line.amount.unit
            came = _thousandths(bought.line.amount.number)
            raise FootprintError(f"{use.name}: {_thousandths(gone)} {unit} are passed on, and {came} came in")
        taken = tuple(load for one in passed for load in one.loads)
        off = [term.meters[one.meter] for one in use.less for term in self.site.terms if one.meter in term.meters]
        rests = _by_device(off) if bought.rests == DEVICES else bought.rests
        amount = Amount(line, (*bought.loads, *taken), rests)
        return amount.stated(line) if self._by_hand(off) else amount, passed

    def metered(self, meter: Metered, kind: Kind, *, taken_off: bool = False) -> loads.Metered:
        """One meter over one version of the boundary, cut where the instrument changed or its certificate ended."""
        load = meter.load
        extra = self.inventory.meters.get(meter.line.name, MeterExtra())
        period = load.from_at, load.to_at
        found = [
            replace(span, instrument=replace(span.instrument, limit_percent=extra.limit_percent, flow=extra.flow))
            for span in spans.spans(self.facts, load.point, kind, period, transformers=extra.transformers)
        ]
        if len(found) == 1:
            return loads.metered(load, found, taken_off=taken_off)
        edges = np.array([load.from_at, *(span.to_at for span in found)], dtype=np.int64)
        pieces = [
            Piece(one.from_at, one.to_at, {state.word: share for state, share in one.shares.items()})
            for one in load.between(edges)
        ]
        return loads.metered(load, found, pieces, taken_off=taken_off)

    def _by_hand(self, meters: Iterable[Metered]) -> bool:
        return any(is_by_hand(self.facts, one.load.point) for one in meters)

    def _passed(self, use: Use, on: PassedOn, kind: Kind) -> Passed:
        meters = [term.meters[on.meter] for term in self.site.terms if on.meter in term.meters]
        for term in self.site.terms:
            if on.meter in term.meters:
                _check(term.version, use, on)
        found = [self.metered(one, kind, taken_off=True) for one in meters]
        left_out = sum((one.estimated for one in found), Decimal(0))
        line = _one(f"{use.name}: passed on to {on.to}", [one.line for one in found])
        return Passed(use, on, line, left_out, tuple(one.data for one in found))


def _thousandths(number: Fraction) -> str:
    """For an error: to a thousandth."""
    return f"{Decimal(round(number * 1000)).scaleb(-3):f}"


def _one(name: str, lines: list[Line]) -> Line:
    return replace(lines[0], name=name) if len(lines) == 1 else joined(name, lines)


def _check(version: Version, use: Use, on: PassedOn) -> None:
    """It counts what the use counts, as a part of what came in, and no other meter that is taken off lies above it."""
    line = version.named(on.meter)
    if line is None:
        return
    if line.medium != use.medium or line.role not in _PASSES_ON:
        wanted = f"a sub-meter or an export meter of {use.medium}"
        raise FootprintError(f"{use.name}: {on.meter} is {line.role.value} of {line.medium}, and {wanted} passes on")
    makes = any(one.role is Role.GENERATION and one.unit == line.unit for one in version.lines)
    if line.role is Role.EXPORT and makes:  # whatever medium the sheet calls it
        raise FootprintError(
            f"{use.name}: what {on.meter} feeds in may be of the site's own making, and takes nothing off"
        )
    others = {one.meter for one in use.less}
    above = line.parent
    for _ in version.lines:
        if above is None:
            return
        if above in others:
            raise FootprintError(f"{use.name}: {on.meter} is part of {above}, and both are taken off")
        parent = version.named(above)
        if parent is not None and parent.role not in {Role.MAIN, Role.SUB} and line.role is Role.SUB:
            what = f"{parent.name} is {parent.role.value}, and what is part of it was not bought"
            raise FootprintError(f"{use.name}: {on.meter} takes nothing off: {what}")
        above = None if parent is None else parent.parent


def _by_device(meters: Iterable[Metered]) -> str:
    """One that only fills a gap counts as the ceiling does, and no less."""
    corrections = (one for meter in meters for one in meter.corrections)
    moved = any(one.placed and one.reason is not CorrectionReason.GAP_FILLED for one in corrections)
    return CORRECTED if moved else DEVICES


def is_by_hand(facts: Facts, point: str) -> bool:
    """Whether a key that was enrolled for a metering point signs what people enter (人工录入)."""
    return any(
        enrolment.place is SigningPlace.BY_HAND and point in enrolment.points
        for known in facts.keys.values()
        for _, enrolment in known.enrolments
    )
