"""An interface asked in this process, as somebody who signed in: the same rights, quotas and refusals as over a socket.

So a page shows and does what the interface allows that organisation in that role, and nothing else.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping, MutableMapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from urllib.parse import unquote, urlencode

from tally_finance.api.door import VOUCHED
from tally_finance.api.tokens import Bearer
from tally_gateway.errors import ApiError
from tally_gateway.http.problems import told_by
from tally_gateway.pages.words import Words

_TITLE: Final = "this could not be answered"
_HOST: Final = "portal"
_NO_HEADERS: Final[Mapping[str, str]] = {}
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


class Asking:
    """One interface, asked as one bearer. Every method raises ApiError with what the interface said."""

    def __init__(self, app: Any, bearer: Bearer) -> None:
        self._app, self.bearer = app, bearer

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
        return await self._answer("GET", path, params)

    async def post(
        self, path: str, body: Mapping[str, Any] | None = None, key: str | None = None, **params: object
    ) -> Any:
        """Send JSON; the JSON that comes. `key`: under which it is done once."""
        return (await self.told_by(path, body, key, **params)).told

    async def told_by(
        self, path: str, body: Mapping[str, Any] | None = None, key: str | None = None, **params: object
    ) -> Answer:
        """Send JSON; what comes, as it is."""
        data = b"" if body is None else json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
        return await self._answer("POST", path, params, data, {**_key(key), "content-type": "application/json"})

    async def send(
        self, path: str, data: bytes | AsyncIterator[bytes], key: str | None = None, media_type: str = ""
    ) -> Any:
        """Send bytes; the JSON that comes."""
        headers = {**_key(key), "content-type": media_type or "application/octet-stream"}
        return (await self._answer("POST", path, {}, data, headers)).told

    async def _answer(
        self,
        method: str,
        path: str,
        params: Mapping[str, object],
        data: bytes | AsyncIterator[bytes] = b"",
        headers: Mapping[str, str] = _NO_HEADERS,
    ) -> Answer:
        """What the interface said. Its bearer stands beside the request, where nobody outside can write."""
        length = {"content-length": str(len(data))} if isinstance(data, bytes) else {"transfer-encoding": "chunked"}
        sent = {"host": _HOST, **length, **headers}
        asked = {name: str(value) for name, value in params.items() if value is not None}
        call = _Call(data)
        await self._app(
            {
                "type": "http",
                "asgi": {"version": "3.0"},
                "http_version": "1.1",
                "method": method,
                "scheme": "http",
                "path": unquote(path),
                "query_string": urlencode(asked).encode(),
                "root_path": "",
                "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
                "client": None,
                "server": (_HOST, None),
                VOUCHED: self.bearer,
            },
            call.receive,
            call.send,
        )
        return _answer(call)


class _Call:
    """One request and its answer, as ASGI passes them on."""

    def __init__(self, data: bytes | AsyncIterator[bytes]) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self._unsent: bytes | AsyncIterator[bytes] | None = data
        self._answered = asyncio.Event()
        self._parts: list[bytes] = []

    @property
    def data(self) -> bytes:
        """The answer's body."""
        return b"".join(self._parts)

    async def receive(self) -> dict[str, Any]:
        """The next piece of what is asked; after the last, that nobody waits any more, once the answer is there."""
        unsent = self._unsent
        if unsent is None:
            await self._answered.wait()
            return {"type": "http.disconnect"}
        piece = unsent if isinstance(unsent, bytes) else await anext(unsent, None)
        more = piece is not None and piece is not unsent
        if not more:
            self._unsent = None
        return {"type": "http.request", "body": piece or b"", "more_body": more}

    async def send(self, message: MutableMapping[str, Any]) -> None:
        """A piece of the answer."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {
                name.decode("latin-1").lower(): value.decode("latin-1") for name, value in message["headers"]
            }
        elif message["type"] == "http.response.body":
            self._parts.append(message.get("body", b""))
            if not message.get("more_body"):
                self._answered.set()


def _key(key: str | None) -> dict[str, str]:
    return {} if key is None else {"idempotency-key": key}


def _answer(got: _Call) -> Answer:
    if got.status < 400:
        named = re.search(r'filename="([^"]+)"', got.headers.get("content-disposition", ""))
        return Answer(got.status, got.data, got.headers.get("content-type", ""), named and named[1])
    again = got.headers.get("retry-after", "")
    title, detail = told_by(got.data) or (_TITLE, Words(f"the interface said {got.status}", f"接口返回 {got.status}"))
    raise ApiError(got.status, title, detail, retry_after_s=int(again) if _DIGITS.fullmatch(again) else None)
