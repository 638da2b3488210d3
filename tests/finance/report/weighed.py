"""The works with a weighbridge beside its meters: coils are weighed into a store, truck by truck."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tally_edge import senml, statement
from tally_edge.authority import Enrolment, FactsEvent, MeterFacts, PlannedPoint, RegisterFacts
from tally_edge.senml import Reading
from tally_edge.statement import Kind
from tests.finance.activity import works
from tests.finance.report import mill
from tests.world import SITE, START, World

BRIDGE = "urn:dev:org:32473-mill:bridge"
LOAD_KG = 1000
EMPTY_KG = 14_000
WEIGHED_AT_H = 12
STORE = """
name = "Coil store"

[goods]
quota = "none"
stored_since = 2026-01-01T00:00:00+00:00

[scale]
point = "urn:dev:org:32473-mill:bridge"
interval_kg = 20
repeatability_kg = 10

[opening]
at = 2026-01-01T00:00:00+00:00
kg = 0
u_kg = 0

[rules]
book_alone = true
"""
INVENTORY = mill.INVENTORY.replace('made = ["coils"]', 'made = ["coils"]\nattested = "store.toml"')


def opened(certified_until: int | None = START + 400 * works.DAY_S) -> World:
    """The works before anything was read, its weighbridge enrolled."""
    world = works.opened()
    points = tuple(PlannedPoint(point, works.DAY_S, works.BELOW.get(point)) for point in (*works.REGISTERS, BRIDGE))
    world.state(Kind.SITE_PLAN, SITE, replace(world.plan(), points=points, timezone="UTC"))
    key = world.device.signer.public_key.encode()
    enrolled = Enrolment(world.device.issuer, key, (*works.REGISTERS, BRIDGE), world.place, "test meter")
    world.state(Kind.ENROLMENT, world.device.issuer, enrolled)
    registers = tuple(RegisterFacts(name, "kg", cumulative=True) for name in ("kg_in", "kg_out"))
    of_a_truck = (("first", "kg"), ("second", "kg"), ("net", "kg"), ("alibi", "count"))
    registers += tuple(RegisterFacts(name, unit, cumulative=False, per_event=True) for name, unit in of_a_truck)
    facts = MeterFacts(BRIDGE, FactsEvent.INSTALL, START, "B-1", "III", 1, registers)
    if certified_until is not None:
        facts = replace(facts, certificate="W-7", certificate_expires_at=certified_until)
    world.state(Kind.METER_FACTS, BRIDGE, facts)
    return world


def weigh(
    world: World,
    days: int,
    loads_kg: list[int] | None = None,
    *,
    told: int | None = None,
    extra: Sequence[tuple[int, int]] = (),
) -> World:
    """One truck a day at noon, and the scale's running sums at every midnight.

    `told`: only so many of the tickets are shown; `extra`: tickets (hour, kg) that the sums know nothing of.
    """
    loads = loads_kg or [LOAD_KG] * days
    say(world, 0, _sums(0, 0))
    risen = 0
    for day, load in enumerate(loads):
        if told is None or day < told:
            say(world, day * works.DAY_H + WEIGHED_AT_H, ticket(day * works.DAY_H + WEIGHED_AT_H, day + 1, load))
        risen += load
        for number, (hour, kg) in enumerate(extra, days + 1):
            if hour // works.DAY_H == day:
                say(world, hour, ticket(hour, number, kg))
        say(world, (day + 1) * works.DAY_H, _sums((day + 1) * works.DAY_H, risen))
    return world


def ticket(hour: int, number: int, load_kg: int) -> list[Reading]:
    """A truck that brings `load_kg`, of one time."""
    at = START + hour * 3600
    values = {"first": EMPTY_KG + load_kg, "second": EMPTY_KG, "net": load_kg}
    masses = [Reading(BRIDGE, name, at, value, "kg") for name, value in values.items()]
    other = [Reading(BRIDGE, "ticket", at, f"W{number}"), Reading(BRIDGE, "stable", at, True)]
    return [*masses, *other, Reading(BRIDGE, "alibi", at, number, "count")]


def say(world: World, hour: int, pack: list[Reading]) -> None:
    """A statement of the weighbridge."""
    claims = world.device.claims(Kind.READINGS, BRIDGE, START + hour * 3600)
    world.log(world.device.advance(statement.sign(claims, senml.encode(pack), world.device.signer)))


def _sums(hour: int, kg_in: int) -> list[Reading]:
    at = START + hour * 3600
    return [Reading(BRIDGE, "kg_in", at, kg_in, "kg"), Reading(BRIDGE, "kg_out", at, 0, "kg")]
