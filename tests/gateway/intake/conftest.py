"""A listener over TLS with one registered client."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tally_edge.pinned_tls import client_context
from tally_gateway.intake.clients import ClientFile
from tally_gateway.intake.listener import MqttListener
from tally_gateway.intake.settings import ListenerLimits, ListenerSettings
from tally_gateway.tls import TlsFiles, create_ca, issue_server, server_context
from tests.gateway.intake.support import ListSink, Recorder
from tests.mosquitto import mosquitto as mosquitto  # noqa: PLC0414  a fixture, exported to this folder


@pytest.fixture(scope="session")
def tls_files(tmp_path_factory: pytest.TempPathFactory) -> TlsFiles:
    files = TlsFiles(tmp_path_factory.mktemp("tls"))
    now = datetime.datetime.now(datetime.UTC)
    create_ca(files, now)
    issue_server(files, [], now)
    return files


@dataclass
class Running:
    listener: MqttListener
    sink: ListSink
    store: ClientFile
    token: str
    port: int
    tls_files: TlsFiles
    task: asyncio.Task[None]

    def recorder(self, name: str = "plant-7", token: str | None = None, **options: Any) -> Recorder:
        return Recorder(name, token or self.token, client_context(self.tls_files.ca_cert), **options)

    async def stop(self) -> None:
        self.task.cancel()
        await asyncio.wait({self.task})


Start = Callable[..., contextlib.AbstractAsyncContextManager[Running]]


@pytest.fixture
def start(tls_files: TlsFiles, tmp_path: Path) -> Start:
    @contextlib.asynccontextmanager
    async def run(*, tls: bool = True, sink: ListSink | None = None, **limits: Any) -> AsyncIterator[Running]:
        store = ClientFile(tmp_path / "clients.toml")
        token = store.add("plant-7")
        settings = ListenerSettings(
            port=0, tls=server_context(tls_files) if tls else None, limits=replace(ListenerLimits(), **limits)
        )
        listener = MqttListener(settings, store)
        _, port = listener.bind()
        kept = sink or ListSink()
        task = asyncio.create_task(listener.serve(kept))
        running = Running(listener, kept, store, token, port, tls_files, task)
        try:
            yield running
        finally:
            await running.stop()
            assert listener.counters.faults == 0
            assert kept.overlaps == 0
            assert listener.unauthenticated == 0

    return run
