"""The running service: one TaskGroup of named tasks, and an ordered end.

    intake-…   the ways in               http       tiles, proofs, health
    sealer     a checkpoint each cadence  anchorer   heads to the chain
    projector  segments                   control    backup and status for the command line
    beacons    anchored heads to agents       console    what operators are shown

Shutdown, each step with a deadline:

    1. the ways in stop: nothing new is read, what the pipeline has is committed and acknowledged
    2. a last seal, so that everything acknowledged stands under a checkpoint
    3. HTTP, anchoring and projection stop; what they had not done is done after the next start
    4. the log closes, when every call that was handed to its thread has ended

A second signal ends the process at once: whatever was acknowledged is durable at every moment.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

from tally_edge import durable
from tally_gateway.anchored_log import Clock, wall_clock
from tally_gateway.assembly import Parts, assemble
from tally_gateway.cadence import seal_forever, tell_beacons_forever
from tally_gateway.config import GatewayConfig, read_secret
from tally_gateway.console.desk import ConsoleDesk
from tally_gateway.console.front import Front
from tally_gateway.control import bind_control, serve_control
from tally_gateway.errors import LogFull
from tally_gateway.http.app import make_app
from tally_gateway.http.counters import HttpCounters
from tally_gateway.http.rates import AddressRates
from tally_gateway.http.server import HttpServer
from tally_gateway.intake.broker_settings import BrokerSettings
from tally_gateway.intake.choose import open_intake
from tally_gateway.intake.clients import ClientFile
from tally_gateway.intake.interface import Intake
from tally_gateway.intake.listener import MqttListener
from tally_gateway.intake.settings import ListenerSettings
from tally_gateway.log.reader import LogReader
from tally_gateway.log.writer import NO_SPACE
from tally_gateway.metrics import Measured
from tally_gateway.tls import TlsFiles, server_context

_LOG = logging.getLogger(__name__)

RUN_FILE: Final = "run.json"
"""Where the running service says its pid and ports; removed at the end."""

INTAKE_STOP_S: Final = 15.0
"""The ways in give the pipeline 5 s for its batch and their connections 5 s to close."""
STOP_S: Final = 10.0
_FORCED_EXIT: Final = 1
_SWITCH_S: Final = 0.0005
"""How long a busy thread (the projector) may keep the interpreter while others wait. SQLite's module gives it up at
every row that it reads; with Python's 5 ms a seal beside a projection took over a second."""


class Service:
    """One run of a gateway. `run` ends when `stop` is called, or raises what stopped it."""

    def __init__(self, config: GatewayConfig, clock: Clock = wall_clock) -> None:
        self._config = config
        self.parts: Parts = assemble(config, clock)
        self.desk = ConsoleDesk(self.parts)
        self._stop = asyncio.Event()
        self.ready = asyncio.Event()
        self.listener: MqttListener | None = None
        self.http: HttpServer | None = None
        self.addresses: dict[str, tuple[str, int]] = {}

    def stop(self) -> None:
        """End in order."""
        self._stop.set()

    async def run(self) -> None:
        """Serve until stopped. Raises the error that made the service stop; several at once as an ExceptionGroup."""
        try:
            intakes = self._open_intakes()
            if self._config.http.enabled:
                self.http = HttpServer(self._config, lambda rates: self.application(intakes, rates))
                self.addresses["http"] = self.http.bind()
            async with asyncio.TaskGroup() as group:
                await self._run(group, intakes)
        finally:
            for way in (self.listener, self.http):  # bound before what came next failed, and never served
                if way is not None:
                    way.close()
            (self._config.folder / RUN_FILE).unlink(missing_ok=True)
            await asyncio.get_running_loop().run_in_executor(None, self.parts.close)

    async def _run(self, group: asyncio.TaskGroup, intakes: dict[str, Intake]) -> None:
        def start(name: str, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
            return group.create_task(work, name=name)

        ways = [start(f"intake-{name}", way.serve(self.parts.pipeline.port(way.send))) for name, way in intakes.items()]
        sealer = start("sealer", seal_forever(self.parts.pipeline, self._config.log.seal_every_ms / 1000))
        folder = self._config.folder
        others = [start("control", serve_control(folder, self.parts, bind_control(folder)))]
        others.append(start("console", self.desk.survey.run()))
        if self.parts.feed is not None:
            others.append(start("anchorer", self.parts.feed.run()))
            others.append(start("beacons", tell_beacons_forever(self.parts.pipeline, self.parts.feed)))
        if self.parts.projector is not None:
            others.append(start("projector", self._project_forever()))
        serving = None if self.http is None else start("http", self.http.serve())
        self._announce()
        await self._stop.wait()
        _LOG.info("stopping")
        await end_tasks(ways, INTAKE_STOP_S)
        await end_tasks([sealer], STOP_S)
        with contextlib.suppress(LogFull):
            await self.parts.pipeline.seal()
        if self.http is not None and serving is not None:
            self.http.stop()
            await asyncio.wait({serving}, timeout=STOP_S)
            others.append(serving)
        await end_tasks(others, STOP_S)

    def _open_intakes(self) -> dict[str, Intake]:
        config = self._config
        found: dict[str, Intake] = {}
        if config.listener.enabled:
            tls = server_context(TlsFiles(config.path("tls"))) if config.listener.tls else None
            settings = ListenerSettings(config.listener.host, config.listener.port, tls)
            self.listener = MqttListener(settings, ClientFile(config.path(config.listener.clients_file)))
            self.addresses["mqtt"] = self.listener.bind()
            found["listener"] = self.listener
        if config.broker.enabled:
            found["broker"] = open_intake(broker_settings(config), library=config.broker.library)
        return found

    def application(self, intakes: dict[str, Intake], rates: AddressRates) -> Front:
        """What is served over HTTP: the interface, and the console's pages over it."""
        interface = make_app(self._config, self.parts, lambda: self._measured(intakes), rates, self.desk)
        return Front(interface, self._config, rates)

    def _measured(self, intakes: dict[str, Intake]) -> Measured:
        counters = [counted for way in intakes.values() if (counted := getattr(way, "counters", None)) is not None]
        anchors = None if self.parts.feed is None else self.parts.feed.counters
        http = HttpCounters() if self.http is None else self.http.counters
        return Measured(self.parts.standing(), self.parts.pipeline.counters, anchors, counters, http)

    async def _project_forever(self) -> None:
        """Segments from the sealed log, in a thread; the reader goes through the tiles, not through the log's
        thread."""
        projector, settings = self.parts.projector, self._config.projection
        if projector is None:
            return
        loop = asyncio.get_running_loop()
        reader = await loop.run_in_executor(None, LogReader, self._config.folder)
        last = loop.time() - settings.every_s
        while True:
            waiting = self.parts.log.head.size - projector.size
            if waiting >= settings.every_entries or loop.time() - last >= settings.every_s:
                anchors = [] if self.parts.feed is None else list(self.parts.feed.counters.anchors)
                try:
                    await loop.run_in_executor(None, project, projector, reader, anchors)
                except OSError as error:
                    # Figures may be late; what is taken in goes on, and says so itself where it has no room either.
                    if error.errno not in NO_SPACE:
                        raise
                    _LOG.exception("no space for the projection; trying again")
                    await asyncio.sleep(settings.every_s)
                last = loop.time()
            await asyncio.sleep(min(1.0, settings.every_s))

    def _announce(self) -> None:
        """Say that it runs: a file for `status`, a line for people and scripts, a word to systemd where it listens."""
        places = {name: f"{host}:{port}" for name, (host, port) in self.addresses.items()}
        run = {"pid": os.getpid(), **places}
        durable.write_file(self._config.folder / RUN_FILE, json.dumps(run).encode())
        notify_systemd("READY=1")
        self.ready.set()
        _LOG.info("ready: %s", ", ".join(f"{name} on {place}" for name, place in places.items()))


def project(projector: Any, reader: LogReader, anchors: list[Any]) -> None:
    """Bring the segments up to the newest checkpoint, then the anchors that cover them."""
    reader.refresh()
    projector.advance(reader, reader.size)
    projector.set_anchors(anchors)


async def end_tasks(tasks: list[asyncio.Task[None]], within_s: float) -> None:
    """Cancel tasks and wait for them. One that does not end in time is left to the TaskGroup, and named."""
    for task in tasks:
        task.cancel()
    if tasks:
        _, stuck = await asyncio.wait(tasks, timeout=within_s)
        for task in stuck:
            _LOG.error("%s did not stop within %.0f s", task.get_name(), within_s)


def broker_settings(config: GatewayConfig) -> BrokerSettings:
    """The broker's settings from the configuration. Raises GatewayConfigError or IntakeConfigError."""
    from tally_edge.pinned_tls import client_context  # noqa: PLC0415  only where a broker is used

    broker = config.broker
    password = read_secret(config.path(broker.password_file), "broker.password_file") if broker.password_file else ""
    tls = client_context(config.path(broker.tls_ca_file)) if broker.tls_ca_file else None
    return BrokerSettings(
        broker.host, broker.port, broker.client_id, broker.username, password, tls=tls, prefix=broker.prefix
    )


def notify_systemd(text: str) -> None:
    """Tell systemd, where it waits to be told (sd_notify)."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.sendto(text.encode(), "\0" + address[1:] if address.startswith("@") else address)


class Running(Protocol):
    """A service that runs until it is stopped."""

    ready: asyncio.Event
    addresses: dict[str, tuple[str, int]]

    async def run(self) -> None:
        """Serve until stopped."""
        ...

    def stop(self) -> None:
        """End in order."""
        ...


Run = TypeVar("Run", bound=Running)


async def run_until_signal(make: Callable[[], Run], on_ready: Callable[[Run], None]) -> None:
    """Run with SIGTERM and SIGINT as the ordered end; a second one ends the process at once."""
    sys.setswitchinterval(_SWITCH_S)
    service = make()
    loop = asyncio.get_running_loop()
    seen = 0

    def on_signal() -> None:
        nonlocal seen
        seen += 1
        if seen > 1:
            os._exit(_FORCED_EXIT)
        service.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, on_signal)

    async def announce() -> None:
        await service.ready.wait()
        on_ready(service)

    telling = asyncio.create_task(announce(), name="announce")
    try:
        await service.run()
    finally:
        telling.cancel()


def run_file(folder: Path) -> dict[str, Any] | None:
    """What the running service said of itself; None when none runs, or it was killed."""
    try:
        found = json.loads((folder / RUN_FILE).read_bytes())
        os.kill(int(found["pid"]), 0)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return dict(found)


def first_error(error: BaseException) -> BaseException:
    """The innermost first error of a group: why the service stopped."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
