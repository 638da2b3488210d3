"""A gateway, asked over HTTP by the pages of its operators: its own console in this process, a portal from elsewhere.

So a page shows and does what the token allows, and nothing else.
"""

from __future__ import annotations

import base64
import json
import ssl
from collections.abc import Sequence
from typing import Any, Final

import httpx

from tally_gateway.errors import ApiError

TIMEOUT_S: Final = 10.0
MAX_ANSWER_BYTES: Final = 8 << 20
"""The state of 500 metering points has some 300 kB."""
_IN_PROCESS: Final = "http://gateway"


class GatewayAsked:
    """One gateway as one token's holder. Every method raises ApiError with what the gateway said."""

    def __init__(self, name: str, client: httpx.AsyncClient, token: str) -> None:
        """`name`: what error texts call it."""
        self.name = name
        self._client, self._headers = client, {"authorization": f"Bearer {token}"}

    async def state(self) -> Any:
        """GatewayState as JSON."""
        return await self.get("/v1/state")

    async def get(self, path: str, **params: object) -> Any:
        """The JSON at a path. Parameters that are None are left out."""
        return json.loads(await self.fetch(path, **params))

    async def fetch(self, path: str, **params: object) -> bytes:
        """The bytes at a path."""
        asked = {name: str(value) for name, value in params.items() if value is not None}
        return await self._send(self._client.build_request("GET", path, params=asked, headers=self._headers))

    async def submit(self, statements: Sequence[bytes]) -> list[Any]:
        """Hand statements over; what became of each. They are durable then."""
        body = {"statements": [base64.b64encode(one).decode() for one in statements]}
        told = await self._send(self._client.build_request("POST", "/v1/statements", json=body, headers=self._headers))
        return list(json.loads(told))

    async def _send(self, request: httpx.Request) -> bytes:
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
        if got.status_code < 400:
            return bytes(data)
        raise self._refused(got.status_code, bytes(data))

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
    """A client of a gateway at an address; `tls` is what trusts it."""
    verify: ssl.SSLContext | bool = True if tls is None else tls
    return httpx.AsyncClient(base_url=url, verify=verify, timeout=TIMEOUT_S, trust_env=False, follow_redirects=False)
