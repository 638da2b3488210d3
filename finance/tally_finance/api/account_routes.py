"""A facility's account and course, and what secures the book, receipt by receipt: now, or as it was known at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from tally_finance.api.forms import After, IdInPath, Limit, Told, WithLots, WordInPath, read
from tally_finance.api.loan_routes import When, seen_by, state_of
from tally_finance.api.pages import Page, paged
from tally_finance.api.refusing import missing
from tally_finance.api.routing import guarded
from tally_finance.api.service import Allowed, Served, allowed
from tally_finance.api.told_account import AccountTold, LineTold, Moves, PointTold, account_told, line_told, point_told
from tally_finance.api.told_papers import PapersTold, named_papers, papers_told
from tally_finance.api.told_pledged import PledgedTold, SummaryTold, Wanted, pledged_in, pledged_told, summary_told
from tally_finance.book.position import position_in
from tally_finance.desk.documents import Kind

Most = Annotated[int, Query(ge=1, le=120, description="how many points at most")]
Skipped = Annotated[int, Query(ge=0, le=10_000_000, description="how many of the newest are left out")]
Name = Annotated[str | None, Query(min_length=1, max_length=64, pattern="^[A-Za-z0-9][A-Za-z0-9 ._-]*$")]
Goods = Annotated[str | None, Query(min_length=1, max_length=64, pattern="^[^\\x00-\\x1f\\x7f]+$")]
Firm = Annotated[str | None, Query(pattern="^0x[0-9a-f]{64}$")]
Standing = Annotated[str | None, Query(pattern="^[a-z_]{1,20}$", description="offered, registered, margin_call …")]


@dataclass(frozen=True, slots=True)
class Then:
    """Known when, and as of when; None: now."""

    known_at: int | None
    as_of: int | None


async def then(known_at: When = None, as_of: When = None) -> Then:
    """The two times of a request."""
    return Then(known_at, as_of)


async def wanted(
    facility: Name = None, commodity: Goods = None, keeper: Firm = None, encumbrance: Standing = None
) -> Wanted:
    """Which receipts a request is after."""
    return Wanted(facility, commodity, None if keeper is None else read(keeper), encumbrance)


async def moves(last: Limit = 100, skipped: Skipped = 0) -> Moves:
    """Of a request."""
    return Moves(last, skipped)


At = Annotated[Then, Depends(then)]
Newest = Annotated[Moves, Depends(moves)]


class CourseTold(Told):
    """A facility over time: ends of banking days since it was opened, and now; with its lines."""

    facility: str
    warning: str
    liquidation: str
    points: list[PointTold]
    is_whole: bool
    """Else points between are still being reckoned: the next look has more."""


def account_routes() -> APIRouter:
    """The routes."""
    router = guarded("/v1", "accounts", allowed)
    _accounts(router)
    _securing(router)
    return router


def _accounts(router: APIRouter) -> None:
    @router.get(
        "/facilities/{facility}/account",
        summary="Terms, what is owed, the coverage line by line, what was moved; now or as known",
    )
    def account(
        *,
        facility: WordInPath,
        bearer: Allowed,
        service: Served,
        at: At,
        moves: Newest,
        lots: WithLots = True,
    ) -> AccountTold:
        state = seen_by(bearer, facility, state_of(service, at.known_at, at.as_of))
        return account_told(state, position_in(state, facility), bearer.role, moves, lots=lots)

    @router.get(
        "/facilities/{facility}/lots",
        summary="The coverage line by line, in the order of the lots; now or as known",
    )
    def lots(
        *, facility: WordInPath, bearer: Allowed, service: Served, at: At, after: After = None, limit: Limit = 50
    ) -> Page[LineTold]:
        position = position_in(seen_by(bearer, facility, state_of(service, at.known_at, at.as_of)), facility)
        lines = ((one.lot, one) for one in position.lots)
        return paged(lines, after, limit, lambda _, one: line_told(one, position, bearer.role))

    @router.get(
        "/facilities/{facility}/course",
        summary="Coverage over time: each point as it was known then",
    )
    def course(
        facility: WordInPath, bearer: Allowed, service: Served, known_at: When = None, points: Most = 60
    ) -> CourseTold:
        opened = seen_by(bearer, facility, state_of(service, known_at, None)).opening(facility)[0]
        found = service.courses.of(service.desk, facility, points, known_at)
        return CourseTold(
            facility=facility,
            warning=f"{opened.warning:f}",
            liquidation=f"{opened.liquidation:f}",
            points=[point_told(one) for one in found.points],
            is_whole=found.is_whole,
        )


def _securing(router: APIRouter) -> None:
    @router.get("/pledged", summary="The receipts that secure the book, with what speaks against each")
    def pledged(
        service: Served,
        at: At,
        only: Annotated[Wanted, Depends(wanted)],
        after: After = None,
        limit: Limit = 50,
    ) -> Page[PledgedTold]:
        state = state_of(service, at.known_at, at.as_of)
        if state is None:
            return Page(items=[], next=None, previous=None, skipped=0, total=0)
        return paged(pledged_in(state, only), after, limit, lambda _, one: pledged_told(state, one))

    @router.get("/summary", summary="The book in figures: facilities, receipts, goods; now or as known")
    def summary(service: Served, at: At) -> SummaryTold:
        entries = service.desk.entries()
        first = entries[0].entry.known_at if entries else None
        return summary_told(state_of(service, at.known_at, at.as_of), first)

    @router.get("/receipts/{number}/papers", summary="What the book knows of a receipt beside the chain")
    def papers(number: IdInPath, bearer: Allowed, service: Served) -> PapersTold:
        receipt = service.sight(bearer).receipt(read(number))
        if receipt is None:
            raise missing("receipt")
        documents, state = service.desk.documents, state_of(service, None, None)
        kept = documents.held(Kind.PAPER, named_papers(state, read(number)))
        bundles = [one.digest for one in documents.of_lot(receipt.lot)]
        return papers_told(state, read(number), receipt.lot, kept, bundles)
