"""Simulated meters, deterministic from a seed: what they show at a time does not depend on when they were asked before.

    [point.meter]
    kind = "electricity"       # water, silo, weighbridge
    seed = "plant-1"
    start = 1767225600         # when the registers stood at zero, Unix seconds

    electricity   energy_import [kWh, 0.01], energy_export [kWh, 0.01]
    water         volume [m3, 0.001]
    silo          level [%, as "/" 0..1 in thousandths]
    weighbridge   kg_in [kg], kg_out [kg], and per weighing: ticket, plate (a salted commitment), first, second, net,
    stable, alibi

A plate is a person's datum: only SHA-256(salt || plate) is signed. The salt here comes from the seed, so that a run
can be repeated; a real weighbridge draws it and keeps it where it can be deleted.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from tally_edge.agent.config import PointConfig
from tally_edge.drivers.interface import RegisterReading
from tally_edge.errors import DriverError
from tally_edge.resolution import MIN_TIME
from tally_edge.statement import MAX_SEQ

STEP_S: Final = 900
"""Load changes every quarter hour; within one it is even."""

_DEFAULT_START: Final = 1_767_225_600
_DAY_STEPS: Final = 96
_SALT_BYTES: Final = 16
_SPARED_STEPS: Final = 400 * _DAY_STEPS
"""How many ticks of a running sum are remembered, so that a freeze of last month costs nothing."""


@dataclass
class Draws:
    """Numbers that look random and are a function of (seed, name, tick)."""

    seed: str

    def bytes(self, name: str, tick: int) -> bytes:
        """32 bytes."""
        return hmac.digest(self.seed.encode(), f"{name}/{tick}".encode(), hashlib.sha256)

    def below(self, name: str, tick: int, bound: int) -> int:
        """0..`bound`-1."""
        return int.from_bytes(self.bytes(name, tick)[:8], "big") % bound


@dataclass
class RunningSum:
    """The sum of a function over ticks, remembered as far as it was asked for."""

    of: Callable[[int], int]
    _sums: dict[int, int] = field(default_factory=lambda: {0: 0})
    _newest: int = 0

    def at(self, second: int) -> int:
        """The sum after `second` seconds; within a tick it grows evenly. Raises DriverError before the start."""
        if second < 0:
            raise DriverError("the simulated meter does not exist yet")
        tick, rest = divmod(second, STEP_S)
        return self._whole(tick) + (self.of(tick) * rest // STEP_S if rest else 0)

    def _whole(self, tick: int) -> int:
        if tick not in self._sums:
            if tick < self._newest:  # long forgotten: begin again
                self._sums, self._newest = {0: 0}, 0
            total = self._sums[self._newest]
            for step in range(self._newest, tick):
                total += self.of(step)
                self._sums[step + 1] = total
                self._sums.pop(step + 1 - _SPARED_STEPS, None)
            self._newest = tick
        return self._sums[tick]


@dataclass
class Flow:
    """One cumulative register: `amount` per tick in units of 10**-`decimals`."""

    register: str
    unit: str
    decimals: int
    total: RunningSum

    def reading(self, second: int, at: int) -> RegisterReading:
        """What it shows."""
        value = self.total.at(second)
        shown = Decimal(value).scaleb(-self.decimals) if self.decimals else value
        return RegisterReading(self.register, shown, self.unit, at)


class SimulatedMeter:
    """Cumulative registers whose every past value can be asked for (its own freezes)."""

    def __init__(self, start: int, flows: list[Flow]) -> None:
        """`start`: when all registers stood at zero."""
        self._start = start
        self._flows = flows

    def read(self, at: int) -> list[RegisterReading]:
        """The registers at `at`. Raises DriverError before the start."""
        return [flow.reading(at - self._start, at) for flow in self._flows]

    def freeze(self, at: int) -> list[RegisterReading] | None:
        """The registers at a boundary in the past."""
        return self.read(at) if at >= self._start else None

    def close(self) -> None:
        """Nothing is open."""


class SimulatedSilo:
    """A level between empty and full: a saw of slow emptying and weekly filling, in thousandths of the height."""

    def __init__(self, start: int, draws: Draws) -> None:
        """Full at `start`."""
        self._start = start
        self._draws = draws

    def read(self, at: int) -> list[RegisterReading]:
        """The level at `at`. Raises DriverError before the start."""
        if at < self._start:
            raise DriverError("the simulated silo does not exist yet")
        week, second = divmod(at - self._start, 7 * 86_400)
        full = 950 - self._draws.below("full", week, 50)
        used = 600 + self._draws.below("used", week, 200)
        return [RegisterReading("level", Decimal(full - used * second // (7 * 86_400)).scaleb(-3), "/", at)]

    def close(self) -> None:
        """Nothing is open."""


@dataclass(frozen=True, slots=True)
class Weighing:
    """One weighing. Masses are in kilograms; the truck came in full (`inbound`) or left full."""

    number: int
    at: int
    inbound: bool
    gross_kg: int
    tare_kg: int
    plate: str
    salt: bytes

    @property
    def net_kg(self) -> int:
        """What was delivered or taken."""
        return self.gross_kg - self.tare_kg

    @property
    def commitment(self) -> bytes:
        """What is signed of the plate."""
        return hashlib.sha256(self.salt + self.plate.encode()).digest()

    def readings(self) -> list[RegisterReading]:
        """The records of this weighing, all at its own time."""
        first, second = (self.gross_kg, self.tare_kg) if self.inbound else (self.tare_kg, self.gross_kg)
        return [
            RegisterReading("ticket", f"W{self.number:07d}", "", self.at),
            RegisterReading("plate", self.commitment, "", self.at),
            RegisterReading("first", first, "kg", self.at),
            RegisterReading("second", second, "kg", self.at),
            RegisterReading("net", self.net_kg if self.inbound else -self.net_kg, "kg", self.at),
            RegisterReading("stable", True, "", self.at),  # noqa: FBT003 - the value of a flag
            RegisterReading("alibi", 100_000 + self.number, "count", self.at),
        ]


class SimulatedWeighbridge:
    """Trucks in and out, at most one per tick, by day; its running sums, and a ticket each."""

    def __init__(self, start: int, draws: Draws) -> None:
        """Nothing was weighed before `start`."""
        self._start = start
        self._draws = draws
        self._in = RunningSum(lambda tick: self._net(tick, inbound=True))
        self._out = RunningSum(lambda tick: self._net(tick, inbound=False))
        self._told: int | None = None

    def weighing(self, tick: int) -> Weighing | None:
        """The weighing of a tick, if there was one."""
        hour = tick % _DAY_STEPS // 4
        if not 6 <= hour < 20 or self._draws.below("truck", tick, 4):
            return None
        tare = 14_000 + 20 * self._draws.below("tare", tick, 100)
        secret = self._draws.bytes("plate", tick)
        return Weighing(
            number=tick,
            at=self._start + (tick + 1) * STEP_S - 60,
            inbound=self._draws.below("way", tick, 10) < 6,
            gross_kg=tare + 20 * (400 + self._draws.below("load", tick, 900)),
            tare_kg=tare,
            plate=f"沪A{secret[0] % 10}{secret[1] % 10}{secret[2] % 10}{secret[3] % 10}{secret[4] % 10}",
            salt=secret[-_SALT_BYTES:],
        )

    def read(self, at: int) -> list[RegisterReading]:
        """The running sums at the last full tick, and the weighings since the read before. Raises DriverError."""
        tick = (at - self._start) // STEP_S
        whole = tick * STEP_S
        told = tick - 1 if self._told is None else self._told
        weighings = [self.weighing(number) for number in range(max(0, told), tick)]
        self._told = tick
        sums = [
            RegisterReading("kg_in", self._in.at(whole), "kg", at),
            RegisterReading("kg_out", self._out.at(whole), "kg", at),
        ]
        return [reading for weighing in weighings if weighing for reading in weighing.readings()] + sums

    def freeze(self, at: int) -> list[RegisterReading] | None:
        """The running sums at a boundary in the past."""
        if at < self._start:
            return None
        whole = (at - self._start) // STEP_S * STEP_S
        return [
            RegisterReading("kg_in", self._in.at(whole), "kg", at),
            RegisterReading("kg_out", self._out.at(whole), "kg", at),
        ]

    def close(self) -> None:
        """Nothing is open."""

    def _net(self, tick: int, *, inbound: bool) -> int:
        weighing = self.weighing(tick)
        return weighing.net_kg if weighing is not None and weighing.inbound is inbound else 0


Simulated = SimulatedMeter | SimulatedSilo | SimulatedWeighbridge


def electricity(start: int, draws: Draws) -> SimulatedMeter:
    """A plant that works by day and sleeps by night, with a little solar at noon."""

    def used(tick: int) -> int:
        busy = 28 <= tick % _DAY_STEPS < 80
        return (1200 if busy else 250) + draws.below("used", tick, 400)

    def fed(tick: int) -> int:
        noon = 20 - abs(tick % _DAY_STEPS - 48)
        return max(0, noon) * draws.below("fed", tick, 12)

    return SimulatedMeter(
        start,
        [Flow("energy_import", "kWh", 2, RunningSum(used)), Flow("energy_export", "kWh", 2, RunningSum(fed))],
    )


def water(start: int, draws: Draws) -> SimulatedMeter:
    """Cooling water: steady, more by day."""

    def used(tick: int) -> int:
        return (900 if 28 <= tick % _DAY_STEPS < 80 else 300) + draws.below("water", tick, 200)

    return SimulatedMeter(start, [Flow("volume", "m3", 3, RunningSum(used))])


_MAKERS: Final[dict[str, Callable[[int, Draws], Simulated]]] = {
    "electricity": electricity,
    "water": water,
    "silo": SimulatedSilo,
    "weighbridge": SimulatedWeighbridge,
}


class Selected:
    """A simulated meter, narrowed to the registers that are configured. Records (tickets) pass."""

    def __init__(self, meter: Simulated, configured: frozenset[str]) -> None:
        """`configured`: the registers to keep."""
        self._meter = meter
        self._drop = frozenset({"energy_import", "energy_export", "volume", "level", "kg_in", "kg_out"}) - configured

    def read(self, at: int) -> list[RegisterReading]:
        """See `Driver`."""
        return [reading for reading in self._meter.read(at) if reading.register not in self._drop]

    def freeze(self, at: int) -> list[RegisterReading] | None:
        """See `Freezing`; a silo keeps no freezes."""
        if isinstance(self._meter, SimulatedSilo):
            return None
        frozen = self._meter.freeze(at)
        return None if frozen is None else [reading for reading in frozen if reading.register not in self._drop]

    def close(self) -> None:
        """Nothing is open."""


def open_meter(point: PointConfig) -> Selected:
    """The meter that `point` is configured for. Raises ConfigError."""
    meter = point.meter
    make = meter.one_of("kind", _MAKERS)
    start = meter.integer("start", MIN_TIME, MAX_SEQ, _DEFAULT_START)
    simulated = make(start, Draws(meter.text("seed")))
    meter.done()
    for register in point.registers:
        register.options.done()
    return Selected(simulated, frozenset(register.name for register in point.registers))
