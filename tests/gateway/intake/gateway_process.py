"""A way in with a small SQLite sink, as a process of its own that a test can kill.

    python -m tests.gateway.intake.gateway_process KIND FOLDER PORT

KIND is listener, paho or aiomqtt. FOLDER holds the transport keys, clients.toml (listener) and inbox.db.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from collections.abc import Sequence
from pathlib import Path

from tally_edge.pinned_tls import client_context
from tally_gateway.intake.broker_settings import BrokerSettings
from tally_gateway.intake.choose import open_intake
from tally_gateway.intake.clients import ClientFile
from tally_gateway.intake.interface import Delivery, Outcome
from tally_gateway.intake.listener import MqttListener
from tally_gateway.intake.quota import Rate
from tally_gateway.intake.settings import ListenerLimits, ListenerSettings
from tally_gateway.tls import TlsFiles, server_context

# Mosquitto's own default window is 20; a batch of 21 is the smallest that would wait for ever without its timer.
ABOVE_THE_WINDOW = 21


class SqliteSink:
    """One table, one transaction per batch, synchronous FULL; a repeat is stored once."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = FULL")
        self._database.execute("CREATE TABLE IF NOT EXISTS inbox (payload BLOB PRIMARY KEY, offers INTEGER NOT NULL)")
        self._in_order = asyncio.Lock()  # a batch comes while the one before is stored

    async def deliver(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        async with self._in_order:
            await asyncio.to_thread(self._store, [delivery.payload for delivery in deliveries])
        return [Outcome.COMMITTED] * len(deliveries)

    def _store(self, payloads: list[bytes]) -> None:
        self._database.execute("BEGIN")
        self._database.executemany(
            "INSERT INTO inbox VALUES (?, 1) ON CONFLICT DO UPDATE SET offers = offers + 1", [(p,) for p in payloads]
        )
        self._database.execute("COMMIT")


def stored(path: Path) -> dict[bytes, int]:
    """What the sink has, and how often each was offered."""
    database = sqlite3.connect(path)
    try:
        return dict(database.execute("SELECT payload, offers FROM inbox"))
    finally:
        database.close()


async def main(kind: str, folder: Path, port: int) -> None:
    files = TlsFiles(folder)
    if kind == "listener":
        limits = ListenerLimits(messages=Rate(100_000, 100_000))
        settings = ListenerSettings(port=port, tls=server_context(files), limits=limits)
        intake = open_intake(settings, authenticator=ClientFile(folder / "clients.toml"))
        assert isinstance(intake, MqttListener)
        intake.bind()
    else:
        broker = BrokerSettings(
            "127.0.0.1", port, "gateway", "gateway", "gateway-password", client_context(files.ca_cert)
        )
        intake = open_intake(broker, library=kind)
    print("UP", flush=True)
    await intake.serve(SqliteSink(folder / "inbox.db"))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])))
