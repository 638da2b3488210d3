"""The page on which a visitor of the demonstration chooses who to be. A portal that is served for real has none.

Its address has a secret that the command prints, so that nobody else on this machine comes in by it.
"""

from __future__ import annotations

import hmac
import re
import secrets
import time
from pathlib import Path

from fastapi import APIRouter, Response

from tally_finance.portal.accounts.signing_in import LINK, Come
from tally_finance.portal.accounts.visiting import accounts_of, let_in
from tally_finance.portal.visit import Visited
from tally_gateway.errors import ApiError
from tally_gateway.pages.room import Room
from tally_trial.portal_demo import handing
from tally_trial.portal_demo.people import PARTS
from tally_trial.portal_demo.release import RELEASE


def room(secret: str, folder: Path) -> Room:
    """The room. `folder`: where the demonstration lies, with the keys of everybody in it."""
    return Room(_routes(secret, folder), __package__ or "", public=(re.compile("/guide/.*"),))


def address(secret: str) -> str:
    """Where it is."""
    return f"/guide/{secret}"


def _routes(secret: str, folder: Path) -> APIRouter:
    router = APIRouter(tags=["guide"])

    def must_know(given: str) -> None:
        if not hmac.compare_digest(given.encode(), secret.encode()):
            raise ApiError(404, "not found", "there is no such page")

    @router.get("/guide/{given}", summary="Who to be")
    async def guide(visit: Visited, given: str) -> Response:
        must_know(given)
        return visit.page(
            "guide/guide.html",
            parts=PARTS,
            secret=secret,
            folder=folder,
            handing=folder / handing.FOLDER,
            release=RELEASE,
            short_names={one.name: one.short for one in PARTS},
            weighing=secrets.token_hex(32),
        )

    @router.get("/guide/{given}/{name}", summary="Come in as somebody")
    async def come_in(visit: Visited, given: str, name: str) -> Response:
        must_know(given)
        part = next((one for one in PARTS if one.name == name), None)
        accounts = accounts_of(visit)
        account = accounts.directory.account(name)
        if part is None or account is None:
            raise ApiError(404, "not found", "there is nobody of that name")
        session = accounts.sessions.make(name, LINK, "the guide", int(time.time()))
        return let_in(visit, Come(session, account, LINK), part.first)

    return router
