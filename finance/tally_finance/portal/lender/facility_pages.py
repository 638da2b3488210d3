"""A facility (授信): terms, the arithmetic of its position line by line, its course, draws, payments, fees, calls."""

from __future__ import annotations

from fastapi import APIRouter, Response
from starlette.responses import HTMLResponse, JSONResponse

from tally_finance.api.forms import WordInPath
from tally_finance.portal.lender import plotted, rows, wording
from tally_finance.portal.lender.asked_times import Past, Then
from tally_finance.portal.lender.bars import bar
from tally_finance.portal.lender.places import around, asking
from tally_finance.portal.visit import Visit, Visited
from tally_gateway.pages.paging import Address, Skip, sliced

_POINTS = 60


def facility_pages() -> APIRouter:
    """The routes: for the lender, and for the borrower of the facility."""
    router = APIRouter(tags=["lender"])

    @router.get("/lender/facilities/{name}", response_class=HTMLResponse, summary="A facility of the book")
    async def of_lender(name: WordInPath, visit: Visited, past: Past, moves: Skip = 0) -> Response:
        return await _facility(visit, "lender", name, (past, moves))

    @router.get("/depositor/facilities/{name}", response_class=HTMLResponse, summary="A facility of the borrower")
    async def of_borrower(name: WordInPath, visit: Visited, past: Past, moves: Skip = 0) -> Response:
        return await _facility(visit, "depositor", name, (past, moves))

    @router.get("/lender/facilities/{name}/course.json", summary="Its loan to value over time, for the chart")
    async def course_of_lender(name: WordInPath, visit: Visited, past: Past) -> Response:
        return await _course(visit, "lender", name, past)

    @router.get("/depositor/facilities/{name}/course.json", summary="Likewise, for the borrower")
    async def course_of_borrower(name: WordInPath, visit: Visited, past: Past) -> Response:
        return await _course(visit, "depositor", name, past)

    return router


async def _facility(visit: Visit, place: str, name: str, begins: tuple[Then, int]) -> Response:
    """`begins`: the time that is asked for, and where the page of its movements does."""
    desk, (past, skip), here = asking(visit, place), begins, f"/{place}/facilities/{name}"
    position = await desk.get(f"/v1/facilities/{name}", **past.params)
    account = await desk.get(f"/v1/facilities/{name}/account", **past.params)
    course = await desk.get(f"/v1/facilities/{name}/course", known_at=past.known, points=_POINTS)
    owes = int(position["owed_fen"]) > 0
    moves, of_moves = sliced(account["movements"], skip, Address(here, past.kept, "moves"), name="moves")
    return visit.page(
        "lender/facility.html",
        past=past,
        here_past=here,
        position=position,
        account=account,
        bar=bar(account["loan_to_value"], account["terms"]["warning"], account["terms"]["liquidation"],
                account["line"], owes=owes),
        row=rows.facilities([position])[0],
        stops=rows.reasons(position["stops"]),
        doubts=rows.reasons(position["doubts"]),
        cuts=rows.reasons(position["cuts"]),
        moves=moves,
        of_moves=of_moves,
        movements=wording.MOVEMENTS,
        course=plotted.course_rows(course),
        course_is_whole=course["is_whole"],
        **around(visit, place),
    )  # fmt: skip


async def _course(visit: Visit, place: str, name: str, past: Past) -> Response:
    told = await asking(visit, place).get(f"/v1/facilities/{name}/course", known_at=past.known, points=_POINTS)
    return JSONResponse(plotted.course(told, visit.language))
