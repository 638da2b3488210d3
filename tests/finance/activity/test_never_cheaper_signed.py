"""A gap never costs less than measuring, from signed statements on: a meter to which anything happens in two days.

The truth is what passed. Readings are left out, declared or not; the meter is exchanged, its registers read on both
sides, on one or on none; it is reset, its register rolls over, its ratio changes; the period's edges are not read.
Whatever the verification says of it: what the report calls certain passed, and no more passed than its total.

A reset is told by the counts of the settlements around it: where the register has passed its old value before it is
read again, and no settlement is there to count, nothing on earth tells it from a register that rose.
"""

from __future__ import annotations

import os
import random
from dataclasses import dataclass, field
from decimal import Decimal

import pytest

from tally_chain.verify.verifier import Examined, examine
from tally_edge.authority import FactsEvent, RegisterFacts
from tally_edge.device import Counts, RegisterValue
from tally_edge.statement import Kind
from tally_finance.activity.boundary import Boundary, Line, Role, Version
from tally_finance.activity.ceiling import Ceiling
from tally_finance.activity.site import Site, site_of
from tally_finance.activity.state import State
from tests.finance.activity.test_reading import ONE_METER
from tests.world import HOUR, POINT, REGISTER, START, World

HOURS = 48
MOST_PER_H = 100
SEEDS = max(60, int(os.environ.get("REMOVALS", "100")))


@dataclass
class Fate:
    """A meter, what has passed, and what was said of it."""

    rng: random.Random
    world: World
    passed: Decimal = Decimal(0)
    register: int = 0
    modulus: int = 1_000_000
    multiplier: int = 1
    serial: int = 1
    resets: int = 0
    rollovers: int = 0
    events: set[str] = field(default_factory=set)

    def run(self, seconds: int) -> None:
        """Something passes, no more than the ceiling lets through: the whole of it, often."""
        most = MOST_PER_H * seconds // (HOUR * self.multiplier)
        steps = self.rng.choice([most, self.rng.randrange(most + 1)])
        self.passed += steps * self.multiplier
        self.rollovers += (self.register + steps) // self.modulus
        self.register = (self.register + steps) % self.modulus

    def change(self, at: int, event: FactsEvent) -> None:
        """Another meter or another ratio, read or not."""
        closing = self._read() if self.rng.random() < 0.5 else None
        if event is FactsEvent.EXCHANGE:
            self.serial += 1
            self.register = self.rng.choice([0, self.rng.randrange(1000), self.register])
        self.multiplier = self.rng.choice([1, 1, 2, 5])
        opening = self._read() if self.rng.random() < 0.5 and event is FactsEvent.EXCHANGE else None
        facts = self.world.facts(
            event,
            at,
            serial=f"A-{self.serial}",
            multiplier=self.multiplier,
            closing=closing,
            opening=opening,
            registers=self.registers,
        )
        self.world.facts_id = self.world.state(Kind.METER_FACTS, POINT, facts, at=at).id
        self.events.add(f"{event.name.lower()}, read {closing is not None} {opening is not None}")

    @property
    def registers(self) -> tuple[RegisterFacts, ...]:
        return (RegisterFacts(REGISTER, "kWh", cumulative=True, modulus=self.modulus),)

    def _read(self) -> tuple[RegisterValue, ...]:
        return (RegisterValue(REGISTER, self.register, "kWh"),)

    def reset(self) -> None:
        """The register begins at 0 again, which the device counts."""
        self.register, self.resets = 0, self.resets + 1
        self.events.add("reset")

    @property
    def counts(self) -> Counts:
        return Counts(0, self.resets, self.rollovers, 0)


def lived(seed: int) -> Fate:
    """Two days of a meter."""
    rng = random.Random(f"a meter's fate {seed}")
    world = World()
    world.open()
    fate = Fate(rng, world, register=rng.choice([0, 500, 999_900]))
    world.facts_id = world.state(Kind.METER_FACTS, POINT, world.facts(registers=fate.registers)).id
    silent_edges = rng.random() < 0.3
    declared_from: int | None = None
    for hour in range(HOURS + 1):
        if silent_edges:
            silent = not 3 < hour < HOURS - 3 or rng.random() < 0.1
        else:
            silent = 0 < hour < HOURS and rng.random() < 0.25
        if silent and declared_from is None and rng.random() < 0.5:
            declared_from = max(0, hour - 1)
        if not silent:
            if declared_from is not None:
                world.log(world.gap(declared_from, hour))
                declared_from = None
            world.log(world.readings((hour, fate.register)))
        if hour % 24 == 0 and not silent:
            settled = fate.register + (rng.random() < 0.05)  # another register than the reading shows: it is lied to
            world.log(world.settle(hour, settled, fate.counts, serial=f"A-{fate.serial}", multiplier=fate.multiplier))
        if hour == HOURS:
            break
        chance, cut = rng.random(), rng.randrange(1, HOUR)
        if chance < 0.03:
            fate.run(cut)
            fate.change(START + hour * HOUR + cut, rng.choice([FactsEvent.EXCHANGE, FactsEvent.RATIO]))
            fate.run(HOUR - cut)
        elif chance < 0.05 and not silent_edges:
            fate.run(cut)
            fate.reset()
            fate.run(HOUR - cut)
        else:
            fate.run(HOUR)
    return fate


def site(fate: Fate) -> tuple[Examined, Site]:
    verified = examine(fate.world.bundle(hours=HOURS), fate.world.policy(), now=START + 60 * 86_400)
    return verified, site_of(verified, ONE_METER)


def test_what_a_report_calls_certain_passed_and_no_more_than_its_total() -> None:
    outcomes: dict[str, int] = {}
    for seed in range(SEEDS):
        fate = lived(seed)
        verified, found = site(fate)
        load = found.terms[0].meters["m"].load
        outcomes[load_outcome(found)] = outcomes.get(load_outcome(found), 0) + 1
        assert load.is_bounded, seed
        assert load.total >= fate.passed, (seed, fate.events, [one.code.name for one in verified.verdict.findings])
        assert load.certain <= fate.passed, (seed, fate.events)
    assert all(outcomes.get(one, 0) > SEEDS // 20 for one in ("whole", "estimated", "not believed")), outcomes


def load_outcome(found: Site) -> str:
    if not found.terms[0].meters["m"].believed:
        return "not believed"
    return "estimated" if State.ESTIMATED in found.terms[0].meters["m"].load.by_state() else "whole"


@pytest.mark.parametrize("seed", range(20))
def test_what_is_taken_off_is_never_more_than_went_out(seed: int) -> None:
    """The same fates of a meter that counts what is fed into the grid."""
    fate = lived(seed)
    line = Line("m", POINT, REGISTER, "kWh", "electricity", Role.EXPORT, ceiling=Ceiling(Decimal(MOST_PER_H), "plate"))
    sheet = Boundary("out", ONE_METER.zone, (Version(START, "first", (line,)),), (), (), b"")
    verified = examine(fate.world.bundle(hours=HOURS), fate.world.policy(), now=START + 60 * 86_400)
    assert site_of(verified, sheet).terms[0].meters["m"].load.total <= fate.passed
