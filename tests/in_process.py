"""An application asked without a socket, from tests that do not await."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx


class InProcess:
    """A client whose answers come from an ASGI application. It follows no redirects and keeps cookies."""

    def __init__(self, app: Any, runner: asyncio.Runner, base_url: str) -> None:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        self._client = httpx.AsyncClient(transport=transport, base_url=base_url)
        self._runner = runner

    @property
    def cookies(self) -> httpx.Cookies:
        """What it was given to keep."""
        return self._client.cookies

    def get(self, url: str, **options: Any) -> httpx.Response:
        """GET."""
        return self._runner.run(self._client.get(url, **options))

    def post(self, url: str, **options: Any) -> httpx.Response:
        """POST."""
        return self._runner.run(self._client.post(url, **options))


@contextmanager
def asked(app: Any, base_url: str = "http://127.0.0.1") -> Iterator[InProcess]:
    """A client of `app`, in an event loop of its own."""
    with asyncio.Runner() as runner:
        yield InProcess(app, runner, base_url)
