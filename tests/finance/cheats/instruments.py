"""What the works has beside the meters of its profile, and what stands between an instrument and its reader."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from tally_sim.plant.interface import Facts, Instrument, Record

DAY_S = 86_400
HOUR_S = 3_600
EVERY_DAYS = 6
"""Between two samples."""
J_PER_KG = 22_000_000


@dataclass(frozen=True)
class CoalScale:
    """A belt scale (皮带秤) before the reheating furnace: so much coal for each tonne that is charged.

    `charged`: what was charged until a time, kg.
    """

    charged: Callable[[int], Decimal]
    counts: Decimal = Decimal(1)
    """What it counts of what passes."""
    name: str = "coal"

    def facts(self, at: int) -> Facts:
        return Facts("BELT-1", "belt-scale", ("kg_in",), 2 * HOUR_S, {"kg_in": Decimal(10**9)}, calibrated_until=2**31)

    def read(self, at: int, since: int | None = None) -> Sequence[Record]:
        burned = self.charged(at) * Decimal("0.05") * self.counts
        return (Record("kg_in", int(burned), "kg", at),)


@dataclass(frozen=True)
class Laboratory:
    """A laboratory that burns a gram of each sample in a calorimeter (氧弹量热仪) and signs what came of it.

    `differ`: whether samples do; `j_per_kg`: of the coal that it is given.
    """

    begins: int
    differ: bool = True
    j_per_kg: int = J_PER_KG
    name: str = "lab"

    def facts(self, at: int) -> Facts:
        return Facts(
            "LAB-1", "laboratory", ("passed_in",), DAY_S, {"passed_in": Decimal(10**6)}, calibrated_until=2**31
        )

    def read(self, at: int, since: int | None = None) -> Sequence[Record]:
        done = self._samples(at)
        records = [Record("passed_in", done, "count", at)]
        for number in range(self._samples(at if since is None else since), done):
            taken = self.begins + number * EVERY_DAYS * DAY_S + 10 * HOUR_S
            joules = self.j_per_kg // 1000 + (number * 7 % 11 - 5) * 37 * self.differ
            records += [Record("burned", Decimal("0.001"), "kg", taken), Record("heat", joules, "J", taken)]
        return records

    def _samples(self, at: int) -> int:
        """How many were taken by a time."""
        return (at - self.begins - 10 * HOUR_S) // (EVERY_DAYS * DAY_S) + 1 if at >= self.begins + 10 * HOUR_S else 0


@dataclass(frozen=True)
class Covered:
    """Another instrument as somebody lets its reader see it. `shown`: of a register what at a time."""

    behind: Instrument
    register: str
    shown: Callable[[int], int | Decimal]

    @property
    def name(self) -> str:
        return self.behind.name

    def facts(self, at: int) -> Facts:
        return self.behind.facts(at)

    def read(self, at: int, since: int | None = None) -> Sequence[Record]:
        return [
            replace(one, value=self.shown(at)) if one.register == self.register and one.at == at else one
            for one in self.behind.read(at, since)
        ]


def value_of(instrument: Instrument, register: str, at: int) -> Decimal:
    """What a register shows."""
    return next(Decimal(str(one.value)) for one in instrument.read(at, at) if one.register == register)


def repeating(instrument: Instrument, register: str, day: int, again: int) -> Covered:
    """The meter counts on the day that begins at `again` what it counted on that of `day`, hour by hour."""
    true = [value_of(instrument, register, at) for at in (day, day + DAY_S, again, again + DAY_S)]
    short = (true[3] - true[2]) - (true[1] - true[0])

    def shown(at: int) -> Decimal:
        now = value_of(instrument, register, at)
        if at < again:
            return now
        if at < again + DAY_S:
            return true[2] + value_of(instrument, register, day + at - again) - true[0]
        return now - short

    return Covered(instrument, register, shown)


def inflated(instrument: Instrument, register: str, by: Decimal, begins: int) -> Covered:
    """The register counts `by` times as much from `begins` on."""
    stood = value_of(instrument, register, begins)

    def shown(at: int) -> int | Decimal:
        now = value_of(instrument, register, at)
        return now if at <= begins else stood + int((now - stood) * by)

    return Covered(instrument, register, shown)


def covering(instruments: Mapping[str, Instrument], *covers: Instrument) -> dict[str, Instrument]:
    """The instruments, some of them covered."""
    return {**instruments, **{one.name: one for one in covers}}
