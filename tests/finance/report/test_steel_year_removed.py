"""The steel plant's year without 3 % of its intervals, signed and verified: what the report says of it.

Where registers stand on both sides the year is measured all the same, and the report says what was bridged. Where the
meter was exchanged and nobody read it, the ceiling stands in the report, and its conservative figure is not below the
true one. `make removals` tries a thousand removals of the activity data, and as many fates of a meter up to the report.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tally_chain.verify.verifier import examine
from tally_edge import senml, statement
from tally_edge.authority import FactsEvent, RegisterFacts
from tally_edge.senml import Reading
from tally_edge.statement import Kind
from tally_finance.activity import boundary_file
from tally_finance.factors.shipping import shipped
from tally_finance.report import inventory_file
from tally_finance.report.making import report_of
from tests.finance.activity import works
from tests.finance.activity.made import QUARTER_S, year
from tests.finance.report import mill
from tests.finance.report.test_steel_year import BOUNDARY, DAYS, INVENTORY, PACK
from tests.world import POINT, REGISTER, SITE, START, World

RUNS = 12
LENGTH = DAYS * 96 * 3 // 100 // RUNS
FACTOR = Decimal("0.5306")


def highest() -> list[int]:
    """Where the runs with the most kilowatt hours begin, none over another: the worst that can be missing."""
    sums = np.convolve(np.array([int(one * 100) for one in year().kwh]), np.ones(LENGTH, dtype=np.int64), "valid")
    found: list[int] = []
    for begin in np.argsort(-sums, kind="stable").tolist():
        if all(abs(begin - other) > LENGTH + 1 for other in found) and 0 < begin < sums.size - 1:
            found.append(begin)
        if len(found) == RUNS:
            return sorted(found)
    raise AssertionError("the year is too short")


def by_chance() -> list[int]:
    """As many runs anywhere."""
    places = random.Random(1).sample(range(1, DAYS * 96 // (LENGTH + 2) - 1), RUNS)
    return sorted(place * (LENGTH + 2) for place in places)


def removed(begins: Sequence[int], folder: Path, *, exchanged: bool) -> dict[str, Any]:
    """The report of a year whose runs nobody read; in the middle of each the meter may have been exchanged."""
    world, shown, offset = World(), list(year().registers), Decimal(0)
    world.open()
    world.state(Kind.SITE_PLAN, SITE, replace(world.plan(cadence_s=QUARTER_S), timezone="UTC"))
    registers = (RegisterFacts(REGISTER, "kWh", cumulative=True),)
    world.state(Kind.METER_FACTS, POINT, world.facts(registers=registers))
    edges = [0, *(edge for begin in begins for edge in (begin, begin + LENGTH)), len(shown) - 1]
    for number, (first, last) in enumerate(zip(edges[::2], edges[1::2], strict=True)):
        if number and exchanged:
            middle = first - LENGTH // 2
            at, offset = START + middle * QUARTER_S, shown[middle]
            facts = world.facts(FactsEvent.EXCHANGE, at, serial=f"A-{number + 1}", registers=registers)
            world.state(Kind.METER_FACTS, POINT, facts, at=at)
        for place in range(first, last + 1, PACK):
            pack = [
                Reading(POINT, REGISTER, START + one * QUARTER_S, shown[one] - offset + Decimal("0.00"), "kWh")
                for one in range(place, min(place + PACK, last + 1))
            ]
            claims = world.device.claims(Kind.READINGS, POINT, pack[-1].taken_at)
            world.log(world.device.advance(statement.sign(claims, senml.encode(pack), world.device.signer)))
    ceiling = f'\nceiling_per_h = {max(year().kwh) * 4}\nceiling_stated = "the year\'s highest quarter hour"\n'
    sheet = mill.sheets(folder, INVENTORY.format(regions='"CN"', stated=1), BOUNDARY + ceiling)
    of = examine(world.bundle(hours=DAYS * 24), works.policy_of(world), now=START + 395 * works.DAY_S)
    limits = boundary_file.load(folder / "boundary.toml")
    return dict(json.loads(report_of(of, inventory_file.load(sheet), limits, shipped(), (bytes(32),)).encode()))


@pytest.mark.shared
@pytest.mark.parametrize("choose", [highest, by_chance])
def test_registers_on_both_sides_measure_the_year(choose: Callable[[], list[int]], tmp_path: Path) -> None:
    begins = choose()
    found = removed(begins, tmp_path, exchanged=False)
    (electricity,), (meter,) = found["media"], found["meters"]
    assert Decimal(electricity["bought"]) == sum(year().kwh)
    assert electricity["estimated"] == "0"
    rows = meter["not_measured"]
    assert [one["state"] for one in rows] == ["bridged"] * RUNS
    assert [int(one["from"]) for one in rows] == [START + begin * QUARTER_S for begin in begins]
    gone = sum(sum(year().kwh[begin : begin + LENGTH]) for begin in begins)
    assert Decimal(electricity["bridged"]) == gone
    assert meter["seconds"]["bridged"] == str(RUNS * LENGTH * QUARTER_S)


@pytest.mark.shared
@pytest.mark.parametrize("choose", [highest, by_chance])
def test_without_registers_the_ceiling_stands_in_the_report(choose: Callable[[], list[int]], tmp_path: Path) -> None:
    begins = choose()
    found = removed(begins, tmp_path, exchanged=True)
    (electricity,), (meter,) = found["media"], found["meters"]
    true_kg = sum(year().kwh) * FACTOR
    figure = found["figures"]["scope-2-location"]
    assert Decimal(figure["conservative_kg"]) >= Decimal(figure["kg"]) >= true_kg
    rows = [one for one in meter["not_measured"] if one["state"] == "estimated"]
    assert sum(int(one["to"]) - int(one["from"]) for one in rows) == RUNS * LENGTH * QUARTER_S
    gone = sum(sum(year().kwh[begin : begin + LENGTH]) for begin in begins)
    assert Decimal(electricity["estimated"]) >= gone
    assert Decimal(electricity["bought"]) == sum(year().kwh) - gone + Decimal(electricity["estimated"])
    assert next(one["rests"] for one in found["lines"] if one["scope"] == "2 location-based") == "ceilings"
    assert found["integrity"]["holds"] is False
    assert meter["exchanges"] == str(RUNS)
