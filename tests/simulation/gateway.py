"""A gateway under virtual time: assembled by the product, served by a simulated way in, anchored on a model of a
chain."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

from tally_chain.anchoring.profile import ChainProfile
from tally_chain.anchoring.reading import AnchorTarget
from tally_chain.engine.interface import Engine
from tally_edge import durable
from tally_edge.proof import log_id_of
from tally_gateway.admission import Message
from tally_gateway.anchor_feed import Anchoring
from tally_gateway.anchor_link import ChainAnchoring, journal_path, profile_of
from tally_gateway.assembly import Parts, assemble
from tally_gateway.cadence import seal_forever, tell_beacons_forever
from tally_gateway.config import GatewayConfig
from tally_gateway.errors import ConfirmationAhead, GatewayError, LogBehind, LogDamaged, LogFull
from tally_gateway.intake.commit import CommitSettings, commit_forever
from tally_gateway.intake.counters import IntakeCounters
from tally_gateway.intake.inbox import Inbox
from tally_gateway.intake.interface import Outcome, Sink
from tally_gateway.keys_on_disk import LogSigners
from tally_gateway.log.writer import Log
from tally_gateway.outside import Outside
from tally_gateway.pipeline import Incoming
from tally_gateway.service import end_tasks
from tests.simulation.chain import CHAIN_ID, CONTRACT, ModelChain
from tests.simulation.disk import Process
from tests.simulation.loop import LoopCalls, VirtualLoop
from tests.simulation.network import Network, Upload
from tests.simulation.oracle import Oracle
from tests.simulation.plant import StrayClock
from tests.simulation.site import ORIGIN, SiteOfRun

_FOLDER = "gateway"


class SimulatedIntake:
    """tally_gateway.intake.interface.Intake on the simulated network, with the product's own group commit."""

    def __init__(self, process: Process, network: Network) -> None:
        self._process, self._network = process, network
        self._inbox: Inbox[Upload] = Inbox(10_000, 64 << 20)
        self.counters = IntakeCounters()

    def arrive(self, upload: Upload) -> None:
        """See Receiver."""
        if self._process.alive:
            self._inbox.put_now(upload, len(upload.delivery.payload))

    async def serve(self, sink: Sink) -> None:
        """See Intake."""
        self._network.serve(self)
        try:
            await commit_forever(self._inbox, sink, self._answer, CommitSettings(batch_messages=32), self.counters)
        finally:
            self._network.leave(self)

    def _answer(self, batch: Sequence[Upload], outcomes: Sequence[Outcome]) -> None:
        if not self._process.alive:
            return
        for upload, outcome in zip(batch, outcomes, strict=True):
            self._network.witness.acknowledged(upload.delivery.client, upload.delivery.payload, outcome)
            upload.answer(outcome)

    async def send(self, client: str, payload: bytes) -> bool:
        """See Intake."""
        if not self._process.alive:
            return False
        sent = self._network.down(client, payload)
        if sent:
            self._network.witness.sent_down(client, payload)
        return sent


class GatewayProgram:
    """A Program: the gateway."""

    name = "gateway"

    def __init__(
        self, site: SiteOfRun, network: Network, chain: ModelChain, world: tuple[VirtualLoop, Oracle, StrayClock]
    ) -> None:
        self._site, self._network, self._chain = site, network, chain
        self._loop, self._oracle, self.clock = world
        self.parts: Parts | None = None
        self.stopping: asyncio.Event | None = None
        self.stopped = 0

    def found_log(self, process: Process) -> None:
        """Make the log, before anything goes wrong."""
        folder, signers = process.folder / _FOLDER, self._site.signers
        durable.make_folder(folder, mode=0o700)
        Log.create(folder, ORIGIN, signers.checkpoint, signers.proof, self.clock.now).close()

    async def live(self, process: Process) -> None:
        """See Program. As Service runs it: the ways in, the seals, the anchors, the beacons; the end in its order."""
        config = self._site.gateway_config(process.folder / _FOLDER)
        parts = self.parts = assemble(config, self.clock.now, self._outside())
        self._oracle.log_opened(parts.log)
        if parts.log.size == 1:
            await parts.pipeline.take([Incoming(Message(one.encoded), "office") for one in self._site.stated])
        assert parts.feed is not None
        stopping = self.stopping = asyncio.Event()
        intake = SimulatedIntake(process, self._network)
        pipeline = parts.pipeline
        async with asyncio.TaskGroup() as group:
            way = group.create_task(intake.serve(pipeline.port(intake.send)))
            sealer = group.create_task(seal_forever(pipeline, config.log.seal_every_ms / 1000))
            others = [
                group.create_task(parts.feed.run()),
                group.create_task(tell_beacons_forever(pipeline, parts.feed)),
            ]
            await stopping.wait()
            await end_tasks([way], 15)
            await end_tasks([sealer], 10)
            with suppress(LogFull):
                await pipeline.seal()
            await end_tasks(others, 10)
        self.stopped += 1
        parts.close()

    def _outside(self) -> Outside:
        def anchoring(
            config: GatewayConfig, signers: LogSigners, undo: ExitStack
        ) -> tuple[Engine | None, Anchoring | None]:
            del signers
            target = AnchorTarget(CHAIN_ID, self._chain.genesis_hash, CONTRACT, log_id_of(ORIGIN))
            profile: ChainProfile = profile_of(config)
            made = ChainAnchoring(
                self._chain,
                self._site.transaction_key,
                target,
                profile,
                journal_path(config),
                lane_directory=config.folder,
                clock=self.clock.now,
            )
            undo.callback(made.close)
            return self._chain, made

        return Outside(
            monotonic=self._loop.time, signers=lambda _config: self._site.signers, anchoring=anchoring, thread=LoopCalls
        )

    def look(self, process: Process) -> None:
        """Hold the log and its files to the account."""
        if process.alive and self.parts is not None and self.stopping is not None:
            self._oracle.look_at_log(self.parts.log)
            self._oracle.published(self.parts.log.head.size if self.parts.log._published else 0)
            self._oracle.reader_looks(process.folder / _FOLDER)

    def stop(self) -> None:
        """End in order."""
        if self.stopping is not None:
            self.stopping.set()

    def dead(self, process: Process) -> None:
        """See Program."""
        del process
        self.parts = self.stopping = None

    def found(self, process: Process) -> None:
        """See Program. Readers go by the files before any writer is back."""
        self._oracle.reader_looks(process.folder / _FOLDER, alone=True)

    def excuses(self, process: Process, error: BaseException | None) -> bool:
        """See Program. Told to stop, or with a disk that fails; never with a log that is behind or damaged."""
        if error is None:
            return self.stopping is not None and self.stopping.is_set()
        unforgiven = isinstance(error, LogBehind | LogDamaged | ConfirmationAhead)
        return isinstance(error, GatewayError | OSError) and not unforgiven and bool(process.failed_at)

    def folder(self, process: Process) -> Path:
        """Where its files are."""
        return process.folder / _FOLDER
