"""What the lender's book stands on and says: evidence, quotes, prices, the position as known, computations."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Query, Response

from tally_edge import wire as codec
from tally_finance.api.forms import MAX_TIME, IdInPath, Told, WithLots, read, written
from tally_finance.api.refusing import missing
from tally_finance.api.routing import guarded
from tally_finance.api.service import Allowed, Keyed, Once, Served, allowed
from tally_finance.api.told_desk import FiguresTold, PositionTold, ReasonTold, figures_told, position_told
from tally_finance.book.before import Computation
from tally_finance.book.goods import Goods
from tally_finance.book.position import State, position_in
from tally_finance.desk.documents import Document, Kind
from tally_finance.desk.evidence import take_evidence
from tally_finance.desk.quotes import take_quote
from tally_finance.desk.replay import View
from tally_finance.desk.syncing import sync
from tally_finance.errors import BookError, DeskError


class TakenTold(Told):
    """What was taken, and the entries that it made; none where it makes nothing yet."""

    entries: list[str]


class PaperTold(Told):
    """A paper that the desk holds: its SHA-256."""

    digest: str


class SyncedTold(Told):
    """How far the chain was read."""

    read: int
    block: int
    written: int
    unattributed: list[str]


class PriceTold(Told):
    """The newest price and how old it is; `doubted`: why the sources make none now, and nothing is lent on it."""

    commodity: str
    per_t: str
    at: int
    sources: list[str]
    doubted: str | None


class CloseTold(Told):
    """The book as known at a time that is over: its head, the newest block of receipts by then, every position."""

    book: str
    seq: int
    head: str
    known_at: int
    chain_id: str
    block: int
    positions: list[PositionTold]


class ComputationTold(Told):
    """A test that the desk made before an act; `encoded` hashes to its digest."""

    digest: str
    act: str
    facility: str
    known_at: int
    is_allowed: bool
    before: FiguresTold
    after: FiguresTold
    reasons: list[ReasonTold]
    encoded: str


class MeTold(Told):
    """Whose token it is."""

    name: str
    organisation: str
    role: str
    may_write: bool


def book_routes() -> APIRouter:
    """The routes."""
    router = guarded("/v1", "book", allowed)
    _taking(router)
    _telling(router)
    return router


def _taking(router: APIRouter) -> None:
    @router.post(
        "/lots/{lot}/evidence",
        summary="A bundle about a lot, verified under the lender's policy",
        response_model=TakenTold,
        status_code=201,
    )
    def evidence(
        lot: IdInPath, data: Annotated[bytes, Body(media_type="application/octet-stream")], once: Keyed
    ) -> Response:
        def do() -> TakenTold:  # whose lot it is was asked at the door, before the bundle was read
            entries = take_evidence(once.service.desk, read(lot), data)
            return TakenTold(entries=[written(one.digest) for one in entries])

        return once(do)

    @router.post("/quotes", summary="A signed price quote, as its file is", response_model=TakenTold, status_code=201)
    def quote(data: Annotated[bytes, Body(media_type="application/octet-stream")], once: Keyed) -> Response:
        def do() -> TakenTold:
            made = take_quote(once.service.desk, data)
            return TakenTold(entries=[] if made is None else [written(made.digest)])

        return once(do)

    @router.post(
        "/papers",
        summary="A paper that an operation will name: of an ownership pack, a search, a filing",
        response_model=PaperTold,
        status_code=201,
    )
    def paper(data: Annotated[bytes, Body(media_type="application/octet-stream")], once: Keyed) -> Response:
        return once(lambda: PaperTold(digest=written(once.service.desk.take_paper(data).digest)))

    @router.post("/sync", summary="Read the chain now", response_model=SyncedTold, status_code=201)
    def synced(once: Keyed) -> Response:
        return once(lambda: _synced(once))


def _telling(router: APIRouter) -> None:
    @router.get("/me", summary="Whose token this is")
    def me(bearer: Allowed) -> MeTold:
        return MeTold(
            name=bearer.name,
            organisation=written(bearer.organisation),
            role=str(bearer.role),
            may_write=bearer.may_write,
        )

    @router.get("/prices", summary="The prices that may be lent on")
    def prices(service: Served) -> list[PriceTold]:
        if not service.desk.book.head().seq:
            return []
        return _prices(service.desk.state().goods)

    @router.get("/close", summary="The whole book as known at a time")
    def close(
        service: Served, known_at: Annotated[int | None, Query(ge=0, le=MAX_TIME)] = None, lots: WithLots = True
    ) -> CloseTold:
        desk = service.desk
        try:
            over = desk.now() - 1  # of the second that runs nobody knows yet all that it will have
            state = desk.state(over if known_at is None else min(known_at, over))
        except BookError:
            if known_at is None and desk.book.head().seq:
                raise
            raise missing("book at that time") from None
        return _close(state, desk.view, lots=lots)

    @router.get("/computations/{digest}", summary="The test behind an operation's digest")
    def computation(digest: IdInPath, service: Served) -> ComputationTold:
        try:
            kept = service.desk.documents.get(read(digest))
        except DeskError:
            raise missing("computation") from None
        if kept.kind is not Kind.COMPUTATION:
            raise missing("computation")
        return _computation(kept)


def _prices(goods: Goods) -> list[PriceTold]:
    return [
        PriceTold(
            commodity=commodity,
            per_t=f"{seen.per_t:f}",
            at=living.effective_at if seen.quoted_at is None else seen.quoted_at,
            sources=[written(one) for one in seen.sources],
            doubted=goods.price_doubts[commodity][1].why if commodity in goods.price_doubts else None,
        )
        for commodity, (living, seen) in sorted(goods.prices.items())
    ]


def _close(state: State, view: View, *, lots: bool) -> CloseTold:
    return CloseTold(
        book=state.book,
        seq=state.head.seq,
        head=written(state.head.digest),
        known_at=state.known_at,
        chain_id=str(view.history.chain_id),
        block=view.block_at(state.known_at),
        positions=[position_told(position_in(state, name), lots=lots) for name in state.facilities],
    )


def _computation(kept: Document) -> ComputationTold:
    made = codec.decode(Computation, kept.body)
    return ComputationTold(
        digest=written(kept.digest),
        act=made.act.name.lower(),
        facility=made.facility,
        known_at=made.known_at,
        is_allowed=made.is_allowed,
        before=figures_told(made.before),
        after=figures_told(made.after),
        reasons=[ReasonTold(why=str(one.why), subject=one.subject, text=one.text) for one in made.reasons],
        encoded=written(kept.body),
    )


def _synced(once: Once) -> SyncedTold:
    found = sync(once.service.desk)
    return SyncedTold(
        read=found.read,
        block=found.block,
        written=found.written,
        unattributed=[written(one) for one in found.unattributed],
    )
