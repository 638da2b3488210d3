"""The portal of the demonstration, filled once and served on a port of loopback, for every test of this folder."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI
from playwright.sync_api import Page

from tally_finance.api.serving import follow, server_of
from tally_finance.portal.app import Portal
from tally_gateway.http.server import SocketServer
from tally_trial.portal_demo import guide
from tally_trial.portal_demo.filled import Filled, filled
from tally_trial.portal_demo.run import Later

FOLLOW_EVERY_S = 1.0


@dataclass(frozen=True, slots=True)
class House:
    """`address` without a slash at its end."""

    address: str
    secret: str
    made: Filled
    portal: Portal

    def made_pages(self) -> FastAPI:
        """The pages' application, with its routes."""
        return self.portal.pages

    def enter(self, page: Page, name: str, to: str = "") -> None:
        """Come in as somebody of `portal_demo.people`, and go on to a page of theirs."""
        page.goto(f"{self.address}{guide.address(self.secret)}/{name}")
        if to:
            page.goto(f"{self.address}{to}")


@contextmanager
def open_house(folder: Path) -> Iterator[House]:
    """Fill it and serve it, in a thread of its own."""
    later, secret = Later(), secrets.token_urlsafe(12)
    server = server_of(later, "127.0.0.1", 0)
    address = f"http://localhost:{server.bound[1]}"
    with filled(folder, address, _quiet, _silent) as made:
        portal = later.app = Portal(made.site, [guide.room(secret, folder)])
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=_serve, args=(loop, server, made), name="portal")
        thread.start()
        try:
            yield House(address, secret, made, portal)
        finally:
            loop.call_soon_threadsafe(server.stop)
            thread.join(30)


def _serve(loop: asyncio.AbstractEventLoop, server: SocketServer, made: Filled) -> None:
    async def both() -> None:
        following = asyncio.create_task(follow(made.warehouse.service.desk, FOLLOW_EVERY_S))
        try:
            await server.serve()
        finally:
            following.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await following

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(both())


def _quiet(_: str) -> None:
    """Nobody watches it being filled."""


def _silent(_: str, __: int, ___: int) -> None:
    """Nor how far it is."""
