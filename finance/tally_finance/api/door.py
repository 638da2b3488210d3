"""Before anything of a request is read: whose it is, and how long it may be.

A stranger's body is not read, and a stranger is not told which paths there are.
"""

from __future__ import annotations

import re
from typing import Any, Final

from starlette.concurrency import run_in_threadpool

from tally_finance.api.service import Service
from tally_finance.desk.evidence import MAX_BUNDLE_BYTES
from tally_gateway.http.limits import BodyLimit, Receive, Scope, Send
from tally_gateway.http.problems import problem

MAX_BODY_BYTES: Final = 192 << 10
"""The file of the longest operation has 128 kB."""

OPEN: Final = frozenset({"/openapi.json", "/healthz"})

_EVIDENCE: Final = re.compile(r"/v1/(?:lots/[^/]+/evidence|papers)")
_TOKEN: Final = re.compile(rb"bearer +([0-9a-f]{64})", re.IGNORECASE)


class Door:
    """ASGI: answers 401 and 413, and lets everybody else in with `request.state.bearer`."""

    def __init__(self, app: Any, service: Service) -> None:
        self._service = service
        self._small, self._large = BodyLimit(app, MAX_BODY_BYTES), BodyLimit(app, MAX_BUNDLE_BYTES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or refuse it."""
        if scope["type"] != "http":
            return
        if scope["path"] not in OPEN:
            given = [value for name, value in scope["headers"] if name == b"authorization"]
            found = _TOKEN.fullmatch(given[0].strip()) if len(given) == 1 else None
            tokens, now = self._service.tokens, self._service.desk.clock()
            bearer = None if found is None else await run_in_threadpool(tokens.bearer, found[1].decode(), now)
            if bearer is None:
                await problem(401, "a token is needed", "send Authorization: Bearer with a token that is good here")(
                    scope, receive, send
                )
                return
            scope.setdefault("state", {})["bearer"] = bearer
        is_evidence = _EVIDENCE.fullmatch(scope["path"]) is not None
        await (self._large if is_evidence else self._small)(scope, receive, send)
