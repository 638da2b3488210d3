"""What really is at a time, by name of the quantity: exact decimals, never measured. No IO.

stock/<stock>_kg         what lies there: goods, water in them included, stones not
moisture/<stock>_kg      the water in them
stones/<stock>_kg        what lies there for goods
wip/<process>_kg         what is in the machines
drawn/<consumer>_kwh     (or _m3) what it has drawn since the beginning
drained/<consumer>_m3    what of it left through the drain; evaporated/<consumer>_m3 the rest
line_loss_kwh, site_kwh, site_m3
in/<traffic>_kg, out/<traffic>_kg
charged/, made/, scrap/, waste/<process>_kg
dried/, lost/, taken/<stock>_kg    water that dried off, dry matter lost, goods driven out unweighed
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from tally_sim.plant.course import LINE_LOSS, WIP, Course
from tally_sim.plant.profile import ELECTRICITY, WATER, Profile
from tally_sim.plant.trucks import DRY, MOIST, STONES


def truth_of(profile: Profile, course: Course, at: int) -> dict[str, Decimal]:
    """Everything that is true of `course` at `at` (Unix seconds)."""
    books, second = course.books, at - course.begins
    found: dict[str, Decimal] = {}

    def held(*accounts: str) -> Decimal:
        return _kg(books.holds(account, second) for account in accounts)

    def flowed(*flows: str) -> int:
        return sum(books.flowed(flow, second) for flow in flows)

    for stock in profile.stocks:
        name = stock.name
        found[f"stock/{name}_kg"] = held(DRY + name, MOIST + name)
        found[f"moisture/{name}_kg"] = held(MOIST + name)
        found[f"stones/{name}_kg"] = held(STONES + name)
        for kind in ("dried", "lost"):
            found[f"{kind}/{name}_kg"] = _kg([flowed(f"{kind}/{name}")])
        found[f"taken/{name}_kg"] = _kg([flowed(f"taken/{name}", f"taken_moist/{name}")])
    for process in profile.processes:
        found[f"wip/{process.name}_kg"] = held(WIP + process.name)
        for kind in ("charged", "made", "scrap", "waste"):
            found[f"{kind}/{process.name}_kg"] = _kg([flowed(f"{kind}/{process.name}")])
    for traffic in profile.traffic:
        way = "in" if traffic.inbound else "out"
        name = traffic.name
        found[f"{way}/{name}_kg"] = _kg([flowed(f"{way}/{name}", f"{way}_moist/{name}")])
    sites = {ELECTRICITY: flowed(LINE_LOSS), WATER: 0}
    for consumer in profile.consumers:
        name = consumer.name
        amount = flowed(f"used/{name}", f"drained/{name}", f"evaporated/{name}")
        sites[consumer.medium] += amount
        found[f"drawn/{name}_{'kwh' if consumer.medium == ELECTRICITY else 'm3'}"] = _unit(amount)
        if consumer.medium == WATER:
            found[f"drained/{name}_m3"] = _unit(flowed(f"drained/{name}"))
            found[f"evaporated/{name}_m3"] = _unit(flowed(f"evaporated/{name}"))
    found["line_loss_kwh"] = _unit(flowed(LINE_LOSS))
    found["site_kwh"], found["site_m3"] = _unit(sites[ELECTRICITY]), _unit(sites[WATER])
    return found


def _kg(grams: Iterable[int]) -> Decimal:
    return Decimal(sum(grams)).scaleb(-3)


def _unit(millionths: int) -> Decimal:
    return Decimal(millionths).scaleb(-6)
