"""Before anything of a request's body is read: whose it is, whether its role may, how much it has used, how long it is.

A stranger's body is not read, and a stranger is not told which paths there are.

    1. whose       401
    2. the role    403, by the table of rights; what the bearer does not see 404
    3. the quota   429, 503
    4. the length  413
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from tally_finance.api.faults import unanswered
from tally_finance.api.quotas import Cost, Meter, Quotas
from tally_finance.api.rights import Right
from tally_finance.api.tokens import Bearer
from tally_gateway.errors import ApiError
from tally_gateway.http.limits import BodyLimit, Receive, Scope, Send
from tally_gateway.http.problems import problem

MAX_BODY_BYTES: Final = 192 << 10
"""The file of the longest operation has 128 kB, and so has the longest opinion."""

OPEN: Final = frozenset({"/openapi.json", "/healthz"})

VOUCHED: Final = "tallystick.vouched"
"""Key of a scope under which another part of this process says whose a request is. No socket writes there."""

_TOKEN: Final = re.compile(rb"bearer +([0-9a-f]{64})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Gate:
    """What a service says of its requests. `whose`: the bearer of a token that is good now.

    `may`: raises ApiError where a bearer may not ask for a path by a right. `is_long`: whose bodies are of up to
    `most_bytes`, each held in memory as a whole. `drafting`: routes that begin operations.
    """

    rights: Mapping[tuple[str, str], Right]
    quotas: Quotas
    whose: Callable[[str], Bearer | None]
    may: Callable[[Bearer, Right, str], None]
    is_long: re.Pattern[str]
    most_bytes: int
    drafting: frozenset[tuple[str, str]] = frozenset()


class Door:
    """ASGI: answers whom it does not let in, and lets everybody else in with `request.state.bearer`."""

    def __init__(self, app: Any, gate: Gate) -> None:
        self._app, self._gate, self._meter = app, gate, Meter(gate.quotas)
        self._small, self._large = BodyLimit(app, MAX_BODY_BYTES), BodyLimit(app, gate.most_bytes)
        self._routes: dict[tuple[str, int], list[tuple[re.Pattern[str], Right]]] = {}
        for (method, path), right in gate.rights.items():
            pattern = re.compile(re.sub(r"\{\w+\}", "[^/]+", path))
            self._routes.setdefault((method, path.count("/")), []).append((pattern, right))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or refuse it."""
        if scope["type"] != "http":
            return
        if scope["path"] in OPEN:
            await self._app(scope, receive, send)
            return
        method, path = scope["method"], scope["path"]
        try:
            vouched: Bearer | None = scope.get(VOUCHED)
            if vouched is not None and method == "GET":  # neither database nor chain is asked
                bearer = self._let_in(scope, vouched)
            else:
                bearer = await run_in_threadpool(lambda: self._let_in(scope, vouched or self._by_token(scope)))
            is_long = method == "POST" and self._gate.is_long.fullmatch(path) is not None
            most = self._gate.most_bytes if is_long else MAX_BODY_BYTES
            cost = Cost(_body_bytes(scope, most), is_long, (method, path) in self._gate.drafting)
            with self._meter.used(bearer.name, cost, time.monotonic_ns()):
                await (self._large if is_long else self._small)(scope, receive, send)
        except ApiError as error:  # of the door: the application answers its own
            await problem(error.status, error.title, str(error), error.retry_after_s)(scope, receive, send)
        except SQLAlchemyError as error:  # tokens are in the database too
            await unanswered(error)(scope, receive, send)

    def _let_in(self, scope: Scope, bearer: Bearer | None) -> Bearer:
        """Whose request it is, of a role that the route opens to. Raises ApiError. A path that is none has no body."""
        if bearer is None:
            raise ApiError(401, "a token is needed", "send Authorization: Bearer with a token that is good here")
        scope.setdefault("state", {})["bearer"] = bearer  # also of who is refused: whoever records refusals sees whose
        right = self._right(scope["method"], scope["path"])
        if right is None:
            raise ApiError(404, "not found", "there is no such route")
        self._gate.may(bearer, right, scope["path"])
        return bearer

    def _by_token(self, scope: Scope) -> Bearer | None:
        given = [value for name, value in scope["headers"] if name == b"authorization"]
        found = _TOKEN.fullmatch(given[0].strip()) if len(given) == 1 else None
        return None if found is None else self._gate.whose(found[1].decode())

    def _right(self, method: str, path: str) -> Right | None:
        alike = self._routes.get((method, path.count("/")), ())
        return next((right for pattern, right in alike if pattern.fullmatch(path)), None)


def _body_bytes(scope: Scope, most: int) -> int:
    """What a body counts: as long as it says; who does not say is charged the most that is taken."""
    declared = dict(scope["headers"])
    if b"transfer-encoding" in declared:
        return most
    length = declared.get(b"content-length", b"0")
    return min(int(length), most) if length.isdigit() else most
