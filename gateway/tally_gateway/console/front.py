"""Where a request to a gateway goes: to its console's pages, or to its interface.

The pages are made when somebody first asks for one: what they stand on (templates, an HTTP client) takes a third of a
second to import, and most gateways are looked at through a portal or not at all.
"""

from __future__ import annotations

import asyncio
from typing import Final

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from tally_gateway.config import GatewayConfig
from tally_gateway.http.limits import Receive, Scope, Send
from tally_gateway.http.rates import AddressRates

PREFIX: Final = "/console"
STATIC: Final = "/static/"


class Front:
    """ASGI: see the module's text. Use it from one event loop."""

    def __init__(self, interface: FastAPI, config: GatewayConfig, rates: AddressRates) -> None:
        self.interface = interface
        self._config, self._rates = config, rates
        self._pages: FastAPI | None = None
        self._making = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on to whom it belongs."""
        path = scope.get("path", "")
        is_page = path in ("/", PREFIX, "/preferences") or path.startswith((PREFIX + "/", STATIC))
        await (await self.pages() if is_page else self.interface)(scope, receive, send)

    async def pages(self) -> FastAPI:
        """The console."""
        async with self._making:
            if self._pages is None:
                self._pages = await run_in_threadpool(self._made)
            return self._pages

    def _made(self) -> FastAPI:
        from tally_gateway.console.own import make_console  # noqa: PLC0415  see the module's text

        return make_console(self._config, self.interface, self._rates)
