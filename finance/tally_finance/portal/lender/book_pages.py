"""The lender's day and book: what to do next, facilities by need, the receipts that secure them, now or as known."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Response
from starlette.responses import HTMLResponse

from tally_finance.portal.asking import Asking
from tally_finance.portal.lender import next_steps, rows, wording
from tally_finance.portal.lender.asked_times import Past, Then
from tally_finance.portal.lender.places import around, asking
from tally_finance.portal.visit import Visit, Visited
from tally_gateway.pages.paging import ON_A_PAGE, Address, Cursor, Skip, of_told, sliced

_POINTS: Final = 60
_FIRST: Final = 5
"""Facilities on the first page: those that need somebody."""

_BOOK: Final = "/lender/book"

Filter = Annotated[str, Query(max_length=80)]


@dataclass(frozen=True, slots=True)
class Only:
    """Which receipts are shown; empty: all."""

    facility: str
    commodity: str
    keeper: str
    stage: str

    @property
    def params(self) -> dict[str, str | None]:
        """As the desk is asked."""
        return {
            "facility": self.facility or None,
            "commodity": self.commodity or None,
            "keeper": self.keeper or None,
            "encumbrance": self.stage or None,
        }

    @property
    def given(self) -> dict[str, str]:
        """What a link takes along."""
        said = {"facility": self.facility, "commodity": self.commodity, "keeper": self.keeper, "stage": self.stage}
        return {name: value for name, value in said.items() if value}


async def only(facility: Filter = "", commodity: Filter = "", keeper: Filter = "", stage: Filter = "") -> Only:
    """Of a page's query."""
    return Only(facility, commodity, keeper, stage)


def book_pages() -> APIRouter:
    """The routes."""
    router = APIRouter(tags=["lender"])

    @router.get("/lender", response_class=HTMLResponse, summary="What a lender does next")
    async def landing(visit: Visited) -> Response:
        desk = asking(visit, "lender")
        facilities, alerts, summary, operations = await asyncio.gather(
            desk.get("/v1/facilities", lots=False),
            desk.get("/v1/alerts"),
            desk.get("/v1/summary"),
            desk.every("/v1/operations", under_way=True),
        )
        context = around(visit, "lender")
        return visit.page(
            "lender/landing.html",
            steps=next_steps.of_lender(facilities, alerts, operations, context["mine"]),
            summary=summary,
            facilities=rows.facilities(facilities)[:_FIRST],
            count=len(facilities),
            alerts=rows.alerts(rows.gravest_first(alerts)[:_FIRST]),
            alert_count=len(alerts),
            totals=_totals(facilities),
            signing=sum(next_steps.is_mine_to_sign(one, context["mine"]) for one in operations),
            **context,
        )

    @router.get("/lender/book", response_class=HTMLResponse, summary="The book, now or as it was known")
    async def book(
        visit: Visited, past: Past, only: Annotated[Only, Depends(only)], after: Cursor = "", facilities: Skip = 0
    ) -> Response:
        return await _book(visit, past, only, (after, facilities))

    return router


async def _book(visit: Visit, past: Past, only: Only, begins: tuple[str, int]) -> Response:
    desk, (after, skip) = asking(visit, "lender"), begins
    facilities = await desk.get("/v1/facilities", lots=False, **past.params)
    found = rows.facilities(facilities)
    names = [one.name for one in found]
    charted = only.facility if only.facility in names else next(iter(names), "")
    pledged, summary, course = await asyncio.gather(
        desk.get("/v1/pledged", after=after or None, limit=ON_A_PAGE, **only.params, **past.params),
        desk.get("/v1/summary", **past.params),
        _course(desk, charted, past),
    )
    shown, of_facilities = sliced(
        found, skip, Address(_BOOK, {**past.kept, **only.given}, "facilities"), name="facilities"
    )
    return visit.page(
        "lender/book.html",
        past=past,
        here_past=_BOOK,
        facilities=shown,
        names=names,
        of_facilities=of_facilities,
        totals=_totals(facilities),
        summary=summary,
        pledged=pledged["items"],
        of_pledged=of_told(pledged, Address(_BOOK, {**past.kept, **only.given}, "receipts")),
        only=only,
        charted=charted,
        course=course,
        stages=wording.STAGES,
        reasons=wording.REASONS,
        **around(visit, "lender"),
    )


async def _course(desk: Asking, facility: str, past: Then) -> Any:
    """The course of a facility; of none, none."""
    if not facility:
        return {"points": [], "is_whole": True}
    return await desk.get(f"/v1/facilities/{facility}/course", known_at=past.known, points=_POINTS)


def _totals(facilities: list[dict[str, Any]]) -> dict[str, Any]:
    """Sums over the facilities, in yuan, and how many stand badly."""
    return {name: rows.total(facilities, f"{name}_fen") for name in ("owed", "value", "lendable", "available")} | {
        "at_lines": sum(one["line"] != "none" for one in facilities),
        "uncovered": sum(int(one["missing_fen"]) > 0 for one in facilities),
    }
