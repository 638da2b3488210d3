"""The room of handover: owners' grants, readers' bundles, and the drill-down into these."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Final

from fastapi import APIRouter, Response
from fastapi.concurrency import run_in_threadpool

from tally_finance.api.openings import Openings
from tally_finance.portal import signing
from tally_finance.portal.gateways.clients import Gateways
from tally_finance.portal.handover import drafting
from tally_finance.portal.handover.arrivals import Arrivals
from tally_finance.portal.handover.bundle_routes import bundle_routes
from tally_finance.portal.handover.grants import Grants
from tally_finance.portal.handover.owner_routes import MAX_EVIDENCE_BYTES, owner_routes
from tally_finance.portal.handover.reader_routes import MAX_FILE_BYTES, reader_routes
from tally_finance.portal.site import Site
from tally_finance.portal.visit import Visited
from tally_finance.portal.visitor import OWNER, ROLES
from tally_gateway.pages.room import Link, Room
from tally_gateway.pages.words import Words

_FRAME_BYTES: Final = 1 << 20
"""Room for the form's other fields."""

UPLOADS: Final = {
    re.compile(r"/handover/grants"): MAX_EVIDENCE_BYTES + _FRAME_BYTES,
    re.compile(r"/handover/grants/[0-9a-f]{32}/terms"): 4 * drafting.MAX_DOCUMENT_BYTES,
    re.compile(r"/handover/grants/[0-9a-f]{32}/signed"): MAX_EVIDENCE_BYTES + 4 * drafting.MAX_DOCUMENT_BYTES,
    re.compile(r"/handover/arrivals"): MAX_FILE_BYTES + 2 * _FRAME_BYTES + _FRAME_BYTES,
    re.compile(r"/handover/arrivals/[0-9a-f]{32}/policy"): 3 * _FRAME_BYTES,
}


def room(site: Site, gateways: Gateways, clock: Callable[[], int] = lambda: int(time.time())) -> Room:
    """The room. `clock` gives Unix seconds."""
    grants, arrivals, openings = Grants(site.engine, clock), Arrivals(site.engine, clock), Openings()
    router = APIRouter()
    router.include_router(_start(grants, arrivals))
    router.include_router(owner_routes(grants, gateways))
    router.include_router(reader_routes(arrivals, grants, openings))
    router.include_router(bundle_routes(arrivals, openings))
    link = Link("/handover", Words("Handover", "证据交接"), ROLES - {"administrator", "operator"})
    return Room(router, __package__ or "", (link,), uploads=UPLOADS, uses=(signing.__name__,))


def _start(grants: Grants, arrivals: Arrivals) -> APIRouter:
    router = APIRouter(tags=["handover"])

    @router.get("/handover", summary="Grants and bundles, and what is to do next", response_class=Response)
    async def start(visit: Visited) -> Response:
        who = visit.visitor
        is_owner = OWNER in who.roles
        own = await run_in_threadpool(grants.all, who.organisation) if is_owner else ()
        waiting = [one for one in own if one.sealed is None and one.revoked_at is None]
        came = await run_in_threadpool(arrivals.all, who.organisation)
        sealed = [one for one in came if one.opened is None]
        return visit.page("handover/start.html", is_owner=is_owner, own=own, waiting=waiting, came=came, sealed=sealed)

    return router
