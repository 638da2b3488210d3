"""What a peer owes has a deadline: a head, a body, the taking of an answer. Over real sockets, with short times."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx

from tally_gateway.http.door import HttpLimits
from tally_gateway.http.server import HttpServer
from tests.gateway.intake.support import eventually
from tests.gateway.service.world import make_world

QUICK = HttpLimits(request_s=1, stall_s=1, bytes_per_s=1000, look_every_s=0.1)
ASK = b"GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n"
SUBMIT = b"POST /v1/statements HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"


@contextlib.asynccontextmanager
async def hurried(folder: Path) -> AsyncIterator[tuple[HttpServer, int]]:
    """A service with a second HTTP port, whose patience is short."""
    world = make_world(folder)
    async with world.running() as service:
        http = HttpServer(world.config, lambda rates: service.application({}, rates), QUICK)
        port = http.bind()[1]
        serving = asyncio.create_task(http.serve())
        try:
            yield http, port
        finally:
            http.stop()
            await asyncio.wait_for(serving, 10)


async def dropped_after_s(port: int, first: bytes, words: bytes, every_s: float) -> float:
    """Say `first`, then `words` again and again, and read nothing; how long until the connection has ended."""
    loop, started = asyncio.get_running_loop(), time.monotonic()
    with socket.create_connection(("127.0.0.1", port)) as stranger:
        stranger.setblocking(False)
        await loop.sock_sendall(stranger, first)
        with contextlib.suppress(ConnectionError):
            while time.monotonic() - started < 10:
                await asyncio.sleep(every_s)
                await loop.sock_sendall(stranger, words)
                with contextlib.suppress(BlockingIOError):
                    if not stranger.recv(1, socket.MSG_PEEK):
                        break
    return time.monotonic() - started


async def test_a_head_a_body_and_silence_that_trickle_in_end(tmp_path: Path) -> None:
    async with hurried(tmp_path / "g") as (http, port):
        cases = (
            (b"", b""),
            (b"GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ", b"x"),
            (SUBMIT % 5000 + b"[", b" "),
            (ASK + b"GET / HTTP/1.1\r\nX-Slow: ", b"x"),
        )
        taken = await asyncio.gather(*(dropped_after_s(port, first, words, 0.1) for first, words in cases))
        assert all(0.9 < seconds < 6 for seconds in taken), taken
        await eventually(lambda: http.connections == 0)
        assert http.counters.overdue == len(cases)


async def test_an_answer_that_nobody_takes_is_dropped(tmp_path: Path) -> None:
    """Requests in a row whose answers fill the socket: the connection ends, and the request behind it with it."""
    async with hurried(tmp_path / "g") as (http, port):
        with socket.create_connection(("127.0.0.1", port)) as stranger:
            stranger.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            stranger.setblocking(False)
            sending = asyncio.create_task(asyncio.get_running_loop().sock_sendall(stranger, ASK * 2000))
            await eventually(lambda: http.connections == 1)
            await eventually(lambda: http.connections == 0)
            with contextlib.suppress(ConnectionError):
                await sending
        assert http.counters.overdue == 1
        await eventually(lambda: not http._server.server_state.tasks)


async def test_a_slow_line_that_gets_on_is_waited_for(tmp_path: Path) -> None:
    """A body that takes three times the patience for a stalled one, and comes fast enough for its size."""
    body = b'{"statements": [' + b" " * 4000 + b"]}"
    async with hurried(tmp_path / "g") as (http, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(SUBMIT % len(body))
        for start in range(0, len(body), 500):
            writer.write(body[start : start + 500])
            await writer.drain()
            await asyncio.sleep(0.3)
        assert b" 400 " in await asyncio.wait_for(reader.readline(), 5)
        writer.close()
        assert http.counters.overdue == 0


async def test_a_connection_that_is_kept_alive_serves_again(tmp_path: Path) -> None:
    async with hurried(tmp_path / "g") as (http, port):
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            for _ in range(4):
                assert (await client.get("/readyz")).status_code == 200
                await asyncio.sleep(0.5)
            (connection,) = http._server.server_state.connections
            kept = connection.transport.get_extra_info("socket")
            assert kept.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)  # or each answer takes 40 ms
        assert (http.counters.connections, http.counters.overdue) == (1, 0)
