"""The console that a gateway serves of itself, at /console on its HTTP port, for holders of an operator's token."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final

import httpx
from fastapi import APIRouter, Depends, FastAPI, Form, Query, Request, Response

from tally_gateway.config import GatewayConfig
from tally_gateway.console.asking import GatewayAsked, StateCache, in_process
from tally_gateway.console.front import PREFIX
from tally_gateway.console.operator_room import PACKAGE, UPLOADS, operator_routes
from tally_gateway.console.reception import Reception
from tally_gateway.console.sessions import COOKIE, LONGEST_S, ConsoleSessions, Operator
from tally_gateway.console.state_routes import OPERATOR
from tally_gateway.errors import ApiError
from tally_gateway.http.rates import AddressRates
from tally_gateway.http.tokens import TokenFile
from tally_gateway.pages import assembly
from tally_gateway.pages.room import Link, Room
from tally_gateway.pages.visit import Visit, Visited, csrf_checked, own_path, visit_of
from tally_gateway.pages.words import Words

SIGN_IN: Final = f"{PREFIX}/sign-in"
SIGN_IN_COST: Final = 20
"""Ten tries at once from one address, then one a second; a token has 256 bits all the same."""
_NAME: Final = Words("Tallystick gateway", "信码网关")


def make_console(config: GatewayConfig, interface: FastAPI, rates: AddressRates) -> FastAPI:
    """The pages over the interface of the same gateway."""
    sessions = ConsoleSessions(TokenFile(config.path(config.http.tokens_file)), config.gateway.origin)
    reception = own_reception(config.gateway.origin, in_process(interface))
    links = (Link(PREFIX, Words("Console", "控制台"), frozenset({OPERATOR})),)
    uploads = {re.compile(re.escape(PREFIX) + path): most for path, most in UPLOADS.items()}
    router = operator_routes(reception)
    router.include_router(_door(sessions, rates))
    room = Room(router, PACKAGE, links, uploads=uploads)
    return assembly.build(_NAME, [room], sessions, sign_in=SIGN_IN, sign_out=f"{PREFIX}/sign-out", account=None)


def own_reception(origin: str, client: httpx.AsyncClient) -> Reception:
    """The one gateway, asked with the token that its operator signed in with."""

    async def written(request: Request, _: Annotated[None, Depends(csrf_checked)]) -> Visit:
        return Visit(request)

    # The session's token was checked when the request came in, so its holders share what was read.
    states = StateCache(fresh_s=0, shown_s=0)

    def asked(visit: Visit) -> GatewayAsked:
        if not isinstance(visit.guest, Operator):
            raise ApiError(401, "nobody is signed in", Words(f"sign in at {SIGN_IN}", f"请在 {SIGN_IN} 登录"))
        return GatewayAsked(origin, client, visit.guest.token, states)

    return Reception(PREFIX, visit_of, written, asked)


def _door(sessions: ConsoleSessions, rates: AddressRates) -> APIRouter:
    router = APIRouter(tags=["console"])

    @router.get("/", response_class=Response, summary="On to the console")
    async def start(visit: Visited) -> Response:
        return visit.back(PREFIX)

    @router.get(SIGN_IN, response_class=Response, summary="The page to sign in at")
    async def page(visit: Visited, next: Annotated[str, Query(max_length=500)] = PREFIX) -> Response:  # noqa: A002  its name in the address
        if visit.guest is not None:
            return visit.back(own_path(next))
        return visit.page("console/sign_in.html", next=next, wrong="")

    @router.post(SIGN_IN, response_class=Response, summary="Sign in with a token of scope operate")
    async def sign_in(
        request: Request,
        visit: Visited,
        token: Annotated[str, Form(max_length=200)] = "",
        next: Annotated[str, Form(max_length=500)] = PREFIX,  # noqa: A002  its name in the address
    ) -> Response:
        rates.spend(request, SIGN_IN_COST)
        try:
            value = sessions.begin(token.strip())
        except ApiError as error:
            wrong: Any = Words("This token does not open the console.", "该令牌无权进入控制台。")
            return visit.page("console/sign_in.html", error.status, next=next, wrong=wrong)
        to = own_path(next)
        answer = visit.back(PREFIX if to == "/" else to)
        answer.set_cookie(
            COOKIE, value, max_age=LONGEST_S, path="/", httponly=True, samesite="strict",
            secure=request.url.scheme == "https",
        )  # fmt: skip
        return answer

    @router.post(f"{PREFIX}/sign-out", response_class=Response, summary="Sign out")
    async def sign_out(request: Request, visit: Visited, _: Annotated[None, Depends(csrf_checked)]) -> Response:
        sessions.end(request)
        answer = visit.back(SIGN_IN)
        answer.delete_cookie(COOKIE, path="/")
        return answer

    return router
