"""The quantity in a store at the end of a period, from what a verified bundle holds: book and stocktake. No IO.

    1  what lay there at the beginning: by its gauges, or as the store's sheet says
    2  + what was weighed in, - what was weighed out, ticket by ticket
    3  where goods dry, 1 and 2 are dry matter, each at the moisture of its time, and the rest is brought back to the
       moisture at the end
    4  - what nature takes                                                                  1 to 4: the book
    5  what lies there at the end by the gauges                                             the stocktake
    6  both held together                                                                   attested.py

Gauges that saw the beginning and see the end are wrong by the same at both, so the book that begins with them and the
stocktake that ends with them share that error: a theft shows by the difference, and neither makes the other surer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from tally_finance.errors import QuantityError
from tally_finance.estimate import Estimate, total
from tally_finance.quantity.attested import Attested, Standing, attest
from tally_finance.quantity.evidence import Evidence, Shown, near
from tally_finance.quantity.loss import expected
from tally_finance.quantity.moisture import Drying
from tally_finance.quantity.remark import Name, Remark
from tally_finance.quantity.scale import Scale
from tally_finance.quantity.stocktake import by_volume
from tally_finance.quantity.store import Store
from tally_finance.quantity.tickets import Ticket, weighed

_OF_STANDING: Final = {
    Standing.SHORT: (Name.SHORT, "less lies there than the book says"),
    Standing.SURPLUS: (Name.SURPLUS, "more lies there than the book says, and is not lent against"),
    Standing.UNMEASURED: (Name.UNMEASURED, "no gauge sees the goods"),
}


@dataclass(frozen=True, slots=True)
class Position:
    """The quantity at `at` (Unix seconds), what it was made of, and what is to be said of it.

    Every number opens: `tickets` and `levels` (by metering point: at the beginning, at the end) name their statements.
    """

    at: int
    attested: Attested
    book: Estimate
    measured: Estimate | None
    opening: Estimate
    tickets: tuple[Ticket, ...]
    levels: Mapping[str, tuple[Shown, Shown]]
    remarks: tuple[Remark, ...]

    @property
    def allows_credit(self) -> bool:
        """Whether no remark blocks new credit."""
        return not any(remark.name.blocks for remark in self.remarks)

    def weighed_kg(self, *, came: bool) -> Decimal:
        """What came in, or went out, by its tickets."""
        return sum((one.net_kg for one in self.tickets if one.came is came), Decimal(0))


def position(evidence: Evidence, store: Store) -> Position:
    """The position of `store`. Raises QuantityError where there is nothing to begin or to end with."""
    for point in (store.bridge.point, *store.gauges):
        if point not in evidence.packs:
            raise QuantityError(f"{point}: the bundle has no readings of it that hold")
    tickets = weighed(evidence, store.bridge.point)
    levels = {point: _at_both_ends(evidence, point) for point in store.gauges}
    opening = _opening(store, {point: both[0].value for point, both in levels.items()})
    book = _book(evidence, store, opening, tickets.tickets)
    measured = _by_gauges(store, {point: both[1].value for point, both in levels.items()})
    attested = attest(book, measured, store.rules)
    remarks = [
        *tickets.remarks,
        *_certificates(evidence, store, tickets.tickets),
        *_moved_between(evidence, levels, tickets.tickets),
    ]
    if attested.standing in _OF_STANDING:
        name, text = _OF_STANDING[attested.standing]
        remarks.append(Remark(name, store.name, text))
    return Position(evidence.to_at, attested, book, measured, opening, tickets.tickets, levels, tuple(remarks))


def _book(evidence: Evidence, store: Store, opening: Estimate, tickets: Sequence[Ticket]) -> Estimate:
    """Steps 1 to 4."""
    nets = [(one, _scale_at(evidence, store, one.at).net(one.full_kg, one.empty_kg, one.at)) for one in tickets]
    came = total(net for one, net in nets if one.came)
    if store.moisture is None:
        held = opening + came - total(net for one, net in nets if not one.came)
    else:
        series = {point: evidence.series(point, "moisture") for point in store.gauges}
        drying = Drying(store.name, store.moisture, series)
        dry = [drying.dry_load(net, one) if one.came else -drying.dry_load(net, one) for one, net in nets]
        held = drying.wet(total([drying.dry(opening, evidence.from_at), *dry]), evidence.to_at)
    return held - expected(max(Decimal(0), opening.value + came.value), store.quota, store.stored_s)


def _scale_at(evidence: Evidence, store: Store, at: int) -> Scale:
    """The scale in the verification period of a time, by what the authority states: each has an error of its own."""
    bridge = store.bridge
    stated = evidence.facts.facts_at(bridge.point, at)
    name = f"{bridge.point}/{'none' if stated is None else stated.facts.certificate}"
    until = 0 if stated is None else stated.facts.certificate_expires_at or 0
    return Scale(name, bridge.interval_kg, bridge.repeatability_kg, until, bridge.standards)


def _certificates(evidence: Evidence, store: Store, tickets: Sequence[Ticket]) -> Iterator[Remark]:
    """Whether somebody vouches for the scale, now and at every weighing."""
    point = store.bridge.point
    stated = evidence.facts.facts_at(point, evidence.to_at)
    until = None if stated is None else stated.facts.certificate_expires_at
    if until is None:
        yield Remark(Name.CERTIFICATE_UNKNOWN, point, "nobody states until when it is certified")
        return
    late = [one for one in tickets if one.at > _scale_at(evidence, store, one.at).certified_until]
    if late:
        yield Remark(Name.CERTIFICATE_EXPIRED, point, f"{len(late)} weighings had none, the first at {late[0].at}")
    elif until < evidence.to_at:
        yield Remark(Name.CERTIFICATE_EXPIRED, point, f"since {until}")


def _at_both_ends(evidence: Evidence, point: str) -> tuple[Shown, Shown]:
    series = evidence.series(point, "level")
    return near(series, evidence.from_at, f"{point}/level"), near(series, evidence.to_at, f"{point}/level")


def _moved_between(
    evidence: Evidence, levels: Mapping[str, tuple[Shown, Shown]], tickets: Sequence[Ticket]
) -> Iterator[Remark]:
    """A level that was not read at the boundary itself is that of the boundary where no goods moved in between."""
    for point, both in levels.items():
        for at, shown in zip((evidence.from_at, evidence.to_at), both, strict=True):
            low, high = sorted((at, shown.at))
            if any(low < one.at <= high for one in tickets):
                text = f"it was read at {shown.at}, and trucks were weighed between that and {at}"
                yield Remark(Name.SILENT, f"{point}/level", text)


def _by_gauges(store: Store, levels: Mapping[str, Decimal]) -> Estimate | None:
    if store.density is None or not levels:
        return None
    return by_volume([(store.gauges[point], level) for point, level in levels.items()], store.density)


def _opening(store: Store, levels: Mapping[str, Decimal]) -> Estimate:
    """Step 1."""
    if store.opening is not None:
        return Estimate(store.opening.kg, {f"{store.name}/opening": store.opening.u_kg})
    by_gauges = _by_gauges(store, levels)
    if by_gauges is None:
        raise QuantityError(f"{store.name}: neither gauges nor an opening say what lay there at the beginning")
    return by_gauges
