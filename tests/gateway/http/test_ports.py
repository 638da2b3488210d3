"""The port of a server: it is let go of however early the server ends."""

from __future__ import annotations

import asyncio
import contextlib
import socket

import pytest

from tally_gateway.http.door import HttpLimits
from tally_gateway.http.limits import Receive, Scope, Send
from tally_gateway.http.server import SocketServer


async def nothing(_scope: Scope, _receive: Receive, _send: Send) -> None:
    """An application that nobody asks."""


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
async def test_a_server_that_is_stopped_before_it_accepts_lets_go_of_its_port(turns: int) -> None:
    server = SocketServer(nothing, ("127.0.0.1", 0), None, HttpLimits())
    address = server.bind()
    serving = asyncio.create_task(server.serve())
    for _ in range(turns):
        await asyncio.sleep(0)
    server.stop()
    await asyncio.wait_for(serving, 30)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address)


async def test_a_server_that_never_served_lets_go_of_its_port_when_it_is_closed() -> None:
    server = SocketServer(nothing, ("127.0.0.1", 0), None, HttpLimits())
    address = server.bind()
    serving = asyncio.create_task(server.serve())
    serving.cancel()  # before it begins
    with contextlib.suppress(asyncio.CancelledError):
        await serving
    server.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address)
