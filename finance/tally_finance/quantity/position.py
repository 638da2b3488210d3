"""The quantity in a store at the end of a period, from what a verified bundle holds: book and stocktake. No IO.

    1  what lay there at the beginning: by its gauges, or as the store's sheet says
    2  + what was weighed in, - what was weighed out, ticket by ticket
    3  where goods dry, 1 and 2 are dry matter, each at the moisture of its time, and the rest is brought back to the
       moisture at the end
    4  - what nature takes                                                                  1 to 4: the book
    5  what lies there at the end by the gauges                                             the stocktake
    6  both held together                                                                   attested.py
    7  the days between, one beside the other                                               leak.py

Gauges that saw the beginning and see the end are wrong by the same at both, so the book that begins with them and the
stocktake that ends with them share that error: a theft shows by the difference, and neither makes the other surer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from tally_finance.estimate import Estimate, total
from tally_finance.quantity import leak
from tally_finance.quantity.attested import Attested, Standing, attest
from tally_finance.quantity.evidence import Evidence, Shown
from tally_finance.quantity.holding import Holding, holding, scale_at
from tally_finance.quantity.loss import expected
from tally_finance.quantity.remark import Name, Remark
from tally_finance.quantity.store import Store
from tally_finance.quantity.tickets import Ticket, weighed

YEAR_DAYS: Final = 360

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
    held = holding(evidence, store)
    found = weighed(evidence, store.bridge.point)
    tickets = found.tickets
    first, last = held.shown(evidence.from_at), held.shown(evidence.to_at)
    opening = held.seen(evidence.from_at) if store.opening is None else store.opening.estimate(store.name)
    came = sum((one.net_kg for one in tickets if one.came), Decimal(0))
    loss = expected(max(Decimal(0), opening.value + came), store.quota, store.stored_s)
    sums = total([held.comparable(opening, evidence.from_at), *(held.added(one) for one in tickets)])
    book = held.mass(sums, evidence.to_at) - loss
    measured = held.seen(evidence.to_at) if store.gauges else None
    attested = attest(book, measured, store.rules)
    levels = {point: (first[point], last[point]) for point in store.gauges}
    remarks = [*found.remarks, *_certificates(evidence, store, tickets), *_moved_between(evidence, levels, tickets)]
    if attested.standing in _OF_STANDING:
        name, text = _OF_STANDING[attested.standing]
        remarks.append(Remark(name, store.name, text))
    if measured is not None:
        remarks += _leaks(held, tickets, opening.value * store.quota.ever / YEAR_DAYS)
    return Position(evidence.to_at, attested, book, measured, opening, tickets, levels, tuple(remarks))


def _leaks(held: Holding, tickets: Sequence[Ticket], daily_loss: Decimal) -> Iterator[Remark]:
    found = leak.find(held, tickets, daily_loss)
    if found is not None:
        days = (found.found_at - found.since_at) // leak.DAY_S
        text = f"{found.lost_kg:.0f} kg went in the {days} days before {found.found_at}, and nothing explains them"
        yield Remark(Name.LEAK, held.store.name, text)


def _certificates(evidence: Evidence, store: Store, tickets: Sequence[Ticket]) -> Iterator[Remark]:
    """Whether somebody vouches for the scale, now and at every weighing."""
    point = store.bridge.point
    stated = evidence.facts.facts_at(point, evidence.to_at)
    until = None if stated is None else stated.facts.certificate_expires_at
    if until is None:
        yield Remark(Name.CERTIFICATE_UNKNOWN, point, "nobody states until when it is certified")
        return
    late = [one for one in tickets if one.at > scale_at(evidence, store, one.at).certified_until]
    if late:
        yield Remark(Name.CERTIFICATE_EXPIRED, point, f"{len(late)} weighings had none, the first at {late[0].at}")
    elif until < evidence.to_at:
        yield Remark(Name.CERTIFICATE_EXPIRED, point, f"since {until}")


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
