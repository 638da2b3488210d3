"""Cases of statements: readings, settlements and gaps of a device, refusals and the opening of a log."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from decimal import Decimal

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from tally_edge import cbor, cose, keys, senml, statement, wire
from tally_edge.answers import AnchorNotice, Answer, Ask, Refusal, RefusalReason, ShownHead, sign_ask
from tally_edge.cbor import Item
from tally_edge.device import Boundary, Counts, Gap, GapReason, RegisterValue, Settlement
from tally_edge.log_opening import LogOpening
from tally_edge.proof import log_id_of, sign_head
from tally_edge.signer import FileSigner
from tally_edge.statement import NO_PREV, Claims, Clock, Kind, Statement
from tests.vectors import testkeys
from tests.vectors.case import Case
from tests.vectors.cases_cbor import NOON, POINT, quarter_hours
from tests.vectors.readers import READERS, plain

DEVICE_URI = "urn:dev:org:32473-steel:gateway-1"
ORIGIN = "tallystick.example/steel/5f3c9a"
LOG_ID = log_id_of(ORIGIN)


def device_claims(signer: FileSigner, kind: Kind, seq: int = 0, prev: bytes = NO_PREV) -> Claims:
    """Claims of a device's statement."""
    return Claims(kind, signer.public_key.kid, DEVICE_URI, POINT, NOON + 5, seq, prev, 3, Clock.SYNCHRONISED)


def good(format_name: str, name: str, why: str, signed: Statement, key: FileSigner, **more: bytes) -> Case:
    """A statement that verifies."""
    data = {"input": signed.encoded, "key": key.public_key.encode(), **more}
    return Case(format_name, name, why, data, READERS[format_name](data))


READINGS = statement.sign(
    device_claims(testkeys.DEVICE, Kind.READINGS), senml.encode(quarter_hours(2)), testkeys.DEVICE
)
SECOND = statement.sign(
    dataclasses.replace(device_claims(testkeys.DEVICE, Kind.READINGS, 1, READINGS.id), beacon=bytes(range(32))),
    senml.encode(quarter_hours(1)),
    testkeys.DEVICE,
)
SETTLEMENT = Settlement(
    Boundary.DAY, NOON + 4 * 3_600, "2026-01-02T00:00:00+08:00",
    (RegisterValue("energy_import", Decimal("12345.60"), "kWh"), RegisterValue("energy_export", 0, "kWh")),
    "SN-20260001", 120, bytes.fromhex("11" * 32), Counts(0, 0, 0, 1), bytes(32),
)  # fmt: skip
GAP = Gap(NOON + 900, NOON + 3_600, GapReason.METER_SILENT, ("energy_import",), 2, note="RS-485 cable unplugged")
HEAD = sign_head(ORIGIN, 7, bytes.fromhex("33" * 32), NOON, testkeys.PROOF_KEY)
SHOWING = Ask(ShownHead(HEAD.protected, HEAD.signature, bytes.fromhex("33" * 32)))
NOTICE = AnchorNotice(7, bytes.fromhex("33" * 32), NOON - 60)
REFUSAL = Refusal(bytes.fromhex("22" * 32), RefusalReason.UNKNOWN_KEY, "no enrolment names this key", mendable=True)


def cases() -> Iterator[Case]:
    """All of them."""
    device = testkeys.DEVICE
    yield good("statement", "readings", "The first statement of a stream: two readings, ES256.", READINGS, device)
    yield good("statement", "second-with-beacon", "The second: prev is the id of the first; a beacon.", SECOND, device)
    ed = testkeys.ED_DEVICE
    signed = statement.sign(device_claims(ed, Kind.READINGS), READINGS.payload, ed)
    yield good("statement", "readings-ed25519", "The same readings, Ed25519.", signed, ed)
    yield from _payload_kinds()
    yield from _bad_frames()
    yield from _bad_headers()
    yield from _bad_payloads()
    yield from _bad_answers()
    yield from _bad_asks()


def _payload_kinds() -> Iterator[Case]:
    device = testkeys.DEVICE
    signed = statement.sign(device_claims(device, Kind.SETTLEMENT, 1, READINGS.id), wire.encode(SETTLEMENT), device)
    yield good("settlement", "day", "日冻结: two registers at site-local midnight.", signed, device)
    late = dataclasses.replace(SETTLEMENT, boundary=Boundary.MONTH, read_at=NOON + 9 * 3_600, previous=signed.id)
    signed = statement.sign(device_claims(device, Kind.SETTLEMENT, 2, signed.id), wire.encode(late), device)
    yield good("settlement", "month-read-late", "月冻结 fetched from the meter's own freeze later.", signed, device)
    signed = statement.sign(device_claims(device, Kind.GAP, 1, READINGS.id), wire.encode(GAP), device)
    yield good("gap", "meter-silent", "The meter did not answer for two quarter hours.", signed, device)
    thinned = Gap(NOON, NOON + 86_400, GapReason.OUTBOX_FULL, (), 72, kept_every_s=3_600)
    signed = statement.sign(device_claims(device, Kind.GAP, 1, READINGS.id), wire.encode(thinned), device)
    yield good("gap", "thinned", "All registers sampled hourly while the outbox was nearly full.", signed, device)
    proof_key = testkeys.PROOF_KEY
    alone = Claims(Kind.REFUSAL, proof_key.public_key.kid, "urn:tallystick:log:" + LOG_ID.hex(), DEVICE_URI, NOON)
    yield good("refusal", "unknown-key", "A gateway says why it did not append a message.",
               statement.sign(alone, wire.encode(REFUSAL), proof_key), proof_key)  # fmt: skip
    log = "urn:tallystick:log:" + LOG_ID.hex()
    notice = dataclasses.replace(alone, kind=Kind.ANCHOR_NOTICE, subject=log)
    yield good("anchor-notice", "size-7", "A gateway names the beacon from now on: the head of size 7.",
               statement.sign(notice, wire.encode(NOTICE), proof_key), proof_key)  # fmt: skip
    opening = LogOpening(LOG_ID, ORIGIN, "tallystick.example+00000000+AQ==", proof_key.public_key.encode(), NOON)
    claims = dataclasses.replace(alone, kind=Kind.LOG_OPENING, subject="urn:tallystick:log:" + LOG_ID.hex())
    yield good("log-opening", "first-entry", "Entry 0 of a log.",
               statement.sign(claims, wire.encode(opening), proof_key), proof_key)  # fmt: skip
    for name, answer in (("nothing-logged", Answer(bytes(32))), ("last", Answer(bytes(32), READINGS.encoded))):
        yield Case("answer", name, "Where a stream stands.", {"input": wire.encode(answer)}, plain(answer))
    for name, why, ask in (
        ("first", "An agent that holds no confirmation yet asks where its stream stands.", Ask()),
        ("with-head", "One that shows the newest head confirmed to it: size 7 of this log.", SHOWING),
    ):
        yield good("ask", name, why, sign_ask(ask, DEVICE_URI, "plant-7", NOON, device), device)


def _fail(name: str, why: str, data: bytes, error: str, fragment: str, format_name: str = "statement") -> Case:
    key = (testkeys.PROOF_KEY if format_name in ("refusal", "anchor-notice") else testkeys.DEVICE).public_key.encode()
    return Case(format_name, name, why, {"input": data, "key": key}, error=(error, fragment))


def _bad_frames() -> Iterator[Case]:
    frame = cose.decode_sign1(READINGS.encoded)
    order = keys.P256_ORDER
    s = int.from_bytes(frame.signature[32:], "big")
    twin = frame.signature[:32] + (order - s).to_bytes(32, "big")
    flipped = frame.signature[:-1] + bytes((frame.signature[-1] ^ 1,))
    long_head = READINGS.encoded[:2] + b"\x59\x00" + READINGS.encoded[3:]
    der = encode_dss_signature(int.from_bytes(frame.signature[:32], "big"), s)
    change = dataclasses.replace
    yield _fail("high-s", "(r, n-s): verifies as well as (r, s), and would make an honest device look forked.",
                change(frame, signature=twin).encode(), "SignatureError", "above n/2")  # fmt: skip
    yield _fail("signature-flipped", "One bit of the signature.", change(frame, signature=flipped).encode(),
                "SignatureError", "does not verify")  # fmt: skip
    yield _fail("signature-der", "A DER signature instead of r || s.",
                change(frame, signature=der).encode(), "CoseError", "bytes, not 64")  # fmt: skip
    yield _fail("unprotected-kid", "Something in the unprotected header, which nobody signs.",
                change(frame, unprotected={4: bytes(32)}).encode(), "StatementError", "not empty")  # fmt: skip
    yield _fail("payload-detached", "The payload is nil.", change(frame, payload=None).encode(),
                "StatementError", "payload is missing")  # fmt: skip
    yield _fail("wrong-tag", "Tag 17 (COSE_Mac0).", b"\xd1" + READINGS.encoded[1:], "CoseError", "tag 18")
    yield _fail("untagged", "No tag.", READINGS.encoded[1:], "CoseError", "tag 18")
    yield _fail("trailing-bytes", "A byte behind the statement.", READINGS.encoded + b"\x00", "CoseError", "trailing")
    yield _fail("truncated", "The last byte is missing.", READINGS.encoded[:-1], "CoseError", "past the end")
    yield _fail("non-minimal-length", "A longer head than the protected header needs.", long_head,
                "CborError", "shortest form")  # fmt: skip
    yield _fail("indefinite-payload", "The payload in pieces.",
                READINGS.encoded.replace(b"\xa0\x58", b"\xa0\x5f", 1), "CborError", "indefinite")  # fmt: skip
    yield _fail("another-key", "Signed by a stranger under the device's kid.",
                change(frame, signature=testkeys.STRANGER.sign(READINGS.signed_bytes)).encode(),
                "SignatureError", "does not verify")  # fmt: skip


def resigned(header: Item, payload: bytes, signer: FileSigner = testkeys.DEVICE) -> bytes:
    """A frame over any header whatever, honestly signed: only the profile can refuse it."""
    protected = cbor.encode(header)
    signature = signer.sign(cose.to_be_signed(protected, payload))
    return cose.Sign1(protected, {}, payload, signature).encode()


def _bad_headers() -> Iterator[Case]:
    claims: dict[int | str, Item] = {1: DEVICE_URI, 2: POINT, 6: NOON, 267: 3, -65537: 0, -65538: NO_PREV, -65540: 2}
    kid = READINGS.claims.kid
    header: dict[int | str, Item] = {1: -7, 3: 112, 4: kid, 15: claims, 16: Kind.READINGS.typ}
    without_seq = {label: value for label, value in claims.items() if label != -65537}
    bad: dict[str, tuple[dict[int | str, Item], str, str]] = {
        "unknown-kind": ({**header, 16: "application/vnd.tallystick.rumour.v1+cose"}, "unknown kind", "A new kind."),
        "unknown-version": ({**header, 16: "application/vnd.tallystick.readings.v2+cose"}, "unknown kind", "v2."),
        "unknown-claim": ({**header, 15: {**claims, 4: NOON}}, "unknown claim", "exp."),
        "unknown-header": ({**header, 2: [15]}, "nothing else", "crit."),
        "unknown-algorithm": ({**header, 1: -36}, "not in the table", "ES512."),
        "wrong-content-type": ({**header, 3: 60}, "does not go with kind", "Readings as CBOR."),
        "decimal-content-type": ({**header, 3: Decimal("112.0")}, "does not go with kind", "112.0 is not 112."),
        "short-kid": ({**header, 4: kid[:8]}, "kid must be 32 bytes", "The first eight bytes of the key's id."),
        "no-seq": ({**header, 15: without_seq}, "needs seq and prev", "A stream kind without its number."),
        "first-with-prev": ({**header, 15: {**claims, -65538: kid}}, "only there", "seq 0 that names one before."),
        "later-without-prev": ({**header, 15: {**claims, -65537: 1}}, "only there", "seq 1 that names none before."),
        "seq-past-2-53": ({**header, 15: {**claims, -65537: 2**53, -65538: kid}}, "out of range", "Too wide for JSON."),
        "iss-not-a-uri": ({**header, 15: {**claims, 1: "gateway 1"}}, "iss must be a URI", "A name, not a URI."),
        "clock-unknown": ({**header, 15: {**claims, -65540: 4}}, "clock state 4", "A fifth clock state."),
        "seq-true": ({**header, 15: {**claims, -65537: False}}, "seq must be an integer", "false for 0."),
    }  # fmt: skip
    for name, (item, fragment, why) in bad.items():
        yield _fail(name, why, resigned(item, READINGS.payload), "StatementError", fragment)
    frame = cose.decode_sign1(READINGS.encoded)
    for name, old, new, why in (
        ("header-unsorted", b"\xa5\x01\x26\x03\x18\x70", b"\xa5\x03\x18\x70\x01\x26", "Label 3 before label 1."),
        ("header-duplicate", b"\xa5\x01\x26\x03\x18\x70", b"\xa6\x01\x26\x01\x26\x03\x18\x70", "alg stands twice."),
    ):
        protected = frame.protected.replace(old, new, 1)
        signature = testkeys.DEVICE.sign(cose.to_be_signed(protected, READINGS.payload))
        data = cose.Sign1(protected, {}, READINGS.payload, signature).encode()
        yield _fail(name, why, data, "CborError", "out of order or stands twice")


def _signed(kind: Kind, payload: bytes) -> bytes:
    """A payload as a statement of that kind, honestly signed by whoever signs that kind."""
    if kind is Kind.REFUSAL:
        claims = Claims(kind, testkeys.PROOF_KEY.public_key.kid, "urn:x:log", DEVICE_URI, NOON)
        return statement.sign(claims, payload, testkeys.PROOF_KEY).encoded
    if kind is Kind.ANCHOR_NOTICE:
        claims = Claims(kind, testkeys.PROOF_KEY.public_key.kid, "urn:x:log", "urn:x:log", NOON)
        return statement.sign(claims, payload, testkeys.PROOF_KEY).encoded
    if kind is Kind.ASK:
        claims = Claims(kind, testkeys.DEVICE.public_key.kid, DEVICE_URI, "urn:tallystick:client:plant-7", NOON)
        return statement.sign(claims, payload, testkeys.DEVICE).encoded
    return statement.sign(device_claims(testkeys.DEVICE, kind), payload, testkeys.DEVICE).encoded


def _bad_payloads() -> Iterator[Case]:
    settlement, gap, refusal = wire.to_item(SETTLEMENT), wire.to_item(GAP), wire.to_item(REFUSAL)
    for kind, name, item, fragment, why in (
        (Kind.SETTLEMENT, "unknown-label", {**settlement, 77: 1}, "unknown labels", "A label nobody knows."),
        (
            Kind.SETTLEMENT,
            "no-counts",
            {key: settlement[key] for key in settlement if key != 8},
            "is missing",
            "No counts.",
        ),
        (Kind.SETTLEMENT, "boundary-unknown", {**settlement, 1: 9}, "Settlement.boundary", "Boundary 9."),
        (Kind.SETTLEMENT, "short-facts", {**settlement, 7: bytes(31)}, "Settlement.facts", "A digest of 31 bytes."),
        (Kind.SETTLEMENT, "negative-count", {**settlement, 8: {1: -1, 2: 0, 3: 0, 4: 0}}, "exchanges", "-1 exchanges."),
        (Kind.GAP, "reason-unknown", {**gap, 3: 99}, "Gap.reason", "A reason outside the table."),
        (Kind.GAP, "milliseconds", {**gap, 1: NOON * 1_000_000}, "Gap.after", "A time in another unit."),
        (Kind.REFUSAL, "no-explanation", {**refusal, 3: ""}, "Refusal.explanation", "Nothing for a person to read."),
        (Kind.REFUSAL, "mendable-number", {**refusal, 4: 1}, "Refusal.mendable", "1 for true."),
    ):
        yield _fail(name, why, _signed(kind, cbor.encode(item)), "StatementError", fragment, kind.value)
    notice = wire.to_item(NOTICE)
    for name, changed, fragment, why in (
        ("short-root", {**notice, 2: bytes(31)}, "AnchorNotice.root", "A root of 31 bytes."),
        ("milliseconds", {**notice, 3: NOON * 1_000_000}, "AnchorNotice.anchored_at", "A time in another unit."),
        ("no-size", {2: bytes(32), 3: NOON}, "is missing", "A head without its size."),
    ):
        data = _signed(Kind.ANCHOR_NOTICE, cbor.encode(changed))
        yield _fail(name, why, data, "StatementError", fragment, "anchor-notice")
    with_float = READINGS.payload.replace(b"\xc4\x82", b"\xf9\x82", 1)
    yield _fail("float-in-payload", "A float in a pack.", _signed(Kind.READINGS, with_float), "CborError", "float")


def _bad_answers() -> Iterator[Case]:
    for name, item, fragment in (
        ("unknown-label", {1: bytes(32), 4: 1}, "unknown labels"),
        ("no-kid", {2: b"x"}, "is missing"),
        ("empty-statement", {1: bytes(32), 2: b""}, "Answer.statement"),
    ):
        data = {"input": cbor.encode(item)}  # type: ignore[arg-type]
        yield Case("answer", name, "Not an answer.", data, error=("StatementError", fragment))


def _bad_asks() -> Iterator[Case]:
    showing = wire.to_item(SHOWING)
    shown = wire.to_item(SHOWING.shown)
    for name, item, fragment, why in (
        ("unknown-label", {**showing, 2: 1}, "unknown labels", "A label nobody knows."),
        ("head-number", {1: 5}, "Ask.shown", "A number for the head."),
        ("head-without-root", {1: {1: shown[1], 2: shown[2]}}, "ShownHead.root", "A signature over nothing."),
        ("short-signature", {1: {**shown, 2: bytes(63)}}, "ShownHead.signature", "63 bytes of signature."),
    ):
        yield _fail(name, why, _signed(Kind.ASK, cbor.encode(item)), "StatementError", fragment, "ask")
    sequel = {1: DEVICE_URI, 2: "urn:tallystick:client:plant-7", 6: NOON, -65537: 0, -65538: NO_PREV}
    header: dict[int | str, Item] = {1: -7, 3: 60, 4: READINGS.claims.kid, 15: sequel, 16: Kind.ASK.typ}
    yield _fail("with-seq", "An ask that counts itself.", resigned(header, b"\xa0"), "StatementError", "stands alone",
                "ask")  # fmt: skip
