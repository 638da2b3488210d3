"""Whose word a request's address is: the socket's own, and a proxy's only where the settings say that there is one."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest

from tally_gateway.http.door import HttpLimits
from tally_gateway.http.limits import Receive, Scope, Send
from tally_gateway.http.server import SocketServer

SAID = {"x-forwarded-for": "203.0.113.9, 198.51.100.7", "x-forwarded-proto": "https"}


async def told(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with what the application is told of who asks."""
    await receive()
    body = json.dumps([scope["client"][0], scope["scheme"]]).encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


@pytest.mark.parametrize(
    ("behind_proxy", "expected"), [(False, ["127.0.0.1", "http"]), (True, ["198.51.100.7", "https"])]
)
async def test_who_says_itself_from_where_it_comes(behind_proxy: bool, expected: list[str]) -> None:
    """A proxy that hands on what its client wrote lets anybody be anybody: it is believed where it was configured."""
    server = SocketServer(told, ("127.0.0.1", 0), None, HttpLimits(), behind_proxy=behind_proxy)
    host, port = server.bind()
    serving = asyncio.create_task(server.serve())
    async with httpx.AsyncClient(trust_env=False) as client:
        assert (await client.get(f"http://{host}:{port}/", headers=SAID)).json() == expected
    server.stop()
    await asyncio.wait_for(serving, 10)
