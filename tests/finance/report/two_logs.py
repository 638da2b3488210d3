"""The works with two gateways: electricity and coils in one log, water and solar in another, each with a device."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tally_chain.bundle import Bundle
from tally_chain.policy import Policy
from tally_edge.authority import Enrolment, NamedLog, PlannedPoint
from tally_edge.proof import log_id_of
from tally_edge.statement import Kind
from tests.finance.activity import works
from tests.world import SITE, START, Stream, World, p256

SECOND = "tallystick.example/mill/2"
IN_SECOND = (works.SOLAR, works.WATER)


@dataclass(frozen=True)
class Site:
    """Both logs."""

    first: World
    second: World

    def bundles(self, days: int) -> list[Bundle]:
        """One for each log."""
        return [one.bundle(hours=days * works.DAY_H) for one in (self.first, self.second)]

    @property
    def policy(self) -> Policy:
        """Both logs are trusted, their heads anchored after all that is read here."""
        one, two = (works.policy_of(each) for each in (self.first, self.second))
        return replace(one, logs=(*one.logs, *two.logs))


def played(days: int) -> Site:
    """So many days, each point read by the device of its gateway."""
    first = World()
    second = World(origin=SECOND, authority=first.authority, plan_log=SECOND)
    second.device = Stream(p256("device 2"), "urn:dev:org:32473-mill:a2")
    every = tuple(PlannedPoint(point, works.DAY_S, works.BELOW.get(point)) for point in works.REGISTERS)
    logs = tuple(NamedLog(log_id_of(one.origin), one.origin) for one in (first, second))
    plan = replace(first.plan(), points=every, logs=logs, timezone="UTC")
    for world in (first, second):
        world.open()
    for world, points in ((first, _rest()), (second, IN_SECOND)):
        world.state(Kind.SITE_PLAN, SITE, plan)
        key = world.device.signer.public_key.encode()
        enrolled = Enrolment(world.device.issuer, key, tuple(points), world.place, "test meter")
        world.state(Kind.ENROLMENT, world.device.issuer, enrolled)
        for point in points:
            world.state(Kind.METER_FACTS, point, works.facts_of(point))
        for point in points:
            for register, unit in works.REGISTERS[point].items():
                step = works.PER_DAY[point, register]
                works.say(
                    world, point, register, unit, [(day * works.DAY_H, 1000 + day * step) for day in range(days + 1)]
                )
    return Site(first, second)


def _rest() -> Sequence[str]:
    return [point for point in works.REGISTERS if point not in IN_SECOND]


NOW = START + 395 * works.DAY_S
