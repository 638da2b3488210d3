"""Runs the application under uvicorn, as one task of the service: its signals and its end are the service's."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator
from typing import Final

import uvicorn

from tally_gateway.assembly import Parts
from tally_gateway.config import GatewayConfig
from tally_gateway.errors import GatewayConfigError
from tally_gateway.http.app import make_app
from tally_gateway.metrics import Measured
from tally_gateway.tls import TlsFiles

_BACKLOG: Final = 64
_CONCURRENT: Final = 64
"""Requests at once; more are answered 503. Proofs share the log's thread with the commits."""
_KEEP_ALIVE_S: Final = 15
_CLOSE_S: Final = 5


class _Server(uvicorn.Server):
    """Leaves the process's signals alone."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """The service has its own."""
        yield


class HttpServer:
    """HTTP on its own port."""

    def __init__(self, config: GatewayConfig, parts: Parts, measured: Callable[[], Measured]) -> None:
        self._config = config
        files = TlsFiles(config.path("tls"))
        self._server = _Server(
            uvicorn.Config(
                make_app(config, parts, measured),
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                limit_concurrency=_CONCURRENT,
                timeout_keep_alive=_KEEP_ALIVE_S,
                timeout_graceful_shutdown=_CLOSE_S,
                ws="none",
                ssl_certfile=str(files.server_cert) if config.http.tls else None,
                ssl_keyfile=str(files.server_key) if config.http.tls else None,
            )
        )
        self._socket: socket.socket | None = None

    def bind(self) -> tuple[str, int]:
        """Open the port. Raises GatewayConfigError."""
        http = self._config.http
        family = socket.AF_INET6 if ":" in http.host else socket.AF_INET
        try:
            self._socket = socket.create_server((http.host, http.port), family=family, backlog=_BACKLOG)
        except OSError as error:
            raise GatewayConfigError(f"cannot serve HTTP on {http.host}:{http.port}: {error}") from error
        host, port = self._socket.getsockname()[:2]
        return str(host), int(port)

    async def serve(self) -> None:
        """Until `stop`."""
        if self._socket is None:
            self.bind()
        try:
            await self._server.serve(sockets=[] if self._socket is None else [self._socket])
        finally:
            if self._socket is not None:
                self._socket.close()

    def stop(self) -> None:
        """Finish the requests under way, then end `serve`."""
        self._server.should_exit = True
