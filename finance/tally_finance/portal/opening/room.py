"""The room of drill-down."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response

from tally_finance.api.rights import Role
from tally_finance.portal.gateways.clients import Gateways
from tally_finance.portal.opening.log_routes import log_routes
from tally_finance.portal.opening.lot_routes import lot_routes
from tally_finance.portal.opening.report_routes import READERS, report_routes
from tally_finance.portal.site import Site
from tally_finance.portal.visit import Visited
from tally_gateway.pages.paging import ON_A_PAGE, Address, Cursor, of_told
from tally_gateway.pages.room import Link, Room
from tally_gateway.pages.words import Words

ROLES = frozenset({Role.LENDER, Role.REVIEWER, Role.VERIFIER})


def room(site: Site, gateways: Gateways) -> Room:
    """The room."""
    router = APIRouter()
    router.include_router(_start())
    router.include_router(report_routes())
    router.include_router(lot_routes())
    if site.gateways:
        router.include_router(log_routes(gateways))
    link = Link("/open", Words("Drill-down", "穿透"), frozenset(map(str, ROLES)))
    return Room(router, __package__ or "", (link,))


def _start() -> APIRouter:
    router = APIRouter(tags=["opening"])

    @router.get("/open", summary="What can be opened", response_class=Response)
    async def start(visit: Visited, reports: Cursor = "", lots: Cursor = "") -> Response:
        roles, site = visit.visitor.roles, visit.site
        has_reviews = site.reviews is not None and bool(roles & set(map(str, READERS)))
        has_desk = site.desk is not None and str(Role.LENDER) in roles
        found: dict[str, Any] = {"reports": None, "lots": None}
        if has_reviews:
            asking = visit.reviews(*READERS)
            found["reports"] = await asking.get("/v1/reports", after=reports or None, limit=ON_A_PAGE)
        if has_desk:
            found["lots"] = await visit.desk(Role.LENDER).get("/v1/lots", after=lots or None, limit=ON_A_PAGE)
        paging = {
            name: of_told(told, Address("/open", mark=name), name) for name, told in found.items() if told is not None
        }
        return visit.page("opening/start.html", **found, paging=paging)

    return router
