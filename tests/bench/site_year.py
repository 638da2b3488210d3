"""A site of many meters over a year as signed statements, a day to a statement, and the sheets of its report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import cbor2
import numpy as np

from tally_edge import senml, statement
from tally_edge.authority import Enrolment, FactsEvent, MeterFacts, PlannedPoint, RegisterFacts
from tally_edge.statement import Kind
from tally_edge.units import SECONDARY_UNITS
from tally_finance.activity.column import Ints
from tests.world import SITE, START, World

QUARTER_S = 900
A_DAY = 96
_SEED = 20_261_129
_BLOCK = 25
"""Of every 25 meters: a main meter, 20 below it, one of solar, one of what is fed in, one of water, one of gas."""


@dataclass(frozen=True)
class Sort:
    """What a meter is to the boundary, by its place in its block of 25."""

    name: str
    medium: str
    role: str
    unit: str
    accuracy: str
    most: int
    """In an interval, in thousandths of the unit."""


MAIN = Sort("main", "electricity", "main", "kWh", "0.2S", 3_000_000)
SUB = Sort("sub", "electricity", "sub", "kWh", "1", 90_000)
SORTS = {
    0: MAIN,
    21: Sort("solar", "electricity", "generation", "kWh", "0.5S", 90_000),
    22: Sort("fed", "electricity", "export", "kWh", "0.5S", 9_000),
    23: Sort("water", "water", "main", "m3", "2", 9_000),
    24: Sort("gas", "gas", "main", "m3", "1", 20_000),
}

INVENTORY = """
entity = "Works 200"
boundary = "boundary.toml"
regions = ["CN", "GB"]
year = 2023
year_reason = "newest that is published"

[[use]]
name = "purchased electricity"
medium = "electricity"
as = "electricity"
coal = "energy.electricity"

[[use]]
name = "natural gas"
medium = "gas"
as = "fuel"
factor = "fuel.natural_gas"
per = "m3"

[[use]]
name = "water"
medium = "water"
as = "water"
"""


def sort_of(number: int) -> Sort:
    """Of a meter."""
    return SORTS.get(number % _BLOCK, SUB)


def point_of(number: int) -> str:
    """Its metering point."""
    return f"urn:dev:org:32473-site:m{number:03}"


def boundary(meters: int) -> str:
    """The boundary sheet."""
    lines = [
        'name = "Works 200"\ntimezone = "UTC"\n',
        '[[version]]\nfrom = 2026-01-01T00:00:00+00:00\nreason = "first"\n',
    ]
    for number in range(meters):
        sort, above = sort_of(number), f"main {number // _BLOCK * _BLOCK}"
        parent = f'parent = "{above}"\n' if sort.medium == "electricity" and sort is not MAIN else ""
        lines.append(
            f'[[version.meter]]\nname = "{sort.name} {number}"\nmedium = "{sort.medium}"\nrole = "{sort.role}"\n'
            f'{parent}point = "{point_of(number)}"\nregister = "reading"\nunit = "{sort.unit}"\n'
        )
    return "\n".join(lines)


def sheets(folder: Path, meters: int) -> Path:
    """Both sheets in a folder; the inventory's path."""
    (folder / "boundary.toml").write_text(boundary(meters))
    (folder / "inventory.toml").write_text(INVENTORY)
    return folder / "inventory.toml"


def registers(meters: int, intervals: int) -> Ints:
    """What the registers show, in thousandths: a row for each meter, a column for each time."""
    rng = np.random.default_rng(_SEED)
    most = np.array([[sort_of(number).most] for number in range(meters)])
    risen = rng.integers(0, most, size=(meters, intervals), dtype=np.int64)
    first = rng.integers(0, 10**9, size=(meters, 1), dtype=np.int64)
    return np.concatenate((first, risen), axis=1).cumsum(axis=1)


def opened(meters: int) -> World:
    """The world with its plan, its meters and one gateway's device."""
    world = World()
    world.open()
    points = tuple(PlannedPoint(point_of(number), QUARTER_S) for number in range(meters))
    world.state(Kind.SITE_PLAN, SITE, replace(world.plan(), points=points, timezone="UTC"))
    key = world.device.signer.public_key.encode()
    enrolled = Enrolment(world.device.issuer, key, tuple(one.point for one in points), world.place, "test meter")
    world.state(Kind.ENROLMENT, world.device.issuer, enrolled)
    for number in range(meters):
        sort, point = sort_of(number), point_of(number)
        facts = (RegisterFacts("reading", sort.unit, cumulative=True),)
        until = START + 400 * 86_400
        stated = MeterFacts(point, FactsEvent.INSTALL, START, f"S-{number}", sort.accuracy, 1, facts, "C-1", until)
        world.state(Kind.METER_FACTS, point, stated)
    return world


def packs(number: int, shown: Ints) -> Iterator[tuple[int, bytes]]:
    """A meter's packs, a day each with both midnights: the time of the last reading and the bytes."""
    name, unit = f"{point_of(number)}/reading", sort_of(number).unit
    values = shown.tolist()
    for first in range(0, len(values) - 1, A_DAY):
        records: list[dict[int, object]] = []
        for place, value in enumerate(values[first : first + A_DAY + 1]):
            said = Decimal(value).scaleb(-3)
            at = START + first * QUARTER_S
            base = {-1: 26, -2: name, -3: at, -4: unit} if unit in SECONDARY_UNITS else {-2: name, -3: at, -4: unit}
            records.append({2: said, 6: place * QUARTER_S} if place else {2: said, **base})
        yield at + (len(records) - 1) * QUARTER_S, cbor2.dumps(records)


def say(world: World, meters: int, intervals: int) -> int:
    """Sign everything that the registers show; how many readings that are."""
    every, count = registers(meters, intervals), 0
    for number in range(meters):
        for at, pack in packs(number, every[number]):
            checked = senml.check(pack)
            claims = world.device.claims(Kind.READINGS, point_of(number), at)
            world.log(world.device.advance(statement.sign(claims, pack, world.device.signer)))
            count += checked
    return count


def bought(meters: int, intervals: int) -> Decimal:
    """Kilowatt hours of the main meters."""
    every = registers(meters, intervals)
    mains = [number for number in range(meters) if sort_of(number) is MAIN]
    return Decimal(int(sum(every[number][-1] - every[number][0] for number in mains))).scaleb(-3)
