"""Two hosts that run: ours with footprints on it, and a partner's, each on a port of its own behind TLS."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tally_edge.pinned_tls import client_context
from tally_finance.api.serving import server_of
from tally_finance.book.database import engine_for
from tally_finance.book.schema import migrate
from tally_finance.pact.app import Host, host_of, make_app
from tally_finance.pact.delivery import Carrier
from tally_finance.pact.partners import Answers
from tally_gateway.tls import TlsFiles, create_ca, issue_server, server_context
from tests.finance.pact.examples import BAR, another, changed, text


@dataclass
class Running:
    """A host at `address`; `ca`: who vouches for it."""

    host: Host
    address: str
    ca: Path


@contextmanager
def serving(folder: Path, name: str) -> Iterator[Running]:
    """A host under TLS on loopback."""
    database = engine_for(f"sqlite:///{folder / name}.db")
    migrate(database)
    host = host_of(database, name)
    files = TlsFiles(folder / "tls")
    server = server_of(make_app(host), "127.0.0.1", 0, server_context(files))
    started: list[asyncio.AbstractEventLoop] = []

    async def run() -> None:
        started.append(asyncio.get_running_loop())
        await server.serve()

    thread = threading.Thread(target=lambda: asyncio.run(run()), name=name)
    thread.start()
    while not started:
        time.sleep(0.01)
    try:
        yield Running(host, f"https://127.0.0.1:{server.bound[1]}", files.ca_cert)
    finally:
        started[0].call_soon_threadsafe(server.stop)
        thread.join()
        database.dispose()


@dataclass
class Pair:
    """Ours and a partner's; `client` and `secret` are the partner's at ours. `carrier` brings our answers there."""

    ours: Running
    theirs: Running
    client: str
    secret: str
    carrier: Carrier


@contextmanager
def pair(folder: Path) -> Iterator[Pair]:
    """Both, knowing each other; three footprints at ours."""
    now = datetime.now(UTC)
    create_ca(TlsFiles(folder / "tls"), now)
    issue_server(TlsFiles(folder / "tls"), ["127.0.0.1"], now)
    with serving(folder, "huaxin") as ours, serving(folder, "partner") as theirs:
        credentials = folder / "partner.secret"
        credentials.touch(0o600)
        credentials.write_text(":".join(theirs.host.partners.make("huaxin", None, None, int(time.time()))))
        answers = Answers(f"{theirs.address}/3/events", f"{theirs.address}/auth/token", str(credentials))
        client, secret = ours.host.partners.make("partner", None, answers, int(time.time()))
        rail = {"productIds": ["urn:pact:huaxin.example:product-id:rail"]}
        for one in (
            BAR,
            changed(id="6a1c1b0e-6f5a-4d3c-9b5e-0c1d2e3f4a5c", **rail),
            another(precedingPfIds=[BAR["id"]]),
        ):
            ours.host.footprints.publish(text(one), int(time.time()))
        carrier = Carrier(ours.host.mail, ours.host.partners, lambda: int(time.time()), client_context(theirs.ca))
        yield Pair(ours, theirs, client, secret, carrier)
