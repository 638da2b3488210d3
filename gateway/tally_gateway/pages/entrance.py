"""Before a page's request is read: who asks, whether the request comes from a page of ours, how long its body is.

1. who           303 to the sign-in page, or 401 where a program asks
2. from where    403: a request that changes something comes from this very origin (ASVS 4.0.3, 4.2.2)
3. how many      429, 503: long bodies are held in memory as a whole, so few are taken at once
4. the length    413
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote, urlsplit

from anyio import CapacityLimiter, to_thread
from fastapi import Request
from starlette.responses import RedirectResponse, Response

from tally_gateway.errors import ApiError
from tally_gateway.http.limits import BodyLimit, Receive, Scope, Send
from tally_gateway.http.problems import problem
from tally_gateway.pages.guest import Guests
from tally_gateway.pages.static_files import PATH

MAX_FORM_BYTES: Final = 256 << 10
"""The longest operation's file has 128 kB, and a form's encoding makes it longer."""

MOST_LONG_OF_ONE: Final = 2
MOST_LONG_BYTES: Final = 256 << 20
"""Long bodies under way at once: how many of one person, and how many bytes of all. What is read out of them takes
some times as much."""
_AGAIN_S: Final = 5

ASKED_AT_ONCE: Final = 8
"""Threads that look sessions up. Their own, so that nobody is kept out while slow pages have all the others."""

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
OPEN: Final = (re.compile(re.escape(PATH) + ".+"), re.compile("/healthz"), re.compile("/preferences"))


class Entrance:
    """ASGI: lets requests in with `request.state.guest`, which is None on public pages alone."""

    def __init__(
        self,
        app: Any,
        guests: Guests,
        sign_in: str,
        public: Sequence[re.Pattern[str]],
        uploads: Mapping[re.Pattern[str], int],
    ) -> None:
        self._app, self._guests, self._sign_in = app, guests, sign_in
        self._public = (*OPEN, re.compile(re.escape(sign_in)), *public)
        self._usual = BodyLimit(app, MAX_FORM_BYTES)
        self._uploads = [(path, most, BodyLimit(app, most)) for path, most in uploads.items()]
        self._threads = CapacityLimiter(ASKED_AT_ONCE)
        self._long: list[tuple[str, int]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or refuse it."""
        if scope["type"] != "http":
            return
        request, path = Request(scope), scope["path"]
        refused = None if scope["method"] in SAFE else _from_elsewhere(request)
        is_open = any(one.fullmatch(path) for one in self._public)
        guest = None
        if refused is None and not path.startswith(PATH):
            try:
                guest = await to_thread.run_sync(self._guests.guest_of, request, limiter=self._threads)
            except ApiError as error:  # who asks can not be known just now: nobody comes in
                refused = problem(error.status, error.title, str(error), error.retry_after_s)
            else:
                refused = None if guest is not None or is_open else self._to_sign_in(request)
        if refused is not None:
            await refused(scope, receive, send)
            return
        scope.setdefault("state", {})["guest"] = guest
        long = next((one for one in self._uploads if one[0].fullmatch(path) and scope["method"] not in SAFE), None)
        if guest is None or long is None:
            await self._usual(scope, receive, send)
            return
        said = request.headers.get("content-length", "")
        taken = guest.name, min(int(said), long[1]) if said.isascii() and said.isdigit() else long[1]
        busy = self._busy(*taken)
        if busy is not None:
            await busy(scope, receive, send)
            return
        self._long.append(taken)
        try:
            await long[2](scope, receive, send)
        finally:
            self._long.remove(taken)

    def _busy(self, name: str, size: int) -> Response | None:
        """A refusal where as many files are under way as fit. What fits alone, is taken where there is nothing else."""
        if sum(of == name for of, _ in self._long) >= MOST_LONG_OF_ONE:
            said = f"{MOST_LONG_OF_ONE} files of yours are being read: send this one when they are done"
            return problem(429, "one after the other", said, _AGAIN_S)
        if self._long and sum(bytes_ for _, bytes_ in self._long) + size > MOST_LONG_BYTES:
            return problem(503, "busy", "many files are being read just now: come again in a moment", _AGAIN_S)
        return None

    def _to_sign_in(self, request: Request) -> Response:
        if request.method not in SAFE or "text/html" not in request.headers.get("accept", ""):
            return problem(401, "nobody is signed in", f"sign in at {self._sign_in}")
        asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        root = request.scope.get("root_path", "")
        return RedirectResponse(f"{root}{self._sign_in}?next={quote(asked, safe='')}", 303)


def _from_elsewhere(request: Request) -> Response | None:
    """A refusal where a browser says that another site's page made the request. Who says nothing has no browser."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    # By host alone: which scheme a browser used, a proxy in front may not have said.
    is_own = origin is None or _host_of(origin) == request.headers.get("host")
    if not is_own or (site is not None and site not in ("same-origin", "none")):
        return problem(403, "from another site", "what changes something is sent by a page of this portal alone")
    return None


def _host_of(origin: str) -> str:
    """Of no address: "", which is nobody's host."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""
