"""A facility (授信): terms, the arithmetic of its position line by line, its course, draws, payments, fees, calls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Response
from starlette.responses import HTMLResponse, JSONResponse

from tally_finance.api.forms import WordInPath
from tally_finance.portal.lender import plotted, rows, wording
from tally_finance.portal.lender.asked_times import Past, Then
from tally_finance.portal.lender.bars import bar
from tally_finance.portal.lender.places import around, asking
from tally_finance.portal.visit import Visit, Visited
from tally_gateway.pages.paging import Address, Cursor, Skip, counted, of_told

_POINTS: Final = 60
_ROWS: Final = 20
"""Of each list on a page: a line of the reckoning has eleven figures, most of which open."""


@dataclass(frozen=True, slots=True)
class Begins:
    """Where the page's lists begin: behind which lot, and behind how many movements."""

    lots: str
    moves: int


async def begins(lots: Cursor = "", moves: Skip = 0) -> Begins:
    """Of a page's query."""
    return Begins(lots, moves)


From = Annotated[Begins, Depends(begins)]


def facility_pages() -> APIRouter:
    """The routes: for the lender, and for the borrower of the facility."""
    router = APIRouter(tags=["lender"])

    @router.get("/lender/facilities/{name}", response_class=HTMLResponse, summary="A facility of the book")
    async def of_lender(name: WordInPath, visit: Visited, past: Past, lists: From) -> Response:
        return await _facility(visit, "lender", name, past, lists)

    @router.get("/depositor/facilities/{name}", response_class=HTMLResponse, summary="A facility of the borrower")
    async def of_borrower(name: WordInPath, visit: Visited, past: Past, lists: From) -> Response:
        return await _facility(visit, "depositor", name, past, lists)

    @router.get("/lender/facilities/{name}/course.json", summary="Its loan to value over time, for the chart")
    async def course_of_lender(name: WordInPath, visit: Visited, past: Past) -> Response:
        return await _course(visit, "lender", name, past)

    @router.get("/depositor/facilities/{name}/course.json", summary="Likewise, for the borrower")
    async def course_of_borrower(name: WordInPath, visit: Visited, past: Past) -> Response:
        return await _course(visit, "depositor", name, past)

    return router


async def _facility(visit: Visit, place: str, name: str, past: Then, lists: Begins) -> Response:
    desk, here, asked = asking(visit, place), f"/{place}/facilities/{name}", f"/v1/facilities/{name}"
    position = await desk.get(asked, lots=False, **past.params)
    account = await desk.get(f"{asked}/account", lots=False, last=_ROWS, skipped=lists.moves, **past.params)
    lots = await desk.get(f"{asked}/lots", after=lists.lots or None, limit=_ROWS, **past.params)
    course = await desk.get(f"{asked}/course", known_at=past.known, points=_POINTS)
    owes = int(position["owed_fen"]) > 0
    return visit.page(
        "lender/facility.html",
        past=past,
        here_past=here,
        position=position,
        account=account,
        bar=bar(account["loan_to_value"], account["terms"]["warning"], account["terms"]["liquidation"],
                account["line"], owes=owes),
        stops=rows.reasons(position["stops"]),
        doubts=rows.reasons(position["doubts"]),
        cuts=rows.reasons(position["cuts"]),
        lots=lots["items"],
        of_lots=of_told(lots, Address(here, past.kept, "cover"), name="lots"),
        of_moves=counted(account["moved"], lists.moves, Address(here, past.kept, "moves"), _ROWS, "moves"),
        movements=wording.MOVEMENTS,
        course=course,
        **around(visit, place),
    )  # fmt: skip


async def _course(visit: Visit, place: str, name: str, past: Past) -> Response:
    told = await asking(visit, place).get(f"/v1/facilities/{name}/course", known_at=past.known, points=_POINTS)
    return JSONResponse(plotted.course(told, visit.language))
