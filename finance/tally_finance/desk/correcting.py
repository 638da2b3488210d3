"""A correction (更正) of what the lender wrote itself: one entry that voids another and has what counts instead in it.

    1. the entry stands in the book, is the lender's own, and what replaces it is of its kind
    2. terms on which something stands are not taken away: limit, rate and maturity change by events of their own
    3. a draw that replaces one is of the same facility and tested as that one was, on the position before it; where
       more is owed for it than without, it is tested as a draw of today, too: chain, alerts, stops, cover and limit
    4. a search that something was drawn on stays, and so does one that found a conflict: a later one says otherwise
    5. what replaces could be written by itself (`recording`), and nothing is out of order that was not before
    6. void and replacement are one entry, written on the book that was tested, or not at all

What chain, evidence and quotes say is corrected where it comes from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from tally_finance.book import journal
from tally_finance.book.alerted import against
from tally_finance.book.before import before_draw
from tally_finance.book.events import Corrected, Event
from tally_finance.book.journal import Entry, Recorded
from tally_finance.book.loan_events import Drawn, FacilityOpened, SearchMade
from tally_finance.book.position import FacilityPosition, State, position_in, state_at
from tally_finance.book.reasons import Reason, Why
from tally_finance.book.reservation_events import ReservationEnded, Reserved
from tally_finance.book.store import News
from tally_finance.desk import alerted
from tally_finance.desk.desk import OWN, Desk, told
from tally_finance.desk.recording import must_be_possible
from tally_finance.errors import BookError, NotAllowedError


@dataclass(frozen=True, slots=True)
class Amended:
    """The correction, None where it was only asked for, and its facility's position without and with it.

    A position is None where the book can not say one (a facility that is not open, or is opened twice).
    """

    entry: Recorded | None
    before: FacilityPosition | None
    after: FacilityPosition | None


def correct(
    desk: Desk,
    seq: int,
    reason: str,
    replacement: Event | None,
    *,
    key: str,
    effective_at: int | None = None,
    is_asked: bool = False,
) -> Amended:
    """Void entry `seq`, and have `replacement` count instead, from `effective_at` (as the entry's own, if left out).

    `is_asked`: nothing is written. The same again under its key answers as the first time. Raises BookError,
    NotAllowedError for a draw that would have been refused.
    """
    entries, key = list(desk.entries()), OWN + key
    written = next((one for one in entries if one.entry.key == key), None)
    upto = entries if written is None else entries[: written.entry.seq - 1]
    now = desk.now() if written is None else written.entry.known_at
    target = _target(upto, seq)
    if replacement is None and effective_at is not None:
        raise BookError("what counts no more counted at no time: only a replacement takes effect")
    at = target.entry.effective_at if effective_at is None else effective_at
    event = Corrected(target.digest, reason, replacement)
    if written is not None:
        (made,) = desk.append((News(at, event),), key=key)  # refused where the key was used for something else
    facility = getattr(_said(target.entry.event), "facility", None)
    before, after = state_at(upto, now, now), _with(upto, event, at, now)
    amended = Amended(written, _position(before, facility), _position(after, facility))
    if written is None:
        if replacement is not None:
            void = _with(upto, Corrected(target.digest, reason, None), at, now)
            must_be_possible(void, replacement, at, now, partial(desk.are_same_goods, void))
        _check(desk, upto, target, replacement, amended)
        _check_terms(before, target, replacement)
        if not is_asked:
            (made,) = desk.append((News(at, event),), key=key, expected=before.head)
            return Amended(made, amended.before, amended.after)
    return amended


def _target(entries: Sequence[Recorded], seq: int) -> Recorded:
    if not 0 < seq <= len(entries):
        raise BookError(f"there is no entry {seq}, the book ends at {len(entries)}")
    found = entries[seq - 1]
    if not found.entry.key.startswith(OWN):
        name = type(found.entry.event).__name__
        raise BookError(f"entry {seq} ({name}) is not the lender's own: it is corrected where it comes from")
    if isinstance(found.entry.event, Reserved | ReservationEnded):
        raise BookError(f"entry {seq} holds something for an operation: withdraw the operation")
    for one in entries:
        if isinstance(one.entry.event, Corrected) and one.entry.event.corrects == found.digest:
            raise BookError(f"entry {seq} is corrected by entry {one.entry.seq} already: correct that one")
    return found


def _first(entries: Sequence[Recorded], target: Recorded) -> Recorded:
    """The entry that a chain of corrections began at."""
    by_digest = {one.digest: one for one in entries}
    while isinstance(target.entry.event, Corrected):
        target = by_digest[target.entry.event.corrects]
    return target


def _said(event: Event) -> Event | None:
    return event.replacement if isinstance(event, Corrected) else event


def _with(entries: Sequence[Recorded], event: Corrected, at: int, now: int) -> State:
    """The state as it would be. Raises BookError for a time later than now."""
    last = entries[-1]
    entry = Entry(last.entry.book, last.entry.seq + 1, last.digest, at, now, "correction", 0, event)
    return state_at([*entries, journal.recorded(entry)[0]], now, now)


def _position(state: State, facility: str | None) -> FacilityPosition | None:
    try:
        return None if facility is None else position_in(state, facility)
    except BookError:
        return None


def _check(
    desk: Desk, entries: Sequence[Recorded], target: Recorded, replacement: Event | None, amended: Amended
) -> None:
    was = _said(target.entry.event)
    if replacement is not None and was is not None and type(replacement) is not type(was):
        raise BookError(f"a {type(was).__name__} is replaced by its like, not by a {type(replacement).__name__}")
    if isinstance(was, SearchMade):
        _check_search(state_at(entries, desk.now(), desk.now()), was)
    if isinstance(replacement, Drawn):
        if isinstance(was, Drawn) and replacement.facility != was.facility:
            raise BookError(f"a draw of {was.facility} is no draw of {replacement.facility}: void it, and draw there")
        first = _first(entries, target).entry
        then = first.known_at
        computation = before_draw(state_at(entries[: first.seq - 1], then, then), replacement)
        desk.keep_computation(computation)
        if not computation.is_allowed:
            raise NotAllowedError(f"it would have been refused at {then}: {told(computation)}")
        _check_today(desk, amended)
    new = _out_of_order(amended.after) - _out_of_order(amended.before)
    if new:
        raise BookError("; ".join(sorted(one.text for one in new)))


def _check_search(state: State, search: SearchMade) -> None:
    """Each search serves one funding, and a conflict is not taken back by a stroke of the pen."""
    if search.search in state.funded:
        raise BookError(f"search {search.search.hex()} was drawn on: it stays")
    if not search.clear:
        raise BookError(f"search {search.search.hex()} found a conflict: a later search says that there is none")


def _check_today(desk: Desk, amended: Amended) -> None:
    """A correction is no way around the test of a draw."""
    before, after = amended.before, amended.after
    if after is None or (before is not None and after.exposure <= before.exposure):
        return
    desk.must_be_read()
    positions = (after,) if before is None else (before, after)
    reasons = list(against(alerted.standing(desk.alerts), positions, is_credit=True))
    # Its own draw used the search that it was funded on.
    reasons += [one for one in after.stops if one.why is not Why.SEARCH_USED]
    if reasons:
        raise NotAllowedError("; ".join(f"{one.why} of {one.subject}: {one.text}" for one in reasons))
    if not after.credit.is_covered or after.exposure > after.terms.limit:
        text = (
            f"{after.exposure:f} would be owed, what counts lends {after.credit.lendable}, within {after.terms.limit:f}"
        )
        raise NotAllowedError(f"{Why.NOT_COVERED} of {after.opened.facility}: {text}")


def _out_of_order(position: FacilityPosition | None) -> set[Reason]:
    return set() if position is None else {one for one in position.stops if one.why is Why.OUT_OF_ORDER}


def _check_terms(state: State, target: Recorded, replacement: Event | None) -> None:
    """Of two openings one may go; the only one of a facility on which something stands may not."""
    opened = _said(target.entry.event)
    if not isinstance(opened, FacilityOpened):
        return
    name = opened.facility
    own = [one for one in state.events if getattr(one.event, "facility", None) == name and one.seq != target.entry.seq]
    others = [one for one in own if isinstance(one.event, FacilityOpened)]
    if own and not (others and replacement is None):
        raise BookError(
            f"something stands on the terms of facility {name}: limit, rate and maturity have their own notes"
        )
    if (
        isinstance(replacement, FacilityOpened)
        and replacement.facility != name
        and replacement.facility in state.facilities
    ):
        raise BookError(f"facility {replacement.facility} is open already")
