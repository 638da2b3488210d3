"""Cases of the authority's kinds and of countersignatures."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from decimal import Decimal

from tally_edge import cbor, cose, countersign, statement, wire
from tally_edge.authority import (
    AuthorityPayload,
    Correction,
    CorrectionReason,
    Enrolment,
    FactsEvent,
    MeterFacts,
    NamedLog,
    Person,
    PlannedPoint,
    RegisterFacts,
    Revocation,
    RevocationReason,
    Rotation,
    SigningPlace,
    SitePlan,
    StreamPlace,
)
from tally_edge.cose import Sign1
from tally_edge.device import RegisterValue
from tally_edge.statement import NO_PREV, Claims, Kind, Statement
from tests.vectors import testkeys
from tests.vectors.case import Case
from tests.vectors.cases_cbor import NOON, POINT
from tests.vectors.cases_statement import DEVICE_URI, LOG_ID, ORIGIN, READINGS, good

SITE = "urn:tallystick:site:steel-1"
ISSUER = "urn:tallystick:authority:metering-office"
KID = testkeys.DEVICE.public_key.kid
LAST = StreamPlace(KID, 0, READINGS.id)

SITE_PLAN = SitePlan(
    SITE, "Steel Works One", "Asia/Shanghai", 1, (NamedLog(LOG_ID, ORIGIN),),
    (PlannedPoint(POINT, 900), PlannedPoint("urn:dev:org:32473-steel:m2", 900, POINT)),
    (Person(testkeys.PERSON.public_key.kid, "Grid Company"),), NOON + 31 * 86_400,
)  # fmt: skip
ENROLMENT = Enrolment(
    DEVICE_URI, testkeys.DEVICE.public_key.encode(), (POINT,), SigningPlace.POLLED_BUS, "Edge box 2 with DTSD341"
)
INSTALL = MeterFacts(
    POINT, FactsEvent.INSTALL, NOON, "SN-20260001", "0.5S", 120,
    (RegisterFacts("energy_import", "kWh", True, Decimal("1000000.00")), RegisterFacts("voltage_a", "V", False)),
    "JJG 596-2012 no. 2026-0001", NOON + 5 * 365 * 86_400,
)  # fmt: skip
EXCHANGE = dataclasses.replace(
    INSTALL, event=FactsEvent.EXCHANGE, effective_at=NOON + 86_400, serial="SN-20260002",
    closing=(RegisterValue("energy_import", Decimal("45678.90"), "kWh"),),
    opening=(RegisterValue("energy_import", Decimal("0.00"), "kWh"),),
)  # fmt: skip
ROTATION = Rotation(DEVICE_URI, LAST, testkeys.NEW_DEVICE.public_key.encode())
REVOCATION = Revocation(DEVICE_URI, KID, RevocationReason.COMPROMISED, 41)
CORRECTION = Correction(
    POINT, "energy_import", NOON, NOON + 86_400, Decimal("3804.0"), "kWh", CorrectionReason.WRONG_RATIO,
    "The current transformer is 100/5, the plan said 150/5.",
)  # fmt: skip

EXAMPLES: dict[str, tuple[Kind, AuthorityPayload, str]] = {
    "site-plan": (
        Kind.SITE_PLAN,
        SITE_PLAN,
        "Which metering points there are, how often each speaks, who signs second.",
    ),
    "enrolment": (Kind.ENROLMENT, ENROLMENT, "From here on the key speaks for the metering point."),
    "enrolment-after-loss": (
        Kind.ENROLMENT,
        dataclasses.replace(ENROLMENT, public_key=testkeys.NEW_DEVICE.public_key.encode(), predecessor=LAST),
        "A new key after lost state names where the old stream was last logged.",
    ),
    "meter-facts-install": (Kind.METER_FACTS, INSTALL, "All facts about the meter at a metering point."),
    "meter-facts-exchange": (
        Kind.METER_FACTS,
        EXCHANGE,
        "换表: the old meter's last and the new one's first registers.",
    ),
    "rotation": (Kind.ROTATION, ROTATION, "A new key takes over from a named place."),
    "revocation": (Kind.REVOCATION, REVOCATION, "Statements after seq 41 are void."),
    "correction": (Kind.CORRECTION, CORRECTION, "A quantity corrected; the readings stay."),
}


def claims_of(kind: Kind, seq: int = 0, prev: bytes = NO_PREV) -> Claims:
    """Claims of the authority's statement."""
    subject = SITE if kind is Kind.SITE_PLAN else POINT if kind in (Kind.METER_FACTS, Kind.CORRECTION) else DEVICE_URI
    return Claims(kind, testkeys.AUTHORITY.public_key.kid, ISSUER, subject, NOON, seq, prev)


def cases() -> Iterator[Case]:
    """All of them."""
    person = testkeys.PERSON.public_key.encode()
    prev, seq = NO_PREV, 0
    for name, (kind, payload, why) in EXAMPLES.items():
        signed = countersign.sign(claims_of(kind, seq, prev), payload, testkeys.AUTHORITY, testkeys.PERSON)
        yield good("authority", name, why, signed, testkeys.AUTHORITY, person=person)
        prev, seq = signed.id, seq + 1
    renewal = countersign.sign(claims_of(Kind.SITE_PLAN, seq, prev), SITE_PLAN, testkeys.AUTHORITY, None)
    yield good("authority", "site-plan-renewal", "A renewal needs no second person.", renewal, testkeys.AUTHORITY)
    yield from _bad_payloads()
    yield from _countersignatures()


def _fail(format_name: str, name: str, why: str, signed: Statement, error: str, fragment: str) -> Case:
    data = {
        "input": signed.encoded,
        "key": testkeys.AUTHORITY.public_key.encode(),
        "person": testkeys.PERSON.public_key.encode(),
    }
    return Case(format_name, name, why, data, error=(error, fragment))


def _bad_payloads() -> Iterator[Case]:
    bad: dict[str, tuple[Kind, AuthorityPayload, dict[int | str, cbor.Item], str, str]] = {
        "cadence-zero": (
            Kind.SITE_PLAN,
            SITE_PLAN,
            {6: [{1: POINT, 2: 0}]},
            "cadence_s",
            "A meter that speaks every 0 s.",
        ),
        "reading-day-31": (Kind.SITE_PLAN, SITE_PLAN, {4: 31}, "reading_day", "A day that not every month has."),
        "place-unknown": (Kind.ENROLMENT, ENROLMENT, {4: 9}, "Enrolment.place", "Signed nobody knows where."),
        "multiplier-float": (Kind.METER_FACTS, INSTALL, {6: "120"}, "multiplier", "A ratio as text."),
        "reason-unknown": (Kind.REVOCATION, REVOCATION, {3: 9}, "Revocation.reason", "A reason outside the table."),
        "last-good-negative": (Kind.REVOCATION, REVOCATION, {4: -1}, "last_good_seq", "A seq below 0."),
        "place-short-id": (
            Kind.ROTATION,
            ROTATION,
            {2: {1: KID, 2: 0, 3: bytes(31)}},
            "statement",
            "An id of 31 bytes.",
        ),
        "unknown-label": (Kind.CORRECTION, CORRECTION, {9: 1}, "unknown labels", "A label nobody knows."),
    }
    for name, (kind, payload, change, fragment, why) in bad.items():
        item = {**wire.to_item(payload), **change}
        signed = statement.sign(claims_of(kind), cbor.encode(item), testkeys.AUTHORITY)
        yield _fail("authority", name, why, signed, "StatementError", fragment)


def _countersignatures() -> Iterator[Case]:
    authority, person = testkeys.AUTHORITY, testkeys.PERSON
    claims = claims_of(Kind.REVOCATION)
    signed = countersign.sign(claims, REVOCATION, authority, person)
    yield good("countersignature", "good", "The second person signed this content at this place.", signed, authority,
               person=person.public_key.encode())  # fmt: skip
    taken = wire.decode(Revocation, signed.payload).countersignature
    assert taken is not None

    def moved(to: Claims, payload: Revocation, frame: bytes = taken) -> Statement:
        return statement.sign(to, wire.encode(countersign.attach(payload, frame)), authority)

    elsewhere = claims_of(Kind.REVOCATION, 1, bytes.fromhex("33" * 32))
    header = {1: -7, 4: person.public_key.kid, 16: countersign.TYP}
    for name, statement_, error, fragment, why in (
        ("moved-in-the-stream", moved(elsewhere, REVOCATION), "SignatureError", "does not verify", "Taken to seq 1."),
        ("moved-to-other-content", moved(claims, dataclasses.replace(REVOCATION, last_good_seq=40)), "SignatureError",
         "does not verify", "Kept while last_good_seq became 40."),
        ("another-person", countersign.sign(claims, REVOCATION, authority, testkeys.STRANGER), "SignatureError",
         "another key", "Signed by someone whom the plan does not name."),
        ("attached-payload", moved(claims, REVOCATION, Sign1(cbor.encode(header), {}, b"x", bytes(64)).encode()),
         "StatementError", "detached", "A payload of its own."),
        ("wrong-typ", moved(claims, REVOCATION, Sign1(cbor.encode({**header, 16: "x"}), {}, None, bytes(64)).encode()),
         "StatementError", "detached one of its kind", "A signature made for something else."),
        ("no-typ", moved(claims, REVOCATION, Sign1(cbor.encode({1: -7, 4: header[4]}), {}, None, bytes(64)).encode()),
         "StatementError", "nothing else", "A header with a member missing."),
        ("not-cose", moved(claims, REVOCATION, bytes(64)), "CoseError", "tag 18", "64 zero bytes."),
    ):  # fmt: skip
        yield _fail("countersignature", name, why, statement_, error, fragment)
    assert cose.decode_sign1(taken).payload is None
