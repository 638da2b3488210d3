"""Strangers with many sockets, over real ones: whatever they leave undone, others are answered."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import logging
import os
import socket
import ssl
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tally_edge.pinned_tls import client_context
from tally_gateway.config import HttpSection
from tally_gateway.errors import TlsError
from tally_gateway.http.door import HttpLimits
from tests.gateway.service.world import World, make_world

SOON_S = 3.0
"""On a busy machine an answer may take a while; without a mend it never comes."""
STRANGERS = 200


@pytest.fixture
def world(tmp_path: Path) -> World:
    return make_world(tmp_path / "g")


@dataclass
class Sockets:
    """Connections that stay open until the end of the test."""

    port: int
    opened: list[socket.socket]

    async def open(self, count: int, first_words: bytes = b"") -> None:
        for _ in range(count):
            stranger = socket.create_connection(("127.0.0.1", self.port), timeout=SOON_S)
            self.opened.append(stranger)
            if first_words:
                stranger.sendall(first_words)
            await asyncio.sleep(0.002)  # one after another, as they would come

    def say(self, words: bytes) -> None:
        """Each of them, as far as it is still connected."""
        for stranger in self.opened:
            with contextlib.suppress(OSError):
                stranger.sendall(words)


@contextlib.contextmanager
def sockets(port: int) -> Iterator[Sockets]:
    found = Sockets(port, [])
    try:
        yield found
    finally:
        for one in found.opened:
            one.close()


@contextlib.asynccontextmanager
async def http_port(world: World) -> AsyncIterator[int]:
    async with world.running() as service:
        yield service.addresses["http"][1]


async def answered(port: int, verify: ssl.SSLContext | None = None) -> float:
    """Seconds until a checkpoint came over a new connection."""
    url = f"http://127.0.0.1:{port}" if verify is None else f"https://127.0.0.1:{port}"
    started = time.monotonic()
    async with httpx.AsyncClient(base_url=url, timeout=SOON_S, verify=verify or False) as client:
        response = await client.get("/checkpoint")
    assert response.status_code == 200, response.text
    return time.monotonic() - started


def descriptors() -> int:
    """Open in this process, which is server and stranger in one."""
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208  as many Paths would be made for nothing


@pytest.mark.parametrize(
    "first_words",
    [b"", b"GET / HTTP/1.1\r\nHost:", b"POST /v1/statements HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\n["],
    ids=["nothing", "half a head", "half a body"],
)
async def test_sockets_that_wait_for_nothing_keep_nobody_out(world: World, first_words: bytes) -> None:
    async with http_port(world) as port:
        with sockets(port) as strangers:
            await strangers.open(STRANGERS, first_words)
            assert await answered(port) < SOON_S
            for _ in range(3):
                strangers.say(b"x")
                assert await answered(port) < SOON_S


async def test_sockets_that_never_shake_hands_keep_nobody_out(world: World) -> None:
    """Nor do they take the descriptors that the log needs: they count before TLS."""
    world.change(http=HttpSection(port=0, tls=True))
    pinned = client_context(world.folder / "tls" / "ca.pem")
    async with http_port(world) as port:
        assert await answered(port, pinned) < SOON_S
        with sockets(port) as strangers:
            before = descriptors()
            await strangers.open(STRANGERS)
            assert await answered(port, pinned) < SOON_S
            assert descriptors() - before <= STRANGERS + HttpLimits().sockets + 10
            strangers.say(b"\x16")
            assert await answered(port, pinned) < SOON_S


async def test_https_is_not_served_with_a_key_that_others_may_read(world: World) -> None:
    world.change(http=HttpSection(port=0, tls=True), listener=dataclasses.replace(world.config.listener, enabled=False))
    (world.folder / "tls" / "server.key").chmod(0o644)
    with pytest.raises(TlsError, match="0600"):
        async with world.running():
            await asyncio.sleep(0)


async def test_what_strangers_say_is_not_logged(world: World, caplog: pytest.LogCaptureFixture) -> None:
    async with http_port(world) as port:
        caplog.set_level(logging.INFO)
        with sockets(port) as strangers:
            await strangers.open(3, b"\x00\xff nonsense\r\n\r\n")
            await strangers.open(3, b"GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n")
            assert all(await asyncio.to_thread(lambda: [one.recv(1) for one in strangers.opened]))
        assert await answered(port) < SOON_S
    said = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert not said
