"""The position of a facility (授信头寸) as known at one time and as of another, from a book's entries alone. No IO.

    1. what counts: entries known by then, corrections applied, in effect by then      journal.living
    2. the terms in force, margin call, default, and what stands out of order          standing, order
    3. what is owed: costs, penalty, interest, principal                               loan.loan_on
    4. what is pledged, by receipt, and what speaks against it                         goods, cover, doubts
    5. by lot: attested lower bound, shared among all its pledges, and price           lots, locks
    6. how much of it counts under the caps of the whole book                          concentration
    7. coverage, once with all that is secured and once with what counts for credit    lending.coverage
    8. lines, and all that speaks against new credit

Every figure opens to entries: `sources` are the digests of those that it follows from.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import IntEnum
from functools import partial
from typing import Final

from tally_finance.book import loan_events, order
from tally_finance.book.concentration import Rooms, rooms_of
from tally_finance.book.cover import Cover, cover_after
from tally_finance.book.events import Event
from tally_finance.book.floors import Floor, floors_of
from tally_finance.book.goods import Goods, goods_after
from tally_finance.book.journal import Head, Living, Recorded, living
from tally_finance.book.loan import Loan, day_of, loan_on
from tally_finance.book.lots import PledgedLot, pledged_to, sources_of
from tally_finance.book.reasons import Reason
from tally_finance.book.reservation_events import ReservationEnded, Reserved
from tally_finance.book.standing import MarginCall, Standing, funded_by, standing_of, stops
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
class FacilityPosition:
    """One facility. `secured` is the coverage at which it stands, `credit` the one that new credit is tested with.

    `opened` is how it was opened, `terms` the same with limit, rate and maturity as they are now. `doubts` lie on
    single receipts, lots and prices, which then count nothing; `stops` allow no new credit at all; `cuts` say what is
    over a cap and brings nothing. `floors` are those in force of a dynamic pledge, `reserved` is what prepared acts
    hold.
    """

    opened: loan_events.FacilityOpened
    terms: loan_events.FacilityOpened
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
    cuts: tuple[Reason, ...]
    floors: tuple[Floor, ...]
    reserved: tuple[Reserved, ...]
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
        if self.secured.has_reached(self.terms.liquidation):
            return Line.LIQUIDATION
        return Line.WARNING if self.secured.has_reached(self.terms.warning) else Line.NONE

    @property
    def missing_cash(self) -> Decimal:
        """What must be paid so that the rest is covered (追加保证金)."""
        return self.secured.missing_cash

    @property
    def owed_back(self) -> Decimal:
        """What the borrower paid beyond what it owed (贷方余额): the lender owes it back."""
        return self.loan.overpaid

    @property
    def evidence(self) -> tuple[bytes, ...]:
        """The roots of the evidence that its quantities stand on."""
        return tuple(sorted({lot.evidence_root for lot in self.lots if lot.evidence_root is not None}))


@dataclass
class _Reckoned:
    """What was reckoned from a state's events before: the same whenever it is asked for, so it is kept.

    All of it follows from events alone, `loans` from a day, and `rooms` from what of their cover has ended, so states
    of the same events share it.
    """

    own: dict[str, list[Living]] | None = None
    openings: tuple[tuple[loan_events.FacilityOpened, Living], ...] | None = None
    funded: frozenset[bytes] | None = None
    standings: dict[str, Counted] = field(default_factory=dict)
    loans: dict[tuple[str, date], Loan] = field(default_factory=dict)
    rooms: dict[int, Rooms] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Counted:
    """A facility's events that count, what is wrong with the others, and how it stands after them."""

    events: tuple[Living, ...]
    wrong: Mapping[int, Reason]
    standing: Standing


@dataclass(frozen=True)
class State:
    """All of a book at a time: what counts, and goods and cover after it."""

    book: str
    head: Head
    known_at: int
    as_of: int
    events: tuple[Living, ...]
    goods: Goods
    cover: Cover
    _reckoned: _Reckoned = field(default_factory=_Reckoned, compare=False, repr=False)
    _positions: dict[str, FacilityPosition] = field(default_factory=dict, compare=False, repr=False)

    @property
    def rooms(self) -> Rooms:
        """How the caps of the book are shared among all its facilities. Time changes it only where cover ends."""
        ended = self.cover.ended(self.as_of)
        known = self._reckoned.rooms.get(ended)
        if known is None:
            opened = {one.facility: one for one, _ in self._openings}
            known = self._reckoned.rooms[ended] = rooms_of(opened, self.goods, self.cover, self.as_of)
        return known

    @property
    def funded(self) -> frozenset[bytes]:
        """The searches that something was drawn on."""
        if self._reckoned.funded is None:
            self._reckoned.funded = funded_by(self.events)
        return self._reckoned.funded

    @property
    def _openings(self) -> tuple[tuple[loan_events.FacilityOpened, Living], ...]:
        if self._reckoned.openings is None:
            opened = ((one.event, one) for one in self.events if isinstance(one.event, loan_events.FacilityOpened))
            self._reckoned.openings = tuple(opened)
        return self._reckoned.openings

    def after(self, *would_be: Event) -> State:
        """The state as it would be if these events took effect now, in this order."""
        seq = self.head.seq
        more = [Living(self.as_of, seq + number, WOULD_BE, event) for number, event in enumerate(would_be, 1)]
        events = (*self.events, *more)
        return State(self.book, self.head, self.known_at, self.as_of, events, goods_after(events), cover_after(events))

    def later(self, known_at: int, as_of: int) -> State:
        """The state at another time, between which and this one nothing was known or took effect.

        Goods and cover follow from events alone; what time itself changes follows from `as_of`, where it is asked.
        """
        return replace(self, known_at=known_at, as_of=as_of, _positions={})

    def without(self, operation: bytes) -> State:
        """The state as it is but for what a prepared operation holds: for testing that operation itself."""
        own = self.goods.reservations.of(operation, self.as_of)
        return self.after(ReservationEnded(own[0].facility, operation, "is tested")) if own else self

    @property
    def facilities(self) -> tuple[str, ...]:
        """The facilities that are open, by name."""
        return tuple(sorted(one.facility for one, _ in self._openings))

    @property
    def astray(self) -> tuple[bytes, ...]:
        """The entries about a facility that is not open: a slip of the pen that no position shows."""
        known = {None, *self.facilities}
        return tuple(one.digest for one in self.events if getattr(one.event, "facility", None) not in known)

    def own(self, facility: str) -> list[Living]:
        """The events of a facility, in order."""
        found = self._reckoned.own
        if found is None:
            found = {}
            for one in self.events:
                name = getattr(one.event, "facility", None)
                if name is not None:
                    found.setdefault(name, []).append(one)
            self._reckoned.own = found
        return found.get(facility, [])

    def loan(self, opened: loan_events.FacilityOpened, counting: Sequence[Living]) -> Loan:
        """What a facility owes on the state's day, by those of its events that count."""
        place = opened.facility, day_of(self.as_of, opened.utc_offset_s)
        known = self._reckoned.loans.get(place)
        if known is None:
            known = self._reckoned.loans[place] = loan_on(place[1], opened, counting)
        return known

    def counted(self, facility: str) -> Counted:
        """What counts of a facility's events. Raises BookError."""
        known = self._reckoned.standings.get(facility)
        if known is None:
            opened, opening = self.opening(facility)
            own = self.own(facility)
            wrong = order.misplaced(opened, opening.effective_at, own)
            counting = [one for one in own if one.seq not in wrong or not isinstance(one.event, order.NOT_COUNTED)]
            known = Counted(tuple(counting), wrong, standing_of(opened, counting, self.funded))
            self._reckoned.standings[facility] = known
        return known

    def opening(self, facility: str) -> tuple[loan_events.FacilityOpened, Living]:
        """How it was opened. Raises BookError."""
        found = [(opened, one) for opened, one in self._openings if opened.facility == facility]
        if len(found) != 1:
            raise BookError(f"facility {facility} is {'opened twice' if found else 'not open'}")
        return found[0]


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
    return State(last.entry.book, head, known_at, as_of, counting, goods_after(counting), cover_after(counting))


def position_at(entries: Iterable[Recorded], facility: str, known_at: int, as_of: int) -> FacilityPosition:
    """The position of `facility`. Raises BookError where the book has no such facility then."""
    return position_in(state_at(entries, known_at, as_of), facility)


def position_in(state: State, facility: str) -> FacilityPosition:
    """The position of `facility` in a book's state. Raises BookError."""
    known = state._positions.get(facility)
    if known is None:
        known = state._positions[facility] = _position_in(state, facility)
    return known


def _position_in(state: State, facility: str) -> FacilityPosition:
    opened, opening = state.opening(facility)
    own, counted = state.own(facility), state.counted(facility)
    as_of, goods, cover, rooms = state.as_of, state.goods, state.cover, state.rooms
    standing = counted.standing
    pledges = [one for one in goods.pledges.values() if one.facility == facility]
    pledged = pledged_to(opened, goods, cover, pledges, caps=rooms.caps, as_of=as_of)
    loan = state.loan(opened, counted.events)
    covered = partial(
        Position,
        exposure=loan.owed.exposure,
        limit=standing.terms.limit,
        lines=Lines(opened.warning, opened.liquidation),
        reserve=standing.reserve,
    )
    sources = {opening.digest, *(one.digest for one in own), *sources_of(goods, cover, pledged, pledges)}
    return FacilityPosition(
        opened=opened,
        terms=standing.terms,
        known_at=state.known_at,
        as_of=as_of,
        loan=loan,
        lots=pledged.lots,
        secured=covered(pledged.covering(counted=False)),
        credit=covered(pledged.covering(counted=True)),
        margin_call=standing.margin_call,
        defaulted=standing.defaulted,
        doubts=pledged.doubts,
        stops=(*stops(standing, as_of), *counted.wrong.values()),
        cuts=tuple(rooms.cuts.get(facility, ())),
        floors=tuple(floors_of(opened, goods, pledges, as_of)),
        reserved=tuple(one for one in goods.reservations.open(as_of) if one.facility == facility),
        sources=tuple(sorted(sources)),
    )
