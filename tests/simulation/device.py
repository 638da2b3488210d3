"""An agent under virtual time: the product's own, stepped as its `run` steps it."""

from __future__ import annotations

import asyncio
import random

from tally_edge.agent import order_files
from tally_edge.agent.agent import Agent, Identity
from tally_edge.agent.order_files import Orders
from tally_edge.agent.outbox import MIN_MAX_BYTES, Outbox
from tally_edge.agent.transport import TransportListener
from tally_edge.errors import BehindError, OutboxError
from tests.simulation.diary import Diary, Life
from tests.simulation.disk import Process
from tests.simulation.loop import VirtualLoop
from tests.simulation.network import Link
from tests.simulation.oracle import Oracle
from tests.simulation.plant import Meter, StrayClock
from tests.simulation.site import DeviceOfSite, SiteOfRun

_BOX = "outbox"
_LONGEST_SLEEP_S = 5.0
"""The agent looks around every second; where nothing is due, this one does so less often."""
_ASK_TOKEN = -1


class SimulatedTransport:
    """tally_edge.agent.transport.Transport on a simulated link. A dead process sends nothing."""

    def __init__(self, process: Process, link: Link, news: asyncio.Event) -> None:
        self._process, self._link, self._news = process, link, news

    def start(self, listener: TransportListener) -> None:
        """See Transport."""
        self._link.attach(listener, self._news.set)

    def publish(self, token: int, client: str, payload: bytes, newest: int) -> bool:
        """See Transport."""
        del client, newest
        return self._process.alive and self._link.publish(token, payload)

    def ask(self, client: str, payload: bytes) -> bool:
        """See Transport."""
        return self.publish(_ASK_TOKEN, client, payload, 0)

    def stop(self) -> None:
        """See Transport."""
        self._link.detach()


class DeviceProgram:
    """A Program: one device's agent."""

    def __init__(
        self,
        site: SiteOfRun,
        device: DeviceOfSite,
        link: Link,
        world: tuple[VirtualLoop, Oracle, random.Random],
        parts: tuple[StrayClock, Meter],
    ) -> None:
        self.name = device.name
        self.device = device
        self._site, self._link = site, link
        self._loop, self._oracle, self._chance = world
        self.clock, self.meter = parts
        self.diary = Diary(device, *parts)
        self.outbox: Outbox | None = None

    async def live(self, process: Process) -> None:
        """See Program."""
        news = asyncio.Event()
        kid = self.device.kid
        life = Life(self._loop.time(), process.failed_at)
        self.diary.lives.append(life)
        self.outbox = Outbox(process.folder / _BOX, kid, 2 * MIN_MAX_BYTES)
        identity = Identity(self.device.uri, self.device.signer, kid.hex(), self._site.signers.proof.public_key)
        agent = Agent(
            identity,
            [self.device.point],
            {self.device.point.uri: self.meter},
            self.outbox,
            transport=SimulatedTransport(process, self._link, news),
            clock=self.clock,
            monotonic=self._loop.time,
            chance=self._chance.random,
        )
        life.boot_count = self.outbox.stream().boot_count
        agent.start()
        self.look(process)
        while process.alive:
            agent.run_due()
            wait_s = agent.wait_s()
            if wait_s >= 1.0:
                wait_s = max(wait_s, min(_LONGEST_SLEEP_S, self.clock.seconds_until(agent.next_event())))
            try:
                async with asyncio.timeout(wait_s):
                    await news.wait()
            except TimeoutError:
                pass
            news.clear()
            agent.serve(0)

    def look(self, process: Process) -> None:
        """Hold the outbox to the account."""
        if process.alive:
            self._oracle.look_at_outbox(self.device.kid, process.folder / _BOX)

    def close(self, process: Process) -> None:
        """Order the closing settlement; nothing is said after it."""
        order_files.give(process.folder / _BOX, Orders(close=True))

    def dead(self, process: Process) -> None:
        """See Program."""
        if self.diary.lives and self.diary.lives[-1].failed_at is process.failed_at:
            self.diary.lives[-1].ended_s = self._loop.time()
        self._link.detach()

    def found(self, process: Process) -> None:
        """See Program. The outbox is looked at once its own process has opened it."""

    def excuses(self, process: Process, error: BaseException | None) -> bool:
        """See Program. A disk that fails may end it; a stream that is behind never."""
        return (
            isinstance(error, OutboxError | OSError) and not isinstance(error, BehindError) and bool(process.failed_at)
        )

    def has_closed(self, process: Process) -> bool:
        """Whether the closing settlement is in the outbox."""
        del process
        known = None if self.outbox is None else self.outbox.point(self.device.point.uri)
        return known is not None and known[0].closed
