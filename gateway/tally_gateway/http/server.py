"""Runs an application under uvicorn, as one task of its service: its signals and its end are the service's.

Sockets are accepted here and not by uvicorn, so that one counts from its first moment on, before TLS (see http.door).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Final

import uvicorn

from tally_gateway.config import GatewayConfig
from tally_gateway.errors import GatewayConfigError
from tally_gateway.http.connection import Connection
from tally_gateway.http.counters import HttpCounters
from tally_gateway.http.door import Door, HttpLimits
from tally_gateway.http.limits import Receive, Scope, Send
from tally_gateway.http.rates import RATE, AddressRates
from tally_gateway.intake.admission import address_key
from tally_gateway.intake.quota import Rate
from tally_gateway.tls import TlsFiles, server_context

AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]

_BACKLOG: Final = 128
_KEEP_ALIVE_S: Final = 10
"""Below `HttpLimits.request_s`, so that a connection that is merely idle is closed politely."""
_CLOSE_S: Final = 5
# With no file descriptor left accept fails at once and for ever; trying ten times a second costs nothing.
_ACCEPT_RETRY_S: Final = 0.1
_PROXIES: Final = ["127.0.0.1", "::1"]
"""Whose X-Forwarded-For and X-Forwarded-Proto are believed, where the settings say that a proxy is in front."""


class _Server(uvicorn.Server):
    """Leaves the process's signals alone."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """The service has its own."""
        yield


class SocketServer:
    """One application on one port. `counters` say what strangers did."""

    def __init__(
        self,
        app: Any,
        address: tuple[str, int],
        tls: ssl.SSLContext | None,
        limits: HttpLimits,
        counters: HttpCounters | None = None,
        *,
        behind_proxy: bool = False,
    ) -> None:
        """`address`: host and port, 0 for any port that is free. `behind_proxy`: one on this machine says who asks."""
        self.counters = HttpCounters() if counters is None else counters
        self._address, self._tls, self._limits = address, tls, limits
        self._door = Door(limits, self.counters)
        self._uvicorn = uvicorn.Config(
            app,
            http="h11",
            lifespan="off",
            log_config=None,
            log_level=logging.ERROR,  # it warns of every bad request, and strangers must not fill the disk
            access_log=False,
            server_header=False,
            timeout_keep_alive=_KEEP_ALIVE_S,
            timeout_graceful_shutdown=_CLOSE_S,
            ws="none",
            proxy_headers=behind_proxy,
            forwarded_allow_ips=_PROXIES,
        )
        self._server = _Server(self._uvicorn)
        self._socket: socket.socket | None = None
        self._entering: set[asyncio.Task[None]] = set()
        self._accepting: asyncio.Task[None] | None = None

    @property
    def connections(self) -> int:
        """Sockets open now."""
        return len(self._door)

    @property
    def bound(self) -> tuple[str, int]:
        """Host and port that `bind` took. Raises GatewayConfigError before it did."""
        if self._socket is None:
            raise GatewayConfigError("not bound")
        taken = self._socket.getsockname()
        return str(taken[0]), int(taken[1])

    def bind(self) -> tuple[str, int]:
        """Open the port. Raises GatewayConfigError."""
        host, port = self._address
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            self._socket = socket.create_server((host, port), family=family, backlog=_BACKLOG)
        except OSError as error:
            raise GatewayConfigError(f"cannot serve HTTP on {host}:{port}: {error}") from error
        self._socket.settimeout(0)
        # Accepted sockets inherit it. A head and its body are two writes, and the second would wait 40 ms for an
        # acknowledgement of the first.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self.bound

    async def serve(self) -> None:
        """Until `stop`."""
        if self._socket is None:
            self.bind()
        self._uvicorn.load()
        try:
            async with asyncio.TaskGroup() as group:
                self._accepting = group.create_task(self._accept_forever(), name="http-accept")
                watching = group.create_task(self._watch_forever(), name="http-watch")
                await self._server.serve(sockets=[])
                self._accepting.cancel()
                watching.cancel()
        finally:
            self.close()  # a task that is cancelled before it began closes nothing
            self._door.drop_all()
            if self._entering:
                await asyncio.wait(self._entering, timeout=_CLOSE_S)

    def close(self) -> None:
        """Let go of the port, also where `serve` was never called or never began."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def stop(self) -> None:
        """Finish the requests under way, then end `serve`."""
        self._server.should_exit = True
        if self._accepting is not None:
            self._accepting.cancel()

    async def _accept_forever(self) -> None:
        loop = asyncio.get_running_loop()
        listening = self._socket
        if listening is None:
            raise GatewayConfigError("not bound")
        try:
            while True:
                try:
                    accepted, address = await loop.sock_accept(listening)
                except OSError:
                    await asyncio.sleep(_ACCEPT_RETRY_S)
                    continue
                self._admit(accepted, address_key(str(address[0])))
                await asyncio.sleep(0)  # with many waiting, sock_accept alone would let nobody else run
        finally:
            self.close()

    def _admit(self, accepted: socket.socket, address: str) -> None:
        connection = Connection(
            self._uvicorn, self._server.server_state, (accepted, address), self._limits, self._door.leave
        )
        if not self._door.enter(connection, asyncio.get_running_loop().time()):
            accepted.close()
            return
        task = asyncio.create_task(self._enter(accepted, connection), name="http-enter")
        self._entering.add(task)
        task.add_done_callback(self._entering.discard)

    async def _enter(self, accepted: socket.socket, connection: Connection) -> None:
        """TLS, where there is one; from then on the connection is its own."""
        try:
            await asyncio.get_running_loop().connect_accepted_socket(lambda: connection, accepted, ssl=self._tls)
        except OSError:  # the peer went, or does not know TLS; ssl.SSLError is one
            self._door.leave(connection)
            accepted.close()

    async def _watch_forever(self) -> None:
        while True:
            await asyncio.sleep(self._limits.look_every_s)
            self._door.look(asyncio.get_running_loop().time())


class HttpServer(SocketServer):
    """The gateway's HTTP, as its settings have it."""

    def __init__(
        self,
        config: GatewayConfig,
        make: Callable[[AddressRates], AsgiApp],
        limits: HttpLimits = HttpLimits(),  # noqa: B008  frozen
        rate: Rate = RATE,
    ) -> None:
        """`make` makes the application. Raises TlsError: HTTPS without a usable certificate and key."""
        counters = HttpCounters()
        tls = server_context(TlsFiles(config.path("tls"))) if config.http.tls else None
        super().__init__(
            make(AddressRates(counters, rate)), (config.http.host, config.http.port), tls, limits, counters,
            behind_proxy=config.http.behind_proxy,
        )  # fmt: skip
