"""A gateway, asked over HTTP by the pages of its operators: its own console in this process, a portal from elsewhere.

So a page shows and does what the token allows, and nothing else.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import ssl
import time
from collections import Counter, OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

import httpx

from tally_gateway.errors import ApiError
from tally_gateway.http.problems import told_by
from tally_gateway.pages.words import Words

TIMEOUT_S: Final = 10.0
MAX_ANSWER_BYTES: Final = 8 << 20
"""The state of 500 metering points has some 300 kB."""
AT_ONCE: Final = 50
"""Statements of one request: a site plan of 500 points among them still fits into what a gateway takes at once."""
STATE: Final = "/v1/state"
MOST_LOOKS: Final = 64
"""Answers for whoever only looks, of all gateways."""
_IN_PROCESS: Final = "http://gateway"


@dataclass(slots=True)
class StateCache:
    """The newest state of each gateway by its tag, so that what has not changed is not read again; and for `fresh_s`
    not even asked for. Whoever only looks is shown what came at most `shown_s` ago, and the gateway is asked meanwhile.
    Share it among those who ask with the same token, or whose tokens are checked elsewhere."""

    fresh_s: float = 1.0
    shown_s: float = 10.0
    states: dict[str, tuple[float, str, Any]] = field(default_factory=dict)
    """By gateway: when it was asked, the tag, the state."""
    locks: dict[str, asyncio.Lock] = field(default_factory=dict)

    looks: OrderedDict[tuple[str, str], tuple[float, Any]] = field(default_factory=OrderedDict)
    """By gateway and address: when it was asked, what it told."""
    renewing: dict[tuple[str, str], asyncio.Task[None]] = field(default_factory=dict)
    changes: Counter[str] = field(default_factory=Counter)

    def forget(self, name: str) -> None:
        """Something was changed there: ask again."""
        self.states.pop(name, None)
        self.changes[name] += 1
        for look in [one for one in self.looks if one[0] == name]:
            del self.looks[look]

    def keep(self, look: tuple[str, str], told: Any, changes: int) -> None:
        """What was told, asked for after so many changes; nothing where there was one since."""
        if self.changes[look[0]] == changes:
            self.looks[look] = time.monotonic(), told
            self.looks.move_to_end(look)
            while len(self.looks) > MOST_LOOKS:
                self.looks.popitem(last=False)


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
            return await self.get(STATE)
        known = self._states.states
        async with self._states.locks.setdefault(self.name, asyncio.Lock()):
            at, tag, told = known.get(self.name, (float("-inf"), "", None))
            now = time.monotonic()
            if now - at < self._states.fresh_s:
                return told
            headers = {**self._headers, "if-none-match": tag}
            got, data = await self._got(self._client.build_request("GET", STATE, headers=headers))
            if got.status_code == 304:
                known[self.name] = (now, tag, told)
                return told
            told = json.loads(self._checked(got, data))
            known[self.name] = (now, got.headers.get("etag", ""), told)
            return told

    async def looked(self, path: str = STATE, **params: object) -> Any:
        """The JSON at a path for whoever only looks: what came a moment ago, where something did (see StateCache)."""
        cache = self._states
        if cache is None or cache.fresh_s >= cache.shown_s:
            return await self._look(path, params)
        look = self.name, f"{path}?{urlencode({name: str(value) for name, value in params.items()})}"
        at, told = cache.looks.get(look, (float("-inf"), None))
        age = time.monotonic() - at
        if age >= cache.shown_s:
            changes = cache.changes[self.name]
            told = await self._look(path, params)
            cache.keep(look, told, changes)
        elif age >= cache.fresh_s and look not in cache.renewing:
            task = asyncio.create_task(self._renewed(cache, look, path, params))
            cache.renewing[look] = task
            task.add_done_callback(lambda _: cache.renewing.pop(look, None))
        return told

    async def _renewed(self, cache: StateCache, look: tuple[str, str], path: str, params: Mapping[str, object]) -> None:
        changes = cache.changes[self.name]
        with contextlib.suppress(ApiError):  # whoever looks when it is too old to be shown meets it, and is told
            cache.keep(look, await self._look(path, params), changes)

    async def _look(self, path: str, params: Mapping[str, object]) -> Any:
        return await self.state() if path == STATE else await self.get(path, **params)

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
                        raise ApiError(
                            503,
                            "too long",
                            Words(
                                f"{self.name} answers with more than a page can show",
                                f"{self.name} 的应答超出页面可显示的大小",
                            ),
                        )
            finally:
                await got.aclose()
        except httpx.HTTPError as error:
            text = Words(
                f"{self.name} does not answer: {type(error).__name__}. It may be stopped, or its address has changed",
                f"{self.name} 无应答（{type(error).__name__}），可能已停止或地址已变更",
            )
            raise ApiError(503, "the gateway does not answer", text) from None
        return got, bytes(data)

    def _refused(self, status: int, data: bytes) -> ApiError:
        title, detail = told_by(data) or (
            "this could not be answered",
            Words(f"{self.name} said {status}", f"{self.name} 返回 {status}"),
        )
        if status == 401:
            return ApiError(
                503,
                "the token is not taken",
                Words(
                    f"{self.name} does not know the token of these pages any more", f"{self.name} 已不识别本页面的令牌"
                ),
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
