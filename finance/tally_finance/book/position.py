"""The position of a facility (授信头寸) as known at one time and as of another, from a book's entries alone. No IO.

    1. what counts: entries known by then, corrections applied, in effect by then      journal.living
    2. what is owed: costs, penalty, interest, principal                               loan.loan_on
    3. what is pledged, by receipt, and what speaks against it                         goods, doubts
    4. by lot: attested lower bound, shared among all its pledges, and price
    5. coverage, once with all that is secured and once with what counts for credit    lending.coverage
    6. lines, margin call, default, and all that speaks against new credit

Every figure opens to entries: `sources` are the digests of those that it follows from.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import IntEnum
from functools import partial
from typing import Final

from tally_finance.book import doubts, loan_events
from tally_finance.book.events import Event
from tally_finance.book.goods import Goods, goods_after
from tally_finance.book.journal import Head, Living, Recorded, living
from tally_finance.book.loan import Loan, day_of, loan_on
from tally_finance.book.lots import PledgedLot, pledged_to, sources_of
from tally_finance.book.reasons import Reason, Why
from tally_finance.errors import BookError
from tally_finance.lending.coverage import Lines, Position

WOULD_BE: Final = bytes(32)
"""Stands for the digest of an entry that is not written."""


class Line(IntEnum):
    """How far loan to value has come."""

    NONE = 0
    WARNING = 1
    """At or above the warning line (警戒线)."""
    LIQUIDATION = 2
    """At or above the liquidation line (平仓线)."""


@dataclass(frozen=True, slots=True)
class MarginCall:
    """An open call to top up (补仓)."""

    missing: Decimal
    until: int


@dataclass(frozen=True, slots=True)
class FacilityPosition:
    """One facility. `secured` is the coverage at which it stands, `credit` the one that new credit is tested with.

    `doubts` lie on single receipts, lots and prices, which then count nothing; `stops` allow no new credit at all.
    """

    opened: loan_events.FacilityOpened
    known_at: int
    as_of: int
    loan: Loan
    lots: tuple[PledgedLot, ...]
    secured: Position
    credit: Position
    margin_call: MarginCall | None
    defaulted: str | None
    doubts: tuple[Reason, ...]
    stops: tuple[Reason, ...]
    sources: tuple[bytes, ...]

    @property
    def exposure(self) -> Decimal:
        """E, rounded up."""
        return self.loan.owed.exposure

    @property
    def available(self) -> Decimal:
        """What may be drawn now (可用额度)."""
        return Decimal(0) if self.stops else self.credit.available

    @property
    def line(self) -> Line:
        """The highest line that loan to value has reached."""
        if self.secured.has_reached(self.opened.liquidation):
            return Line.LIQUIDATION
        return Line.WARNING if self.secured.has_reached(self.opened.warning) else Line.NONE

    @property
    def missing_cash(self) -> Decimal:
        """What must be paid so that the rest is covered (追加保证金)."""
        return self.secured.missing_cash

    @property
    def evidence(self) -> tuple[bytes, ...]:
        """The roots of the evidence that its quantities stand on."""
        return tuple(sorted({lot.evidence_root for lot in self.lots if lot.evidence_root is not None}))


@dataclass(frozen=True, slots=True)
class State:
    """All of a book at a time: what counts, and the goods after it."""

    book: str
    head: Head
    known_at: int
    as_of: int
    events: tuple[Living, ...]
    goods: Goods

    def after(self, *would_be: Event) -> State:
        """The state as it would be if these events took effect now, in this order."""
        seq = self.head.seq
        more = [Living(self.as_of, seq + number, WOULD_BE, event) for number, event in enumerate(would_be, 1)]
        events = (*self.events, *more)
        return replace(self, events=events, goods=goods_after(events))

    @property
    def facilities(self) -> tuple[str, ...]:
        """The facilities that are open, by name."""
        return tuple(
            sorted(one.event.facility for one in self.events if isinstance(one.event, loan_events.FacilityOpened))
        )


def state_at(entries: Iterable[Recorded], known_at: int, as_of: int) -> State:
    """The state as known at `known_at`, as of `as_of`. Raises BookError."""
    if as_of > known_at:
        raise BookError(f"what was known at {known_at} says nothing of {as_of}, which comes later")
    known = [one for one in entries if one.entry.known_at <= known_at]
    if not known:
        raise BookError(f"nothing stands in the book at {known_at}")
    last = max(known, key=lambda one: one.entry.seq)
    counting = tuple(living(known, known_at, as_of))
    head = Head(last.entry.seq, last.digest)
    return State(last.entry.book, head, known_at, as_of, counting, goods_after(counting))


def position_at(entries: Iterable[Recorded], facility: str, known_at: int, as_of: int) -> FacilityPosition:
    """The position of `facility`. Raises BookError where the book has no such facility then."""
    return position_in(state_at(entries, known_at, as_of), facility)


def position_in(state: State, facility: str) -> FacilityPosition:
    """The position of `facility` in a book's state. Raises BookError."""
    opened, opening = _opened(state.events, facility)
    own = [one for one in state.events if getattr(one.event, "facility", None) == facility]
    as_of, goods = state.as_of, state.goods
    pledges = [one for one in goods.pledges.values() if one.facility == facility]
    pledged = pledged_to(opened, goods, pledges, as_of)
    loan = loan_on(day_of(as_of, opened.utc_offset_s), opened, own)
    standing = _standing(opened, own)
    covered = partial(
        Position,
        exposure=loan.owed.exposure,
        limit=opened.limit,
        lines=Lines(opened.warning, opened.liquidation),
        reserve=standing.reserve,
    )
    return FacilityPosition(
        opened=opened,
        known_at=state.known_at,
        as_of=as_of,
        loan=loan,
        lots=pledged.lots,
        secured=covered(pledged.covering(counted=False)),
        credit=covered(pledged.covering(counted=True)),
        margin_call=standing.margin_call,
        defaulted=standing.defaulted,
        doubts=pledged.doubts,
        stops=tuple(_stops(opened, standing, as_of)),
        sources=tuple(sorted({opening, *(one.digest for one in own), *sources_of(goods, pledged, pledges)})),
    )


@dataclass
class _Standing:
    reserve: Decimal
    margin_call: MarginCall | None = None
    defaulted: str | None = None
    search: tuple[Living, loan_events.SearchMade] | None = None
    is_search_used: bool = False


def _standing(opened: loan_events.FacilityOpened, own: Iterable[Living]) -> _Standing:
    standing = _Standing(opened.reserve)
    for one in own:
        match one.event:
            case loan_events.ReserveSet() as event:
                standing.reserve = event.reserve
            case loan_events.MarginCalled() as event:
                standing.margin_call = MarginCall(event.missing, event.until)
            case loan_events.MarginCured():
                standing.margin_call = None
            case loan_events.Defaulted() as event:
                standing.defaulted = event.reason
            case loan_events.SearchMade() as event:
                standing.search, standing.is_search_used = (one, event), False
            case loan_events.Drawn():
                standing.is_search_used = True
            case _:
                pass
    return standing


def _stops(opened: loan_events.FacilityOpened, standing: _Standing, as_of: int) -> Iterator[Reason]:
    """What allows no new credit, whatever is pledged."""
    yield from doubts.of_search(opened, standing.search, as_of)
    if standing.search is not None and standing.is_search_used:
        yield Reason(Why.SEARCH_USED, opened.facility, "something was drawn since the search")
    yield from doubts.of_maturity(opened, as_of)
    call = standing.margin_call
    if call is not None:
        yield Reason(Why.MARGIN_CALLED, opened.facility, f"{call.missing:f} is called by {call.until}")
    if standing.defaulted is not None:
        yield Reason(Why.DEFAULTED, opened.facility, f"in default: {standing.defaulted}")


def _opened(events: Iterable[Living], facility: str) -> tuple[loan_events.FacilityOpened, bytes]:
    opened = [
        (one.event, one.digest)
        for one in events
        if isinstance(one.event, loan_events.FacilityOpened) and one.event.facility == facility
    ]
    if len(opened) != 1:
        raise BookError(f"facility {facility} is {'opened twice' if opened else 'not open'}")
    return opened[0]
