"""Days, months and years add up on every clock, whatever was not read, exchanged or corrected over their edges."""

from __future__ import annotations

import json
import random
from decimal import Decimal
from pathlib import Path

import pytest

from tally_edge.authority import Correction, CorrectionReason, FactsEvent
from tally_edge.statement import Kind
from tally_finance.deposit import summing
from tally_finance.deposit.body import Body, body_of
from tally_finance.deposit.calendar import months_of
from tests.finance.activity import works
from tests.finance.report import mill
from tests.world import HOUR, START, World

DAYS = 125
INVENTORY = mill.INVENTORY.partition("[products]")[0]
ZONES = [
    "Asia/Shanghai",
    "Asia/Kathmandu",
    "Europe/Berlin",
    "Africa/Cairo",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "Pacific/Auckland",
]
STANDING = "by its own word its evidence does not hold"
"""Of what nobody read and no device declared; the sums are looked at here."""


def troubled(seed: int) -> World:
    """Each meter missed one day in eight, the grid's was exchanged unread at night, and the sun's was corrected."""
    chosen, world = random.Random(seed), works.opened()
    turned = chosen.randrange(40, 80) * 24 + chosen.choice([0, 7, 12])
    later: list[tuple[str, str, str, list[tuple[int, int | Decimal]]]] = []
    for point, registers in works.REGISTERS.items():
        for register, unit in registers.items():
            shown, at = [], Decimal(1000)
            for day in range(DAYS + 1):
                if day in {0, DAYS} or chosen.random() > 1 / 8:
                    shown.append((day * 24, at))
                at += works.PER_DAY[point, register] + Decimal(chosen.randrange(1, 1000)) / 1000
            before = [one for one in shown if point != works.GRID or one[0] <= turned]
            works.say(world, point, register, unit, [(hour, _plain(value)) for hour, value in before])
            after = [(hour, _plain(value - 1000)) for hour, value in shown[len(before) :]]
            later.append((point, register, unit, after))
    facts = works.facts_of(works.GRID, FactsEvent.EXCHANGE, START + turned * HOUR, serial="new")
    world.state(Kind.METER_FACTS, works.GRID, facts, at=START + turned * HOUR)
    for point, register, unit, after in later:
        works.say(world, point, register, unit, after)
    first = START + chosen.randrange(DAYS - 12) * works.DAY_S
    until, quantity = first + chosen.randrange(1, 10) * works.DAY_S, Decimal("123.4567")
    ratio = CorrectionReason.WRONG_RATIO
    correction = Correction(works.SOLAR, "energy_import", first, until, quantity, "kWh", ratio, "ratio of the works")
    world.state(Kind.CORRECTION, works.SOLAR, correction, at=START + (DAYS + 1) * works.DAY_S)
    return world


def _plain(value: Decimal) -> int | Decimal:
    """As statements write a number: no decimal for a whole one, no zero at its end."""
    short = value.normalize()
    return int(short) if short == short.to_integral_value() else short


@pytest.mark.parametrize("zone", ZONES)
def test_all_sums_hold(zone: str, tmp_path: Path) -> None:
    sheet = works.SHEET.replace('"UTC"', f'"{zone}"').replace("from = 2026-01-01", "from = 2025-12-01")
    report = mill.made(troubled(len(zone)), tmp_path, DAYS, INVENTORY, sheet)
    said, site = json.loads(report.encode()), report.activity.site
    months = months_of(site.boundary.zone, site.from_at, site.to_at)
    whole = [one.text for one in months if site.from_at <= one.from_at and one.to_at <= site.to_at]
    assert len(whole) >= 3
    bodies = {month: body_of(report, month) for month in whole}
    for body in bodies.values():
        assert list(summing.of_days(body)) == []
        assert Decimal(body["media"][0]["month"]["estimated"]) == filled(body)
    for told in summing.of_year(said, bodies):
        if told.month in bodies:
            assert [one for one in told.faults if not one.startswith(STANDING)] == [], told.month
    assert any(filled(body) for body in bodies.values()), "the day of the exchange is a ceiling"


def filled(body: Body) -> Decimal:
    """What ceilings fill of a month, gap by gap, of what was bought and made."""
    estimated = [one for one in body["gaps"] if one["state"] == "estimated" and one["meter"] in {"grid", "solar"}]
    return sum((Decimal(one["in_month"]) for one in estimated), Decimal(0))
