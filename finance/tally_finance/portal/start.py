"""The first page: whoever signed in goes on to the room of its first role."""

from __future__ import annotations

from fastapi import APIRouter, Response

from tally_finance.portal.visit import Visited
from tally_gateway.pages.room import Room


def room() -> Room:
    """The room."""
    return Room(_routes(), __package__ or "")


def _routes() -> APIRouter:
    router = APIRouter(tags=["start"])

    @router.get("/", summary="On to the room of the visitor's first role")
    async def start(visit: Visited) -> Response:
        roles = visit.visitor.roles
        open_to = [link for link in visit.shell.links if link.open_to(roles)]
        if not open_to:
            return visit.page("portal/nothing.html")
        return visit.back(open_to[0].href)

    @router.get("/healthz", summary="Whether the portal answers")
    async def healthz() -> dict[str, bool]:
        return {"healthy": True}

    return router
