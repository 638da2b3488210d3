"""Whoever opens sockets and says nothing, or says it slowly, keeps no honest client out. Over real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest
from sqlalchemy.exc import OperationalError

from tally_finance.api import serving
from tally_finance.api.app import make_app
from tally_finance.api.rights import Role
from tally_finance.errors import DeskError
from tally_gateway.http.door import HttpLimits
from tests.chain.contracts.stage import Stage
from tests.chain.receipts.yard import yard_on
from tests.chain.registry.parties import parties_on
from tests.finance.api.counter import Counter, counter, served
from tests.finance.desk.office import office

IDLE = 200
QUICK = HttpLimits(request_s=1, stall_s=1, bytes_per_s=1000, look_every_s=0.1)
HEAD = b"POST /v1/quotes HTTP/1.1\r\nHost: desk\r\nIdempotency-Key: a-key-of-mine\r\n"


@pytest.fixture(scope="module")
def made(embedded: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    with counter(office(yard_on(parties_on(embedded)), tmp_path_factory.mktemp("desk"))) as opened:
        yield opened


@contextlib.contextmanager
def idle(url: str, said: bytes) -> Iterator[list[socket.socket]]:
    where = urlsplit(url)
    with contextlib.ExitStack() as stack:
        sockets = []
        for _ in range(IDLE):
            made = stack.enter_context(socket.create_connection((where.hostname, where.port), 10))
            made.sendall(said)
            sockets.append(made)
        yield sockets


@pytest.mark.parametrize(
    "said", [b"", b"GET /v1/me HTTP/1.1\r\nHost: desk\r\nX-Slow: ", HEAD + b"Content-Length: 9\r\n\r\n"],
    ids=["nothing", "half a head", "half a body"],
)  # fmt: skip
def test_honest_clients_are_served_beside_200_sockets_that_say(made: Counter, said: bytes) -> None:
    with idle(str(made.client.base_url), said):
        for _ in range(100):
            # Each on a connection of its own, as who comes anew has it.
            answer = httpx.get(
                f"{made.client.base_url}/v1/me", headers=made.headers(Role.LENDER), trust_env=False, timeout=10
            )
            assert answer.status_code == 200, answer.text


def test_a_token_does_not_buy_a_slow_body_any_time(made: Counter) -> None:
    """A head with a good token and a body that trickles in: dropped, and nobody waited for it."""
    with served(make_app(made.service), QUICK) as url:
        where = urlsplit(url)
        token = made.tokens[Role.LENDER].encode()
        with socket.create_connection((where.hostname, where.port), 10) as slow:
            slow.sendall(HEAD + b"Authorization: Bearer " + token + b"\r\nContent-Length: 100000\r\n\r\n")
            began = time.monotonic()
            trickle = threading.Thread(target=_trickle, args=(slow,), daemon=True)
            trickle.start()
            with contextlib.suppress(ConnectionError):
                assert slow.recv(1) == b""
            assert time.monotonic() - began < 8
            assert httpx.get(f"{url}/healthz", trust_env=False).status_code == 200
        trickle.join(10)


async def test_a_database_that_fails_is_read_again_and_a_fault_ends_the_service(
    made: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What can not be read now is read later; what nobody foresaw must not leave a desk that follows nothing."""
    faults: list[Exception] = [OperationalError("SELECT", {}, Exception("gone")), DeskError("no"), ZeroDivisionError()]
    looks = 0

    def sync(_: object) -> None:
        nonlocal looks
        looks += 1
        raise faults[looks - 1]

    monkeypatch.setattr(serving, "sync", sync)
    server = serving.server_of(make_app(made.service), "127.0.0.1", 0)
    with pytest.raises(ZeroDivisionError):
        await asyncio.wait_for(serving.serve(server, made.office.desk, 0.01), 30)
    assert looks == len(faults)


def _trickle(slow: socket.socket) -> None:
    with contextlib.suppress(OSError):
        for _ in range(200):
            slow.sendall(b"x")
            time.sleep(0.05)
