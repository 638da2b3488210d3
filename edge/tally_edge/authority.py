"""What an authority says: the site plan, and every fact about keys and meters. Verdict-critical: no IO.

An authority's statements are one stream. Its newest statement is the head: it fixes which metering points exist, how
often each speaks, and every revocation. A site plan is issued anew before `renew_by`, changed or not; a stream whose
newest plan has run out is stale, and nothing is complete under it.

Kinds that change what a reading means are countersigned by a second person (`countersign`): enrolments, meter facts,
rotations, revocations, corrections, and a site plan that changes anything but its own renewal.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum, unique
from typing import Final

from tally_edge.device import MAX_REGISTERS, REGISTER, SERIAL, UNIT, RegisterValue
from tally_edge.statement import Kind
from tally_edge.wire import COUNT, DIGEST, FLAG, NUMBER, TIME, URI, array, enum, integer, nested, octets, text, wire

MAX_POINTS: Final = 500
"""Metering points of one site plan: at 100 bytes each the plan still fits into one entry. A larger site has several
plans, each for its own part."""

MAX_PERSONS: Final = 32
MAX_LOGS: Final = 8
PUBLIC_KEY: Final = octets(1, 128)
ORGANISATION: Final = text(128)
COUNTERSIGNATURE: Final = octets(64, 512)
_COUNTERSIGNATURE_LABEL: Final = 99


@dataclass(frozen=True, slots=True)
class PlannedPoint:
    """A metering point of the site: how often it speaks, and what it is a sub-meter of."""

    point: str = wire(1, URI)
    cadence_s: int = wire(2, integer(1, 86_400 * 31))
    parent: str | None = wire(3, URI, optional=True)


@dataclass(frozen=True, slots=True)
class Person:
    """Who may sign as the second person, and for which organisation."""

    kid: bytes = wire(1, DIGEST)
    organisation: str = wire(2, ORGANISATION)


@dataclass(frozen=True, slots=True)
class NamedLog:
    """A log that the site's streams go to."""

    log_id: bytes = wire(1, DIGEST)
    origin: str = wire(2, text(255))


@dataclass(frozen=True, slots=True)
class SitePlan:
    """The whole list of a site's metering points. `timezone` is an IANA name, `reading_day` the utility's."""

    site: str = wire(1, URI)
    owner: str = wire(2, ORGANISATION)
    timezone: str = wire(3, text(64))
    reading_day: int = wire(4, integer(1, 28))
    logs: tuple[NamedLog, ...] = wire(5, array(nested(NamedLog), MAX_LOGS))
    points: tuple[PlannedPoint, ...] = wire(6, array(nested(PlannedPoint), MAX_POINTS))
    persons: tuple[Person, ...] = wire(7, array(nested(Person), MAX_PERSONS))
    renew_by: int = wire(8, TIME)
    countersignature: bytes | None = wire(_COUNTERSIGNATURE_LABEL, COUNTERSIGNATURE, optional=True)


@unique
class SigningPlace(IntEnum):
    """Where a reading becomes a signed statement: how much lies between the register and the signature."""

    IN_METER = 1
    POLLED_BUS = 2
    BY_HAND = 3
    SIMULATED = 4


@dataclass(frozen=True, slots=True)
class StreamPlace:
    """A statement's place: its stream, its number, its id. What a log last held of a stream that ended."""

    kid: bytes = wire(1, DIGEST)
    seq: int = wire(2, COUNT)
    statement: bytes = wire(3, DIGEST)


@dataclass(frozen=True, slots=True)
class Enrolment:
    """From here on the key speaks for the metering points. `predecessor` names where a lost stream was last seen."""

    device: str = wire(1, URI)
    public_key: bytes = wire(2, PUBLIC_KEY)
    points: tuple[str, ...] = wire(3, array(URI, MAX_POINTS))
    place: SigningPlace = wire(4, enum(SigningPlace))
    model: str = wire(5, text(128))
    predecessor: StreamPlace | None = wire(6, nested(StreamPlace), optional=True)
    countersignature: bytes | None = wire(_COUNTERSIGNATURE_LABEL, COUNTERSIGNATURE, optional=True)


@unique
class FactsEvent(IntEnum):
    """Why the facts about a meter are stated."""

    INSTALL = 1
    EXCHANGE = 2
    CALIBRATION = 3
    RATIO = 4
    REMOVAL = 5


@dataclass(frozen=True, slots=True)
class RegisterFacts:
    """What a register is. A cumulative one starts again at 0 when it reaches `modulus`.

    `per_event`: its values come with events (a weighing's net), not at the cadence, so silence in it says nothing.
    """

    register: str = wire(1, REGISTER)
    unit: str = wire(2, UNIT)
    cumulative: bool = wire(3, FLAG)
    modulus: int | Decimal | None = wire(4, NUMBER, optional=True)
    per_event: bool | None = wire(5, FLAG, optional=True)


@dataclass(frozen=True, slots=True)
class MeterFacts:
    """The facts about the meter at a metering point from `effective_at` on, all of them, whatever the event.

    A quantity is register difference times `multiplier` (current and voltage transformers). At an exchange `closing`
    holds the old meter's last registers and `opening` the new one's first.
    """

    point: str = wire(1, URI)
    event: FactsEvent = wire(2, enum(FactsEvent))
    effective_at: int = wire(3, TIME)
    serial: str = wire(4, SERIAL)
    accuracy_class: str = wire(5, text(16))
    multiplier: int | Decimal = wire(6, NUMBER)
    registers: tuple[RegisterFacts, ...] = wire(7, array(nested(RegisterFacts), MAX_REGISTERS))
    certificate: str | None = wire(8, text(64), optional=True)
    certificate_expires_at: int | None = wire(9, TIME, optional=True)
    closing: tuple[RegisterValue, ...] | None = wire(10, array(nested(RegisterValue), MAX_REGISTERS), optional=True)
    opening: tuple[RegisterValue, ...] | None = wire(11, array(nested(RegisterValue), MAX_REGISTERS), optional=True)
    countersignature: bytes | None = wire(_COUNTERSIGNATURE_LABEL, COUNTERSIGNATURE, optional=True)


@dataclass(frozen=True, slots=True)
class Rotation:
    """A new key takes over from an old one, whose last statement is named. What the old key signs after it is void."""

    device: str = wire(1, URI)
    last: StreamPlace = wire(2, nested(StreamPlace))
    public_key: bytes = wire(3, PUBLIC_KEY)
    countersignature: bytes | None = wire(_COUNTERSIGNATURE_LABEL, COUNTERSIGNATURE, optional=True)


@unique
class RevocationReason(IntEnum):
    """Why a key is no longer believed."""

    COMPROMISED = 1
    DEVICE_LOST = 2
    RETIRED = 3
    FORKED = 4


@dataclass(frozen=True, slots=True)
class Revocation:
    """The key is not believed any more: statements after `last_good_seq` are void (None: all of them)."""

    device: str = wire(1, URI)
    kid: bytes = wire(2, DIGEST)
    reason: RevocationReason = wire(3, enum(RevocationReason))
    last_good_seq: int | None = wire(4, COUNT, optional=True)
    countersignature: bytes | None = wire(_COUNTERSIGNATURE_LABEL, COUNTERSIGNATURE, optional=True)


@unique
class CorrectionReason(IntEnum):
    """Why a quantity is corrected."""

    WRONG_RATIO = 1
    METER_FAULT = 2
    WRONG_WIRING = 3
    GAP_FILLED = 4
    WRONG_CLOCK = 5


@dataclass(frozen=True, slots=True)
class Correction:
    """The quantity of a register over [`from_at`, `to_at`) is `quantity`, not what the readings give. Readings stay."""

    point: str = wire(1, URI)
    register: str = wire(2, REGISTER)
    from_at: int = wire(3, TIME)
    to_at: int = wire(4, TIME)
    quantity: int | Decimal = wire(5, NUMBER)
    unit: str = wire(6, UNIT)
    reason: CorrectionReason = wire(7, enum(CorrectionReason))
    explanation: str = wire(8, text(500))
    countersignature: bytes | None = wire(_COUNTERSIGNATURE_LABEL, COUNTERSIGNATURE, optional=True)


AuthorityPayload = SitePlan | Enrolment | MeterFacts | Rotation | Revocation | Correction

PAYLOAD_OF_KIND: Final[dict[Kind, type[AuthorityPayload]]] = {
    Kind.SITE_PLAN: SitePlan,
    Kind.ENROLMENT: Enrolment,
    Kind.METER_FACTS: MeterFacts,
    Kind.ROTATION: Rotation,
    Kind.REVOCATION: Revocation,
    Kind.CORRECTION: Correction,
}
