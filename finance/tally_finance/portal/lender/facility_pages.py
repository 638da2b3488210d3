"""A facility (授信): terms, the arithmetic of its position line by line, its course, draws, payments, fees, calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Response
from starlette.responses import HTMLResponse, JSONResponse

from tally_finance.api.forms import WordInPath
from tally_finance.portal.asking import Asking
from tally_finance.portal.lender import plotted, rows, wording
from tally_finance.portal.lender.asked_times import Past, Then
from tally_finance.portal.lender.bars import bar
from tally_finance.portal.lender.places import around, asking
from tally_finance.portal.visit import Visit, Visited
from tally_gateway.pages.paging import Address, Cursor, Skip, counted, of_told

_POINTS: Final = 60
_ROWS: Final = 20
"""Of each list: the page has two beside its course, and a line of the reckoning has eleven figures."""


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
    account, moves = await _account(desk, asked, lists.moves, past.params)
    # As of the account's moment: lines that a price changed meanwhile would not add up to its sums.
    then = {"known_at": account["known_at"], "as_of": account["as_of"]}
    position = await desk.get(asked, lots=False, **then)
    lots = await desk.get(f"{asked}/lots", after=lists.lots or None, limit=_ROWS, **then)
    if lots["total"] and not lots["items"]:  # the list became shorter, and this is behind its end
        lots = await desk.get(f"{asked}/lots", limit=_ROWS, **then)
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
        of_moves=counted(account["moved"], moves, Address(here, past.kept, "moves"), _ROWS, "moves"),
        movements=wording.MOVEMENTS,
        course=course,
        **around(visit, place),
    )  # fmt: skip


async def _account(desk: Asking, asked: str, moves: int, times: Mapping[str, object]) -> tuple[Any, int]:
    """The account, and behind how many of its movements those begin that it tells: the last where fewer are left."""
    told = await desk.get(f"{asked}/account", lots=False, last=_ROWS, skipped=moves, **times)
    if moves < max(told["moved"], 1):
        return told, moves
    last = max(told["moved"] - 1, 0) // _ROWS * _ROWS
    return await desk.get(f"{asked}/account", lots=False, last=_ROWS, skipped=last, **times), last


async def _course(visit: Visit, place: str, name: str, past: Past) -> Response:
    told = await asking(visit, place).get(f"/v1/facilities/{name}/course", known_at=past.known, points=_POINTS)
    return JSONResponse(plotted.course(told, visit.language))
