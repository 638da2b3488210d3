"""An interface asked in this process, as somebody who signed in: the same rights, quotas and refusals as over a socket.

So a page shows and does what the interface allows that organisation in that role, and nothing else.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import httpx

from tally_finance.api.door import VOUCHED
from tally_finance.api.tokens import Bearer
from tally_gateway.errors import ApiError

_TITLE: Final = "this could not be answered"
_BASE: Final = "http://portal"
_PAGE: Final = 200
MOST_ITEMS: Final = 2_000
"""Of a list that a page looks through as a whole; twice what one organisation may have under way."""
_DIGITS: Final = re.compile(r"\d{1,6}")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came: the body as it is, and its media type."""

    status: int
    data: bytes
    media_type: str
    name: str | None = None
    """Of the file, where the interface names one."""

    @property
    def told(self) -> Any:
        """The JSON of it; a number with a point is a Decimal, never a float."""
        return json.loads(self.data, parse_float=Decimal)


class _Vouched(httpx.AsyncBaseTransport):
    """Hands requests to an application with the bearer beside them, where nobody outside can write."""

    def __init__(self, app: Any, bearer: Bearer) -> None:
        async def vouched(scope: Any, receive: Any, send: Any) -> None:
            await app({**scope, VOUCHED: bearer}, receive, send)

        self._inner = httpx.ASGITransport(vouched, raise_app_exceptions=True)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self._inner.handle_async_request(request)


class Asking:
    """One interface, asked as one bearer. Every method raises ApiError with what the interface said."""

    def __init__(self, app: Any, bearer: Bearer) -> None:
        self._client = httpx.AsyncClient(transport=_Vouched(app, bearer), base_url=_BASE)
        self.bearer = bearer

    async def get(self, path: str, **params: object) -> Any:
        """The JSON at a path. Parameters that are None are left out."""
        return (await self.fetch(path, **params)).told

    async def every(self, path: str, **params: object) -> list[Any]:
        """All items of a list that comes in pages; of one longer than MOST_ITEMS the first so many."""
        found: list[Any] = []
        after = None
        while len(found) < MOST_ITEMS:
            page = await self.get(path, limit=_PAGE, after=after, **params)
            found += page["items"]
            after = page["next"]
            if after is None:
                break
        return found

    async def fetch(self, path: str, **params: object) -> Answer:
        """What is at a path, as it is."""
        asked = {name: str(value) for name, value in params.items() if value is not None}
        return _answer(await self._client.get(path, params=asked))

    async def post(self, path: str, body: Mapping[str, Any] | None = None, key: str | None = None) -> Any:
        """Send JSON; the JSON that comes. `key`: under which it is done once."""
        return (await self.told_by(path, body, key)).told

    async def told_by(self, path: str, body: Mapping[str, Any] | None = None, key: str | None = None) -> Answer:
        """Send JSON; what comes, as it is."""
        return _answer(await self._client.post(path, json=body, headers=_key(key)))

    async def send(
        self, path: str, data: bytes | AsyncIterator[bytes], key: str | None = None, media_type: str = ""
    ) -> Any:
        """Send bytes; the JSON that comes."""
        headers = {**_key(key), "content-type": media_type or "application/octet-stream"}
        return _answer(await self._client.post(path, content=data, headers=headers)).told


def _key(key: str | None) -> dict[str, str]:
    return {} if key is None else {"idempotency-key": key}


def _answer(got: httpx.Response) -> Answer:
    if got.status_code < 400:
        named = re.search(r'filename="([^"]+)"', got.headers.get("content-disposition", ""))
        return Answer(got.status_code, got.content, got.headers.get("content-type", ""), named and named[1])
    again = got.headers.get("retry-after", "")
    try:
        told = json.loads(got.content)
        title, detail = str(told["title"]), str(told["detail"])
    except (ValueError, KeyError, TypeError):
        title, detail = _TITLE, f"the interface said {got.status_code}"
    raise ApiError(got.status_code, title, detail, retry_after_s=int(again) if _DIGITS.fullmatch(again) else None)
