"""One question over HTTP, and its answer, within a time and a size.

The HTTP client's own timeouts are for each wait: a server that sends a byte now and then, of the TLS handshake, the
headers or the body, would never be given up. Here every wait on the socket is cut to what is left of the whole
exchange, so there is nothing to cancel and no thread to leave behind. Only the resolver's time is its own.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import httpcore
import httpx

from tally_chain.errors import AnswerTooLargeError, EngineAnswerError, EngineUnavailableError

# What is handed to the socket at once; between two pieces the time is looked at.
_PIECE_BYTES = 16_384
# As httpx has it: a connection that was idle for longer may be closed at the other end any moment.
_KEEPALIVE_SECONDS = 5.0


class BoundedHttp:
    """Exchanges with one server, one at a time. Raises ValueError for a URL that is none.

    `timeout_seconds` is for each wait, `total_seconds` for a whole exchange: connecting, TLS, headers and body. `tls`
    is the context for https; the environment's proxies are asked where `proxies` is set. `transport` takes the place
    of the network in tests.
    """

    def __init__(
        self,
        url: str,
        *,
        timeout_seconds: float,
        total_seconds: float,
        tls: ssl.SSLContext | None = None,
        proxies: bool = False,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._url, self._total = httpx.URL(url), total_seconds
        self._guard = threading.RLock()
        self._limits = _Limits()
        if transport is None:
            if self._url.scheme == "https" and tls is None:
                tls = httpx.create_ssl_context()
            transport = _Transport(self._limits, tls, _proxy_for(self._url) if proxies else None)
        self._client = httpx.Client(transport=transport, timeout=timeout_seconds, trust_env=False)

    @property
    def connections(self) -> int:
        """How many connections were made so far."""
        return self._limits.connections

    def exchange(
        self,
        what: str,
        method: str = "POST",
        path: str = "",
        *,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        most_bytes: int,
    ) -> tuple[int, bytes]:
        """Status and body. `path` is appended to the URL; `what` begins the text of an error.

        Raises EngineUnavailableError where no whole answer came in time, AnswerTooLargeError where it exceeds
        `most_bytes`, EngineAnswerError for one that is compressed: it was not asked for, and has no bound.
        """
        url = f"{str(self._url).rstrip('/')}{path}" if path else self._url
        asked = {"accept-encoding": "identity", **(headers or {})}
        body = bytearray()
        with self._guard:
            self._limits.deadline = deadline = time.monotonic() + self._total
            try:
                with self._client.stream(method, url, json=json, headers=asked) as response:
                    if response.headers.get("content-encoding", "identity") != "identity":
                        raise EngineAnswerError(f"{what}: the answer is compressed, which was not asked for")
                    for chunk in response.iter_bytes():
                        body += chunk
                        if len(body) > most_bytes:
                            raise AnswerTooLargeError(f"{what}: the answer exceeds {most_bytes} bytes")
                        if time.monotonic() > deadline:
                            raise EngineUnavailableError(f"{what}: the answer does not end")
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                if time.monotonic() >= deadline:
                    raise EngineUnavailableError(f"{what}: the answer does not end") from error
                raise EngineUnavailableError(f"{what}: {type(error).__name__}: {error}") from error
        return response.status_code, bytes(body)

    def close(self) -> None:
        """Gives back the connection."""
        self._client.close()


class _Limits(httpcore.NetworkBackend):
    """Sockets whose every wait ends at `deadline` at the latest."""

    def __init__(self) -> None:
        self.deadline = float("inf")
        self.connections = 0
        self._sockets = httpcore.SyncBackend()

    def left(self, timeout: float | None, error: type[Exception]) -> float:
        """How long this wait may take."""
        remaining = self.deadline - time.monotonic()
        if remaining <= 0:
            raise error("no time is left")
        return remaining if timeout is None else min(timeout, remaining)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Tries one address of a name after the other: a name with many silent ones would multiply the time."""
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(str(error)) from error
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        for *_, address in found:
            wait = self.left(timeout, httpcore.ConnectTimeout)
            try:
                made = self._sockets.connect_tcp(str(address[0]), port, wait, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
                continue
            self.connections += 1
            return _Stream(made, self)
        raise failure


class _Stream(httpcore.NetworkStream):
    """A connection whose every wait is cut. The TLS handshake is one wait, for Python counts its time as a whole."""

    def __init__(self, inner: httpcore.NetworkStream, limits: _Limits) -> None:
        self._inner, self._limits = inner, limits

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._limits.left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), _PIECE_BYTES):
            piece = buffer[start : start + _PIECE_BYTES]
            self._inner.write(piece, self._limits.left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        wait = self._limits.left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, wait), self._limits)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Transport(httpx.BaseTransport):
    """httpx over httpcore, as httpx's own transport is, which takes no sockets but its own."""

    def __init__(self, limits: _Limits, tls: ssl.SSLContext | None, proxy: httpx.Proxy | None) -> None:
        named: dict[str, Any] = {
            "ssl_context": tls,
            "max_connections": 1,
            "max_keepalive_connections": 1,
            "keepalive_expiry": _KEEPALIVE_SECONDS,
            "network_backend": limits,
        }
        self._pool: httpcore.ConnectionPool
        if proxy is None:
            self._pool = httpcore.ConnectionPool(**named)
        else:
            headers = proxy.headers.raw
            self._pool = httpcore.HTTPProxy(_url(proxy.url), proxy.raw_auth, headers, **named)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        asked = httpcore.Request(
            request.method,
            _url(request.url),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        with _named_as_httpx():
            answer = self._pool.handle_request(asked)
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer))

    def close(self) -> None:
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        with _named_as_httpx():
            yield from self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


@contextlib.contextmanager
def _named_as_httpx() -> Iterator[None]:
    """Errors of the layer below, by the same names one layer up."""
    try:
        yield
    except (
        httpcore.TimeoutException,
        httpcore.NetworkError,
        httpcore.ProtocolError,
        httpcore.ProxyError,
        httpcore.UnsupportedProtocol,
    ) as error:
        named: type[httpx.TransportError] = getattr(httpx, type(error).__name__, httpx.TransportError)
        raise named(str(error)) from error


def _url(url: httpx.URL) -> httpcore.URL:
    return httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)


def _proxy_for(url: httpx.URL) -> httpx.Proxy | None:
    """The environment's proxy for this address. Raises ValueError for one that is not over HTTP."""
    known = urllib.request.getproxies()
    found = known.get(url.scheme) or known.get("all")
    if not found or urllib.request.proxy_bypass(f"{url.host}:{url.port}" if url.port else url.host):
        return None
    return httpx.Proxy(found if "://" in found else f"http://{found}")
