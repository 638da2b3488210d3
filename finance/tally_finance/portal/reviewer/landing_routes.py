"""Where a reviewer begins: what is to do next, what arrived, all reports; and where reports are sent."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, File, Query, Response, UploadFile
from starlette.responses import JSONResponse

from tally_finance.export.said_words import sentence_words
from tally_finance.portal.reviewer import next_step
from tally_finance.portal.reviewer.asking import JUDGES, Digest, desk_of, judging
from tally_finance.portal.visit import Visited, Written
from tally_finance.review_api.forms import DIGEST
from tally_finance.review_api.service import MAX_ARCHIVE_BYTES
from tally_gateway.errors import ApiError
from tally_gateway.pages.paging import ON_A_PAGE, Address, of_told
from tally_gateway.pages.words import Words

After = Annotated[str | None, Query(pattern=DIGEST)]


def landing_routes() -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/reviewer")

    @router.get("", response_class=Response, summary="What a reviewer does next")
    async def landing(visit: Visited) -> Response:
        desk = desk_of(visit)
        if desk.bearer.role not in JUDGES:
            return visit.back("/reviewer/reports")
        work = await desk.get("/v1/work")
        return visit.page(
            "reviewer/landing.html",
            work=work,
            step=next_step.of(work),
            may_write=desk.bearer.may_write,
            most_bytes=MAX_ARCHIVE_BYTES,
        )

    @router.get("/reports", response_class=Response, summary="All reports that the visitor may read")
    async def reports(visit: Visited, after: After = None) -> Response:
        found = await desk_of(visit).get("/v1/reports", after=after, limit=ON_A_PAGE)
        paging = of_told(found, Address("/reviewer/reports"))
        return visit.page("reviewer/reports.html", reports=found["items"], paging=paging)

    @router.post("/send", response_class=Response, summary="Send a report's archive")
    async def send(visit: Written, archive: Annotated[UploadFile, File()]) -> Response:
        data = await archive.read()
        if not data:
            raise ApiError(
                422,
                "no file",
                Words(
                    "choose the file that `tallystick finance review pack` made",
                    "请选择由 `tallystick finance review pack` 生成的文件",
                ),
            )
        told = await judging(visit).send("/v1/reports", data)
        return visit.back(f"/reviewer/arrivals/{told['digest']}")

    @router.get("/arrivals/{digest}", response_class=Response, summary="What became of a report that was sent")
    async def arrival(digest: Digest, visit: Visited) -> Response:
        told = await judging(visit).get(f"/v1/arrivals/{digest}")
        if told["state"] == "kept":
            said = Words("It was computed again, and is the same byte for byte.", "已复算，逐字节一致。")
            return visit.back(f"/reviewer/reports/{digest}", said)
        return visit.page("reviewer/arrival.html", arrival=told, sentence_words=sentence_words)

    @router.get("/arrivals/{digest}/state", summary="The same for a script that waits")
    async def state(digest: Digest, visit: Visited) -> JSONResponse:
        told: dict[str, Any] = await judging(visit).get(f"/v1/arrivals/{digest}")
        return JSONResponse({"state": told["state"]})

    return router
