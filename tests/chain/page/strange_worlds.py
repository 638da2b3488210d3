"""Worlds in which everybody signs, and what they sign follows from chance: valid signatures over odd stories.

Values are drawn from a few, near each other, so that rollovers, exchanges, gaps, corrections and settlements meet.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Final, TypeVar

from tally_chain.bundle import Bundle, Content
from tally_chain.policy import Accept, Policy, RootSource
from tally_edge import senml, statement
from tally_edge.authority import (
    Correction,
    CorrectionReason,
    Enrolment,
    FactsEvent,
    RegisterFacts,
    Revocation,
    RevocationReason,
    Rotation,
    SigningPlace,
    StreamPlace,
)
from tally_edge.device import Counts, RegisterValue
from tally_edge.senml import Reading
from tally_edge.statement import Clock, Kind
from tests.chain.page import strange_trust
from tests.world import HOUR, POINT, REGISTER, SITE, START, Stream, World, p256

HOURS: Final = 6
T = TypeVar("T")
OTHER_POINT: Final = "urn:dev:org:32473-mill:m2"
_DECIMALS: Final = ("0.0", "1.50", "100.00", "0.5", "1E-18", "-0.000001", "9223372036854775807E-18")
_NUMBERS: Final = (0, 1, -1, 2, 10, 99, 100, 101, 2**53, -(2**64), 2**64 - 1, *map(Decimal, _DECIMALS))


class Chance(random.Random):
    """`pick` mostly takes the usual: how often it does not is drawn once for a world, so that some are nearly calm."""

    oddness: float = 0.0
    base: Decimal = Decimal(0)
    """What the register shows at first: its range ends at a million."""

    def pick(self, usual: T, *odd: T) -> T:
        """`usual`, or one of the others."""
        return self.choice(odd) if self.random() < self.oddness else usual


def strange(seed: str) -> tuple[Bundle, Policy]:
    """A bundle out of such a world, and a policy that knows its parties."""
    chance = Chance(seed)
    chance.oddness = chance.choice([0.01, 0.04, 0.15])
    chance.base = chance.choice([Decimal("100.00"), Decimal("100.00"), Decimal("999995.00")])
    world = World(place=chance.pick(SigningPlace.POLLED_BUS, *SigningPlace))
    world.open()
    second = Stream(p256("second"), chance.choice([world.device.issuer, "urn:dev:org:32473-mill:a2"]))
    for hour in range(HOURS + 1):
        for _ in range(chance.choice([0, 0, 0, chance.randrange(3)])):
            chance.choice(_ACTIONS)(world, second, hour, chance)
        if hour in (0, HOURS) and chance.pick(True, False):
            world.log(world.settle(hour, _value(hour, chance)))
        if chance.random() < 0.9:
            _reads(world, second, hour, chance)
        elif chance.random() < 0.5:
            world.log(world.gap(hour - 1, hour + 1))
    content = chance.choice([Content.FULL, Content.FULL, Content.TOTALS])
    count = len(world.entries)
    dropped = {chance.randrange(count)} if chance.pick(False, True) else set()
    chosen = [index for index in range(count) if index not in dropped]
    made = world.bundle_of(chosen, hours=HOURS, content=content)
    made = replace(made, from_at=made.from_at + chance.pick(0, HOUR), to_at=made.to_at - chance.pick(0, 1, HOUR))
    accept = Accept(*(chance.random() < 0.7 for _ in Accept.__dataclass_fields__))
    policy = world.policy(accept=accept, source=chance.pick(RootSource.PUBLIC, *RootSource))
    if chance.random() < 0.4:
        made, policy = strange_trust.anchored(world, made, policy, chance)
    if chance.random() < 0.3:
        policy = strange_trust.in_registry(world, policy, chance)
    if chance.random() < 0.3:
        made, policy = strange_trust.with_grant(world, made, policy, chance)
    return made, policy


def _hour(chance: Chance) -> int:
    return START + chance.randint(-1, HOURS + 1) * HOUR + chance.pick(0, 1, -1, 1800)


def _value(hour: int, chance: Chance) -> int | Decimal:
    plain = (chance.base + hour * Decimal("1.25")) % 1_000_000
    return chance.pick(plain, int(plain), plain - 50, plain - 95, *_NUMBERS)


def _reads(world: World, second: Stream, hour: int, chance: Chance) -> None:
    stream = chance.pick(world.device, second)
    point = chance.pick(POINT, OTHER_POINT)
    at = START + hour * HOUR + chance.pick(0, 1, 1800, 1860)
    register = chance.pick(REGISTER, "level", "odd")
    value = _value(hour, chance)
    pack = [Reading(point, register, at, value, chance.pick("kWh", "MWh", "kg"))]
    if chance.pick(False, True):
        pack.append(Reading(point, senml.SOURCE, at, senml.LOAD_PROFILE))
    clock = chance.pick(Clock.SYNCHRONISED, Clock.UNSET)
    beacon = chance.pick(None, bytes(32), world.root)
    claims = stream.claims(Kind.READINGS, point, at, clock, beacon)
    payload = senml.encode(pack) if chance.pick(True, False) else chance.randbytes(5)
    world.log(stream.advance(statement.sign(claims, payload, stream.signer)))


def _settles(world: World, second: Stream, hour: int, chance: Chance) -> None:
    stream = chance.pick(world.device, second)
    changes: dict[str, object] = {}
    if chance.pick(False, True):
        changes["serial"] = chance.pick("A-1", "B-2")
        changes["multiplier"] = chance.pick(1, Decimal("1.0"), 2, -1)
        changes["previous"] = chance.pick(world.last_settlement, bytes(32), b"x" * 32)
    if chance.pick(False, True):
        values = [RegisterValue(REGISTER, _value(hour, chance), chance.pick("kWh", "MWh", "kg")) for _ in range(2)]
        changes["registers"] = tuple(values[: chance.randint(0, 2)])
    counts = Counts(*(chance.pick(0, 1) for _ in range(4)))
    at = chance.choice([0, HOURS, hour])
    world.log(world.settle(at, _value(at, chance), counts, device=stream, **changes))


def _gaps(world: World, second: Stream, hour: int, chance: Chance) -> None:
    registers = chance.pick((), (REGISTER,), ("level",))
    world.log(world.gap(hour - chance.randint(0, 2), hour + chance.randint(-1, 3), registers))


def _meters(world: World, second: Stream, hour: int, chance: Chance) -> None:
    modulus = chance.pick(1_000_000, None, 110, Decimal("105.0"), 0)
    registers = [RegisterFacts(REGISTER, chance.pick("kWh", "MWh", "kg"), cumulative=True, modulus=modulus)]
    if chance.random() < 0.5:
        registers.append(
            RegisterFacts("level", "kg", cumulative=False, modulus=None, per_event=chance.choice([None, True]))
        )
    shown = [None, (RegisterValue(REGISTER, _value(hour, chance), chance.pick("kWh", "MWh", "kg")),)]
    stated = world.facts(
        chance.pick(FactsEvent.EXCHANGE, *FactsEvent),
        chance.pick(START + hour * HOUR, START, _hour(chance)),
        serial=chance.pick("A-1", "B-2"),
        multiplier=chance.pick(1, Decimal("1.0"), 2, Decimal("0.5"), 0, -2),
        registers=tuple(registers[: chance.choice([1, 2, 2])]),
        closing=chance.pick(shown[1], None),
        opening=chance.pick(shown[1], None),
        certificate_expires_at=chance.pick(None, START + HOUR, 2**40),
    )
    signed = world.state(Kind.METER_FACTS, POINT, stated, at=START + hour * HOUR, alone=chance.pick(False, True))
    world.facts_id = chance.pick(signed.id, world.facts_id)


def _corrects(world: World, second: Stream, hour: int, chance: Chance) -> None:
    edges = sorted((_hour(chance), _hour(chance))) if chance.pick(True, False) else [_hour(chance), START]
    number, unit = chance.pick(5, *_NUMBERS), chance.pick("kWh", "MWh", "kg")
    stated = Correction(POINT, REGISTER, edges[0], edges[1], number, unit, CorrectionReason.METER_FAULT, "why 改")
    world.state(Kind.CORRECTION, POINT, stated, at=_hour(chance))


def _plans(world: World, second: Stream, hour: int, chance: Chance) -> None:
    points = chance.pick((POINT,), (POINT, OTHER_POINT), (OTHER_POINT,), (OTHER_POINT, OTHER_POINT))
    plan = world.plan(
        points,
        START + chance.pick(400 * 86_400, HOUR),
        chance.pick("Mill", "Office"),
        chance.pick(HOUR, 900, 86_400),
    )
    world.state(Kind.SITE_PLAN, SITE, plan, at=_hour(chance), alone=chance.random() < 0.5)


def _enrols(world: World, second: Stream, hour: int, chance: Chance) -> None:
    stream = chance.pick(second, world.device)
    place = StreamPlace(
        world.device.signer.public_key.kid, chance.randint(0, 4), chance.choice([bytes(32), world.device.prev])
    )
    enrolment = Enrolment(
        stream.issuer,
        stream.signer.public_key.encode(),
        chance.pick((POINT,), (POINT, OTHER_POINT), (OTHER_POINT,)),
        chance.pick(SigningPlace.IN_METER, SigningPlace.BY_HAND, SigningPlace.SIMULATED),
        "meter",
        chance.pick(None, place),
    )
    person = chance.pick(world.person, p256("stranger"), world.authority.signer)
    world.state(Kind.ENROLMENT, stream.issuer, enrolment, at=_hour(chance), person=person)


def _ends(world: World, second: Stream, hour: int, chance: Chance) -> None:
    old, new = chance.choice([(world.device, second), (second, world.device)])
    kid, seq = old.signer.public_key.kid, chance.choice([old.seq, max(0, old.seq - 1), 0])
    if chance.random() < 0.5:
        last = chance.choice([None, seq])
        revoked = Revocation(old.issuer, kid, RevocationReason.RETIRED, last)
        world.state(Kind.REVOCATION, old.issuer, revoked, at=_hour(chance))
        return
    place = StreamPlace(kid, seq, chance.choice([bytes(32), old.prev]))
    rotated = Rotation(old.issuer, place, new.signer.public_key.encode())
    world.state(Kind.ROTATION, old.issuer, rotated, at=_hour(chance))


def _repeats(world: World, second: Stream, hour: int, chance: Chance) -> None:
    world.entries.append(chance.choice(world.entries))


_ACTIONS: Final[tuple[Callable[[World, Stream, int, Chance], None], ...]] = (
    _reads, _reads, _settles, _settles, _gaps, _meters, _meters, _corrects, _corrects, _plans, _enrols, _ends, _repeats,
)  # fmt: skip
