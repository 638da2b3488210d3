"""A gateway, asked over HTTP by the pages of its operators: its own console in this process, a portal from elsewhere.

So a page shows and does what the token allows, and nothing else.
"""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from tally_gateway.errors import ApiError

TIMEOUT_S: Final = 10.0
MAX_ANSWER_BYTES: Final = 8 << 20
"""The state of 500 metering points has some 300 kB."""
AT_ONCE: Final = 50
"""Statements of one request: a site plan of 500 points among them still fits into what a gateway takes at once."""
_IN_PROCESS: Final = "http://gateway"


@dataclass(slots=True)
class StateCache:
    """The newest state of each gateway by its tag, so that what has not changed is not read again; and for `fresh_s`
    not even asked for. Share it among those who ask with the same token, or whose tokens are checked elsewhere."""

    fresh_s: float = 1.0
    states: dict[str, tuple[float, str, Any]] = field(default_factory=dict)
    """By gateway: when it was asked, the tag, the state."""
    locks: dict[str, asyncio.Lock] = field(default_factory=dict)

    def forget(self, name: str) -> None:
        """Something was changed there: ask again."""
        self.states.pop(name, None)


class GatewayAsked:
    """One gateway as one token's holder. Every method raises ApiError with what the gateway said."""

    def __init__(self, name: str, client: httpx.AsyncClient, token: str, states: StateCache | None = None) -> None:
        """`name`: what error texts call it. `states`: shared by those who ask with the same token."""
        self.name = name
        self._client, self._headers = client, {"authorization": f"Bearer {token}"}
        self._states = states

    async def state(self) -> Any:
        """GatewayState as JSON."""
        if self._states is None:
            return await self.get("/v1/state")
        known = self._states.states
        async with self._states.locks.setdefault(self.name, asyncio.Lock()):
            at, tag, told = known.get(self.name, (float("-inf"), "", None))
            now = time.monotonic()
            if now - at < self._states.fresh_s:
                return told
            headers = {**self._headers, "if-none-match": tag}
            got, data = await self._got(self._client.build_request("GET", "/v1/state", headers=headers))
            if got.status_code == 304:
                known[self.name] = (now, tag, told)
                return told
            told = json.loads(self._checked(got, data))
            known[self.name] = (now, got.headers.get("etag", ""), told)
            return told

    async def get(self, path: str, **params: object) -> Any:
        """The JSON at a path. Parameters that are None are left out."""
        return json.loads(await self.fetch(path, **params))

    async def fetch(self, path: str, **params: object) -> bytes:
        """The bytes at a path."""
        asked = {name: str(value) for name, value in params.items() if value is not None}
        return await self._send(self._client.build_request("GET", path, params=asked, headers=self._headers))

    async def delete(self, path: str) -> None:
        """End what is at a path."""
        await self._send(self._client.build_request("DELETE", path, headers=self._headers))

    async def submit(self, statements: Sequence[bytes]) -> list[Any]:
        """Hand statements over, in order; what became of each. They are durable then."""
        outcomes: list[Any] = []
        for first in range(0, len(statements), AT_ONCE):
            batch = statements[first : first + AT_ONCE]
            body = {"statements": [base64.b64encode(one).decode() for one in batch]}
            request = self._client.build_request("POST", "/v1/statements", json=body, headers=self._headers)
            outcomes += json.loads(await self._send(request))
        if self._states is not None:
            self._states.forget(self.name)
        return outcomes

    async def _send(self, request: httpx.Request) -> bytes:
        return self._checked(*await self._got(request))

    def _checked(self, got: httpx.Response, data: bytes) -> bytes:
        if got.status_code < 300:
            return data
        raise self._refused(got.status_code, data)

    async def _got(self, request: httpx.Request) -> tuple[httpx.Response, bytes]:
        try:
            got = await self._client.send(request, stream=True)
            try:
                data = bytearray()
                async for part in got.aiter_bytes():
                    data += part
                    if len(data) > MAX_ANSWER_BYTES:
                        raise ApiError(503, "too long", f"{self.name} answers with more than a page can show")
            finally:
                await got.aclose()
        except httpx.HTTPError as error:
            text = f"{self.name} does not answer: {type(error).__name__}. It may be stopped, or its address has changed"
            raise ApiError(503, "the gateway does not answer", text) from None
        return got, bytes(data)

    def _refused(self, status: int, data: bytes) -> ApiError:
        try:
            told = json.loads(data)
            title, detail = str(told["title"]), str(told["detail"])
        except (ValueError, KeyError, TypeError):
            title, detail = "this could not be answered", f"{self.name} said {status}"
        if status == 401:
            return ApiError(
                503, "the token is not taken", f"{self.name} does not know the token of these pages any more"
            )
        return ApiError(status if status in (400, 403, 404, 413, 429, 503) else 503, title, detail)


def in_process(app: Any) -> httpx.AsyncClient:
    """A client of an application in this process."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=_IN_PROCESS, trust_env=False)


def elsewhere(url: str, tls: ssl.SSLContext | None = None) -> httpx.AsyncClient:
    """A client of a gateway at an address; `tls` is what trusts it.

    It keeps no connection between asks: one that stayed open would outlive a restart of the gateway, and the portal.
    """
    verify: ssl.SSLContext | bool = True if tls is None else tls
    return httpx.AsyncClient(
        base_url=url,
        verify=verify,
        timeout=TIMEOUT_S,
        trust_env=False,
        follow_redirects=False,
        limits=httpx.Limits(max_keepalive_connections=0),
    )
