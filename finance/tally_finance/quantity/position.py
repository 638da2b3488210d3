"""The quantity in a store at the end of a period, from what a verified bundle holds: book and stocktake. No IO.

    1  what lay there at the beginning: by its gauges, or as the store's sheet says
    2  + what was weighed in, - what was weighed out, ticket by ticket
    3  where goods dry, 1 and 2 are dry matter, each at the moisture of its time, and the rest is brought back to the
       moisture at the end
    4  - what nature takes                                                                  1 to 4: the book
    5  what lies there at the end by the gauges                                             the stocktake
    6  both held together                                                                   attested.py
    7  the weeks between, one beside the other                                              leak.py

Gauges that saw the beginning and see the end are wrong by the same at both, so the book that begins with them and the
stocktake that ends with them share that error: a theft shows by the difference, and neither makes the other surer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from tally_finance.errors import QuantityError
from tally_finance.estimate import Estimate
from tally_finance.quantity import certificates, leak
from tally_finance.quantity.attested import Attested, Standing, attest
from tally_finance.quantity.evidence import Evidence, Shown
from tally_finance.quantity.holding import Seen, holding
from tally_finance.quantity.loss import expected
from tally_finance.quantity.remark import Name, Remark
from tally_finance.quantity.store import Store
from tally_finance.quantity.tickets import Ticket, weighed

YEAR_DAYS: Final = 360

_OF_STANDING: Final = {
    Standing.LESS: (Name.LESS, "less lies there than the book says, though chance can do that"),
    Standing.SHORT: (Name.SHORT, "less lies there than the book says"),
    Standing.SURPLUS: (Name.SURPLUS, "more lies there than the book says, and is not lent against"),
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
    levels: Mapping[str, tuple[Sequence[Shown], Sequence[Shown]]]
    remarks: tuple[Remark, ...]
    leak: leak.Leak | None = None
    """What went that nothing explains."""

    @property
    def allows_credit(self) -> bool:
        """Whether no remark blocks new credit."""
        return not any(remark.name.blocks for remark in self.remarks)

    def weighed_kg(self, *, came: bool) -> Decimal:
        """What came in, or went out, by its tickets."""
        return sum((one.net_kg for one in self.tickets if one.came is came), Decimal(0))


def position(evidence: Evidence, store: Store) -> Position:
    """The position of `store`. Raises QuantityError where there is nothing to begin or to end with."""
    found = weighed(evidence, store.bridge.point)
    tickets = found.tickets
    held = holding(evidence, store, tickets)
    first, last = (held.seen(at) if store.gauges else None for at in (evidence.from_at, evidence.to_at))
    opening = _opening(store, first, evidence.from_at)
    sums = opening if first is None else _comparable(opening, first, store)
    sums += held.between(evidence.from_at, evidence.to_at)
    book = (sums if last is None else last.weighed(sums)) - Estimate(found.unticketed_kg)
    # Nature takes of what lies there, however often it is turned over.
    lies = max(Decimal(0), (opening.value + book.value) / 2)
    book -= expected(lies, store.quota, store.stored_s, evidence.to_at - evidence.from_at)
    attested = attest(book, None if last is None else last.mass, store.rules)
    remarks = [
        *found.remarks,
        *certificates.of_scale(evidence, store.bridge.point, tickets),
        *certificates.of_gauges(evidence, store.gauges),
    ]
    if book.value < 0:
        remarks.append(Remark(Name.NEGATIVE, store.name, "more went than was ever there"))
    if attested.standing is Standing.UNMEASURED:
        name = Name.BOOK_ALONE if store.rules.book_alone else Name.UNMEASURED
        remarks.append(Remark(name, store.name, "no gauge sees the goods"))
    elif attested.standing in _OF_STANDING:
        name, text = _OF_STANDING[attested.standing]
        remarks.append(Remark(name, store.name, text))
    leaked = None if last is None else leak.find(held, opening.value * store.quota.ever / YEAR_DAYS)
    if leaked is not None:
        remarks.append(_leak(store, leaked))
    return Position(
        at=evidence.to_at,
        attested=attested,
        book=book,
        measured=None if last is None else last.mass,
        opening=opening,
        tickets=tickets,
        levels={}
        if first is None or last is None
        else {one: (first.shown[one], last.shown[one]) for one in store.gauges},
        remarks=tuple(remarks),
        leak=leaked,
    )


def _opening(store: Store, first: Seen | None, begins: int) -> Estimate:
    if store.opening is not None:
        if store.opening.at != begins:
            raise QuantityError(
                f"{store.name}: the opening is of {store.opening.at}, and the bundle begins at {begins}"
            )
        return store.opening.estimate(store.name)
    if first is None:
        raise QuantityError(f"{store.name}: neither gauges nor an opening say what lay there at the beginning")
    return first.mass


def _comparable(opening: Estimate, first: Seen, store: Store) -> Estimate:
    """What the gauges saw is comparable as they saw it; what the sheet says is as moist as they saw."""
    return first.comparable if store.opening is None else opening.by(first.dry_share)


def _leak(store: Store, found: leak.Leak) -> Remark:
    days = (found.found_at - found.since_at) // leak.DAY_S
    text = f"{found.lost_kg:.0f} kg went in the {days} days before {found.found_at}, and nothing explains them"
    return Remark(Name.LEAK, store.name, text)
