"""What a lender may write into its book by itself (入账): times that can be, papers that serve once. No IO.

every entry       not of a time to come; of a facility that is open, and not from before it was opened
search            a paper that was not taken for anything before: each serves one funding
payment           not before something was drawn; one advice pays once
filing            of one facility, and no other kind of paper
ownership         four papers; the same pack for other goods only where those lie in the same lot or came from them
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tally_finance.book.events import Event
from tally_finance.book.goods_events import FilingMade, OwnershipTaken
from tally_finance.book.loan_events import Drawn, FacilityOpened, FeeCharged, Repaid, SearchMade
from tally_finance.book.position import State
from tally_finance.errors import BookError

SameGoods = Callable[[bytes, bytes], bool]
"""Whether two receipts are title to the same goods, or pieces of them."""


def must_be_possible(state: State | None, event: Event, at: int, now: int, same_goods: SameGoods) -> None:
    """Raises BookError for what can not be, or must not be said twice. `state`: of the book, None while it is empty."""
    if at > now:
        raise BookError(f"{at} lies in the future: it is {now}")
    if isinstance(event, FacilityOpened):
        return
    facility = getattr(event, "facility", None)
    if facility is not None:
        if state is None or facility not in state.facilities:
            raise BookError(f"facility {facility} is not open")
        opened_at = state.opening(facility)[1].effective_at
        if at < opened_at:
            raise BookError(f"{at} is before facility {facility} was opened, at {opened_at}")
    if state is None:
        return
    match event:
        case SearchMade():
            _once(event.search, _papers(state, searches_of_goods=False), "search")
        case Repaid():
            _paid(state, event, at)
        case FilingMade():
            _once(event.filing, _other_than_filings(state), "filing")
            others = {one.event.facility for one in state.events if isinstance(one.event, FilingMade)
                      and one.event.filing == event.filing} - {event.facility}  # fmt: skip
            if others:
                raise BookError(f"filing {event.filing.hex()} is of facility {', '.join(sorted(others))}")
        case OwnershipTaken():
            _owned(state, event, same_goods)
        case _:
            pass


def _once(paper: bytes, known: Iterator[tuple[bytes, str]], what: str) -> None:
    for digest, told in known:
        if digest == paper:
            raise BookError(f"{what} {paper.hex()} was taken already, as {told}: each serves once")


def _papers(state: State, *, searches_of_goods: bool) -> Iterator[tuple[bytes, str]]:
    """All papers that a book names. The search of the goods' pack may be the one that a loan is first funded on."""
    for one in state.events:
        match one.event:
            case SearchMade() as event:
                yield event.search, f"the search of entry {one.seq}"
            case FilingMade() as event:
                yield event.filing, f"the filing of entry {one.seq}"
            case OwnershipTaken() as event:
                for name in ("contract", "invoice", "payment", *(["search"] if searches_of_goods else [])):
                    yield getattr(event, name), f"the {name} of entry {one.seq}"
            case Repaid() as event:
                yield event.payment, f"the payment of entry {one.seq}"
            case _:
                pass


def _other_than_filings(state: State) -> Iterator[tuple[bytes, str]]:
    filings = {one.event.filing for one in state.events if isinstance(one.event, FilingMade)}
    return ((digest, told) for digest, told in _papers(state, searches_of_goods=True) if digest not in filings)


def _paid(state: State, event: Repaid, at: int) -> None:
    owing = (Drawn, FeeCharged)
    since = [one.effective_at for one in state.events if isinstance(one.event, owing)
             and one.event.facility == event.facility]  # fmt: skip
    if at < min(since, default=at + 1):
        raise BookError(f"facility {event.facility} owed nothing by {at}, so nothing is repaid")
    _once(event.payment, _papers(state, searches_of_goods=True), "payment")


def _owned(state: State, event: OwnershipTaken, same_goods: SameGoods) -> None:
    papers = (event.contract, event.invoice, event.payment, event.search)
    if len(set(papers)) < len(papers):
        raise BookError("contract, invoice, payment and search are four papers, and one of them stands twice")
    for one in state.events:
        other = one.event
        if not isinstance(other, OwnershipTaken) or other.receipt == event.receipt:
            continue
        same = (other.contract, other.invoice, other.payment) == papers[:3]
        if same and not same_goods(other.receipt, event.receipt):
            told = f"these papers are those of receipt {other.receipt.hex()}, in entry {one.seq}"
            raise BookError(f"{told}: other goods, or none that are known")
