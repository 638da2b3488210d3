"""Serves the portal of the demonstration until somebody ends it."""

from __future__ import annotations

import asyncio
import secrets
from pathlib import Path
from typing import Any

from tally_finance.api.serving import server_of
from tally_finance.portal.app import Portal
from tally_finance.portal.serving import serve
from tally_gateway.demo.terminal import Terminal
from tally_gateway.http.limits import Receive, Scope, Send
from tally_trial.portal_demo import guide
from tally_trial.portal_demo.filled import filled

READ_CHAIN_EVERY_S = 2.0


class Later:
    """ASGI: an application that is known when its server's port is. Nobody is served before."""

    def __init__(self) -> None:
        self.app: Any = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        await self.app(scope, receive, send)


def run(folder: Path, port: int, terminal: Terminal) -> int:
    """Fill it, and serve it on loopback. Raises ConfigError where the port is taken, before anything is played."""
    later, secret = Later(), secrets.token_urlsafe(12)
    server = server_of(later, "127.0.0.1", port)
    # By this name browsers make passkeys; by an address of numbers they do not.
    address = f"http://localhost:{server.bound[1]}"
    with filled(folder, address, terminal.say, terminal.progress) as made:
        later.app = Portal(made.site, [guide.room(secret, folder)])
        terminal.line()
        terminal.line(f"The portal is open. Begin here 由此开始: {address}{guide.address(secret)}")
        terminal.line(f"Everything lies in {folder}; Ctrl-C ends it.")
        asyncio.run(serve(server, made.site, READ_CHAIN_EVERY_S))
    return 0
