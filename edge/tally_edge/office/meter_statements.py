"""Builds what an authority says about a meter from what stands and what a person gives. No IO.

An exchange, a calibration, a ratio and a removal state the facts in force again, all of them, with what changed: the
newest statement alone tells a reader what a register means.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from tally_edge import exact_number, keys
from tally_edge.authority import (
    Enrolment,
    FactsEvent,
    MeterFacts,
    RegisterFacts,
    Rotation,
)
from tally_edge.device import RegisterValue
from tally_edge.enrolment_request import EnrolmentRequest
from tally_edge.errors import ConfigError
from tally_edge.office.authority_rules import Standing


def enrolment(request: EnrolmentRequest) -> Enrolment:
    """The enrolment of the key that a device asks for."""
    return Enrolment(
        request.device, request.public_key, request.points, request.place, request.model, request.predecessor
    )


def rotation(request: EnrolmentRequest) -> Rotation:
    """The key that a device asks for takes over from the stream that the request continues. Raises ConfigError."""
    if request.predecessor is None:
        raise ConfigError("the request does not name the stream that it continues: it is an enrolment, not a rotation")
    return Rotation(request.device, request.predecessor, request.public_key)


def in_force(standing: Standing, point: str) -> MeterFacts:
    """The newest facts about the meter at `point`. Raises ConfigError where no meter is installed."""
    facts = standing.facts.get(point)
    if facts is None or facts.event is FactsEvent.REMOVAL:
        raise ConfigError(f"no meter is installed at {point}")
    return facts


def restated(facts: MeterFacts, event: FactsEvent, effective_at: int) -> MeterFacts:
    """The same facts, from `effective_at` on, because of `event`."""
    return dataclasses.replace(
        facts, event=event, effective_at=effective_at, closing=None, opening=None, countersignature=None
    )


def exchange(
    before: MeterFacts, after: MeterFacts, closing: Mapping[str, str], opening: Mapping[str, str]
) -> MeterFacts:
    """Another meter stands at the point: what the old one showed last, and the new one first. Raises ConfigError."""
    return dataclasses.replace(
        after,
        event=FactsEvent.EXCHANGE,
        closing=shown(before.registers, closing, "closing"),
        opening=shown(after.registers, opening, "opening"),
    )


def removal(facts: MeterFacts, effective_at: int, closing: Mapping[str, str]) -> MeterFacts:
    """No meter stands at the point any more. Raises ConfigError."""
    last = shown(facts.registers, closing, "closing")
    return dataclasses.replace(restated(facts, FactsEvent.REMOVAL, effective_at), closing=last)


def shown(registers: tuple[RegisterFacts, ...], texts: Mapping[str, str], name: str) -> tuple[RegisterValue, ...]:
    """What each of `registers` showed, from exact texts. Raises ConfigError for one too many, too few or not exact."""
    known = [facts.register for facts in registers]
    if sorted(known) != sorted(texts):
        raise ConfigError(
            f"the {name} registers are {', '.join(known)}, each once; given are {', '.join(texts) or 'none'}"
        )
    try:
        return tuple(
            RegisterValue(facts.register, exact_number.parse(texts[facts.register]), facts.unit) for facts in registers
        )
    except ValueError as error:
        raise ConfigError(f"{name}: {error}") from None


def device_of(standing: Standing, kid: bytes) -> str:
    """The device whose key `kid` is. Raises ConfigError."""
    if len(kid) != keys.KID_BYTES or kid not in standing.device_of_key:
        raise ConfigError(f"no key {kid.hex()} has been enrolled here")
    return standing.device_of_key[kid]
