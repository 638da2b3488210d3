"""What goes wrong while the run is in its first phase: one task for each kind of fault, by the seed's own times."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tests.simulation.chain import ModelChain
from tests.simulation.device import DeviceProgram
from tests.simulation.gateway import GatewayProgram
from tests.simulation.network import Network
from tests.simulation.node import Node
from tests.simulation.plant import Meter, StrayClock
from tests.simulation.swarm import Swarm
from tests.simulation.trace import Trace


@dataclass(frozen=True)
class Stage:
    """Everything that can be troubled."""

    swarm: Swarm
    network: Network
    chain: ModelChain
    devices: dict[Node, DeviceProgram]
    gateway: Node
    program: GatewayProgram
    meters: list[Meter]
    clocks: list[StrayClock]


class Trouble:
    """See the module's text. `counted` says how often each kind happened."""

    def __init__(self, stage: Stage, chance: random.Random, trace: Trace) -> None:
        self._stage, self._chance, self._trace = stage, chance, trace
        self.counted: Counter[str] = Counter()
        self._tasks: list[asyncio.Task[None]] = []

    def begin(self) -> None:
        """Let it go wrong."""
        stage, swarm = self._stage, self._stage.swarm
        faults = stage.network.faults
        faults.drop_rate, faults.duplicate_rate = swarm.drop_rate, swarm.duplicate_rate
        faults.longest_delay_s, faults.reorders = swarm.longest_delay_s, swarm.reorders
        faults.lost_ack_rate = swarm.lost_ack_rate
        stage.chain.faults.answer_lost_rate = swarm.chain_answer_lost_rate
        stage.chain.faults.drop_rate = swarm.chain_drops_rate
        for node in (*stage.devices, stage.gateway):
            node.power_rate = swarm.power_rate
        for clock in stage.clocks:
            clock.drift(swarm.clock_drift_ppm)
        for name, every_s, happen in (
            ("connection reset", swarm.reset_every_s, self._reset),
            ("partition", swarm.partition_every_s, self._partition),
            ("broker killed", swarm.broker_dies_every_s, self._broker_dies),
            ("agent killed", swarm.device_dies_every_s, self._device_dies),
            ("gateway killed", swarm.gateway_dies_every_s, self._gateway_dies),
            ("gateway stopped", swarm.gateway_stops_every_s, self._gateway_stops),
            ("disk full", swarm.disk_full_every_s, self._disk_full),
            ("failing syncs", 300.0 if swarm.sync_error_rate else 0.0, self._failing_syncs),
            ("clock stepped", swarm.clock_steps_every_s, self._clock_steps),
            ("gateway clock stepped", 900.0 if swarm.gateway_clock_steps else 0.0, self._gateway_clock_steps),
            ("clock lost", swarm.clock_unset_every_s, self._clock_lost),
            ("meter silent", swarm.meter_silent_every_s, self._meter_silent),
            ("chain away", swarm.chain_down_every_s, self._chain_down),
            ("reorganisation", swarm.reorganisation_every_s, self._reorganise),
        ):
            if every_s:
                self._tasks.append(asyncio.create_task(self._again_and_again(name, every_s, happen)))

    async def _again_and_again(self, name: str, every_s: float, happen: Callable[[], Awaitable[None]]) -> None:
        early = self._chance.random() < 0.3  # the first moments are as good as any
        while True:
            await asyncio.sleep(self._chance.random() * 2 if early else self._chance.expovariate(1 / every_s))
            early = False
            self.counted[name] += 1
            self._trace.note("trouble", name)
            await happen()

    async def end(self) -> None:
        """Everything is well from here on: what was broken is mended, what is down comes back."""
        stage = self._stage
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        for task in self._tasks:
            if not task.cancelled():
                task.result()
        faults = stage.network.faults
        faults.drop_rate = faults.duplicate_rate = faults.longest_delay_s = faults.lost_ack_rate = 0.0
        faults.reorders = False
        for link in stage.network.links.values():
            link.partitioned = False
        stage.chain.faults.down, stage.chain.faults.answer_lost_rate, stage.chain.faults.drop_rate = False, 0.0, 0.0
        for node in (*stage.devices, stage.gateway):
            node.power_rate, node.quick = 0.0, True
            node.process.dies_at_call = node.process.dies_at_step = None
            node.process.faults.full, node.process.faults.sync_error_rate = False, 0.0
        for meter in stage.meters:
            meter.silent = False
        for clock in stage.clocks:
            clock.mend()
        stage.program.clock.mend()

    # Kinds

    def _any_device(self) -> Node:
        return self._chance.choice(list(self._stage.devices))

    def _any_node(self) -> Node:
        return self._chance.choice([*self._stage.devices, self._stage.gateway])

    async def _reset(self) -> None:
        self._chance.choice(list(self._stage.network.links.values())).break_off()

    async def _partition(self) -> None:
        links = list(self._stage.network.links.values())
        cut = links if self._chance.random() < 0.5 else [self._chance.choice(links)]
        for link in cut:
            link.partitioned = True
            link.break_off()
        await asyncio.sleep(self._chance.uniform(5, 900))
        for link in cut:
            link.partitioned = False

    async def _broker_dies(self) -> None:
        if self._stage.network.broker is not None:
            self._stage.network.broker.die(self._chance.uniform(1, 60))

    def _kill(self, node: Node) -> None:
        """Now, at some call to its disk that comes, or at some await."""
        process, how = node.process, self._chance.random()
        if how < 0.2:
            process.die("by a signal")
        elif how < 0.7:
            process.dies_at_call = process.calls + self._chance.randint(1, 60)
        else:
            process.dies_at_step = process.steps + self._chance.randint(1, 60)

    async def _device_dies(self) -> None:
        self._kill(self._any_device())

    async def _gateway_dies(self) -> None:
        self._kill(self._stage.gateway)

    async def _gateway_stops(self) -> None:
        self._stage.program.stop()

    async def _disk_full(self) -> None:
        process = self._any_node().process
        process.faults.full = True
        await asyncio.sleep(self._chance.uniform(1, 300))
        process.faults.full = False

    async def _failing_syncs(self) -> None:
        for node in (*self._stage.devices, self._stage.gateway):
            node.process.faults.sync_error_rate = self._stage.swarm.sync_error_rate

    async def _clock_steps(self) -> None:
        clock = self._chance.choice(self._stage.clocks)
        clock.step(self._chance.choice((-7_200, -600, -61, -5, 5, 61, 600, 7_200)) * self._chance.random())

    async def _gateway_clock_steps(self) -> None:
        self._stage.program.clock.step(self._chance.choice((-3_600, -60, 60, 3_600)) * self._chance.random())

    async def _clock_lost(self) -> None:
        clock = self._chance.choice(self._stage.clocks)
        clock.forget()
        await asyncio.sleep(self._chance.uniform(10, 300))
        clock.remember()

    async def _meter_silent(self) -> None:
        meter = self._chance.choice(self._stage.meters)
        meter.silent = True
        await asyncio.sleep(self._chance.uniform(1, 300))
        meter.silent = False

    async def _chain_down(self) -> None:
        self._stage.chain.faults.down = True
        await asyncio.sleep(self._chance.uniform(10, 900))
        self._stage.chain.faults.down = False

    async def _reorganise(self) -> None:
        self._stage.chain.reorganise()
