"""The running aggregator: one TaskGroup of named tasks, and an ordered end.

    http       heads in, proofs and tiles out      anchorer   heads of the log of heads to the chain
    sealer     a checkpoint each cadence           control    backup and status for the command line

Shutdown: HTTP stops, a last seal puts everything acknowledged under a checkpoint, the rest stops, the log closes.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
from collections.abc import Coroutine
from contextlib import ExitStack
from typing import Any, Final

from fastapi import FastAPI

from tally_edge import durable
from tally_gateway.aggregate.desk import HeadDesk
from tally_gateway.aggregate.heads_routes import heads_routes
from tally_gateway.aggregate.registered import LogsFile
from tally_gateway.anchored_log import AnchoredLog, Clock, open_anchored_log, wall_clock
from tally_gateway.config import GatewayConfig
from tally_gateway.control import bind_control, serve_control
from tally_gateway.counters import PipelineCounters
from tally_gateway.errors import GatewayConfigError, LogFull
from tally_gateway.http.app import bare_app
from tally_gateway.http.health_routes import health_routes
from tally_gateway.http.log_routes import log_routes
from tally_gateway.http.rates import AddressRates
from tally_gateway.http.server import HttpServer
from tally_gateway.http.tile_routes import tile_routes
from tally_gateway.http.tokens import TokenFile
from tally_gateway.metrics import Measured
from tally_gateway.service import RUN_FILE, STOP_S, end_tasks, notify_systemd
from tally_gateway.table_errors import naming_errors

_LOG = logging.getLogger(__name__)
_RETRY_SEAL_S: Final = 2.0


class HeadsService:
    """One run of an aggregator. `run` ends when `stop` is called, or raises what stopped it."""

    def __init__(self, config: GatewayConfig, clock: Clock = wall_clock) -> None:
        """Raises GatewayConfigError for a folder that keeps no log of heads; what open_anchored_log raises."""
        if not config.heads.enabled:
            raise GatewayConfigError(f"{config.folder} is a gateway's: run it with `tallystick gateway run`")
        self._config = config
        with ExitStack() as undo:
            with naming_errors(f"{config.folder}"):
                self.kept: AnchoredLog = open_anchored_log(config, clock, undo)
            self.desk = HeadDesk(self.kept, LogsFile(config.path(config.heads.logs_file)))
            self.desk.logs.all()
            undo.pop_all()
        self.seals = PipelineCounters()
        self._stop = asyncio.Event()
        self.ready = asyncio.Event()
        self.http: HttpServer | None = None
        self.addresses: dict[str, tuple[str, int]] = {}

    def stop(self) -> None:
        """End in order."""
        self._stop.set()

    async def run(self) -> None:
        """Serve until stopped. Raises the error that made it stop; several at once as an ExceptionGroup."""
        try:
            self.http = HttpServer(self._config, self.application)
            self.addresses["http"] = self.http.bind()
            async with asyncio.TaskGroup() as group:
                await self._run(group, self.http)
        finally:
            if self.http is not None:
                self.http.close()  # bound before what came next failed, and never served
            (self._config.folder / RUN_FILE).unlink(missing_ok=True)
            await asyncio.get_running_loop().run_in_executor(None, self.kept.close)

    async def _run(self, group: asyncio.TaskGroup, http: HttpServer) -> None:
        def start(name: str, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
            return group.create_task(work, name=name)

        folder = self._config.folder
        others = [start("control", serve_control(folder, self.kept, bind_control(folder)))]
        if self.kept.feed is not None:
            others.append(start("anchorer", self.kept.feed.run()))
        sealer = start("sealer", self._seal_forever())
        serving = start("http", http.serve())
        self._announce()
        await self._stop.wait()
        _LOG.info("stopping")
        http.stop()
        await asyncio.wait({serving}, timeout=STOP_S)
        await end_tasks([sealer, serving], STOP_S)
        with contextlib.suppress(LogFull):
            await self.kept.seal()
        await end_tasks(others, STOP_S)

    def application(self, rates: AddressRates) -> FastAPI:
        """What is served over HTTP. Heads are nothing that their gateways do not publish, so their tiles are open."""
        config, kept = self._config, self.kept
        app = bare_app("Tallystick log of heads", config.http.max_body_kb)
        tokens = TokenFile(config.path(config.http.tokens_file))
        app.include_router(tile_routes(config.folder, None))
        app.include_router(log_routes(kept.lane, kept.feed, rates))
        app.include_router(heads_routes(self.desk, tokens, rates))
        app.include_router(health_routes(self._measured))
        return app

    def _measured(self) -> Measured:
        feed = self.kept.feed
        anchors = None if feed is None else feed.counters
        http = None if self.http is None else self.http.counters
        extra = {} if http is None else {"http": http}
        return Measured(self.kept.standing(), self.seals, anchors, [], heads=self.desk.counters, **extra)

    async def _seal_forever(self) -> None:
        every_s = self._config.log.seal_every_ms / 1000
        while True:
            await asyncio.sleep(every_s)
            try:
                self.seals.seals += await self.kept.lane.seal() is not None
            except LogFull:
                self.seals.seal_failures += 1
                _LOG.exception("no space for a checkpoint; trying again")
                await asyncio.sleep(_RETRY_SEAL_S)

    def _announce(self) -> None:
        places = {name: f"{host}:{port}" for name, (host, port) in self.addresses.items()}
        durable.write_file(self._config.folder / RUN_FILE, json.dumps({"pid": os.getpid(), **places}).encode())
        notify_systemd("READY=1")
        self.ready.set()
        _LOG.info("ready: %s", ", ".join(f"{name} on {place}" for name, place in places.items()))
