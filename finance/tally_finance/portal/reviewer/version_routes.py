"""Versions of a figure (重述): which stood at a time, why there is another, what changed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Final

from fastapi import APIRouter, Form, Query, Response

from tally_finance.api.rights import Role
from tally_finance.portal.numbers import exact
from tally_finance.portal.reviewer import pictures
from tally_finance.portal.reviewer.asking import Digest, headed
from tally_finance.portal.visit import Visited, Written
from tally_finance.review_api.forms import TOTAL
from tally_gateway.errors import ApiError
from tally_gateway.pages.words import Words

REASONS: Final = {
    "first": Words("first version", "首版"),
    "new_evidence": Words("new evidence", "新证据"),
    "correction": Words("correction", "更正"),
    "factor_superseded": Words("a factor was superseded", "因子更新"),
    "method": Words("the method changed", "方法变更"),
    "boundary": Words("the boundary changed", "边界变更"),
}
_DESK: Final = (Role.REVIEWER, Role.LENDER)

Line = Annotated[str, Query(min_length=1, max_length=255, pattern=r"^[^\x00]+$")]
Day = Annotated[str, Query(max_length=10, pattern=r"^([0-9]{4}-[0-9]{2}-[0-9]{2})?$")]
Short = Annotated[str, Form(max_length=200)]


def version_routes() -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/reviewer")

    @router.get("/versions", response_class=Response, summary="Figures that have versions")
    async def lines(visit: Visited) -> Response:
        found = await visit.reviews(*_DESK).get("/v1/lines")
        return visit.page("reviewer/lines.html", lines=found["lines"])

    @router.get("/versions/of", response_class=Response, summary="The versions of a figure")
    async def versions(visit: Visited, line: Line, known_at: Day = "") -> Response:
        at = _end_of(known_at)
        found = await visit.reviews(*_DESK).get("/v1/versions", line=line, known_at=at)
        return visit.page(
            "reviewer/versions.html", line=line, versions=found["items"], stood=found["stood"], known_at=known_at,
            reasons=REASONS, exact=exact,
        )  # fmt: skip

    @router.get("/reports/{digest}/version", response_class=Response, summary="Keep a report as a version")
    async def keeping(digest: Digest, visit: Visited) -> Response:
        desk = visit.reviews(Role.REVIEWER)
        head = await headed(desk, digest)
        figures = await desk.get(f"/v1/reports/{digest}/figures")
        names = [one["name"] for one in figures["figures"]]
        known = (await desk.get("/v1/lines"))["lines"]
        report = head["report"]
        period = f"{report['from_at']} to {report['to_at']}"
        own = [one for one in known if period in one and report["site"] in one]
        return visit.page(
            "reviewer/version.html", **head, figures=names, figure=TOTAL, reasons=REASONS, lines=own,
            figure_words=pictures.figure_words,
        )  # fmt: skip

    @router.post("/reports/{digest}/version", response_class=Response, summary="Keep it, for ever")
    async def kept(
        digest: Digest, visit: Written, figure: Short = TOTAL, reason: Short = "", why: Short = ""
    ) -> Response:
        body = {"figure": figure, "reason": reason, "why": why.strip()}
        told = await visit.reviews(Role.REVIEWER).post(f"/v1/reports/{digest}/versions", body, visit.once)
        number = told["number"]
        said = Words(f"Kept as version {number}.", f"已留存为第 {number} 版。")
        return visit.back("/reviewer/versions", said)

    return router


def _end_of(day: str) -> int | None:
    """The last second of a day in UTC; None where none is named. Raises ApiError 400 for a day that is none."""
    if not day:
        return None
    try:
        return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()) + 86_399
    except (ValueError, OverflowError):
        raise ApiError(400, "no such day", Words(f"{day} is no day of a calendar", f"{day} 不是有效日期")) from None
