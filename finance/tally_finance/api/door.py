"""Before anything of a request's body is read: whose it is, whether its role may, how much it has used, how long it is.

A stranger's body is not read, and a stranger is not told which paths there are.

    1. whose       401
    2. the role    403, by the table of rights; a lot that its keeper does not see 404
    3. the quota   429, 503
    4. the length  413
"""

from __future__ import annotations

import re
import time
from typing import Any, Final

from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from tally_finance.api.faults import unanswered
from tally_finance.api.quotas import Cost, Meter
from tally_finance.api.rights import RIGHTS, Right, Role
from tally_finance.api.service import Service, missing, must_have_right
from tally_finance.api.tokens import Bearer
from tally_finance.desk.evidence import MAX_BUNDLE_BYTES
from tally_gateway.errors import ApiError
from tally_gateway.http.limits import BodyLimit, Receive, Scope, Send
from tally_gateway.http.problems import problem

MAX_BODY_BYTES: Final = 192 << 10
"""The file of the longest operation has 128 kB."""

OPEN: Final = frozenset({"/openapi.json", "/healthz"})

_EVIDENCE: Final = re.compile(r"/v1/lots/0x([0-9a-f]{64})/evidence")
_LONG: Final = re.compile(rf"{_EVIDENCE.pattern}|/v1/papers")
"""Whose bodies are as long as bundles."""
_DRAFTING: Final = frozenset({("POST", "/v1/operations"), ("POST", "/v1/prepared")})
_TOKEN: Final = re.compile(rb"bearer +([0-9a-f]{64})", re.IGNORECASE)
_ROUTES: Final = tuple((method, re.compile(re.sub(r"\{\w+\}", "[^/]+", path)), RIGHTS[method, path])
                       for method, path in RIGHTS)  # fmt: skip


class Door:
    """ASGI: answers whom it does not let in, and lets everybody else in with `request.state.bearer`."""

    def __init__(self, app: Any, service: Service) -> None:
        self._app, self._service, self._meter = app, service, Meter(service.quotas)
        self._small, self._large = BodyLimit(app, MAX_BODY_BYTES), BodyLimit(app, MAX_BUNDLE_BYTES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or refuse it."""
        if scope["type"] != "http":
            return
        if scope["path"] in OPEN:
            await self._app(scope, receive, send)
            return
        try:
            bearer = await run_in_threadpool(self._let_in, scope)
            is_bundle = scope["method"] == "POST" and _LONG.fullmatch(scope["path"]) is not None
            cost = Cost(_body_bytes(scope, is_bundle), is_bundle, (scope["method"], scope["path"]) in _DRAFTING)
            with self._meter.used(bearer.name, cost, time.monotonic_ns()):
                scope.setdefault("state", {})["bearer"] = bearer
                await (self._large if is_bundle else self._small)(scope, receive, send)
        except ApiError as error:  # of the door: the application answers its own
            await problem(error.status, error.title, str(error), error.retry_after_s)(scope, receive, send)
        except SQLAlchemyError as error:  # tokens are in the database too
            await unanswered(error)(scope, receive, send)

    def _let_in(self, scope: Scope) -> Bearer:
        """Whose request it is, of a role that the route opens to. Raises ApiError. A path that is none has no body."""
        given = [value for name, value in scope["headers"] if name == b"authorization"]
        found = _TOKEN.fullmatch(given[0].strip()) if len(given) == 1 else None
        service = self._service
        bearer = None if found is None else service.tokens.bearer(found[1].decode(), service.desk.clock())
        if bearer is None:
            raise ApiError(401, "a token is needed", "send Authorization: Bearer with a token that is good here")
        right = _right(scope["method"], scope["path"])
        if right is None:
            raise ApiError(404, "not found", "there is no such route")
        must_have_right(service, bearer, right)
        evidence = _EVIDENCE.fullmatch(scope["path"]) if bearer.role is Role.KEEPER else None
        if evidence is not None and service.sight(bearer).lot(bytes.fromhex(evidence[1])) is None:
            raise missing("lot")
        return bearer


def _right(method: str, path: str) -> Right | None:
    return next((right for of, pattern, right in _ROUTES if of == method and pattern.fullmatch(path)), None)


def _body_bytes(scope: Scope, is_bundle: bool) -> int:
    """What a body counts: as long as it says; who does not say is charged the most that is taken."""
    most = MAX_BUNDLE_BYTES if is_bundle else MAX_BODY_BYTES
    declared = dict(scope["headers"])
    if b"transfer-encoding" in declared:
        return most
    length = declared.get(b"content-length", b"0")
    return min(int(length), most) if length.isdigit() else most
