"""The room at /operator: every gateway of the portal's sheet, with the console's pages for each.

A gateway is one organisation's (the portal's own, where the sheet names no other): operators of another one do not
learn that it is there. What changes something is done with the portal's token, so this room decides
who may.
"""

from __future__ import annotations

import re
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Request, Response

from tally_finance.portal.gateways.clients import Gateways
from tally_finance.portal.visit import Visit, visit_of, written_of
from tally_finance.portal.visitor import OPERATOR
from tally_gateway.console import views
from tally_gateway.console.asking import GatewayAsked
from tally_gateway.console.operator_room import PACKAGE, UPLOADS, operator_routes
from tally_gateway.console.reception import Reception
from tally_gateway.errors import ApiError
from tally_gateway.pages import visit as kit
from tally_gateway.pages.room import Link, Room
from tally_gateway.pages.words import Words

PREFIX: Final = "/operator"
_ONE: Final = f"{PREFIX}/{{gateway}}"

Name = Annotated[str, Path(max_length=64)]


def operator_room(gateways: Gateways) -> Room:
    """The room."""
    router = APIRouter()
    router.include_router(_list(gateways))
    router.include_router(operator_routes(_reception(gateways)))
    links = (Link(PREFIX, Words("Gateways", "网关"), frozenset({OPERATOR})),)
    uploads = {re.compile(f"{PREFIX}/[^/]+{path}"): most for path, most in UPLOADS.items()}
    return Room(router, PACKAGE, links, uploads=uploads)


async def visited(request: Request, gateway: Name) -> Visit:
    """For pages about one gateway. Raises ApiError 403 for whoever is no operator."""
    del gateway  # names the parameter in the interface's description; the path has it
    visit = Visit(request)
    visit.must_be(OPERATOR)
    return visit


async def written(visit: Annotated[Visit, Depends(written_of)], gateway: Name) -> Visit:
    """For forms about one gateway. Raises ApiError 403 for whoever is no operator, or may only look."""
    del gateway
    if not visit.must_be(OPERATOR).may_write:
        raise ApiError(403, "only to look", Words("this account may look and change nothing", "该账户仅可查看"))
    return visit


def _reception(gateways: Gateways) -> Reception:
    def asked(visit: kit.Visit) -> GatewayAsked:
        return gateways.asked_by(visit.guest, visit.request.path_params["gateway"])

    return Reception(_ONE, visited, written, asked, "/open/log/{gateway}")


def _list(gateways: Gateways) -> APIRouter:
    router = APIRouter(tags=["operator"])

    @router.get(PREFIX, response_class=Response, summary="The gateways that this portal looks after")
    async def overview(visit: Annotated[Visit, Depends(visit_of)]) -> Response:
        names = gateways.of(visit.must_be(OPERATOR).organisation)
        if len(names) == 1:
            return visit.back(f"{PREFIX}/{names[0]}")
        rows = [
            (name, state, {} if state is None else views.counts(state), why)
            for name, state, why in await gateways.standing(names)
        ]
        return visit.page("console/gateways.html", rows=rows, prefix=PREFIX)

    return router
