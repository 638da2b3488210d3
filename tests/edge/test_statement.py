"""Statements: what is signed comes back, nothing is read two ways, and the recognised shape is no laxer."""

from __future__ import annotations

import dataclasses
import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tally_edge import cbor, cose, header_scan, senml, statement
from tally_edge.cbor import Item
from tally_edge.errors import DecodeError, SignatureError, StatementError
from tally_edge.keys import ED25519, EDDSA, ES256, ESP256
from tally_edge.statement import NO_PREV, Claims, Clock, Kind, Statement
from tests.edge.forge import (
    DEVICE,
    NOON,
    POINT,
    claims_of,
    known_ed25519_signer,
    known_signer,
    mutated,
    readings,
    readings_statement,
    widened,
)

SIGNER = known_signer(1)
STATEMENT = readings_statement(SIGNER)
BEACONED = statement.sign(dataclasses.replace(claims_of(SIGNER), beacon=bytes(range(32))), b"x" * 300, SIGNER)

uris = st.from_regex(r"[a-z]{1,5}:[!-~]{1,60}", fullmatch=True) | st.just("urn:" + "x" * 251)
counts = st.integers(0, 2**53 - 1) | st.sampled_from([0, 1, 23, 24, 255, 256, 65535, 65536, 2**32 - 1, 2**32])
digests = st.binary(min_size=32, max_size=32)


@st.composite
def any_claims(draw: st.DrawFn) -> Claims:
    kind = draw(st.sampled_from([Kind.READINGS, Kind.READINGS, *Kind]))
    claims = Claims(kind, draw(digests), draw(uris), draw(uris), draw(counts))
    if kind in statement.STREAM_KINDS:
        seq = draw(counts)
        claims = dataclasses.replace(claims, seq=seq, prev=draw(digests.filter(any)) if seq else NO_PREV)
    if kind in statement.DEVICE_KINDS:
        beacon = draw(st.none() | digests)
        claims = dataclasses.replace(claims, boot_count=draw(counts), clock=draw(st.sampled_from(Clock)), beacon=beacon)
    return claims


def in_full(data: bytes) -> Statement:
    """What the full decoder says, without the recognised shape."""
    sign1 = cose.decode_sign1(data)
    if sign1.unprotected or sign1.payload is None:
        raise StatementError("not the profile's")
    claims, algorithm = statement.decode_protected(sign1.protected)
    return Statement(claims, algorithm, sign1.payload, data, sign1.to_be_signed(), sign1.signature)


@given(any_claims(), st.sampled_from([ES256, ESP256, EDDSA, ED25519]), st.binary(max_size=300))
def test_claims_come_back_in_both_ways_of_reading(claims: Claims, algorithm: int, payload: bytes) -> None:
    protected = statement.encode_protected(claims, algorithm)
    assert statement.decode_protected(protected) == (claims, algorithm)
    data = cose.Sign1(protected, {}, payload, bytes(64)).encode()
    decoded = statement.decode(data)
    assert decoded == in_full(data)
    assert (header_scan.scan(protected) is not None) == (claims.kind is Kind.READINGS)


@given(
    st.builds(
        lambda claims, algorithm, size: cose.Sign1(
            statement.encode_protected(claims, algorithm), {}, bytes(size), bytes(64)
        ).encode(),
        any_claims(),
        st.sampled_from([ES256, ED25519]),
        st.sampled_from([0, 5, 23, 24, 255, 256, 300]),
    ).flatmap(mutated)
)
@settings(max_examples=400)
def test_the_recognised_shape_is_the_full_decoders_verdict(data: bytes) -> None:
    try:
        expected = in_full(data)
    except DecodeError as refusal:
        with pytest.raises(type(refusal)):
            statement.decode(data)
    else:
        assert statement.decode(data) == expected


@pytest.mark.parametrize("data", [STATEMENT.encoded, BEACONED.encoded])
def test_every_byte_of_a_statement_changed_reads_one_way(data: bytes) -> None:
    for at in range(len(data)):
        flipped = {data[at] ^ bit for bit in (1, 2, 4, 8, 16, 32, 64, 128)}
        near = {(data[at] + step) % 256 for step in (-1, 1)}
        for value in flipped | near | {0x17, 0x18, 0x19, 0x1A, 0x1B, 0x9F}:
            changed = data[:at] + bytes((value,)) + data[at + 1 :]
            try:
                expected = in_full(changed)
            except DecodeError:
                with pytest.raises(DecodeError):
                    statement.decode(changed)
            else:
                assert statement.decode(changed) == expected


@pytest.mark.parametrize("count", [0, 23, 24, 255, 256, 65535, 65536, 2**32 - 1, 2**32, 2**53 - 1])
@pytest.mark.parametrize("payload", [b"", b"x" * 23, b"x" * 24, b"x" * 256])
def test_every_head_of_a_statement_in_every_longer_form_is_refused(count: int, payload: bytes) -> None:
    prev = b"\1" * 32 if count else NO_PREV
    claims = dataclasses.replace(claims_of(SIGNER), issued_at=count, boot_count=count, seq=count, prev=prev)
    for issuer in ("urn:x:y", "urn:" + "x" * 100):
        protected = statement.encode_protected(dataclasses.replace(claims, issuer=issuer), ES256)
        frame = cose.Sign1(protected, {}, payload, bytes(64))
        assert statement.decode(frame.encode()).claims.seq == count
        laxes = [dataclasses.replace(frame, protected=lax).encode() for lax in widened(protected)]
        for lax in [*laxes, *(b"\xd2" + lax for lax in widened(frame.encode()[1:]))]:
            with pytest.raises(DecodeError, match=r"shortest form|array of four"):
                statement.decode(lax)


def test_the_usual_statement_is_recognised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cose, "decode_sign1", None)
    for count in (1, 15, 60):
        signed = readings_statement(SIGNER, count)
        assert statement.decode(signed.encoded) == signed


@pytest.mark.parametrize("signer", [SIGNER, known_ed25519_signer(1)])
def test_a_signed_statement_verifies_and_links(signer: object) -> None:
    one = readings_statement(signer)  # type: ignore[arg-type]
    decoded = statement.decode(one.encoded)
    decoded.verify(signer.public_key)  # type: ignore[attr-defined]
    assert decoded.id == hashlib.sha256(one.encoded).digest()
    with pytest.raises(SignatureError):
        decoded.verify(known_signer(2).public_key)


def test_signing_the_same_twice_gives_the_same_bytes() -> None:
    assert readings_statement(SIGNER).encoded == readings_statement(SIGNER).encoded


def test_claims_of_another_key_are_not_signed() -> None:
    with pytest.raises(StatementError, match="another key"):
        statement.sign(claims_of(known_signer(2)), b"", SIGNER)


def test_what_does_not_fit_into_an_entry_is_not_signed_nor_read() -> None:
    with pytest.raises(StatementError, match="at most"):
        statement.sign(claims_of(SIGNER), bytes(65_536), SIGNER)
    with pytest.raises(StatementError, match="at most"):
        statement.decode(STATEMENT.encoded + bytes(65_536))
    room = statement.MAX_STATEMENT_BYTES - len(statement.sign(claims_of(SIGNER), bytes(60_000), SIGNER).encoded)
    full = statement.sign(claims_of(SIGNER), bytes(60_000 + room), SIGNER)
    assert len(full.encoded) == statement.MAX_STATEMENT_BYTES
    assert statement.decode(full.encoded) == full


GOOD = claims_of(SIGNER)


@pytest.mark.parametrize(
    ("changes", "fragment"),
    [
        ({"issuer": ""}, "iss must be a URI"),
        ({"issuer": "no-colon"}, "iss must be a URI"),
        ({"issuer": "urn:表"}, "iss must be a URI"),
        ({"subject": "urn:a b"}, "sub must be a URI"),
        ({"subject": "urn:" + "x" * 252}, "sub must be a URI"),
        ({"subject": "urn:\x7f"}, "sub must be a URI"),
        ({"kid": bytes(31)}, "kid must be 32 bytes"),
        ({"prev": bytes(33)}, "prev must be 32 bytes"),
        ({"beacon": bytes(31)}, "beacon must be 32 bytes"),
        ({"issued_at": -1}, "iat is out of range"),
        ({"issued_at": 2**53}, "iat is out of range"),
        ({"seq": -1}, "seq is out of range"),
        ({"seq": 2**53, "prev": b"\1" * 32}, "seq is out of range"),
        ({"boot_count": 2**53}, "bootcount is out of range"),
        ({"seq": 1}, "only there"),
        ({"prev": b"\1" * 32}, "only there"),
        ({"seq": None}, "needs seq and prev"),
        ({"prev": None}, "needs seq and prev"),
        ({"boot_count": None}, "needs bootcount and clock"),
        ({"clock": None}, "needs bootcount and clock"),
        ({"kind": Kind.ENROLMENT}, "has no bootcount, clock or beacon"),
        ({"kind": Kind.REFUSAL}, "stands alone"),
        ({"kind": Kind.REFUSAL, "seq": None, "prev": None}, "has no bootcount, clock or beacon"),
    ],
)
def test_claims_that_break_the_profile_are_not_encoded(changes: dict[str, object], fragment: str) -> None:
    with pytest.raises(StatementError, match=fragment):
        statement.encode_protected(dataclasses.replace(GOOD, **changes), ES256)  # type: ignore[arg-type]


def header(**changes: Item) -> bytes:
    """A good protected header as a map, members replaced by name, claims by `c_<name>`; None leaves one out."""
    labels = {"alg": 1, "content": 3, "kid": 4, "typ": 16}
    claim_labels = {"iss": 1, "sub": 2, "iat": 6, "boot": 267, "seq": -65537, "prev": -65538, "beacon": -65539}
    claim_labels |= {"clock": -65540, "exp": 4}
    cwt: dict[int | str, Item] = {1: DEVICE, 2: POINT, 6: NOON, 267: 3, -65537: 0, -65538: NO_PREV, -65540: 2}
    item: dict[int | str, Item] = {1: -7, 3: 112, 4: GOOD.kid, 15: cwt, 16: Kind.READINGS.typ}
    for name, value in changes.items():
        if name == "cwt":
            item[15] = value
            continue
        target, label = (cwt, claim_labels[name[2:]]) if name.startswith("c_") else (item, labels.get(name, name))
        target.pop(label, None)
        if value is not None:
            target[label] = value
    return cbor.encode(item)


def test_the_header_that_is_changed_below_is_good() -> None:
    assert statement.decode_protected(header())[0].kind is Kind.READINGS


@pytest.mark.parametrize(
    ("protected", "fragment"),
    [
        (b"", "ends too early"),
        (b"\xa0", "nothing else"),
        (cbor.encode([1]), "nothing else"),
        (header(alg=None), "nothing else"),
        (header(extra=1), "nothing else"),
        (header(alg=-36), "not in the table"),
        (header(alg="ES256"), "not in the table"),
        (header(content=60), "does not go with kind"),
        (header(content=cbor.decode(bytes.fromhex("c48220190460"))), "does not go with kind"),
        (header(typ=5), "unknown kind"),
        (header(typ="application/vnd.tallystick.rumour.v1+cose"), "unknown kind"),
        (header(typ="application/vnd.tallystick.readings.v2+cose"), "unknown kind"),
        (header(kid="x" * 32), "kid must be 32 bytes"),
        (header(kid=bytes(16)), "kid must be 32 bytes"),
        (header(cwt=[]), "must be a map"),
        (header(c_iss=None), "iss and sub must be text"),
        (header(c_iss=b"urn:x:y"), "iss and sub must be text"),
        (header(c_sub=5), "iss and sub must be text"),
        (header(c_iat=None), "iat is missing"),
        (header(c_iat="now"), "iat must be an integer"),
        (header(c_iat=True), "iat must be an integer"),
        (header(c_exp=NOON), "unknown claim"),
        (header(c_beacon="x"), "beacon must be 32 bytes"),
        (header(c_prev=[]), "prev must be 32 bytes"),
        (header(c_clock=4), "clock state 4 is unknown"),
        (header(c_clock=False), "clock must be an integer"),
        (header(c_seq=False), "seq must be an integer"),
    ],
)
def test_headers_that_break_the_profile_are_refused(protected: bytes, fragment: str) -> None:
    with pytest.raises(DecodeError, match=fragment):
        statement.decode_protected(protected)
    assert header_scan.scan(protected) is None


def test_frames_that_break_the_profile_are_refused() -> None:
    sign1 = cose.decode_sign1(STATEMENT.encoded)
    for data, fragment in (
        (b"\xd1" + STATEMENT.encoded[1:], "tag 18"),
        (STATEMENT.encoded[1:], "tag 18"),
        (STATEMENT.encoded + b"\x00", "trailing bytes"),
        (STATEMENT.encoded[:-1], "runs past the end"),
        (STATEMENT.encoded[:40], "runs past the end"),
        (b"\xd2\x84", "ends too early"),
        (dataclasses.replace(sign1, unprotected={4: b"x"}).encode(), "unprotected header is not empty"),
        (dataclasses.replace(sign1, payload=None).encode(), "payload is missing"),
        (dataclasses.replace(sign1, signature=bytes(63)).encode(), "63 bytes"),
        (b"\xd2\x84\xa0" + STATEMENT.encoded[2:], "not a byte string"),
        (b"\xd2\x84\x40\x80\x40\x58\x40" + bytes(64), "not a map"),
    ):
        with pytest.raises(DecodeError, match=fragment):
            statement.decode(data)


def test_a_pack_read_from_a_statement_is_the_pack_that_was_signed() -> None:
    assert senml.decode(statement.decode(STATEMENT.encoded).payload) == readings(2)
