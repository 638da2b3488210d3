"""One request for a page, as a handler has it: who asks, in which language, and how the answer is made."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from fastapi import Depends, Form, Request, Response
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, RedirectResponse

from tally_gateway.errors import ApiError
from tally_gateway.pages.guest import Guest
from tally_gateway.pages.render import Templates
from tally_gateway.pages.room import Link
from tally_gateway.pages.words import Language, Words, preferred
from tally_gateway.remembered import Remembered

LANGUAGE, THEME, SAID = "language", "theme", "said"
"""Cookies. None of them is a secret, and none opens anything."""

THEMES: Final = ("light", "dark")
_YEAR_S: Final = 365 * 86_400
_SAID_S: Final = 60
_MOST_SAID: Final = 600
MOST_OF_PARTS: Final = 24 << 20
"""Characters of parts that are held. The cross-checks of a site of 200 meters have 0.2 million."""


@dataclass(frozen=True, slots=True)
class Shell:
    """What stands around every page of an application."""

    name: Words
    templates: Templates
    links: tuple[Link, ...]
    sign_out: str | None = "/sign-out"
    account: str | None = "/account"
    parts: Remembered[Markup] = field(default_factory=lambda: Remembered[Markup](MOST_OF_PARTS))


class Visit:
    """See the module's text. `guest` is None on public pages alone."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.shell: Shell = request.app.state.shell
        self.guest: Guest | None = getattr(request.state, "guest", None)
        self.root: str = request.scope.get("root_path", "")

    @cached_property
    def language(self) -> Language:
        """The one that was chosen, else the browser's first of the two."""
        chosen = self.request.cookies.get(LANGUAGE)
        if chosen in list(Language):
            return Language(chosen)
        return preferred(self.request.headers.get("accept-language", ""))

    @property
    def theme(self) -> str | None:
        """`light` or `dark` where it was chosen; None: the reader's own."""
        chosen = self.request.cookies.get(THEME)
        return chosen if chosen in THEMES else None

    def page(self, template: str, status: int = 200, **context: Any) -> Response:
        """A template as the answer, with what every template may use."""
        guest = self.guest
        roles = frozenset() if guest is None else guest.roles
        said = self.request.cookies.get(SAID, "")
        html = self.shell.templates.render(
            template,
            self.language,
            self.root,
            guest=guest,
            theme=self.theme,
            shell=self.shell,
            links=[] if guest is None else [one for one in self.shell.links if one.open_to(roles)],
            path=self.request.url.path.removeprefix(self.root),
            here=_own_address(self.request),
            once=secrets.token_urlsafe(24),
            said=_unpacked(said),
            **context,
        )
        answer = HTMLResponse(html, status)
        if said and status == 200:
            answer.delete_cookie(SAID, path="/")
        return answer

    async def part(self, template: str, of: bytes, context: Callable[[], Mapping[str, Any]]) -> Markup:
        """A part of a page that follows from what `of` names, whoever looks: made in a thread where it is not held.

        Its template has what `Templates.render` gives to all, and this context; nothing of who asks.
        """
        parts, language, root = self.shell.parts, self.language, self.root
        name = template, language, root, of

        def make() -> Markup:
            return Markup(self.shell.templates.render(template, language, root, **context()))  # noqa: S704  escaped

        held = parts.get(name)
        return held if held is not None else await run_in_threadpool(parts.found, name, make)

    def back(self, to: str, said: Words | None = None) -> Response:
        """On to another page (303), where `said` stands once at the top. `to`: a path of ours."""
        answer = RedirectResponse(f"{self.root}{to}", 303)
        if said is not None:
            self.say(answer, said)
        return answer

    def say(self, answer: Response, said: Words) -> None:
        """Let it stand once at the top of the next page."""
        text = said.within(self.language)[:_MOST_SAID]
        answer.set_cookie(
            SAID, text.encode().hex(), max_age=_SAID_S, path="/", httponly=True, samesite="lax",
            secure=self.request.url.scheme == "https",
        )  # fmt: skip

    def chosen(self, name: str, value: str | None, to: str) -> Response:
        """A choice that lasts, and back to the page where it was made."""
        answer = RedirectResponse(f"{self.root}{own_path(to)}", 303)
        if value is None:
            answer.delete_cookie(name, path="/")
        else:
            answer.set_cookie(
                name, value, max_age=_YEAR_S, path="/", httponly=True, samesite="lax",
                secure=self.request.url.scheme == "https",
            )  # fmt: skip
        return answer


def own_path(text: str) -> str:
    """A path of this application out of what a request brought; `/` for everything else: nobody is sent elsewhere."""
    try:
        parts = urlsplit(text)
    except ValueError:  # "//[": no address at all
        return "/"
    if parts.scheme or parts.netloc or not text.startswith("/") or text.startswith(("//", "/\\")):
        return "/"
    return text if text.isprintable() and "\\" not in text else "/"


async def visit_of(request: Request) -> Visit:
    """For pages without a room's own kind of visit."""
    return Visit(request)


_STALE: Final = Words(
    "the form is of another session, or too old: load the page again", "表单已过期或不属于本次登录，请刷新页面。"
)


async def csrf_checked(request: Request, csrf: Annotated[str, Form(max_length=200)] = "") -> None:
    """Of every form of somebody who signed in: the token of this session came with it. Raises ApiError 403."""
    guest: Guest | None = getattr(request.state, "guest", None)
    if guest is None or not hmac.compare_digest(csrf.encode(), guest.csrf.encode()):
        raise ApiError(403, "not from this page", _STALE)


def _own_address(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def _unpacked(said: str) -> str:
    try:
        return bytes.fromhex(said).decode()[:_MOST_SAID]
    except ValueError:
        return ""


Visited = Annotated[Visit, Depends(visit_of)]
