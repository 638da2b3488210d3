"""Alerts (预警), prices (盯市价) and the monthly close (月结) of the lender."""

from __future__ import annotations

import asyncio
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Query, Response, UploadFile
from starlette.responses import HTMLResponse, JSONResponse

from tally_finance.api.alert_routes import Number
from tally_finance.api.forms import GoodsInPath, IdInPath
from tally_finance.portal.lender import close_words, moments, plotted, rows, wording
from tally_finance.portal.lender.places import around, asking
from tally_finance.portal.visit import Visit, Visited, Written
from tally_gateway.http.attachment import attachment
from tally_gateway.pages.paging import Address, Skip, sliced
from tally_gateway.pages.words import Words

Reason = Annotated[str, Form(min_length=1, max_length=200)]
Weight = Annotated[str, Query(max_length=10, pattern="^[a-z]*$")]
Month = Annotated[str, Query(max_length=7, pattern=r"^([0-9]{4}-[0-9]{2})?$")]


def watch_pages() -> APIRouter:
    """The routes."""
    router = APIRouter(tags=["lender"])
    _alerts(router)
    _prices(router)
    _close(router)
    return router


def _alerts(router: APIRouter) -> None:
    @router.get("/lender/alerts", response_class=HTMLResponse, summary="Alerts, and what to do about them")
    async def alerts(visit: Visited, severity: Weight = "", skip: Skip = 0) -> Response:
        desk = asking(visit, "lender")
        told, facilities = await asyncio.gather(desk.get("/v1/alerts"), desk.get("/v1/facilities", lots=False))
        wanted = [one for one in told if severity in ("", one["severity"])]
        address = Address("/lender/alerts", {"severity": severity})
        shown, paging = sliced(rows.gravest_first(wanted), skip, address)
        return visit.page(
            "lender/alerts.html",
            alerts=rows.alerts(shown),
            paging=paging,
            total=len(told),
            counts={name: sum(one["severity"] == name for one in told) for name in wording.SEVERITIES},
            severity=severity,
            severities=wording.SEVERITIES,
            known={one["facility"] for one in facilities},
            **around(visit, "lender"),
        )

    @router.post("/lender/alerts/{number}/acknowledge", response_class=Response, summary="Say that an alert was seen")
    async def acknowledged(number: Number, visit: Written, reason: Reason) -> Response:
        return await _said(visit, number, "acknowledge", reason, Words("Acknowledged", "已确认"))

    @router.post("/lender/alerts/{number}/end", response_class=Response, summary="End an alert")
    async def ended(number: Number, visit: Written, reason: Reason) -> Response:
        return await _said(visit, number, "end", reason, Words("Ended", "已解除"))


def _prices(router: APIRouter) -> None:
    @router.get("/lender/prices", response_class=HTMLResponse, summary="Prices that may be lent on")
    async def prices(visit: Visited) -> Response:
        told = await asking(visit, "lender").get("/v1/prices")
        return visit.page("lender/prices.html", prices=told, **around(visit, "lender"))

    @router.get("/lender/prices/{commodity}/course.json", summary="A price over time, for the chart")
    async def course(commodity: GoodsInPath, visit: Visited) -> Response:
        told = await asking(visit, "lender").get(_price_path(commodity))
        return JSONResponse(plotted.price(told, visit.language))

    @router.get("/lender/prices/{commodity}", response_class=HTMLResponse, summary="How a commodity is priced")
    async def price(commodity: GoodsInPath, visit: Visited, skip: Skip = 0) -> Response:
        told = await asking(visit, "lender").get(_price_path(commodity))
        address = Address(f"/lender/prices/{quote(commodity, safe='')}", mark="course")
        judged, paging = sliced(told["judged"][::-1], skip, address)
        return visit.page(
            "lender/price.html",
            price=told,
            newest=told["judged"][-1:],
            judged=judged,
            paging=paging,
            spread=plotted.spread(told["quotes"]),
            **around(visit, "lender"),
        )


def _close(router: APIRouter) -> None:
    @router.get("/lender/closes/{digest}", response_class=Response, summary="A signed close, to download")
    async def file_of(digest: IdInPath, visit: Visited) -> Response:
        told = await asking(visit, "lender").fetch(f"/v1/closes/{digest}")
        return attachment(told.data, told.name or digest[2:18], told.media_type)

    @router.get("/lender/closes/{digest}/check", response_class=HTMLResponse, summary="A signed close, computed again")
    async def check_of(digest: IdInPath, visit: Visited) -> Response:
        told = await asking(visit, "lender").get(f"/v1/closes/{digest}/check")
        return visit.page(
            "lender/close_check.html",
            told=told,
            verdict=close_words.verdict(told),
            steps=close_words.steps(told),
            **around(visit, "lender"),
        )

    @router.get("/lender/close", response_class=HTMLResponse, summary="Months of the book, and the position at an end")
    async def close(visit: Visited, month: Month = "", skip: Skip = 0) -> Response:
        desk = asking(visit, "lender")
        bounds = await desk.get("/v1/summary")
        first, now = bounds["first_known_at"], bounds["known_at"]
        months = [] if first is None else moments.month_ends(first, now)
        chosen = next((one for one in months if one[0] == month), months[0] if months else None)
        is_over = chosen is not None and chosen[1] < now
        told = None
        if chosen is not None:
            told = await desk.get("/v1/close", known_at=min(chosen[1], now), lots=False)
        address = Address("/lender/close", {"month": month}, "signed")
        closes, paging = sliced(await desk.get("/v1/closes"), skip, address)
        return visit.page(
            "lender/close.html",
            months=months,
            now=now,
            chosen=chosen,
            is_over=is_over,
            close=told,
            facilities=[] if told is None else rows.facilities(told["positions"]),
            open_points=[] if told is None else rows.open_points(told["positions"]),
            closes=closes,
            paging=paging,
            **around(visit, "lender"),
        )

    @router.post("/lender/closes", response_class=Response, summary="Keep a signed close")
    async def kept(visit: Written, file: UploadFile) -> Response:
        await asking(visit, "lender").send("/v1/closes", await file.read(), key=visit.once)
        return visit.back("/lender/close", Words("The close is kept.", "月结文件已保存。"))


def _price_path(commodity: str) -> str:
    """Where the desk tells of a commodity, whose name may have blanks and commas."""
    return f"/v1/prices/{quote(commodity, safe='')}"


async def _said(visit: Visit, number: int, act: str, reason: str, words: Words) -> Response:
    await asking(visit, "lender").post(f"/v1/alerts/{number}/{act}", {"reason": reason}, key=visit.once)
    return visit.back("/lender/alerts", words)
