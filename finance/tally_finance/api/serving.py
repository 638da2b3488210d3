"""Runs the application: a port, and the chain read again and again. On loopback unless it is told otherwise.

Peers have deadlines for a head, a body and the taking of an answer (tally_gateway.http.door), so whoever opens sockets
and says nothing, or says it slowly, keeps nobody else out.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
import signal
import ssl
from typing import Any, Final

from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from tally_edge.errors import ConfigError, TallyError
from tally_finance.desk.desk import Desk
from tally_finance.desk.syncing import sync
from tally_gateway.errors import GatewayConfigError
from tally_gateway.http.door import HttpLimits
from tally_gateway.http.server import SocketServer

_LOG = logging.getLogger(__name__)

LIMITS: Final = HttpLimits(sockets=256, sockets_per_address=64, bytes_per_s=8 << 10)
"""Who says nothing is dropped after 15 s, and before that for whoever comes when all 256 are taken. The longest bundle
has an hour: it comes from an office, not from a plant room."""


def server_of(
    app: Any,
    host: str,
    port: int,
    tls: ssl.SSLContext | None = None,
    limits: HttpLimits = LIMITS,
    *,
    behind_proxy: bool = False,
) -> SocketServer:
    """A server for `app` with its port open; 0 takes any that is free. Raises ConfigError."""
    server = SocketServer(app, (host, port), tls, limits, behind_proxy=behind_proxy)
    try:
        server.bind()
    except GatewayConfigError as error:
        raise ConfigError(str(error)) from None
    return server


def must_be_private(host: str, tls: ssl.SSLContext | None, *, open_anyway: bool) -> None:
    """Tokens cross the network: beyond loopback they go through TLS, unless the operator says that he knows.

    Raises ConfigError.
    """
    if tls is None and not open_anyway and not _is_loopback(host):
        raise ConfigError(
            f"{host} is not loopback, and tokens would cross the network in the clear: give --tls-certificate and "
            "--tls-key, or --without-tls where another program on the way speaks TLS"
        )


async def serve(server: SocketServer, desk: Desk, every_s: float) -> None:
    """Serve, and read the chain every `every_s` seconds, until SIGTERM or SIGINT; what is under way is finished.

    Raises what reading the chain raises beside a chain or a database that does not answer: a desk that follows nothing
    must not look as if it did.
    """
    stop_by_signal(server)
    following = asyncio.create_task(follow(desk, every_s), name="chain")
    following.add_done_callback(lambda _: server.stop())
    try:
        await server.serve()
    finally:
        following.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await following


def stop_by_signal(server: SocketServer) -> None:
    """SIGTERM and SIGINT end the server of the loop that runs; what is under way is finished."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.stop)


async def follow(desk: Desk, every_s: float) -> None:
    """A chain or a database that can not be read now is read later; what it means is said once each time."""
    said = ""
    while True:
        try:
            found = await run_in_threadpool(sync, desk)
        except (TallyError, SQLAlchemyError) as error:
            if str(error) != said:
                _LOG.error("the chain was not read into the book: %s: %s", type(error).__name__, error)
            said = str(error)
        else:
            said = ""
            if found.written:
                _LOG.info("%d entries of the chain went into the book", found.written)
        await asyncio.sleep(every_s)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
