"""The steel year for the demo, signed and logged in memory: the same readings, sheets and commands, no processes.

`DEMO=full` plays it through meter, agent and gateway instead (`make demo-footprint`).
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import accumulate
from pathlib import Path

from tally_chain import bundle, policy_text
from tally_chain.policy import Accept
from tally_edge import senml, statement
from tally_edge.authority import Enrolment, MeterFacts, PlannedPoint, RegisterFacts, SigningPlace
from tally_edge.senml import Reading
from tally_edge.statement import Kind
from tally_gateway.demo.stage import Progress, Say
from tally_trial.footprint_demo import run, steel
from tally_trial.footprint_demo.site import BUNDLE, POLICY, Site
from tests.conftest import SHARED
from tests.finance.activity import works
from tests.world import SITE, START, World

FULL = os.environ.get("DEMO", "") == "full"
STEEL = SHARED / "meters" / "Steel_industry_data.csv"
BASE = "urn:dev:org:32473-replay"
DAYS = 365
PACK = 380


def play() -> run.Play:
    """The year, in full or in memory."""
    return run.steel_year(STEEL) if FULL else played


def played(folder: Path, say: Say, progress: Progress) -> Site:
    """The year in memory. It stands in 2026, as the tests' world does."""
    rows = steel.rows_of(STEEL)
    kwh = [Decimal(row[steel.USED]) for row in rows]
    meters = {
        "m1": ("energy_import", "kWh", "0.5S", 900, accumulate(kwh, initial=Decimal("0.00"))),
        "s1": ("kg_out", "kg", "III", 3600, accumulate((kg for _, kg in steel.coils(rows)), initial=0)),
    }
    world = World(place=SigningPlace.SIMULATED)
    world.open()
    points = tuple(PlannedPoint(f"{BASE}:{name}", step) for name, (_, _, _, step, _) in meters.items())
    world.state(Kind.SITE_PLAN, SITE, replace(world.plan(), points=points, timezone="UTC"))
    key = world.device.signer.public_key.encode()
    names = tuple(point.point for point in points)
    world.state(Kind.ENROLMENT, world.device.issuer, Enrolment(world.device.issuer, key, names, world.place, "meter"))
    for name, (register, unit, accuracy, step, shown) in meters.items():
        _say(world, f"{BASE}:{name}", (register, unit, accuracy), step, shown)
    evidence = folder / "evidence"
    evidence.mkdir()
    (folder / BUNDLE).write_bytes(bundle.encode(world.bundle(hours=DAYS * 24)))
    (folder / POLICY).write_bytes(
        policy_text.write(replace(works.policy_of(world), accept=Accept(simulated=True))).encode()
    )
    site = steel.site_of(rows)
    sheets = {name: text.replace(steel.ZONE, "UTC") for name, text in site.sheets.items()}
    # After the last head, which may be to come; and after whatever is signed of the report, which is now.
    read_at = max(START + 395 * works.DAY_S, int(time.time()) + works.DAY_S)
    return replace(site, sheets=sheets, read_at=datetime.fromtimestamp(read_at, UTC).isoformat())


def _say(world: World, point: str, plate: tuple[str, str, str], step: int, shown: Iterable[Decimal | int]) -> None:
    register, unit, accuracy = plate
    facts: MeterFacts = world.facts(
        registers=(RegisterFacts(register, unit, cumulative=True),), accuracy_class=accuracy
    )
    world.state(Kind.METER_FACTS, point, replace(facts, point=point))
    readings = [Reading(point, register, START + number * step, value, unit) for number, value in enumerate(shown)]
    for first in range(0, len(readings), PACK):
        part = readings[first : first + PACK]
        claims = world.device.claims(Kind.READINGS, point, part[-1].taken_at)
        world.log(world.device.advance(statement.sign(claims, senml.encode(part), world.device.signer)))
