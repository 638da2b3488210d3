"""Why a lender may not do what it is about to, judged on the position before and the one that would be. No IO."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from tally_finance.book.events import Event
from tally_finance.book.goods import Pledge
from tally_finance.book.goods_events import FloorSet, PledgeAttached, Released, ReleaseOrdered
from tally_finance.book.loan_events import Pledging
from tally_finance.book.position import FacilityPosition, Line, State
from tally_finance.book.reasons import Reason, Why
from tally_finance.book.reservation_events import Way
from tally_finance.lending.rounding import down

_UNSAFE: Final = frozenset(
    {Why.NO_PRICE, Why.STALE_PRICE, Why.PRICE_DOUBTED, Why.NO_QUANTITY, Why.STALE_QUANTITY, Why.SHORT, Why.HELD}
    | {Why.NO_TERMS, Why.DOUBTED}
)
"""What forbids goods to move: unlike a missing filing, it is of the goods themselves."""

_BEFORE_FILING: Final = _UNSAFE | {Why.NO_OWNERSHIP, Why.CLAIMED, Why.PLEDGED_TWICE, Why.OTHER_GOODS}
_NOTHING_LEAVES: Final = frozenset({Why.DEFAULTED, Why.OUT_OF_ORDER})
_OF_SEARCH: Final = frozenset({Why.NO_SEARCH, Why.STALE_SEARCH, Why.CONFLICT_FOUND})


def draw(
    state: State, before: FacilityPosition, after: FacilityPosition, would_be: Sequence[Event]
) -> Iterator[Reason]:
    """Nothing stops new credit; afterwards within the limit and covered."""
    del state, would_be
    yield from before.stops
    facility = before.opened.facility
    if after.exposure > after.terms.limit:
        text = f"{after.exposure:f} would be owed, the limit is {after.terms.limit:f}"
        yield Reason(Why.OVER_LIMIT, facility, text)
    yield from _uncovered(after)


def pledge(
    state: State, before: FacilityPosition, after: FacilityPosition, would_be: Sequence[Event]
) -> Iterator[Reason]:
    """Owned, searched, nobody else's, and there. More security is taken in a margin call and after maturity too."""
    (new,) = would_be
    assert isinstance(new, PledgeAttached)  # noqa: S101  what the act is made of
    yield from (one for one in before.stops if one.why in _OF_SEARCH)
    yield from _about(after, new, _BEFORE_FILING)
    yield from _beyond_attested(state, new, after)


def release(
    state: State, before: FacilityPosition, after: FacilityPosition, would_be: Sequence[Event]
) -> Iterator[Reason]:
    """Pledged and not ordered out yet, fresh, nothing held; afterwards covered."""
    (out,) = would_be
    assert isinstance(out, ReleaseOrdered | Released)  # noqa: S101  what the act is made of
    yield from _leaving(state, before, after, out)
    yield from _uncovered(after)


def substitute(
    state: State, before: FacilityPosition, after: FacilityPosition, would_be: Sequence[Event]
) -> Iterator[Reason]:
    """The new goods count in every respect, the old ones may leave; afterwards covered."""
    new, _, old = would_be
    assert isinstance(new, PledgeAttached)  # noqa: S101  what the act is made of
    assert isinstance(old, Released)  # noqa: S101
    yield from _about(after, new, frozenset(Why))
    yield from _beyond_attested(state, new, after)
    yield from _leaving(state, before, after, old)
    yield from _uncovered(after)


def floor(
    state: State, before: FacilityPosition, after: FacilityPosition, would_be: Sequence[Event]
) -> Iterator[Reason]:
    """A dynamic pledge of at least the floor, fresh, nothing held; what stays at the floor covers."""
    (bound,) = would_be
    assert isinstance(bound, FloorSet)  # noqa: S101  what the act is made of
    if before.opened.pledging is not Pledging.DYNAMIC:
        yield Reason(Why.NOT_DYNAMIC, bound.facility, "goods of a static pledge leave by orders alone")
    pledged = _pledge_of(state, bound.facility, bound.receipt)
    if pledged is None:
        yield Reason(Why.NOT_PLEDGED, bound.receipt.hex(), "does not secure this facility")
        return
    if bound.floor_g > pledged.quantity_g:
        text = f"a floor of {bound.floor_g} g, and {pledged.quantity_g} g are pledged"
        yield Reason(Why.TOO_MUCH, bound.receipt.hex(), text)
    yield from (one for one in before.stops if one.why in _NOTHING_LEAVES)
    yield from _about(before, pledged, _UNSAFE)
    yield from _uncovered(after)


def call(
    state: State, before: FacilityPosition, after: FacilityPosition, would_be: Sequence[Event]
) -> Iterator[Reason]:
    """Something is missing by what secures the loan, whatever of it counts for credit.

    A facility is called receipt by receipt, so an older call stands in the way of none.
    """
    del state, after, would_be
    facility = before.opened.facility
    if before.secured.is_covered and before.line is Line.NONE:
        text = f"what secures it lends {down(before.secured.lendable):f}, {before.exposure:f} is owed"
        yield Reason(Why.COVERED, facility, text)
    yield from (one for one in before.stops if one.why is Why.DEFAULTED)


def cure(
    state: State, before: FacilityPosition, after: FacilityPosition, would_be: Sequence[Event]
) -> Iterator[Reason]:
    """Nothing is missing any more, by what secures the loan."""
    del state, before, would_be
    if not after.secured.is_covered or after.line is not Line.NONE:
        text = f"what secures it lends {down(after.secured.lendable):f}, {after.exposure:f} is owed"
        yield Reason(Why.NOT_COVERED, after.opened.facility, text)


def _uncovered(after: FacilityPosition) -> Iterator[Reason]:
    if after.exposure and not after.credit.is_covered:
        text = f"what counts lends {down(after.credit.lendable):f}, {after.exposure:f} would be owed"
        yield Reason(Why.NOT_COVERED, after.opened.facility, text)
        yield from after.doubts
        yield from after.cuts
        yield from _reserved(after)


def _reserved(position: FacilityPosition) -> Iterator[Reason]:
    """What prepared acts hold, where that is why something is not allowed."""
    for one in position.reserved:
        if one.way is not Way.IN:
            text = (
                f"{one.way.name.lower()} {one.quantity_g} g, held for operation {one.operation.hex()} until {one.until}"
            )
            yield Reason(Why.RESERVED, one.receipt.hex(), text)


def _leaving(
    state: State, before: FacilityPosition, after: FacilityPosition, out: ReleaseOrdered | Released
) -> Iterator[Reason]:
    name = out.receipt.hex()
    pledged = _pledge_of(state, out.facility, out.receipt)
    if pledged is None:
        yield Reason(Why.NOT_PLEDGED, name, "does not secure this facility")
        return
    yield from (one for one in before.stops if one.why in _NOTHING_LEAVES)
    own = state.goods.orders.get((out.facility, out.order)) if out.order is not None else None
    ordered = state.goods.ordered_g(out.facility, out.receipt, state.as_of)
    if own is not None and own.receipt == out.receipt and own.until >= state.as_of:
        ordered -= own.quantity_g  # it is this order that is replaced or used
    place = out.facility, out.receipt, state.as_of
    held = sum(state.goods.reservations.leaving_g(way, *place) for way in (Way.OUT, Way.ORDERED))
    if out.quantity_g > pledged.quantity_g - ordered - held:
        text = f"{out.quantity_g} g of {pledged.quantity_g} g pledged, of which {ordered} g are ordered out"
        yield Reason(Why.TOO_MUCH, name, f"{text} and {held} g held for prepared acts" if held else text)
    # Who owes nothing gets the goods back whatever their price is; what a court holds stays.
    yield from _about(before, pledged, _UNSAFE if after.exposure else frozenset({Why.HELD}))


def _about(position: FacilityPosition, of: Pledge | PledgeAttached, whys: frozenset[Why]) -> Iterator[Reason]:
    """The doubts on a receipt, its lot and its commodity."""
    subjects = {of.receipt.hex(), of.lot.hex(), of.commodity}
    yield from (one for one in position.doubts if one.subject in subjects and one.why in whys)


def _beyond_attested(state: State, new: PledgeAttached, after: FacilityPosition) -> Iterator[Reason]:
    """A lot's pledges together stay within its lower bound, as the contract has it."""
    seen = state.goods.seen.get(new.lot)
    if seen is None:
        return
    pledged = next((one.pledged_by_all_g for one in after.lots if one.lot == new.lot), 0)
    already = frozenset(state.goods.pledges) | {new.receipt}
    pledged += state.goods.reservations.in_g(new.lot, already, state.as_of)
    if pledged > seen[1].lower_g:
        text = f"{pledged} g would be pledged in it, {seen[1].lower_g} g are attested"
        yield Reason(Why.TOO_MUCH, new.lot.hex(), text)


def _pledge_of(state: State, facility: str, receipt: bytes) -> Pledge | None:
    found = state.goods.pledges.get(receipt)
    return found if found is not None and found.facility == facility else None
