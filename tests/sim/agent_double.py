"""The edge's own sampler and stream over the same meters, for comparison with a simulated device."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tally_edge.agent.clock import VirtualClock
from tally_edge.agent.config import PointConfig, RegisterConfig
from tally_edge.agent.outbox import Outbox
from tally_edge.agent.sampler import Sampler
from tally_edge.agent.settle import SiteTime
from tally_edge.agent.stream import Stream
from tally_edge.config_table import Table
from tally_edge.drivers.interface import RegisterReading
from tally_edge.errors import DriverError
from tally_edge.statement import Clock
from tally_sim.device.clock import DeviceClock
from tally_sim.device.device import DeviceSetup
from tally_sim.device.metering import Point
from tests.world import p256

ROOM = 2**30


class PlantDriver:
    """A driver of the edge over an instrument of a plant; `ahead_s`: how far the device's clock is ahead."""

    def __init__(self, point: Point, clock: DeviceClock) -> None:
        self._point = point
        self._clock = clock
        self.true_at = 0
        self.told: int | None = None

    def read(self, at: int) -> list[RegisterReading]:
        records = self._point.read(self.true_at, self.told)
        if not records:
            raise DriverError("silent")
        self.told = self.true_at
        ahead = at - self.true_at
        return [RegisterReading(each.register, each.value, each.unit, each.at + ahead) for each in records]

    def close(self) -> None:
        """Nothing is open."""


class AgentDouble:
    """One device of the edge, run by hand on a virtual clock."""

    def __init__(self, setup: DeviceSetup, seed: str, points: Sequence[Point], folder: Path) -> None:
        self._setup = setup
        self._points = points
        self._signer = p256(seed)
        self._outbox = Outbox(folder, self._signer.public_key.kid, ROOM)
        self._clock = VirtualClock(0)
        self._drivers: list[PlantDriver] = []
        self._samplers: list[Sampler] = []
        self._told: dict[str, int | None] = {}

    def start(self, at: int) -> None:
        self._set(at)
        self._stream = Stream(self._outbox, self._signer, self._setup.uri, self._clock)
        self._stream.allow()
        site = SiteTime(self._setup.zone, self._setup.reading_day)
        self._drivers, self._samplers = [], []
        for point in self._points:
            driver = PlantDriver(point, self._setup.clock)
            known = self._outbox.point(point.uri)
            sampler = Sampler(
                _config(point, site),
                driver,
                self._stream,
                self._clock,
                known and known[0],
                lost_since=self._setup.lost_since,
            )
            sampler.begin(self._clock.now())
            self._drivers.append(driver)
            self._samplers.append(sampler)

    def _set(self, at: int) -> None:
        clock = self._setup.clock
        self._clock.set(clock.shows(at), Clock(int(clock.stands(at))))
        for driver in self._drivers:
            driver.true_at = at

    def run(self, since: int, until: int) -> None:
        """Wake at every true second at which something may be due, as an agent that sleeps lightly."""
        at = since
        changes = [second for wrong in self._setup.clock.wrong for second in (wrong.begins, wrong.ends)]
        while at <= until:
            self._set(at)
            now = self._clock.now()
            for sampler in self._samplers:
                if sampler.next_event(now) <= now:
                    sampler.run(now, 0.0)
            idle = min(sampler.next_event(now) for sampler in self._samplers) - now
            wake = at + max(1, idle * 999 // 1000)  # a clock that gains is not overslept
            at = min([wake, *(second for second in changes if at < second < wake)])
        self._set(until)

    def stop(self) -> None:
        for sampler in self._samplers:
            sampler.close()

    def said(self) -> list[bytes]:
        """Every statement, in order."""
        found: dict[int, bytes] = {}
        while more := self._outbox.entries(len(found), 1000):
            found |= more
        return [found[seq] for seq in sorted(found)]

    def close(self) -> None:
        self._outbox.close()


def _config(point: Point, site: SiteTime) -> PointConfig:
    registers = tuple(
        RegisterConfig(each.name, each.unit, each.cumulative, each.modulus, each.per_hour, Table({}, Path("none")))
        for each in point.registers
    )
    return PointConfig(
        point.uri, "none", point.cadence_s, point.pack_readings, point.pack_s, point.serial, point.multiplier,
        point.facts, site, registers, Table({}, Path("none")),
    )  # fmt: skip
