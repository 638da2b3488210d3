"""Servers that drip, on real sockets: whatever they send a byte of now and then, they are given up in time."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import httpx
import pytest

from tally_chain.anchoring.external_signer import ExternalSigner
from tally_chain.anchoring.keys import FeeOffer, Transaction
from tally_chain.engine.exchange import BoundedHttp
from tally_chain.engine.jsonrpc import JsonRpcEngine
from tally_chain.errors import AnswerTooLargeError, EngineAnswerError, EngineError, EngineUnavailableError, SignerError
from tally_gateway.aggregate import link
from tally_gateway.aggregate.link import AggregatorLink
from tests.chain.contracts.stage import OWNER, TX_KEY

WAIT_S = 0.4
TOTAL_S = 3 * WAIT_S
# What a busy machine may add to the time after which a server is given up.
SLACK_S = 2.0
OK = b"HTTP/1.1 200 OK\r\n"
STATUS = b"HTTP/1.1 100 Continue\r\n\r\n"
# A TLS record that announces 16,000 bytes of handshake, most of which never come.
RECORD = bytes.fromhex("1603033e80020000")

Serve = Callable[[socket.socket, threading.Event], None]


def dripping(first: bytes, again: bytes = b"a", *, reads: bool = True) -> Serve:
    """Sends `first` at once, then `again` every tenth of a second for ever."""

    def serve(connection: socket.socket, ended: threading.Event) -> None:
        if reads:
            connection.recv(65_536)
        connection.sendall(first)
        while not ended.wait(0.1):
            connection.sendall(again)

    return serve


def reading_slowly(connection: socket.socket, ended: threading.Event) -> None:
    while not ended.wait(0.1):
        connection.recv(1)


def answering(*answers: bytes) -> Serve:
    def serve(connection: socket.socket, _: threading.Event) -> None:
        for answer in answers:
            connection.recv(65_536)
            connection.sendall(answer)

    return serve


@contextmanager
def server(serve: Serve) -> Iterator[str]:
    """An address where each connection is served by `serve`, until it is closed at either end."""
    listening = socket.create_server(("127.0.0.1", 0))
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    ended = threading.Event()

    def run() -> None:
        while not ended.is_set():
            connection, _ = listening.accept()
            with connection:
                try:
                    serve(connection, ended)
                except OSError:
                    continue

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield f"127.0.0.1:{listening.getsockname()[1]}"
    finally:
        ended.set()
        with socket.create_connection(listening.getsockname()):
            pass
        thread.join()
        listening.close()


@contextmanager
def given_up_in_time() -> Iterator[None]:
    began, threads = time.monotonic(), threading.active_count()
    with pytest.raises((EngineUnavailableError, SignerError)):
        yield
    assert time.monotonic() - began < TOTAL_S + SLACK_S
    assert threading.active_count() == threads


def bounded(url: str, *, proxies: bool = False) -> closing[BoundedHttp]:
    return closing(BoundedHttp(url, timeout_seconds=WAIT_S, total_seconds=TOTAL_S, proxies=proxies))


DRIPS = {
    "headers": dripping(OK + b"X-Header: "),
    "header after header": dripping(OK, b"X: y\r\n"),
    "interim answers": dripping(STATUS, STATUS),
    "body": dripping(OK + b"Content-Length: 100000\r\n\r\n"),
    "chunks": dripping(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
    "reading": reading_slowly,
}


@pytest.mark.parametrize("drip", DRIPS)
def test_what_never_ends_is_given_up(drip: str) -> None:
    body = "a" * 4_000_000 if drip == "reading" else None
    with server(DRIPS[drip]) as address, bounded(f"http://{address}") as http, given_up_in_time():
        http.exchange("what", json=body, most_bytes=10_000)


def test_a_tls_handshake_that_drips_is_given_up() -> None:
    with server(dripping(RECORD, reads=False)) as address, bounded(f"https://{address}") as http, given_up_in_time():
        http.exchange("what", most_bytes=10_000)


def test_a_name_of_many_silent_addresses_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        address = full.getsockname()
        waiting = [socket.socket() for _ in range(8)]
        for held in waiting:  # once the queue is full, connecting waits
            held.setblocking(False)
            held.connect_ex(address)
        found = (socket.AF_INET, socket.SOCK_STREAM, 6, "", address)
        monkeypatch.setattr(
            "tally_chain.engine.exchange.socket.getaddrinfo",
            lambda host, *_, **__: [found] * (50 if host == "many.test" else 1),
        )
        try:
            with bounded("http://many.test") as http, given_up_in_time():
                http.exchange("what", most_bytes=10_000)
        finally:
            for held in waiting:
                held.close()


def _node(address: str) -> None:
    with closing(JsonRpcEngine(f"http://{address}", timeout_seconds=WAIT_S)) as engine:
        engine.nonce(OWNER.address)


def _signer(address: str) -> None:
    with closing(ExternalSigner(f"http://{address}", TX_KEY.address, timeout_seconds=WAIT_S)) as signer:
        signer.sign(Transaction(1, 0, OWNER.address, b"", 21_000, FeeOffer(True, 1, 1)))


def _aggregator(address: str) -> None:
    with closing(AggregatorLink(f"http://{address}", "token", None)) as aggregator:
        aggregator.newest(bytes(32))


@pytest.mark.parametrize("drip", ["headers", "body"])
@pytest.mark.parametrize("ask", [_node, _signer, _aggregator])
def test_node_signer_and_aggregator_are_given_up(
    ask: Callable[[str], None], drip: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link, "TIMEOUT_S", WAIT_S)
    monkeypatch.setattr(link, "TOTAL_S", TOTAL_S)
    with server(DRIPS[drip]) as address, given_up_in_time():
        ask(address)


def test_a_connection_is_kept_and_answers_are_bounded() -> None:
    answer = OK + b"Content-Length: 5\r\n\r\nhello"
    with server(answering(answer, answer, answer)) as address, bounded(f"http://{address}/at") as http:
        assert http.exchange("what", most_bytes=5) == (200, b"hello")
        assert http.exchange("what", "GET", "/more", most_bytes=5) == (200, b"hello")
        assert http.connections == 1
        with pytest.raises(AnswerTooLargeError):
            http.exchange("what", most_bytes=4)


def test_a_compressed_answer_is_not_unpacked() -> None:
    packed = gzip.compress(bytes(10_000_000))
    head = OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    refused = pytest.raises(EngineAnswerError, match="compressed")
    with server(answering(head + packed)) as address, bounded(f"http://{address}") as http, refused:
        http.exchange("what", most_bytes=100_000)


def test_the_environments_proxy_is_asked_only_where_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = OK + b"Content-Length: 2\r\n\r\nok"
    asked: list[bytes] = []

    def serve(connection: socket.socket, _: threading.Event) -> None:
        asked.append(connection.recv(65_536))
        connection.sendall(answer)

    with server(serve) as address:
        monkeypatch.setenv("http_proxy", f"http://user:secret@{address}")
        monkeypatch.setenv("no_proxy", "near.test")
        with bounded("http://far.test/x", proxies=True) as http:
            assert http.exchange("what", most_bytes=5) == (200, b"ok")
        for near in (bounded("http://near.test/x", proxies=True), bounded("http://far.test/x")):
            with near as http, pytest.raises(EngineError):
                http.exchange("what", most_bytes=5)
    assert asked[0].startswith(b"POST http://far.test/x ")
    assert b"Basic dXNlcjpzZWNyZXQ=" in asked[0]


def test_a_url_that_is_none() -> None:
    for url in ("http://[broken", "ftp://node.test"):
        with pytest.raises((httpx.InvalidURL, ValueError, EngineUnavailableError)):
            BoundedHttp(url, timeout_seconds=1, total_seconds=1).exchange("what", most_bytes=1)
