"""Writes down what a portal is asked to change, what it refuses somebody who signed in, and what is taken away.

    every request that is not GET, HEAD or OPTIONS    `post`, whoever made it, with the status as its outcome
    a refusal (401, 403, 429) of a person or token    `get`
    an answer that is a file to keep                  `download`

Of strangers so many in an hour (`knocks`).

Routes that know more (`Accounts.did`) have written their own row. The row is there before the answer goes out: what
can not be written down is answered as a fault.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any, Final

from fastapi import Request
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from tally_finance.api.faults import unanswered
from tally_finance.api.tokens import Bearer
from tally_finance.portal.accounts.audit import NOBODY, Done
from tally_finance.portal.accounts.service import Accounts
from tally_finance.portal.visitor import Visitor
from tally_gateway.http.limits import Receive, Scope, Send

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_REFUSED: Final = frozenset({401, 403, 429})


class Recording:
    """ASGI: around all that a portal serves."""

    def __init__(self, app: Any, accounts: Accounts) -> None:
        self._app, self._accounts = app, accounts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; write it down before its answer goes out."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state, failed = scope.setdefault("state", {}), False

        async def recorded(message: MutableMapping[str, Any]) -> None:
            nonlocal failed
            if failed:
                return
            if message["type"] == "http.response.start":
                done = self._done(scope, state, message)
                if done is not None:
                    try:
                        await run_in_threadpool(self._accounts.audit.add, done)
                    except SQLAlchemyError as error:
                        failed = True
                        await unanswered(error)(scope, receive, send)
                        return
            await send(message)

        await self._app(scope, receive, recorded)

    def _done(self, scope: Scope, state: dict[str, Any], message: MutableMapping[str, Any]) -> Done | None:
        what = _what(scope["method"], message)
        guest, bearer = state.get("guest"), state.get("bearer")
        if what is None or state.get("recorded") or (what == "get" and guest is None and bearer is None):
            return None
        if isinstance(guest, Visitor):
            name, organisation = guest.name, guest.organisation
        elif isinstance(bearer, Bearer):
            name, organisation = f"token {bearer.name}", bearer.organisation
        elif what == "post" and message["status"] in (404, 405, 413):
            return None  # a stranger's knock at no door: it would only fill the log
        else:
            name, organisation = NOBODY, None
        network = self._accounts.network(Request(scope))
        about: str | None = f"{scope['method']} {without_secrets(scope['path'])}"
        if name == NOBODY:
            about = self._accounts.knocks.note(str(about), network, self._accounts.clock())
        if about is None:
            return None
        return Done(name[:40], what, about, network, str(message["status"]), organisation)


def without_secrets(path: str) -> str:
    """A path as it may be written down: the secret of a one-time link is not."""
    first, _, rest = path.lstrip("/").partition("/")
    return "/invitation/…" if first == "invitation" and rest else path


def _what(method: str, message: MutableMapping[str, Any]) -> str | None:
    if method not in _SAFE:
        return "post"
    if message["status"] in _REFUSED:
        return "get"
    names = {name.lower(): value for name, value in message.get("headers", ())}
    return "download" if names.get(b"content-disposition", b"").startswith(b"attachment") else None
