"""A bound on request bodies, before anything reads them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from tally_gateway.http.problems import problem

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

# Who closes on a body in the middle takes his own answer from the client, who still writes and finds the connection
# reset. So that much more of it is read and thrown away; somebody who sends more than that may find it reset.
DISCARD_TIMES = 8


class BodyLimit:
    """ASGI: answers 413 when a body is, or says it is, longer than `max_bytes`."""

    def __init__(self, app: Any, max_bytes: int) -> None:
        self._app, self._max_bytes = app, max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with its body read, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body, more = bytearray(), True
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        fits = not declared.isdigit() or int(declared) <= self._max_bytes
        while fits and more:
            message = await receive()
            if message["type"] != "http.request":
                return
            body += message.get("body", b"")
            fits = len(body) <= self._max_bytes
            more = message.get("more_body", False)
        if not fits:
            if more:
                await _discard(receive, DISCARD_TIMES * self._max_bytes)
            response = problem(413, "the body is too large", f"at most {self._max_bytes} bytes are taken")
            await response(scope, receive, send)
            return
        whole, sent = bytes(body), False
        body.clear()

        async def replay() -> MutableMapping[str, Any]:
            nonlocal sent
            if sent:
                return await receive()
            sent = True
            return {"type": "http.request", "body": whole, "more_body": False}

        await self._app(scope, replay, send)


async def _discard(receive: Receive, most_bytes: int) -> None:
    more = True
    while more and most_bytes > 0:
        message = await receive()
        most_bytes -= len(message.get("body", b""))
        more = message.get("more_body", False)
