"""A close computed from the journal, the chain and the keepers' books, and from nothing else. Verdict-critical: no IO.

    1. the state of the book at the month's last second, as known when it is closed    book.position.state_at
    2. each facility: position, movement since the month before, every day of it       book.position, loan
    3. each receipt: what the book has pledged beside what the chain has               onchain.ChainView
    4. each keeper's own book beside the chain                                         reconcile

The same inputs give the same bytes, so a close is verified by computing it again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from hashlib import sha256
from math import floor

from tally_finance.book.before import figures_of
from tally_finance.book.journal import Living, Recorded
from tally_finance.book.loan import Loan
from tally_finance.book.loan_events import Drawn, FeeCharged, Refunded
from tally_finance.book.lots import PledgedLot
from tally_finance.book.position import FacilityPosition, State, position_in, state_at
from tally_finance.close.body import (
    Body,
    DayLine,
    FacilityLine,
    LotLine,
    Movement,
    OwedParts,
    Previous,
    ReceiptLine,
    Reconciled,
)
from tally_finance.close.month import Month
from tally_finance.close.onchain import ChainView
from tally_finance.close.reconcile import KeeperBook, reconciled
from tally_finance.errors import BookError, CloseError

_NOTHING = OwedParts(Fraction(0), Fraction(0), Fraction(0), Fraction(0))


@dataclass(frozen=True)
class Asked:
    """What is to be closed. `lender`: its registry id, where the chain is looked at; `previous`: the close before."""

    month: Month
    known_at: int
    lender: bytes | None = None
    previous: Previous | None = None


def closed(
    entries: Iterable[Recorded], asked: Asked, chain: ChainView | None, keepers: Sequence[KeeperBook] = ()
) -> Body:
    """The close. Raises BookError, and CloseError for a month that is not over, or keepers' books without a chain."""
    end = asked.month.end
    if asked.known_at <= end:
        raise CloseError(f"{asked.month.text} was not over at {asked.known_at}: it ends at {end}")
    if keepers and chain is None:
        raise CloseError("a keeper's book is held against the chain, and no chain was named")
    known = _Known([one for one in entries if one.entry.known_at <= asked.known_at])
    state = state_at(known.entries, asked.known_at, end)
    facilities = tuple(_facility(known, state, name, asked) for name in state.facilities)
    return Body(
        book=state.book,
        month=asked.month.text,
        utc_offset_s=asked.month.utc_offset_s,
        as_of=end,
        known_at=asked.known_at,
        seq=state.head.seq,
        head=state.head.digest,
        facilities=facilities,
        receipts=tuple(_receipts(state, chain, asked.lender)),
        evidence=tuple(sorted({root for one in facilities for lot in one.lots if (root := lot.evidence_root)})),
        keepers=() if chain is None else beside(chain, keepers),
        lender=asked.lender,
        chain=None if chain is None else chain.at,
        previous=asked.previous,
    )


def beside(chain: ChainView, keepers: Sequence[KeeperBook]) -> tuple[Reconciled, ...]:
    """Each keeper's book beside the chain, in whatever order they are given."""
    found = [reconciled(chain.kept_by(book.keeper), book) for book in keepers]
    return tuple(sorted(found, key=lambda one: (one.keeper, one.book)))


class _Known:
    """Positions of one journal at many times; each state is folded once for all facilities."""

    def __init__(self, entries: Sequence[Recorded]) -> None:
        self.entries = entries
        self._states: dict[tuple[int, int], State | None] = {}

    def position(self, name: str, known_at: int, as_of: int) -> FacilityPosition | None:
        """The position of a facility, None where it was not open then."""
        times = known_at, as_of
        if times not in self._states:
            try:
                self._states[times] = state_at(self.entries, known_at, as_of)
            except BookError:  # nothing stood in the book yet
                self._states[times] = None
        state = self._states[times]
        return None if state is None or name not in state.facilities else position_in(state, name)


def _facility(known: _Known, state: State, name: str, asked: Asked) -> FacilityLine:
    position = position_in(state, name)
    opened, secured, call = position.opened, position.secured, position.margin_call
    figures = figures_of(position)
    return FacilityLine(
        facility=name,
        borrower=opened.borrower,
        limit=position.terms.limit,
        matures=position.terms.matures,
        owed=_owed(position.loan),
        overpaid=position.loan.overpaid,
        movement=_movement(known, state, position, asked),
        lots=tuple(_lot(one) for one in position.lots),
        reserve=secured.reserve,
        value_fen=figures.value_fen,
        lendable_fen=figures.lendable_fen,
        counted_fen=figures.counted_fen,
        available=position.available,
        missing_cash=position.missing_cash,
        line=position.line,
        doubts=position.doubts,
        stops=position.stops,
        sources=len(position.sources),
        sources_digest=sha256(b"".join(position.sources)).digest(),
        days=tuple(_days(known, name, asked)),
        cuts=position.cuts,
        loan_to_value=secured.loan_to_value,
        coverage=secured.coverage,
        called_until=None if call is None else call.until,
        called=None if call is None else call.missing,
        defaulted=position.defaulted,
    )


def _owed(loan: Loan) -> OwedParts:
    owed = loan.owed
    return OwedParts(owed.costs, owed.penalty, owed.interest, owed.principal)


def _lot(one: PledgedLot) -> LotLine:
    lot = one.covering(one.secured_g)
    return LotLine(
        lot=one.lot,
        commodity=one.commodity,
        receipts=one.receipts,
        pledged_by_all_g=one.pledged_by_all_g,
        pledged_g=one.pledged_g,
        secured_g=one.secured_g,
        counted_g=one.counted_g,
        value_fen=0 if lot is None else floor(lot.value * 100),
        lendable_fen=0 if lot is None else floor(lot.lendable * 100),
        per_t=one.per_t,
        seen_at=one.seen_at,
        priced_at=one.priced_at,
        evidence_root=one.evidence_root,
        locked_per_t=None if one.locked_per_t is None else Fraction(one.locked_per_t),
        cap=None if one.cap is None else Fraction(one.cap),
    )


def _movement(known: _Known, state: State, position: FacilityPosition, asked: Asked) -> Movement:
    """Opening and closing are positions of the same book; what lies between is drawn, charged, paid, or interest."""
    name = position.opened.facility
    before = known.position(name, asked.known_at, asked.month.opening)
    opening = _NOTHING if before is None else _owed(before.loan)
    within = [one for one in state.events if one.effective_at > asked.month.opening]
    drawn, fees, refunded = (_sum(within, name, kind) for kind in (Drawn, FeeCharged, Refunded))
    applied, overpaid = _applied(position.loan), _overpaid(position.loan)
    credit = Decimal(0)
    if before is not None:
        applied, overpaid = applied - _applied(before.loan), overpaid - _overpaid(before.loan)
        credit = before.loan.overpaid
    charged = fees + refunded - (credit + overpaid - position.loan.overpaid)  # a refund of nothing is a cost
    accrued = _owed(position.loan).total - opening.total - Fraction(drawn) - Fraction(charged) + applied
    restated = _restated(known, name, opening, asked)
    return Movement(opening, drawn, charged, accrued, applied, overpaid, refunded, restated)


def _restated(known: _Known, name: str, opening: OwedParts, asked: Asked) -> Fraction | None:
    """What corrections since the close before have changed in what it said."""
    if asked.previous is None:
        return None
    then = known.position(name, asked.previous.known_at, asked.previous.as_of)
    return opening.total - (Fraction(0) if then is None else _owed(then.loan).total)


def _sum(events: Iterable[Living], name: str, kind: type[Drawn | FeeCharged | Refunded]) -> Decimal:
    found = (one.event for one in events)
    return sum((one.amount for one in found if isinstance(one, kind) and one.facility == name), Decimal(0))


def _applied(loan: Loan) -> Fraction:
    parts = ((one.costs, one.penalty, one.interest, one.principal) for one in loan.allocations)
    return sum((sum(each, Fraction(0)) for each in parts), Fraction(0))


def _overpaid(loan: Loan) -> Decimal:
    return sum((one.overpaid for one in loan.allocations), Decimal(0))


def _days(known: _Known, name: str, asked: Asked) -> Iterator[DayLine]:
    for day in asked.month.days:
        found = known.position(name, asked.known_at, asked.month.end_of(day))
        if found is not None:
            figures = figures_of(found)
            yield DayLine(day, figures.owed_fen, figures.value_fen, figures.lendable_fen, figures.counted_fen)


def _receipts(state: State, chain: ChainView | None, lender: bytes | None) -> Iterator[ReceiptLine]:
    booked = state.goods.pledges
    ours = set() if chain is None or lender is None else set(chain.pledged_to(lender))
    for number in sorted(set(booked) | ours):
        pledge = booked.get(number)
        yield ReceiptLine(
            number,
            None if pledge is None else pledge.facility,
            None if pledge is None else pledge.quantity_g,
            None if chain is None else chain.receipt(number),
        )
