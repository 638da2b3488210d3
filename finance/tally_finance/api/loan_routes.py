"""Facilities (授信): terms, position, draws, payments, fees, searches. A borrower sees its own, the lender all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Query, Response

from tally_finance.api.asked_forms import (
    AmountAsked,
    FacilityAsked,
    FeeAsked,
    FilingAsked,
    OwnershipAsked,
    RepaymentAsked,
    ReserveAsked,
    SearchAsked,
)
from tally_finance.api.forms import ID_PATTERN, MAX_TIME, IdInPath, Told, WithLots, WordInPath, read, written
from tally_finance.api.refusing import missing
from tally_finance.api.rights import Role
from tally_finance.api.routing import guarded
from tally_finance.api.service import Allowed, Keyed, Once, Served, Service, allowed
from tally_finance.api.tokens import Bearer
from tally_finance.api.told_desk import PositionTold, position_told
from tally_finance.book.events import Event
from tally_finance.book.goods_events import FilingMade, OwnershipTaken
from tally_finance.book.journal import Recorded
from tally_finance.book.loan_events import (
    FacilityOpened,
    FeeCharged,
    GoodsTerms,
    Pledging,
    Repaid,
    ReserveSet,
    SearchMade,
)
from tally_finance.book.position import State, position_in
from tally_finance.desk.sheet import terms_digest
from tally_finance.desk.syncing import refresh
from tally_finance.errors import BookError
from tally_gateway.errors import ApiError
from tally_gateway.pages.words import Words

When = Annotated[int | None, Query(ge=0, le=MAX_TIME, description="seconds since 1970; now where it is left out")]

Securing = Annotated[str | None, Query(pattern=ID_PATTERN, description="only those that this receipt secures")]


class WrittenTold(Told):
    """What was written into the book: the entry's number and digest."""

    seq: int
    entry: str
    terms: str | None = None
    computation: str | None = None


def loan_routes() -> APIRouter:
    """The routes."""
    router = guarded("/v1", "loans", allowed)
    _facilities(router)
    _money(router)
    _papers(router)
    return router


def _facilities(router: APIRouter) -> None:
    @router.get("/facilities", summary="The facilities, with their positions now or as known; a depositor's own")
    def facilities(
        *,
        bearer: Allowed,
        service: Served,
        known_at: When = None,
        as_of: When = None,
        secured_by: Securing = None,
        lots: WithLots = True,
    ) -> list[PositionTold]:
        state = state_of(service, known_at, as_of)
        if state is None:
            return []
        own = [position_in(state, name) for name in state.facilities if is_of(bearer, state.opening(name)[0])]
        if secured_by is not None:
            number = read(secured_by)
            own = [one for one in own if any(number in lot.receipts for lot in one.lots)]
        return [position_told(one, bearer.role, lots=lots) for one in own]

    @router.get("/facilities/{facility}", summary="A position: now, or as known at one time and as of another")
    def facility(
        *,
        facility: WordInPath,
        bearer: Allowed,
        service: Served,
        known_at: When = None,
        as_of: When = None,
        lots: WithLots = True,
    ) -> PositionTold:
        state = seen_by(bearer, facility, state_of(service, known_at, as_of))
        return position_told(position_in(state, facility), bearer.role, lots=lots)

    @router.post("/facilities", summary="Open a facility", response_model=WrittenTold, status_code=201)
    def opened(asked: FacilityAsked, once: Keyed) -> Response:
        made = _opened(asked)

        def do() -> WrittenTold:
            entries = once.service.desk.open(made, key=once.book_key)
            return WrittenTold(**_of(entries).model_dump() | {"terms": written(terms_digest(made))})

        return once(do)


def _money(router: APIRouter) -> None:
    @router.post(
        "/facilities/{facility}/draws",
        summary="Draw, if the position after it is covered; 409 with the reasons if not",
        response_model=WrittenTold,
        status_code=201,
    )
    def draw(facility: WordInPath, asked: AmountAsked, once: Keyed) -> Response:
        def do() -> WrittenTold:
            refresh(once.service.desk)
            _must_be_open(once.service, facility)
            decided = once.service.desk.draw(facility, Decimal(asked.amount), key=once.book_key)
            told = _of(decided.entries).model_dump()
            return WrittenTold(**told | {"computation": written(decided.computation.digest)})

        return once(do)

    @router.post(
        "/facilities/{facility}/repayments", summary="A payment came", response_model=WrittenTold, status_code=201
    )
    def repaid(facility: WordInPath, asked: RepaymentAsked, once: Keyed) -> Response:
        repaid = Repaid(facility, Decimal(asked.amount), read(asked.payment))
        return _record(once, facility, lambda: repaid, asked.paid_at)

    @router.post("/facilities/{facility}/fees", summary="Charge a fee", response_model=WrittenTold, status_code=201)
    def charged(facility: WordInPath, asked: FeeAsked, once: Keyed) -> Response:
        return _record(once, facility, lambda: FeeCharged(facility, Decimal(asked.amount), asked.reason))

    @router.post(
        "/facilities/{facility}/searches",
        summary="The registry was searched",
        response_model=WrittenTold,
        status_code=201,
    )
    def searched(facility: WordInPath, asked: SearchAsked, once: Keyed) -> Response:
        search = SearchMade(facility, read(asked.search), asked.clear)
        return _record(once, facility, lambda: search, asked.searched_at)

    @router.post(
        "/facilities/{facility}/reserve", summary="Set what is taken off", response_model=WrittenTold, status_code=201
    )
    def reserved(facility: WordInPath, asked: ReserveAsked, once: Keyed) -> Response:
        return _record(once, facility, lambda: ReserveSet(facility, Decimal(asked.reserve)))


def _papers(router: APIRouter) -> None:
    @router.post(
        "/receipts/{number}/ownership",
        summary="Whose the goods of a receipt are, by digests",
        response_model=WrittenTold,
        status_code=201,
    )
    def owned(number: IdInPath, asked: OwnershipAsked, once: Keyed) -> Response:
        _must_be_seen(once, number)
        taken = OwnershipTaken(
            receipt=read(number),
            contract=read(asked.contract),
            invoice=read(asked.invoice),
            payment=read(asked.payment),
            search=read(asked.search),
            clear=asked.clear,
        )
        return _record(once, None, lambda: taken)

    @router.post("/receipts/{number}/filing", summary="A pledge was filed", response_model=WrittenTold, status_code=201)
    def filed(number: IdInPath, asked: FilingAsked, once: Keyed) -> Response:
        _must_be_seen(once, number)
        return _record(
            once,
            asked.facility,
            lambda: FilingMade(asked.facility, read(number), read(asked.filing), asked.lapses_at),
        )


def _record(once: Once, facility: str | None, event: Callable[[], Event], at: int | None = None) -> Response:
    def do() -> WrittenTold:
        if facility is not None:
            _must_be_open(once.service, facility)
        return _of(once.service.desk.record(event(), key=once.book_key, effective_at=at))

    return once(do)


def _of(entries: tuple[Recorded, ...]) -> WrittenTold:
    return WrittenTold(seq=entries[-1].entry.seq, entry=written(entries[-1].digest))


def _opened(asked: FacilityAsked) -> FacilityOpened:
    """Raises ApiError for a day that there is not, BookError for terms that can not be."""
    try:
        matures = date.fromisoformat(asked.matures)
    except ValueError as error:
        raise ApiError(400, "the request is not understood", f"matures: {error}") from None
    goods = tuple(
        GoodsTerms(
            one.commodity,
            Decimal(one.advance),
            Decimal(one.grade),
            one.price_age_s,
            one.quantity_age_s,
            None if one.cap is None else Decimal(one.cap),
        )
        for one in asked.goods
    )
    return FacilityOpened(
        facility=asked.facility,
        borrower=read(asked.borrower),
        limit=Decimal(asked.limit),
        goods=goods,
        warning=Decimal(asked.warning),
        liquidation=Decimal(asked.liquidation),
        yearly_rate=Decimal(asked.yearly_rate),
        penalty=Decimal(asked.penalty),
        matures=matures,
        pledging=Pledging[asked.pledging.upper()],
        search_age_s=asked.search_age_s,
        utc_offset_s=asked.utc_offset_s,
        reserve=Decimal(asked.reserve),
    )


def is_of(bearer: Bearer, opened: FacilityOpened) -> bool:
    """Whether a facility is the bearer's business."""
    return bearer.role is Role.LENDER or bearer.organisation == opened.borrower


def seen_by(bearer: Bearer, facility: str, state: State | None) -> State:
    """The state, in which the bearer sees the facility. Raises ApiError 404."""
    if state is None or facility not in state.facilities or not is_of(bearer, state.opening(facility)[0]):
        raise missing("facility")
    return state


def state_of(service: Service, known_at: int | None, as_of: int | None) -> State | None:
    """The book's; None while nothing was known.

    Raises ApiError for a time to come, and where what was known then says nothing of a later time.
    """
    if known_at is not None and known_at > service.desk.now():
        raise ApiError(
            400, "the request is not understood", Words("known_at lies in the future", "known_at 晚于当前时间")
        )
    if known_at is not None and as_of is not None and as_of > known_at:
        raise ApiError(400, "the request is not understood", Words("as_of lies behind known_at", "as_of 晚于 known_at"))
    if known_at is None and as_of is not None and as_of > service.desk.now():
        raise ApiError(400, "the request is not understood", Words("as_of lies in the future", "as_of 晚于当前时间"))
    try:
        desk = service.desk
        return desk.glance() if known_at is None and as_of is None else desk.state(known_at, as_of)
    except BookError:
        if service.desk.book.head().seq and known_at is None:
            raise
        return None


def _must_be_open(service: Service, facility: str) -> None:
    state = state_of(service, None, None)
    if state is None or facility not in state.facilities:
        raise missing("facility")


def _must_be_seen(once: Once, number: str) -> None:
    """Offered or pledged to the lender: of another's receipt it is not told that it was issued."""
    if once.service.sight(once.bearer).receipt(read(number)) is None:
        raise missing("receipt")
