"""An agent with everything around it in one process: a settable clock, a scripted meter, a gateway in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from tally_edge import senml, wire
from tally_edge.agent import config
from tally_edge.agent.agent import Agent, Identity
from tally_edge.agent.clock import VirtualClock
from tally_edge.agent.outbox import Outbox
from tally_edge.device import Gap, Settlement
from tally_edge.drivers.interface import RegisterReading
from tally_edge.errors import DriverError
from tally_edge.resolution import Value
from tally_edge.senml import Reading
from tally_edge.signer import FileSigner, generate
from tally_edge.statement import NO_PREV, Kind, Statement
from tests.edge.agent.fake_gateway import FakeGateway

POINT = "urn:dev:org:32473-steel:m1"
DEVICE = "urn:dev:org:32473-steel:gw1"
START = 1_767_225_600  # 2026-01-01T00:00:00Z

SETTINGS = f"""
[device]
uri = "{DEVICE}"
model = "test"
place = "simulated"
[site]
timezone = "%(timezone)s"
reading_day = 5
[run]
mode = "accelerated"
[[point]]
uri = "{POINT}"
driver = "simulated"
cadence_s = %(cadence_s)d
pack_readings = %(pack_readings)d
pack_seconds = %(pack_s)d
serial = "%(serial)s"
facts = "{"11" * 32}"
[[point.register]]
name = "energy_import"
unit = "kWh"
modulus = %(modulus)s
[point.meter]
kind = "electricity"
seed = "s"
"""


def point_config(**changes: object) -> config.PointConfig:
    given = {
        "timezone": "UTC",
        "cadence_s": 900,
        "pack_readings": 4,
        "pack_s": 3600,
        "serial": "A1",
        "modulus": 100_000,
    }
    return config.parse(SETTINGS % (given | changes), Path("edge.toml")).points[0]


@dataclass
class ScriptedMeter:
    """Counts one unit per 900 s from START, unless told otherwise."""

    silent: bool = False
    values: dict[int, Value] = field(default_factory=dict)
    offset: int = 1000
    reads: list[int] = field(default_factory=list)
    closed: bool = False

    def read(self, at: int) -> list[RegisterReading]:
        self.reads.append(at)
        if self.silent:
            raise DriverError("silent")
        return [RegisterReading("energy_import", self.values.get(at, self.offset + (at - START) // 900), "kWh", at)]

    def close(self) -> None:
        self.closed = True


class FreezingMeter(ScriptedMeter):
    """Keeps its own freezes."""

    def freeze(self, at: int) -> list[RegisterReading] | None:
        return [RegisterReading("energy_import", self.offset + (at - START) // 900, "kWh", at)]


class LiveClock(VirtualClock):
    """A settable clock that the agent takes for a real one: sampling does not wait for the gateway."""


@dataclass
class Rig:
    """Build one, then `run_to` and look at `gateway`."""

    folder: Path
    gateway: FakeGateway = field(default_factory=FakeGateway)
    signer: FileSigner = field(default_factory=generate)
    meter: ScriptedMeter = field(default_factory=ScriptedMeter)
    point: config.PointConfig = field(default_factory=point_config)
    max_bytes: int = 2**20
    now: int = START
    lost_since: int | None = None
    agent: Agent = field(init=False)

    def __post_init__(self) -> None:
        self.tick = 0.0
        self.clock = VirtualClock(self.now)
        self.restart()

    def restart(self) -> None:
        kid = self.signer.public_key.kid
        self.outbox = Outbox(self.folder, kid, self.max_bytes)
        identity = Identity(DEVICE, self.signer, kid.hex(), self.gateway.proof_signer.public_key, self.lost_since)
        self.agent = Agent(
            identity,
            [self.point],
            {POINT: self.meter},
            self.outbox,
            transport=self.gateway,
            clock=self.clock,
            monotonic=lambda: self.tick,
            chance=lambda: 0.5,
            waits_for_gateway=False,
        )
        self.gateway.start(self.agent.events)
        self.agent.begin(self.clock.now())
        self.serve()

    def serve(self, rounds: int = 4) -> None:
        for _ in range(rounds):
            self.agent.serve(0)

    def run_to(self, until: int, *, serve: bool = True) -> None:
        """Let the agent live until `until`, waking it at every slot."""
        while (event := max(self.agent.next_event(), self.clock.now())) <= until:
            self.clock.set(event)
            self.agent.run_due()
            if serve:
                self.serve(2)
        self.clock.set(until)

    def kill(self) -> None:
        """As kill -9 would: nothing is said any more."""
        self.gateway.stop()
        self.outbox.close()

    def stop(self) -> None:
        self.agent.finish()

    def said(self, kind: Kind) -> list[Statement]:
        return [signed for signed in self.gateway.statements() if signed.claims.kind is kind]

    def gaps(self) -> list[Gap]:
        return [wire.decode(Gap, signed.payload) for signed in self.said(Kind.GAP)]

    def settlements(self) -> list[Settlement]:
        return [wire.decode(Settlement, signed.payload) for signed in self.said(Kind.SETTLEMENT)]

    def readings(self) -> list[Reading]:
        return [reading for signed in self.said(Kind.READINGS) for reading in senml.decode(signed.payload)]


def assert_one_stream(statements: list[Statement]) -> None:
    """Every number once, every link intact, from 0 on."""
    by_seq = {signed.claims.seq: signed for signed in statements}
    assert len(by_seq) == len(statements), "two statements at one number"
    prev = NO_PREV
    for seq in range(len(by_seq)):
        assert by_seq[seq].claims.prev == prev, f"the link of {seq} is broken"
        prev = by_seq[seq].id
