"""Worlds in which everybody signs, and what they sign follows from chance: valid signatures over odd stories.

Values are drawn from a few, near each other, so that rollovers, exchanges, gaps, corrections and settlements meet.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Final

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
from tests.world import HOUR, POINT, REGISTER, SITE, START, Stream, World, p256

HOURS: Final = 6
OTHER_POINT: Final = "urn:dev:org:32473-mill:m2"
_UNITS: Final = ("kWh", "kWh", "kWh", "MWh", "kg")
_DECIMALS: Final = ("0.0", "1.50", "100.00", "0.5", "1E-18", "-0.000001", "9223372036854775807E-18")
_NUMBERS: Final = (0, 1, -1, 2, 10, 99, 100, 101, 2**53, -(2**64), 2**64 - 1, *map(Decimal, _DECIMALS))


def strange(chance: random.Random) -> tuple[Bundle, Policy]:
    """A bundle out of such a world, and a policy that knows its parties."""
    world = World(place=chance.choice([SigningPlace.POLLED_BUS, SigningPlace.POLLED_BUS, *SigningPlace]))
    world.open()
    second = Stream(p256("second"), chance.choice([world.device.issuer, "urn:dev:org:32473-mill:a2"]))
    for hour in range(HOURS + 1):
        for _ in range(chance.choice([0, 1, 1, 2])):
            chance.choice(_ACTIONS)(world, second, hour, chance)
        if chance.random() < 0.8:
            _reads(world, second, hour, chance)
    content = chance.choice([Content.FULL, Content.FULL, Content.TOTALS])
    count = len(world.entries)
    dropped = {chance.randrange(count)} if chance.random() < 0.2 else set()
    chosen = [index for index in range(count) if index not in dropped]
    made = world.bundle_of(chosen, hours=HOURS, content=content)
    made = replace(
        made, from_at=made.from_at + chance.choice([0, 0, 0, HOUR]), to_at=made.to_at - chance.choice([0, 0, 1, HOUR])
    )
    accept = Accept(*(chance.random() < 0.5 for _ in Accept.__dataclass_fields__))
    return made, world.policy(accept=accept, source=chance.choice(list(RootSource)))


def _hour(chance: random.Random) -> int:
    return START + chance.randint(-1, HOURS + 1) * HOUR + chance.choice([0, 0, 0, 1, -1, 1800])


def _value(hour: int, chance: random.Random) -> int | Decimal:
    plain = Decimal("100.00") + hour * Decimal("1.25")
    return chance.choice([plain, plain, plain, plain, int(plain), plain - 50, *_NUMBERS])


def _reads(world: World, second: Stream, hour: int, chance: random.Random) -> None:
    stream = chance.choice([world.device, world.device, world.device, second])
    point = chance.choice([POINT, POINT, POINT, POINT, OTHER_POINT])
    at = START + hour * HOUR + chance.choice([0, 0, 0, 0, 1, 1800])
    register = chance.choice([REGISTER, REGISTER, REGISTER, "level", "odd"])
    value = _value(hour, chance)
    pack = [Reading(point, register, at, value, chance.choice(_UNITS))]
    if chance.random() < 0.1:
        pack.append(Reading(point, senml.SOURCE, at, senml.LOAD_PROFILE))
    clock = chance.choice([Clock.SYNCHRONISED, Clock.SYNCHRONISED, Clock.UNSET])
    beacon = chance.choice([None, None, None, bytes(32), world.root])
    claims = stream.claims(Kind.READINGS, point, at, clock, beacon)
    payload = senml.encode(pack) if chance.random() < 0.95 else chance.randbytes(5)
    world.log(stream.advance(statement.sign(claims, payload, stream.signer)))


def _settles(world: World, second: Stream, hour: int, chance: random.Random) -> None:
    stream = chance.choice([world.device, world.device, second])
    changes: dict[str, object] = {}
    if chance.random() < 0.3:
        changes["serial"] = chance.choice(["A-1", "B-2"])
        changes["multiplier"] = chance.choice([1, Decimal("1.0"), 2, -1])
        changes["previous"] = chance.choice([world.last_settlement, bytes(32), b"x" * 32])
    if chance.random() < 0.2:
        values = [RegisterValue(REGISTER, _value(hour, chance), chance.choice(_UNITS)) for _ in range(2)]
        changes["registers"] = tuple(values[: chance.randint(0, 2)])
    counts = Counts(*(chance.choice([0, 0, 0, 0, 0, 1]) for _ in range(4)))
    at = chance.choice([hour, hour, 0, HOURS])
    world.log(world.settle(at, _value(at, chance), counts, device=stream, **changes))


def _gaps(world: World, second: Stream, hour: int, chance: random.Random) -> None:
    registers = chance.choice([(), (REGISTER,), ("level",)])
    world.log(world.gap(hour - chance.randint(0, 2), hour + chance.randint(-1, 3), registers))


def _meters(world: World, second: Stream, hour: int, chance: random.Random) -> None:
    modulus = chance.choice([None, 1_000_000, 110, Decimal("110.0"), 0])
    registers = [RegisterFacts(REGISTER, chance.choice(_UNITS), cumulative=True, modulus=modulus)]
    if chance.random() < 0.5:
        registers.append(
            RegisterFacts("level", "kg", cumulative=False, modulus=None, per_event=chance.choice([None, True]))
        )
    shown = [None, (RegisterValue(REGISTER, _value(hour, chance), chance.choice(_UNITS)),)]
    stated = world.facts(
        chance.choice(list(FactsEvent)),
        chance.choice([START, START + hour * HOUR, _hour(chance)]),
        serial=chance.choice(["A-1", "B-2"]),
        multiplier=chance.choice([1, Decimal("1.0"), 2, Decimal("0.5"), 0, -2]),
        registers=tuple(registers[: chance.choice([1, 2, 2])]),
        closing=chance.choice(shown),
        opening=chance.choice(shown),
        certificate_expires_at=chance.choice([None, START + HOUR, 2**40]),
    )
    signed = world.state(Kind.METER_FACTS, POINT, stated, at=START + hour * HOUR, alone=chance.random() < 0.1)
    world.facts_id = chance.choice([world.facts_id, signed.id])


def _corrects(world: World, second: Stream, hour: int, chance: random.Random) -> None:
    edges = sorted((_hour(chance), _hour(chance))) if chance.random() < 0.9 else [_hour(chance), START]
    number, unit = chance.choice(_NUMBERS), chance.choice(_UNITS)
    stated = Correction(POINT, REGISTER, edges[0], edges[1], number, unit, CorrectionReason.METER_FAULT, "why 改")
    world.state(Kind.CORRECTION, POINT, stated, at=_hour(chance))


def _plans(world: World, second: Stream, hour: int, chance: random.Random) -> None:
    points = chance.choice([(POINT,), (POINT,), (POINT, OTHER_POINT), (OTHER_POINT,), (OTHER_POINT, OTHER_POINT)])
    plan = world.plan(
        points,
        START + chance.choice([400 * 86_400, HOUR]),
        chance.choice(["Mill", "Mill", "Office"]),
        chance.choice([HOUR, HOUR, 900, 86_400]),
    )
    world.state(Kind.SITE_PLAN, SITE, plan, at=_hour(chance), alone=chance.random() < 0.5)


def _enrols(world: World, second: Stream, hour: int, chance: random.Random) -> None:
    stream = chance.choice([world.device, second, second])
    place = StreamPlace(
        world.device.signer.public_key.kid, chance.randint(0, 4), chance.choice([bytes(32), world.device.prev])
    )
    enrolment = Enrolment(
        stream.issuer,
        stream.signer.public_key.encode(),
        chance.choice([(POINT,), (POINT, OTHER_POINT), (OTHER_POINT,)]),
        chance.choice([SigningPlace.IN_METER, SigningPlace.BY_HAND, SigningPlace.SIMULATED]),
        "meter",
        chance.choice([None, place]),
    )
    person = chance.choice([world.person, world.person, p256("stranger"), world.authority.signer])
    world.state(Kind.ENROLMENT, stream.issuer, enrolment, at=_hour(chance), person=person)


def _ends(world: World, second: Stream, hour: int, chance: random.Random) -> None:
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


def _repeats(world: World, second: Stream, hour: int, chance: random.Random) -> None:
    world.entries.append(chance.choice(world.entries))


_ACTIONS: Final[tuple[Callable[[World, Stream, int, random.Random], None], ...]] = (
    _reads, _reads, _settles, _settles, _gaps, _meters, _meters, _corrects, _plans, _enrols, _ends, _repeats,
)  # fmt: skip
