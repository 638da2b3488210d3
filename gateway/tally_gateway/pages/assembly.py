"""Rooms become an application: one look, one entrance, one way to say what went wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from importlib import metadata
from typing import Annotated, Final

from fastapi import APIRouter, FastAPI, Header, Request, Response

from tally_gateway.pages import faults
from tally_gateway.pages.entrance import Entrance
from tally_gateway.pages.guest import Guests
from tally_gateway.pages.headers import SecurityHeaders
from tally_gateway.pages.render import KIT, Templates
from tally_gateway.pages.room import Room
from tally_gateway.pages.static_files import StaticFiles
from tally_gateway.pages.visit import LANGUAGE, THEME, THEMES, Shell, Visit, Visited
from tally_gateway.pages.words import Language, Words

_PAGE: Final = "tally_chain.page"
SHARED: Final = (
    (KIT, "static", ""),
    (_PAGE, "shared", ""),
    (_PAGE, "js", "verifier/"),  # the modules that check evidence in a browser, the same as in a report's page
)
"""What every application of pages serves: package, folder, and what is put before its files' names."""


def build(
    name: Words,
    rooms: Sequence[Room],
    guests: Guests,
    *,
    sign_in: str = "/sign-in",
    sign_out: str | None = "/sign-out",
    account: str | None = "/account",
    visit: Callable[[Request], Visit] = Visit,
) -> FastAPI:
    """The application. `visit`: what error pages are made with. Its routes find `app.state.shell`."""
    app = FastAPI(
        title=name.english,
        version=metadata.version("tallystick"),
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # it would lead to whatever host the request named
    )
    packages = list(dict.fromkeys(one for room in rooms for one in (room.package, *room.uses)))
    static = StaticFiles([*SHARED, *((package, "static", "") for package in packages)])
    links = tuple(link for room in rooms for link in room.links)
    app.state.shell = Shell(name, Templates(packages, static), links, sign_out, account)
    app.include_router(_kit(static))
    for room in rooms:
        app.include_router(room.router)
    faults.install(app, visit)
    public: list[re.Pattern[str]] = [path for room in rooms for path in room.public]
    uploads = {path: most for room in rooms for path, most in room.uploads.items()}
    app.add_middleware(Entrance, guests=guests, sign_in=sign_in, public=public, uploads=uploads)
    app.add_middleware(SecurityHeaders)
    return app


def _kit(static: StaticFiles) -> APIRouter:
    """What every application of pages has: static files, and the choice of language and colours."""
    router = APIRouter(tags=["pages"])

    @router.get("/static/{name:path}", response_class=Response, summary="A static file")
    async def static_file(
        name: str, v: str | None = None, if_none_match: Annotated[str | None, Header()] = None
    ) -> Response:
        return static.answer(name, v, if_none_match)

    @router.get("/preferences", response_class=Response, summary="Choose a language or colours; they open nothing")
    async def preferences(visit: Visited, back: str = "/", language: str = "", theme: str = "") -> Response:
        if language in list(Language):
            return visit.chosen(LANGUAGE, language, back)
        return visit.chosen(THEME, theme if theme in THEMES else None, back)

    return router
