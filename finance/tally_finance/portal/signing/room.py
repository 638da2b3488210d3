"""The room: `/operations`, for everybody who has a key that signs."""

from __future__ import annotations

from fastapi import APIRouter

from tally_finance.api.rights import DESK_ROLES
from tally_finance.portal.signing import booking_routes as booking
from tally_finance.portal.signing.beginning_routes import beginning_routes
from tally_finance.portal.signing.booking_routes import booking_routes
from tally_finance.portal.signing.preparing_routes import UPLOADS, preparing_routes
from tally_finance.portal.signing.reading_routes import reading_routes
from tally_finance.portal.signing.signing_routes import signing_routes
from tally_gateway.pages.room import Link, Room
from tally_gateway.pages.words import Words


def room() -> Room:
    """The room."""
    router = APIRouter()
    for routes in (reading_routes, beginning_routes, preparing_routes, booking_routes, signing_routes):
        router.include_router(routes())
    link = Link("/operations", Words("Sign and send", "签署与提交"), frozenset(map(str, DESK_ROLES)))
    return Room(router, __package__ or "", (link,), uploads=UPLOADS | booking.UPLOADS)
