"""Before anything of a request is read: that it came through TLS, whose it is, and how long it may be."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from tally_finance.pact.partners import Partner
from tally_gateway.http.limits import BodyLimit, Receive, Scope, Send

MAX_EVENT_BYTES: Final = 8 << 20
MAX_FORM_BYTES: Final = 8 << 10

TOKEN_PATH: Final = "/auth/token"  # noqa: S105  a path
DISCOVERY_PATH: Final = "/.well-known/openid-configuration"
OPEN: Final = frozenset({TOKEN_PATH, DISCOVERY_PATH, "/openapi.json", "/healthz"})

_BEARER: Final = re.compile(rb"bearer +([\x21-\x7e]{1,200})", re.IGNORECASE)
_CODES: Final = {400: "BadRequest", 401: "BadRequest", 403: "AccessDenied", 404: "NotFound", 501: "NotImplemented"}


def fault(status: int, message: str, code: str | None = None) -> Response:
    """The specification's Error object."""
    kind = code or _CODES.get(status, "InternalError" if status >= 500 else "BadRequest")
    headers = {"cache-control": "no-store"}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["www-authenticate"] = "Bearer"
    body = json.dumps({"code": kind, "message": message[:2_000]})
    return Response(body, status, headers, "application/json")


class Door:
    """ASGI: lets requests in with `request.state.partner`, or answers them. `is_private`: TLS is another's work."""

    def __init__(self, app: Any, whose: Callable[[str], Partner | None], *, is_private: bool) -> None:
        self._whose, self._is_private = whose, is_private
        self._forms, self._events = BodyLimit(app, MAX_FORM_BYTES), BodyLimit(app, MAX_EVENT_BYTES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or refuse it."""
        if scope["type"] != "http":
            return
        if scope["scheme"] != "https" and not self._is_private:
            await fault(403, "this host speaks through TLS only")(scope, receive, send)
            return
        if scope["path"] in OPEN:
            await self._forms(scope, receive, send)
            return
        given = [value for name, value in scope["headers"] if name == b"authorization"]
        found = _BEARER.fullmatch(given[0].strip()) if len(given) == 1 else None
        partner = None if found is None else await run_in_threadpool(self._whose, found[1].decode("ascii"))
        if partner is None:
            await fault(401, "the access token is none that is good here, or its hour is over")(scope, receive, send)
            return
        scope.setdefault("state", {})["partner"] = partner
        await self._events(scope, receive, send)
