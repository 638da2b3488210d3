"""How a facility stands, from the events of its own: terms in force, reserve, call, default, search. No IO."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from tally_finance.book import doubts, loan_events
from tally_finance.book.journal import Living
from tally_finance.book.reasons import Reason, Why


@dataclass(frozen=True, slots=True)
class MarginCall:
    """An open call to top up (补仓)."""

    missing: Decimal
    until: int


@dataclass
class Standing:
    """`terms`: as opened, with limit, rate and maturity as they are now."""

    terms: loan_events.FacilityOpened
    reserve: Decimal
    margin_call: MarginCall | None = None
    defaulted: str | None = None
    search: tuple[Living, loan_events.SearchMade] | None = None
    is_search_used: bool = False


def funded_by(events: Iterable[Living]) -> frozenset[bytes]:
    """The searches of a book that something was drawn on, whatever facility drew: each serves one funding."""
    newest: dict[str, bytes] = {}
    found = set()
    for one in events:
        match one.event:
            case loan_events.SearchMade() as event:
                newest[event.facility] = event.search
            case loan_events.Drawn() as event if event.facility in newest:
                found.add(newest[event.facility])
            case _:
                pass
    return frozenset(found)


def standing_of(opened: loan_events.FacilityOpened, own: Iterable[Living], funded: frozenset[bytes]) -> Standing:
    """The standing after `own`, a facility's events in order. `funded`: the searches that served a draw.

    A search that is told of again stays as old as it was.
    """
    standing = Standing(opened, opened.reserve)
    first: dict[bytes, Living] = {}
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
                made = first.setdefault(event.search, one)
                standing.search, standing.is_search_used = (made, event), event.search in funded
            case loan_events.FacilityExtended() | loan_events.LimitSet() | loan_events.RateSet() as event:
                standing.terms = changed(standing.terms, event)
            case _:
                pass
    return standing


def changed(
    terms: loan_events.FacilityOpened,
    event: loan_events.FacilityExtended | loan_events.LimitSet | loan_events.RateSet,
) -> loan_events.FacilityOpened:
    """The terms after what changes them."""
    match event:
        case loan_events.FacilityExtended():
            return replace(terms, matures=event.matures)
        case loan_events.LimitSet():
            return replace(terms, limit=event.limit)
        case loan_events.RateSet():
            return replace(terms, yearly_rate=event.yearly_rate, penalty=event.penalty)


def stops(standing: Standing, as_of: int) -> Iterator[Reason]:
    """What allows no new credit, whatever is pledged."""
    facility = standing.terms.facility
    yield from doubts.of_search(standing.terms, standing.search, as_of)
    if standing.search is not None and standing.is_search_used:
        yield Reason(Why.SEARCH_USED, facility, f"something was drawn on the search {standing.search[1].search.hex()}")
    yield from doubts.of_maturity(standing.terms, as_of)
    call = standing.margin_call
    if call is not None:
        yield Reason(Why.MARGIN_CALLED, facility, f"{call.missing:f} is called by {call.until}")
    if standing.defaulted is not None:
        yield Reason(Why.DEFAULTED, facility, f"in default: {standing.defaulted}")
