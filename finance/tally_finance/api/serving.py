"""Runs the application: a port, and the chain read again and again. On loopback unless it is told otherwise.

A reverse proxy that speaks TLS belongs in front of it: tokens cross the network.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from typing import Final

import uvicorn
from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from tally_edge.errors import ConfigError, TallyError
from tally_finance.desk.desk import Desk
from tally_finance.desk.syncing import sync

_LOG = logging.getLogger(__name__)

MAX_REQUESTS: Final = 64
"""Under way at once; more are told to come again. Each holds a bundle of 32 MB at most."""

_KEEP_ALIVE_S: Final = 10
_CLOSE_S: Final = 10


def listen(host: str, port: int) -> socket.socket:
    """An open port; 0 takes any that is free. Raises ConfigError."""
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise ConfigError(f"cannot serve HTTP on {host}:{port}: {error}") from None


def server_of(app: FastAPI) -> uvicorn.Server:
    """A server for `app`; its `run` takes sockets that are open."""
    return uvicorn.Server(
        uvicorn.Config(
            app,
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            log_level=logging.ERROR,  # it warns of every bad request, and strangers must not fill the disk
            access_log=False,
            server_header=False,
            limit_concurrency=MAX_REQUESTS,
            timeout_keep_alive=_KEEP_ALIVE_S,
            timeout_graceful_shutdown=_CLOSE_S,
            # The process's own default would read forwarded addresses from the environment.
            forwarded_allow_ips=[],
        )
    )


async def serve(app: FastAPI, desk: Desk, opened: socket.socket, every_s: float) -> None:
    """Serve, and read the chain every `every_s` seconds, until a signal ends it."""
    following = asyncio.create_task(_follow(desk, every_s), name="chain")
    try:
        await server_of(app).serve(sockets=[opened])
    finally:
        following.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await following


async def _follow(desk: Desk, every_s: float) -> None:
    """A chain that can not be read now is read later; what it means is said once each time."""
    said = ""
    while True:
        try:
            found = await run_in_threadpool(sync, desk)
        except TallyError as error:
            if str(error) != said:
                _LOG.error("the chain was not read into the book: %s: %s", type(error).__name__, error)
            said = str(error)
        else:
            said = ""
            if found.written:
                _LOG.info("%d entries of the chain went into the book", found.written)
        await asyncio.sleep(every_s)
