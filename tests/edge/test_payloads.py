"""Payloads as maps: every kind comes back as it went in, and nothing else is read."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tally_edge import authority, cbor, countersign, statement, wire
from tally_edge.answers import AnchorNotice, Answer, Ask, Refusal, RefusalReason, ShownHead
from tally_edge.authority import AuthorityPayload, Correction, CorrectionReason, Revocation, RevocationReason
from tally_edge.cose import Sign1
from tally_edge.device import Boundary, Counts, Gap, GapReason, RegisterValue, Settlement
from tally_edge.errors import DecodeError, SignatureError, StatementError
from tally_edge.log_opening import LogOpening, Predecessor
from tally_edge.statement import NO_PREV, Claims, Kind
from tests.edge.forge import NOON, POINT, known_signer, mutated

AUTHORITY, PERSON, OTHER = known_signer(10), known_signer(11), known_signer(12)

REVOCATION = Revocation("urn:dev:x:1", bytes(32), RevocationReason.COMPROMISED, 41)
SETTLEMENT = Settlement(
    Boundary.DAY,
    NOON,
    "2026-01-01T00:00+08:00",
    (RegisterValue("energy_import", Decimal("12345.67"), "kWh"),),
    "SN-1",
    120,
    bytes(32),
    Counts(0, 0, 0, 0),
    bytes(32),
)
GAP = Gap(NOON, NOON + 900, GapReason.METER_SILENT, ("energy_import",), 1)

PAYLOADS: list[Any] = [
    SETTLEMENT,
    GAP,
    REVOCATION,
    Refusal(bytes(32), RefusalReason.UNKNOWN_KEY, "no enrolment names this key", mendable=True),
    AnchorNotice(7, bytes(32), NOON),
    Ask(),
    Ask(ShownHead(b"protected", bytes(64), bytes(32))),
    Answer(bytes(32)),
    Answer(bytes(32), b"statement", b"proof"),
    LogOpening(bytes(32), "o.example/1", "name+00000000+key", b"key", NOON, Predecessor(bytes(32), 5, bytes(32))),
    authority.SitePlan(
        "urn:site:1", "Steel", "Asia/Shanghai", 1, (authority.NamedLog(bytes(32), "o"),),
        (authority.PlannedPoint(POINT, 900), authority.PlannedPoint("urn:p:2", 60, POINT)),
        (authority.Person(bytes(32), "Auditor"),), NOON,
    ),
    authority.Enrolment(
        "urn:d:1", b"key", (POINT,), authority.SigningPlace.POLLED_BUS, "model",
        authority.StreamPlace(bytes(32), 5, bytes(32)),
    ),
    authority.MeterFacts(
        POINT, authority.FactsEvent.EXCHANGE, NOON, "SN", "0.5S", 120,
        (authority.RegisterFacts("energy_import", "kWh", True, Decimal("999999.99")),), "JJG 596-2012", NOON,
        (RegisterValue("energy_import", 5, "kWh"),), (RegisterValue("energy_import", 0, "kWh"),),
    ),
    authority.Rotation("urn:d:1", authority.StreamPlace(bytes(32), 5, bytes(32)), b"key"),
    Correction(POINT, "energy_import", NOON, NOON + 900, Decimal("5.5"), "kWh", CorrectionReason.WRONG_RATIO, "100"),
]  # fmt: skip


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda payload: type(payload).__name__)
def test_payloads_come_back_and_nothing_near_them_is_read_twice(payload: Any) -> None:
    encoded = wire.encode(payload)
    assert wire.decode(type(payload), encoded) == payload

    @given(mutated(encoded))
    @settings(max_examples=60)
    def near(data: bytes) -> None:
        try:
            other = wire.decode(type(payload), data)
        except DecodeError:
            return
        assert wire.encode(other) == data

    near()


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda payload: type(payload).__name__)
def test_every_member_is_needed_known_and_typed(payload: Any) -> None:
    item = wire.to_item(payload)
    cls = type(payload)
    with pytest.raises(StatementError, match="unknown labels"):
        wire.of_item(cls, {**item, 77: 0})
    with pytest.raises(StatementError, match="must be a map"):
        wire.of_item(cls, [])
    optional = {field.metadata["label"] for field in dataclasses.fields(cls) if field.metadata["optional"]}
    for label in item:
        if label not in optional:
            with pytest.raises(StatementError, match="is missing"):
                wire.of_item(cls, {key: value for key, value in item.items() if key != label})
        with pytest.raises(StatementError, match=cls.__name__):
            wire.of_item(cls, {**item, label: {}})
        with pytest.raises(StatementError, match=cls.__name__):
            wire.of_item(cls, {**item, label: None})


@pytest.mark.parametrize(
    ("payload", "changes", "fragment"),
    [
        (SETTLEMENT, {"at": -1}, "Settlement.at"),
        (SETTLEMENT, {"at": 2**41}, "Settlement.at"),
        (SETTLEMENT, {"serial": ""}, "Settlement.serial"),
        (SETTLEMENT, {"serial": "x" * 65}, "Settlement.serial"),
        (SETTLEMENT, {"serial": "a\nb"}, "Settlement.serial"),
        (SETTLEMENT, {"facts": bytes(31)}, "Settlement.facts"),
        (SETTLEMENT, {"multiplier": True}, "Settlement.multiplier"),
        (SETTLEMENT, {"boundary": 9}, "Settlement.boundary"),
        (SETTLEMENT, {"registers": SETTLEMENT.registers * 65}, "at most 64"),
        (GAP, {"registers": ("",)}, "Gap.registers"),
        (GAP, {"missing": True}, "Gap.missing"),
    ],
)
def test_values_past_their_limits_are_not_encoded(payload: Any, changes: dict[str, Any], fragment: str) -> None:
    with pytest.raises(StatementError, match=fragment):
        wire.encode(dataclasses.replace(payload, **changes))


def test_codes_are_integers_of_their_table() -> None:
    form = wire.enum(Boundary)
    assert form.of_item(2) is Boundary.MONTH
    for bad in (0, 6, True, "DAY"):
        with pytest.raises(ValueError, match="Boundary"):
            form.of_item(bad)


def claims_for(seq: int = 0, prev: bytes = NO_PREV) -> Claims:
    return Claims(Kind.REVOCATION, AUTHORITY.public_key.kid, "urn:a:1", "urn:dev:x:1", NOON, seq, prev)


def countersigned(payload: AuthorityPayload = REVOCATION, claims: Claims | None = None) -> statement.Statement:
    return countersign.sign(claims or claims_for(), payload, AUTHORITY, PERSON)


def read(signed: statement.Statement) -> countersign.Countersignature | None:
    decoded = statement.decode(signed.encoded)
    return countersign.read(decoded, wire.decode(Revocation, decoded.payload))


def test_a_countersignature_verifies_with_the_persons_key_alone() -> None:
    found = read(countersigned())
    assert found is not None
    found.verify(PERSON.public_key)
    with pytest.raises(SignatureError, match="another key"):
        found.verify(OTHER.public_key)


def test_without_a_second_person_there_is_none() -> None:
    assert read(countersign.sign(claims_for(), REVOCATION, AUTHORITY, None)) is None


@given(st.sampled_from(["claims", "payload"]), st.integers(0, 3))
@settings(max_examples=8)
def test_a_countersignature_moved_elsewhere_does_not_verify(what: str, number: int) -> None:
    taken = wire.decode(Revocation, countersigned().payload).countersignature
    assert taken is not None
    claims = claims_for(number + 1, b"\1" * 32) if what == "claims" else claims_for()
    bare = REVOCATION if what == "claims" else dataclasses.replace(REVOCATION, last_good_seq=number)
    moved = statement.sign(claims, wire.encode(countersign.attach(bare, taken)), AUTHORITY)
    found = read(moved)
    assert found is not None
    with pytest.raises(SignatureError, match="does not verify"):
        found.verify(PERSON.public_key)


@pytest.mark.parametrize(
    ("frame", "fragment"),
    [
        (b"x" * 64, "tag 18"),
        (Sign1(cbor.encode({1: -7}), {}, None, bytes(64)).encode(), "nothing else"),
        (Sign1(cbor.encode({1: -7, 4: bytes(32), 16: "x"}), {}, None, bytes(64)).encode(), "not a detached one"),
        (
            Sign1(cbor.encode({1: -7, 4: bytes(32), 16: countersign.TYP}), {}, b"p", bytes(64)).encode(),
            "not a detached",
        ),
        (Sign1(cbor.encode({1: -7, 4: bytes(32), 16: countersign.TYP}), {1: 1}, None, bytes(64)).encode(), "detached"),
        (Sign1(cbor.encode({1: -7, 4: bytes(31), 16: countersign.TYP}), {}, None, bytes(64)).encode(), "names no key"),
        (Sign1(cbor.encode({1: "x", 4: bytes(32), 16: countersign.TYP}), {}, None, bytes(64)).encode(), "no algorithm"),
    ],
)
def test_countersignatures_that_break_the_profile_are_refused(frame: bytes, fragment: str) -> None:
    signed = statement.sign(claims_for(), wire.encode(countersign.attach(REVOCATION, frame)), AUTHORITY)
    with pytest.raises(DecodeError, match=fragment):
        read(signed)


def test_an_unknown_algorithm_of_a_countersignature_does_not_verify() -> None:
    protected = cbor.encode({1: -36, 4: PERSON.public_key.kid, 16: countersign.TYP})
    frame = Sign1(protected, {}, None, bytes(64)).encode()
    found = read(statement.sign(claims_for(), wire.encode(countersign.attach(REVOCATION, frame)), AUTHORITY))
    assert found is not None
    with pytest.raises(SignatureError, match="does not go with"):
        found.verify(PERSON.public_key)
