"""The room of reviewers: where reports come in, are looked at and are judged (审查)."""

from __future__ import annotations

import re
from typing import Final

from fastapi import APIRouter

from tally_finance.api.rights import Role
from tally_finance.portal import signing
from tally_finance.portal.reviewer.figure_routes import figure_routes
from tally_finance.portal.reviewer.judging_routes import judging_routes
from tally_finance.portal.reviewer.landing_routes import landing_routes
from tally_finance.portal.reviewer.ledger_routes import ledger_routes
from tally_finance.portal.reviewer.opinion_routes import opinion_routes
from tally_finance.portal.reviewer.sharing_routes import sharing_routes
from tally_finance.portal.reviewer.version_routes import version_routes
from tally_finance.review_api.service import MAX_ARCHIVE_BYTES
from tally_gateway.pages.room import Link, Room
from tally_gateway.pages.words import Words

MAX_UPLOAD_BYTES: Final = MAX_ARCHIVE_BYTES + (64 << 10)
"""An archive, and what a form puts around it."""

_WHO: Final = frozenset({str(Role.REVIEWER), str(Role.VERIFIER), str(Role.LENDER)})


def room() -> Room:
    """The room."""
    router = APIRouter(tags=["reviewer"])
    for routes in (
        landing_routes(),
        figure_routes(),
        ledger_routes(),
        judging_routes(),
        opinion_routes(),
        version_routes(),
        sharing_routes(),
    ):
        router.include_router(routes)
    links = (Link("/reviewer", Words("Reports", "碳足迹审查"), _WHO),)
    uploads = {re.compile("/reviewer/send"): MAX_UPLOAD_BYTES}
    return Room(router, __package__ or "", links, uploads=uploads, uses=(signing.__name__,))
