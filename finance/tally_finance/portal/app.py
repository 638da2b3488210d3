"""The portal as one application: its pages, and beside them the interfaces that programs use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from sqlalchemy.exc import SQLAlchemyError

from tally_finance.api.faults import unanswered
from tally_finance.portal import start
from tally_finance.portal.accounts import room as accounts
from tally_finance.portal.accounts.proving_routes import proof_needed
from tally_finance.portal.accounts.recording import Recording
from tally_finance.portal.accounts.service import Accounts
from tally_finance.portal.accounts.visiting import ProofNeededError
from tally_finance.portal.gateways.clients import Gateways
from tally_finance.portal.gateways.room import operator_room
from tally_finance.portal.handover import room as handover
from tally_finance.portal.lender import room as lender
from tally_finance.portal.opening import room as opening
from tally_finance.portal.reviewer import room as reviewer
from tally_finance.portal.signing import room as signing
from tally_finance.portal.site import Site
from tally_finance.portal.visit import Visit
from tally_gateway.http.limits import Receive, Scope, Send
from tally_gateway.pages import assembly
from tally_gateway.pages.room import Room

DESK: Final = "/v1/"
REVIEWS: Final = "/reviews"


def rooms(site: Site) -> list[Room]:
    """Every room that this site has something for, in the order of the navigation."""
    found: list[Room] = []
    gateways = Gateways(site.gateways, site.organisation)
    if site.gateways:
        found.append(operator_room(gateways))
    if site.desk is not None:
        found += [lender.lender_room(), signing.room()]
    if site.reviews is not None:
        found.append(reviewer.room())
    found += [opening.room(site, gateways), handover.room(site, gateways), start.room()]
    if isinstance(site.sessions, Accounts):
        found.append(accounts.room())
    return found


def make_pages(site: Site, more: Sequence[Room] = ()) -> FastAPI:
    """The pages alone. `more`: rooms of parts above this one."""
    app = assembly.build(site.name, [*rooms(site), *more], site.sessions, visit=Visit)
    app.state.site = site
    app.add_exception_handler(SQLAlchemyError, _unanswered)
    app.add_exception_handler(ProofNeededError, proof_needed)
    return app


async def _unanswered(_: Request, error: Exception) -> Response:
    return unanswered(error)


class Portal:
    """ASGI: `/v1/` is the lender's desk, `/reviews/v1/` the reviewers' desk, all else the pages."""

    def __init__(self, site: Site, more: Sequence[Room] = ()) -> None:
        self.pages = make_pages(site, more)
        self._desk, self._reviews = site.desk, site.reviews
        sessions = site.sessions
        self._app: Any = Recording(self._pass_on, sessions) if isinstance(sessions, Accounts) else self._pass_on

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on to whom it belongs."""
        await self._app(scope, receive, send)

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        app, given = self._of(scope)
        await app(given, receive, send)

    def _of(self, scope: Scope) -> tuple[Any, Scope]:
        path = scope.get("path", "")
        if self._desk is not None and path.startswith(DESK):
            return self._desk, scope
        if self._reviews is not None and path.startswith(REVIEWS + DESK):
            bare = path.removeprefix(REVIEWS)
            return self._reviews, {**scope, "path": bare, "raw_path": bare.encode()}
        return self.pages, scope
