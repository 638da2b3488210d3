"""What would be: every act of a lender is tested on the position after it, before it signs. No IO.

    draw         放款    covered and within the limit afterwards; searched since the last one, and nothing found
    pledge       接受质押  ownership taken, nothing found; within the lot's lower bound, which is fresh
    release      放货    the rest covers what is owed; the lot's quantity and price are fresh, nothing held or missing
    substitute   置换    the new goods count, and with them and without the old ones the loan is covered
    floor        最低控货  a dynamic pledge; what can not leave below the floor covers what is owed
    call         补仓通知  what secures the loan does not cover it, or it stands at a line
    cure         补仓完成  it does again, and the loan stands below the lines

Covered is L ≥ E with what counts for new credit; who owes nothing is covered. An alert that blocks and touches the
facility stops draw, release, substitution and floor. The answer names its inputs (the head of
the book, the times, the events that would follow) and its results; the digest of its bytes goes into the operation on
the chain, and whoever has the journal computes the same bytes again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from hashlib import sha256
from math import floor
from typing import Final, TypeAlias

from tally_edge import wire as codec
from tally_edge.wire import COUNT, DIGEST, array, enum, integer, nested, wire
from tally_finance.book import rules
from tally_finance.book.alerted import Alerted, against
from tally_finance.book.events import EVENT, Event
from tally_finance.book.forms import BOOKED_AT, NAME
from tally_finance.book.goods_events import ChainSeen, Encumbrance, FloorSet, PledgeAttached, Released, ReleaseOrdered
from tally_finance.book.journal import BOOK, Recorded
from tally_finance.book.loan_events import Drawn, MarginCalled, MarginCured
from tally_finance.book.position import WOULD_BE, FacilityPosition, State, position_in, state_at
from tally_finance.book.reasons import Reason, Why
from tally_finance.errors import BookError

MAX_REASONS: Final = 100
"""As many as a person reads; the rest says nothing new."""

_SUM: Final = integer(-(2**62), 2**62)

Rule: TypeAlias = Callable[[State, FacilityPosition, FacilityPosition, Sequence[Event]], Iterable[Reason]]


class Act(IntEnum):
    """What a lender is about to do. A number is never given another meaning."""

    DRAW = 1
    PLEDGE = 2
    RELEASE = 3
    SUBSTITUTE = 4
    FLOOR = 5
    CALL = 6
    CURE = 7


@dataclass(frozen=True, slots=True)
class Figures:
    """A position in whole fen (what is owed rounded up, the rest down); `counted`: lendable on what counts."""

    owed_fen: int = wire(1, _SUM)
    value_fen: int = wire(2, _SUM)
    lendable_fen: int = wire(3, _SUM)
    counted_fen: int = wire(4, _SUM)
    available_fen: int = wire(5, _SUM)


@dataclass(frozen=True, slots=True)
class Computation:
    """The answer. `would_be`: the events that would follow; `reasons`: why not, none where it may be done."""

    book: str = wire(1, BOOK)
    seq: int = wire(2, COUNT)
    head: bytes = wire(3, DIGEST)
    known_at: int = wire(4, BOOKED_AT)
    as_of: int = wire(5, BOOKED_AT)
    facility: str = wire(6, NAME)
    act: Act = wire(7, enum(Act))
    would_be: tuple[Event, ...] = wire(8, array(EVENT, 8))
    before: Figures = wire(9, nested(Figures))
    after: Figures = wire(10, nested(Figures))
    reasons: tuple[Reason, ...] = wire(11, array(nested(Reason), MAX_REASONS))

    @property
    def is_allowed(self) -> bool:
        """Whether the lender may sign."""
        return not self.reasons

    @property
    def encoded(self) -> bytes:
        """Its bytes, of which `digest` is the SHA-256."""
        return codec.encode(self)

    @property
    def digest(self) -> bytes:
        """What goes into the operation on the chain as `computation`."""
        return sha256(self.encoded).digest()


def before_draw(state: State, drawn: Drawn, alerts: Sequence[Alerted] = ()) -> Computation:
    """May this be paid out? Raises BookError for a facility that is not open."""
    return _computed(state, drawn.facility, Act.DRAW, (drawn,), alerts)


def before_pledge(state: State, attached: PledgeAttached) -> Computation:
    """May this pledge be accepted? Its filing comes after. Raises BookError."""
    return _computed(state, attached.facility, Act.PLEDGE, (attached,))


def before_release(state: State, release: ReleaseOrdered | Released, alerts: Sequence[Alerted] = ()) -> Computation:
    """May goods leave, by an order or freed from the pledge? What is repaid is in the book before. Raises BookError."""
    return _computed(state, release.facility, Act.RELEASE, (release,), alerts)


def before_substitution(
    state: State, new: PledgeAttached, old: Released, alerts: Sequence[Alerted] = ()
) -> Computation:
    """May `new` take the place of `old`? The new goods come first. Raises BookError."""
    if new.facility != old.facility:
        raise BookError(f"goods of facility {old.facility} make no room in facility {new.facility}")
    known = state.goods.on_chain.get(new.receipt)
    held, block = (False, 0) if known is None else (known[1].held, known[1].block)
    registered = ChainSeen(new.receipt, Encumbrance.REGISTERED, held, WOULD_BE, block)
    return _computed(state, new.facility, Act.SUBSTITUTE, (new, registered, old), alerts)


def before_floor(state: State, floor_set: FloorSet, alerts: Sequence[Alerted] = ()) -> Computation:
    """May goods of a dynamic pledge leave down to this floor? Raises BookError."""
    return _computed(state, floor_set.facility, Act.FLOOR, (floor_set,), alerts)


def before_call(state: State, called: MarginCalled) -> Computation:
    """May the borrower be called to top up? Raises BookError."""
    return _computed(state, called.facility, Act.CALL, (called,))


def before_cure(state: State, cured: MarginCured) -> Computation:
    """May a call be taken as answered? Raises BookError."""
    return _computed(state, cured.facility, Act.CURE, (cured,))


def is_reproduced(entries: Iterable[Recorded], said: Computation) -> bool:
    """Whether the journal gives the same bytes again, whatever was written into it since.

    Alerts that stopped an act stand elsewhere: they are taken as it has them, and never allow anything.
    """
    then = [one for one in entries if one.entry.seq <= said.seq]
    try:
        again = _again(state_at(then, said.known_at, said.as_of), said)
    except BookError:  # a facility, a time or a journal that it can not be of
        return False
    alerted = tuple(one for one in said.reasons if one.why is Why.ALERTED)
    if alerted and said.act in _STOPPED:
        again = replace(again, reasons=(*again.reasons, *alerted)[:MAX_REASONS])
    return again.encoded == said.encoded


def _again(state: State, said: Computation) -> Computation:
    match said.act, said.would_be:
        case Act.DRAW, (Drawn() as drawn,):
            return before_draw(state, drawn)
        case Act.PLEDGE, (PledgeAttached() as attached,):
            return before_pledge(state, attached)
        case Act.RELEASE, (ReleaseOrdered() | Released() as release,):
            return before_release(state, release)
        case Act.SUBSTITUTE, (PledgeAttached() as new, _, Released() as old):
            return before_substitution(state, new, old)
        case Act.FLOOR, (FloorSet() as floor_set,):
            return before_floor(state, floor_set)
        case Act.CALL, (MarginCalled() as called,):
            return before_call(state, called)
        case Act.CURE, (MarginCured() as cured,):
            return before_cure(state, cured)
        case _:
            raise BookError(f"no {said.act.name.lower()} is made of these events")


def _computed(
    state: State, facility: str, act: Act, would_be: tuple[Event, ...], alerts: Sequence[Alerted] = ()
) -> Computation:
    before = position_in(state, facility)
    after = position_in(state.after(*would_be), facility)
    stopping = against(alerts, (before, after), is_credit=act is Act.DRAW)
    reasons = list(dict.fromkeys((*_RULES[act](state, before, after, would_be), *stopping)))
    return Computation(
        book=state.book,
        seq=state.head.seq,
        head=state.head.digest,
        known_at=state.known_at,
        as_of=state.as_of,
        facility=facility,
        act=act,
        would_be=would_be,
        before=figures_of(before),
        after=figures_of(after),
        reasons=tuple(reasons[:MAX_REASONS]),
    )


_RULES: Final[dict[Act, Rule]] = {
    Act.DRAW: rules.draw,
    Act.PLEDGE: rules.pledge,
    Act.RELEASE: rules.release,
    Act.SUBSTITUTE: rules.substitute,
    Act.FLOOR: rules.floor,
    Act.CALL: rules.call,
    Act.CURE: rules.cure,
}


_STOPPED: Final = frozenset({Act.DRAW, Act.RELEASE, Act.SUBSTITUTE, Act.FLOOR})
"""What alerts stop; more security, a call and its cure they never do."""


def figures_of(position: FacilityPosition) -> Figures:
    """The figures of a position."""
    return Figures(
        owed_fen=int(position.exposure * 100),
        value_fen=floor(position.secured.value * 100),
        lendable_fen=floor(position.secured.lendable * 100),
        counted_fen=floor(position.credit.lendable * 100),
        available_fen=int(position.available * 100),
    )
