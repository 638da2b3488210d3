"""A works whose meters are read once a day: grid and feeding in, a furnace below it, solar, water, coils counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType

from tally_chain.policy import Policy
from tally_chain.verify.verifier import Examined, examine
from tally_edge.authority import Enrolment, FactsEvent, MeterFacts, PlannedPoint, RegisterFacts
from tally_edge.statement import Kind
from tally_finance.activity import boundary_file
from tally_finance.activity.boundary import Boundary
from tally_finance.activity.report import Report, report_of
from tests.world import SITE, START, World

DAY_H = 24
DAY_S = 86_400
GRID, FURNACE, SOLAR, WATER, SCALE = (f"urn:dev:org:32473-mill:{name}" for name in ("m1", "m2", "m3", "w1", "s1"))
REGISTERS = {
    GRID: {"energy_import": "kWh", "energy_export": "kWh"},
    FURNACE: {"energy_import": "kWh"},
    SOLAR: {"energy_import": "kWh"},
    WATER: {"volume": "m3"},
    SCALE: {"mass_out": "kg"},
}
BELOW = {FURNACE: GRID}

SHEET = """
name = "Works 1"
timezone = "UTC"

[[version]]
from = 2026-01-01T00:00:00+00:00
reason = "first sheet"

[[version.meter]]
name = "grid"
medium = "electricity"
role = "main"
point = "urn:dev:org:32473-mill:m1"
register = "energy_import"
unit = "kWh"
ceiling_per_h = 50
ceiling_stated = "transformer T1, 50 kVA at power factor 1"
unmetered_most = 0.5

[[version.meter]]
name = "fed in"
medium = "electricity"
role = "export"
parent = "grid"
point = "urn:dev:org:32473-mill:m1"
register = "energy_export"
unit = "kWh"

[[version.meter]]
name = "solar"
medium = "electricity"
role = "generation"
parent = "grid"
point = "urn:dev:org:32473-mill:m3"
register = "energy_import"
unit = "kWh"
ceiling_per_h = 20
ceiling_stated = "inverter, 20 kW"

[[version.meter]]
name = "furnace"
medium = "electricity"
role = "sub"
parent = "grid"
point = "urn:dev:org:32473-mill:m2"
register = "energy_import"
unit = "kWh"

[[version.meter]]
name = "water"
medium = "water"
role = "main"
point = "urn:dev:org:32473-mill:w1"
register = "volume"
unit = "m3"

[[version.meter]]
name = "coils"
medium = "output"
role = "counter"
point = "urn:dev:org:32473-mill:s1"
register = "mass_out"
unit = "kg"
"""

PER_DAY = {
    (GRID, "energy_import"): 100,
    (GRID, "energy_export"): 10,
    (FURNACE, "energy_import"): 80,
    (SOLAR, "energy_import"): 40,
    (WATER, "volume"): 5,
    (SCALE, "mass_out"): 1000,
}
"""What each register counts in a day."""

Counting = Mapping[tuple[str, str], Iterable[int | Decimal]]


def facts_of(point: str, event: FactsEvent = FactsEvent.INSTALL, at: int = START, **changes: object) -> MeterFacts:
    """Meter facts of a point with all its registers."""
    registers = tuple(RegisterFacts(name, unit, cumulative=True) for name, unit in REGISTERS[point].items())
    values: dict[str, object] = {
        "point": point,
        "event": event,
        "effective_at": at,
        "serial": f"{point[-2:]}-1",
        "accuracy_class": "0.5S",
        "multiplier": 1,
        "registers": registers,
    }
    return MeterFacts(**(values | changes))  # type: ignore[arg-type]


def opened(
    cadences: Mapping[str, int] = MappingProxyType({}), installed: Mapping[str, int] = MappingProxyType({})
) -> World:
    """The works before anything was read. `cadences`: seconds between the readings of points, a day without;
    `installed`: when the meter of a point came, from the beginning without."""
    world = World()
    world.open()
    points = tuple(PlannedPoint(point, cadences.get(point, DAY_S), BELOW.get(point)) for point in REGISTERS)
    world.state(Kind.SITE_PLAN, SITE, replace(world.plan(), points=points, timezone="UTC"))
    key = world.device.signer.public_key.encode()
    enrolled = Enrolment(world.device.issuer, key, tuple(REGISTERS), world.place, "test meter")
    world.state(Kind.ENROLMENT, world.device.issuer, enrolled)
    for point in REGISTERS:
        world.state(Kind.METER_FACTS, point, facts_of(point, at=installed.get(point, START)))
    return world


def run(world: World, days: int, per_day: Mapping[tuple[str, str], Iterable[int]] | None = None) -> World:
    """So many days, each register counting the same every day, or what `per_day` says of each day; None: not read."""
    for point, registers in REGISTERS.items():
        for register, unit in registers.items():
            place = (point, register)
            steps = [PER_DAY[place]] * days if per_day is None or place not in per_day else list(per_day[place])
            at, shown = 1000, [(0, 1000)]
            for day, step in enumerate(steps, 1):
                at += step
                shown.append((day * DAY_H, at))
            say(world, point, register, unit, shown)
    return world


def say(world: World, point: str, register: str, unit: str, shown: list[tuple[int, int]]) -> None:
    """Readings (hour, value) in packs of thirty."""
    for first in range(0, len(shown), 30):
        world.log(world.readings(*shown[first : first + 30], register=register, unit=unit, point=point))


def policy_of(world: World) -> Policy:
    """The world's policy, its head anchored after all that is read here."""
    policy = world.policy()
    late = tuple(replace(root, time=START + 390 * DAY_S) for log in policy.logs for root in log.roots)
    return replace(policy, logs=tuple(replace(log, roots=late) for log in policy.logs))


def examined(world: World, days: int) -> Examined:
    """The bundle of so many days, verified."""
    return examine(world.bundle(hours=days * DAY_H), policy_of(world), now=START + 395 * DAY_S)


def boundary(text: str = SHEET) -> Boundary:
    """A sheet."""
    return boundary_file.parse(text, Path("boundary.toml"))


def report(world: World, days: int, text: str = SHEET) -> Report:
    """What is worked out of so many days."""
    return report_of(examined(world, days), boundary(text))


def names(found: Report) -> set[str]:
    """The remarks' names."""
    return {one.name.text for one in found.remarks}
