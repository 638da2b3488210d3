"""One run: the site is founded, everything goes wrong for a while, then nothing does any more and all must come right.

safety      faults of the seed's kinds; the account is made up again and again
liveness    no fault any more: within SETTLED_WITHIN_S everything signed is confirmed and anchored, and a reader's
            verdict on a bundle of it finds what the devices declared, and nothing else
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

from tally_edge.proof import log_id_of
from tests.simulation.chain import ModelChain
from tests.simulation.device import DeviceProgram
from tests.simulation.disk import Machines
from tests.simulation.gateway import GatewayProgram
from tests.simulation.loop import VirtualLoop
from tests.simulation.network import Network
from tests.simulation.node import Node
from tests.simulation.oracle import FaultFound, Oracle
from tests.simulation.plant import FreezingMeter, Meter, StrayClock
from tests.simulation.reading import read
from tests.simulation.site import ORIGIN, START, SiteOfRun
from tests.simulation.swarm import Swarm, swarm_of
from tests.simulation.trace import Trace
from tests.simulation.trouble import Stage, Trouble
from tests.simulation.truth import judge
from tests.system.reading import statements_of

CALM_S = 300.0
"""Devices go on measuring for so long after the last fault, then they close."""
SETTLED_WITHIN_S = 9_000.0
"""Two of the longest deadlines of delivery: what was sent shortly before its end is sent again by then."""
_LOOK_EVERY_S = 60.0
_PROCESS_ID = 4_242
"""What every process of a run is called: names of temporary files hold it."""


@dataclass
class Result:
    """What became of a run."""

    seed: int
    digest: str = ""
    lines: int = 0
    virtual_s: float = 0.0
    settled_after_s: float = 0.0
    statements: int = 0
    entries: int = 0
    checks: int = 0
    callbacks: int = 0
    disk_calls: int = 0
    messages: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    findings: Counter[str] = field(default_factory=Counter)
    fault: str = ""
    """What was found; empty when all is well."""


class Run:
    """See the module's text."""

    def __init__(self, seed: int, swarm: Swarm | None = None, say: Callable[[str], None] | None = None) -> None:
        self.seed = seed
        self.swarm = swarm_of(seed) if swarm is None else swarm
        self.loop = VirtualLoop(self.chance("loop"))
        self.trace = Trace(self.loop.time, say)
        self.site = SiteOfRun(seed, self.swarm)
        self.oracle = Oracle(self.site, self.loop.time)
        self.result = Result(seed)

    def chance(self, name: str) -> random.Random:
        """Random numbers of the seed, of their own for each purpose: a change in one place changes no other."""
        return random.Random(f"{self.seed}/{name}")

    def play(self) -> Result:
        """All of it. What was found stands in the result."""
        root = Path(tempfile.mkdtemp(prefix="tallystick-simulation-", dir="/dev/shm"))
        asyncio.set_event_loop(self.loop)
        machines = Machines(root, self.trace)
        try:
            with mock.patch.object(os, "getpid", return_value=_PROCESS_ID), machines.connections_are_known():
                self.loop.run_until_complete(self._play(machines))
            if machines.broken:
                self.result.fault = f"the simulation itself: {machines.broken[0]}"
        except FaultFound as found:
            self.result.fault = str(found)
        finally:
            machines.close()
            asyncio.set_event_loop(None)
            self.loop.close()
            shutil.rmtree(root)
        self.result.digest, self.result.lines = self.trace.digest(), self.trace.lines
        self.result.virtual_s, self.result.callbacks = self.loop.time(), self.loop.callbacks
        self.result.checks, self.result.disk_calls = self.oracle.checks, machines.calls
        return self.result

    async def _play(self, machines: Machines) -> None:
        stage = self._stage(machines)
        trouble = Trouble(stage, self.chance("trouble"), self.trace)
        nodes = [stage.gateway, *stage.devices]
        stage.program.found_log(stage.gateway.process)
        running = [asyncio.create_task(node.run()) for node in nodes]
        playing = asyncio.create_task(self._phases(stage, trouble))
        try:
            done, _ = await asyncio.wait({playing, *running}, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            self.result.messages = stage.network.messages
            self.result.faults = trouble.counted
            self.result.faults["power cut"] = sum(node.power_cuts for node in nodes)
            self.result.faults["message lost"] = stage.network.lost
            await self._put_away(nodes, [playing, *running], machines)

    async def _put_away(self, nodes: list[Node], tasks: list[asyncio.Task[None]], machines: Machines) -> None:
        for node in nodes:
            node.process.die("as the run is over")
            if node.task is not None:
                tasks.append(node.task)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        for task in tasks:
            if not task.cancelled():
                task.exception()
        for node in nodes:
            machines.bury(node.process)

    def _stage(self, machines: Machines) -> Stage:
        loop, swarm, site = self.loop, self.swarm, self.site
        network = Network(loop, swarm, self.chance("network"), self.trace, self.oracle)
        chain = ModelChain(
            now=lambda: START + int(loop.time()),
            chance=self.chance("chain"),
            log_id=log_id_of(ORIGIN),
            tx_key=site.transaction_key.address,
            owner=site.owner_key.address,
            final_after_blocks=swarm.final_after_blocks,
            anchored=self.oracle.anchored,
        )
        program = GatewayProgram(site, network, chain, (loop, self.oracle, StrayClock(loop.time, START)))
        gateway = Node(program, machines, loop, self.chance("gateway"), self.trace)
        devices: dict[Node, DeviceProgram] = {}
        meters: list[Meter] = []
        clocks: list[StrayClock] = []
        for device in site.devices:
            chance = self.chance(device.name)
            watt = chance.randint(100_000, 2_000_000)
            clock = StrayClock(loop.time, START)
            meter = FreezingMeter(clock, watt) if swarm.freezes else Meter(clock, watt)
            meters.append(meter)
            clocks.append(clock)
            agent = DeviceProgram(
                site, device, network.link(device.kid.hex()), (loop, self.oracle, chance), (clock, meter)
            )
            devices[Node(agent, machines, loop, chance, self.trace)] = agent
        return Stage(swarm, network, chain, devices, gateway, program, meters, clocks)

    async def _phases(self, stage: Stage, trouble: Trouble) -> None:
        looking = asyncio.create_task(self._look_again_and_again(stage))
        playing = asyncio.create_task(self._safety_then_liveness(stage, trouble))
        done, rest = await asyncio.wait({looking, playing}, return_when=asyncio.FIRST_COMPLETED)
        for task in rest:
            task.cancel()
        for task in done:
            task.result()

    async def _look_again_and_again(self, stage: Stage) -> None:
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            stage.program.look(stage.gateway.process)
            for node, agent in stage.devices.items():
                if agent.outbox is not None and node.process.alive and (node.process.folder / "outbox").exists():
                    agent.look(node.process)

    async def _safety_then_liveness(self, stage: Stage, trouble: Trouble) -> None:
        await asyncio.sleep(self.chance("begin").choice((0, 0, 60)))  # where it waits, the site has come up
        trouble.begin()
        await asyncio.sleep(self.swarm.safety_s)
        await trouble.end()
        self.trace.note("run", "all is well from here on")
        await asyncio.sleep(CALM_S)
        began = self.loop.time()
        closing = dict(stage.devices)
        while not self._is_settled(stage, closing):
            if self.loop.time() - began > SETTLED_WITHIN_S:
                raise FaultFound(
                    f"at {self.loop.time():.0f} s: not settled {SETTLED_WITHIN_S:.0f} s after all was well"
                )
            await asyncio.sleep(10)
        self.result.settled_after_s = self.loop.time() - began
        self._judge(stage)

    def _is_settled(self, stage: Stage, closing: dict[Node, DeviceProgram]) -> bool:
        for node, agent in list(closing.items()):
            if node.process.alive and agent.outbox is not None and (node.process.folder / "outbox").exists():
                if agent.has_closed(node.process):
                    agent.look(node.process)
                    del closing[node]
                else:
                    agent.close(node.process)
        if closing or stage.program.parts is None or stage.program.stopping is None:
            return False
        stage.chain.grow()
        return self.oracle.is_settled([agent.device.kid for agent in stage.devices.values()], stage.program.parts.log)

    def _judge(self, stage: Stage) -> None:
        stage.program.look(stage.gateway.process)
        folder = stage.program.folder(stage.gateway.process)
        boxes = [node.process.folder / "outbox" for node in stage.devices]
        self.result.statements = self.oracle.judge_end(folder, boxes)
        assert stage.program.parts is not None
        self.result.entries = stage.program.parts.log.size
        diaries = [agent.diary for agent in stage.devices.values()]
        self.oracle.checks += judge(diaries, statements_of(folder))
        self.result.findings = read(self.site, folder, stage.chain, diaries, START + int(self.loop.time()) + 60)
