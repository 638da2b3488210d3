"""A statement: what a key signs. The header profile shared by all kinds. Verdict-critical: no IO.

    statement = COSE_Sign1 (tag 18), unprotected header empty, deterministic CBOR throughout
    protected = {
        1:  alg                        a row of keys.py's table
        3:  content type               112 (senml+cbor) for readings, 60 (cbor) for every other kind
        4:  kid                        bstr .size 32, RFC 9679 thumbprint of the signing key
        15: {                          CWT claims (RFC 9597)
            1: iss                     the device or authority, a URI
            2: sub                     what it speaks of: metering point, device, site, stream
            6: iat                     the signer's clock, Unix seconds; a claim, never a proof of time
            ? 267: bootcount           device kinds: how often it has started (RFC 9711)
            ? -65537: seq              stream kinds: 0, 1, 2, … of this key, for ever
            ? -65538: prev             stream kinds: id of the statement before; 32 zero bytes for seq 0
            ? -65539: beacon           a root that was anchored before signing: a lower bound on the time of signing
            ? -65540: clock            device kinds: how the clock stood
        }
        16: typ                        "application/vnd.tallystick.<kind>.v1+cose"
    }

A statement's id is SHA-256 over its encoding; its leaf in a log is SHA-256(0x00 || encoding).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import Enum, IntEnum, unique
from typing import Final

from tally_edge import cbor, cose, header_scan, keys
from tally_edge.cbor import Item
from tally_edge.errors import StatementError
from tally_edge.header_scan import is_uri
from tally_edge.keys import PublicKey, Signer

MAX_STATEMENT_BYTES: Final = 65_535
"""An entry of a tlog-tiles log carries its length in 16 bits."""

MAX_URI_CHARS: Final = header_scan.MAX_URI_CHARS

MAX_SEQ: Final = 2**53 - 1
"""Every JSON reader holds it exactly; one statement a second takes 285 million years to get there."""

CLAIM_ISS: Final = 1
CLAIM_SUB: Final = 2
CLAIM_IAT: Final = 6
CLAIM_BOOTCOUNT: Final = 267
CLAIM_SEQ: Final = -65537
CLAIM_PREV: Final = -65538
CLAIM_BEACON: Final = -65539
CLAIM_CLOCK: Final = -65540

CONTENT_SENML_CBOR: Final = 112
CONTENT_CBOR: Final = 60

NO_PREV: Final = header_scan.NO_PREV
"""What `prev` holds in the first statement of a stream."""

_SHORTEST_FRAME: Final = 2 + 66
"""The tag, the array's head, and a signature: below this nothing is looked at byte by byte."""

_TYP_PREFIX: Final = "application/vnd.tallystick."
_TYP_SUFFIX: Final = ".v1+cose"


@unique
class Kind(Enum):
    """What a statement says. The value is the name inside `typ`."""

    READINGS = "readings"
    SETTLEMENT = "settlement"
    GAP = "gap"
    SITE_PLAN = "site-plan"
    ENROLMENT = "enrolment"
    METER_FACTS = "meter-facts"
    ROTATION = "rotation"
    REVOCATION = "revocation"
    CORRECTION = "correction"
    LOG_OPENING = "log-opening"
    REFUSAL = "refusal"
    GRANT = "grant"
    ENROLMENT_REQUEST = "enrolment-request"
    ASK = "ask"
    ANCHOR_NOTICE = "anchor-notice"
    CLOSE = "close"
    JOURNAL = "journal"
    FACTORS = "factors"
    CONCLUSION = "conclusion"
    VERIFICATION = "verification"
    DEPOSIT = "deposit"
    AUDIT = "audit"

    @property
    def typ(self) -> str:
        """The value of header 16."""
        return f"{_TYP_PREFIX}{self.value}{_TYP_SUFFIX}"


DEVICE_KINDS: Final = frozenset({Kind.READINGS, Kind.SETTLEMENT, Kind.GAP})
"""Signed by devices: they carry bootcount and clock."""

AUTHORITY_KINDS: Final = frozenset(
    {Kind.SITE_PLAN, Kind.ENROLMENT, Kind.METER_FACTS, Kind.ROTATION, Kind.REVOCATION, Kind.CORRECTION}
)
"""Signed by an authority, in its own stream."""

STREAM_KINDS: Final = DEVICE_KINDS | AUTHORITY_KINDS
"""Members of a stream: they carry seq and prev. The other kinds stand alone."""

_KIND_OF_TYP: Final = {kind.typ: kind for kind in Kind}


@unique
class Clock(IntEnum):
    """How the signer's clock stood (the idea, and the four states, are OCMF's)."""

    UNSET = 0
    INFORMATIVE = 1
    SYNCHRONISED = 2
    RELATIVE = 3


_CLOCKS: Final = tuple(Clock)


@dataclass(frozen=True, slots=True)
class Claims:
    """The signed claims about a statement. Times are Unix seconds; `kid`, `prev` and `beacon` are 32 bytes."""

    kind: Kind
    kid: bytes
    issuer: str
    subject: str
    issued_at: int
    seq: int | None = None
    prev: bytes | None = None
    boot_count: int | None = None
    clock: Clock | None = None
    beacon: bytes | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """A decoded statement: its claims, its payload's bytes, and the bytes it came from."""

    claims: Claims
    algorithm: int
    payload: bytes
    encoded: bytes
    signed_bytes: bytes
    signature: bytes

    @property
    def id(self) -> bytes:
        """SHA-256 of the encoding, 32 bytes: what the next statement's `prev` holds."""
        return hashlib.sha256(self.encoded).digest()

    def verify(self, key: PublicKey) -> None:
        """Verify the signature with `key`. Raises SignatureError."""
        keys.verify(key, self.algorithm, self.signature, self.signed_bytes)


def encode_protected(claims: Claims, algorithm: int) -> bytes:
    """The protected header of `claims`. Raises StatementError for claims that break the profile."""
    _check(claims)
    cwt: dict[int | str, Item] = {CLAIM_ISS: claims.issuer, CLAIM_SUB: claims.subject, CLAIM_IAT: claims.issued_at}
    optional: tuple[tuple[int, Item], ...] = (
        (CLAIM_BOOTCOUNT, claims.boot_count),
        (CLAIM_SEQ, claims.seq),
        (CLAIM_PREV, claims.prev),
        (CLAIM_BEACON, claims.beacon),
        (CLAIM_CLOCK, None if claims.clock is None else int(claims.clock)),
    )
    cwt.update({label: value for label, value in optional if value is not None})
    return cbor.encode(
        {
            cose.HEADER_ALG: algorithm,
            cose.HEADER_CONTENT_TYPE: _content_type(claims.kind),
            cose.HEADER_KID: claims.kid,
            cose.HEADER_CWT_CLAIMS: cwt,
            cose.HEADER_TYP: claims.kind.typ,
        }
    )


def sign(claims: Claims, payload: bytes, signer: Signer) -> Statement:
    """Sign `payload` under `claims`, whose kid must be the signer's. Raises StatementError."""
    if claims.kid != signer.public_key.kid:
        raise StatementError("the claims name another key than the signer's")
    protected = encode_protected(claims, signer.algorithm)
    signed_bytes = cose.to_be_signed(protected, payload)
    signature = signer.sign(signed_bytes)
    encoded = cose.Sign1(protected, {}, payload, signature).encode()
    if len(encoded) > MAX_STATEMENT_BYTES:
        raise StatementError(f"the statement has {len(encoded)} bytes, at most {MAX_STATEMENT_BYTES} fit")
    return Statement(claims, signer.algorithm, payload, encoded, signed_bytes, signature)


def decode(data: bytes) -> Statement:
    """Parse a statement strictly; its payload's inside is the kind's own affair, its signature is not checked.

    Raises StatementError, CoseError or CborError, all DecodeError, naming what was wrong and where.
    """
    if len(data) > MAX_STATEMENT_BYTES:
        raise StatementError(f"has {len(data)} bytes, at most {MAX_STATEMENT_BYTES} are accepted")
    recognised = _recognise(data)
    if recognised is not None:
        return recognised
    sign1 = cose.decode_sign1(data)
    if sign1.unprotected:
        raise StatementError("the unprotected header is not empty")
    if sign1.payload is None:
        raise StatementError("the payload is missing")
    claims, algorithm = decode_protected(sign1.protected)
    return Statement(claims, algorithm, sign1.payload, data, sign1.to_be_signed(), sign1.signature)


def _recognise(data: bytes) -> Statement | None:
    """The statement, if every byte of its frame and header has the one usual shape; None: the full decoder must speak.

    Frame: tag 18, array of four, protected header, no unprotected header, payload, signature of 64 bytes.
    """
    if data[:2] != b"\xd2\x84" or len(data) < _SHORTEST_FRAME:
        return None
    start, at = _behind_head(data, 2)
    at += start
    if data[at : at + 1] != b"\xa0" or data[-66:-64] != b"\x58\x40":
        return None
    begin, length = _behind_head(data, at + 1) if at + 4 < len(data) else (0, 0)
    if begin + length != len(data) - 66:
        return None
    header = header_scan.scan(data[start:at])
    if header is None:
        return None
    claims = Claims(
        Kind.READINGS, header.kid, header.issuer, header.subject, header.issued_at, header.seq, header.prev,
        header.boot_count, _CLOCKS[header.clock], header.beacon,
    )  # fmt: skip
    signed_bytes = b"".join((cose.CONTEXT, data[2:at], b"\x40", data[at + 1 : -66]))
    return Statement(claims, header.algorithm, data[begin:-66], data, signed_bytes, data[-64:])


def _behind_head(data: bytes, at: int) -> tuple[int, int]:
    """Where the byte string with its head at `at` begins, and its length; (0, 0) for a head that is no such thing."""
    initial = data[at]
    if initial == 0x58 and data[at + 1] >= 24:
        return at + 2, data[at + 1]
    if initial == 0x59 and data[at + 1]:
        return at + 3, data[at + 1] << 8 | data[at + 2]
    return (at + 1, initial - 0x40) if 0x40 <= initial < 0x58 else (0, 0)


def decode_protected(protected: bytes) -> tuple[Claims, int]:
    """Parse a protected header into its claims and algorithm. Raises StatementError or CborError."""
    header = cbor.decode(protected)
    if not isinstance(header, dict) or list(header) != [1, 3, 4, 15, 16]:
        raise StatementError("the protected header must hold 1, 3, 4, 15 and 16, and nothing else")
    algorithm, content_type, kid, cwt, typ = header.values()
    if type(algorithm) is not int or algorithm not in keys.CURVE_OF_ALGORITHM:
        raise StatementError(f"algorithm {algorithm!r} is not in the table")
    kind = _KIND_OF_TYP.get(typ) if isinstance(typ, str) else None
    if kind is None:
        raise StatementError(f"unknown kind {typ!r}")
    if type(content_type) is not int or content_type != _content_type(kind):
        raise StatementError(f"content type {content_type!r} does not go with kind {kind.value}")
    if not isinstance(kid, bytes):
        raise StatementError("kid must be 32 bytes")
    return _claims(kind, kid, cwt), algorithm


def _claims(kind: Kind, kid: bytes, cwt: Item) -> Claims:
    if not isinstance(cwt, dict):
        raise StatementError("the CWT claims must be a map")
    known = 0
    values: list[Item] = []
    for label in _CLAIM_ORDER:
        value = cwt.get(label)
        known += label in cwt
        values.append(value)
    if known != len(cwt) or None in cwt.values():
        raise StatementError(f"unknown claim among {list(cwt)}")
    issuer, subject, issued_at, boot_count, seq, prev, beacon, clock = values
    if not isinstance(issuer, str) or not isinstance(subject, str):
        raise StatementError("iss and sub must be text")
    for name, value in (("iat", issued_at), ("bootcount", boot_count), ("seq", seq), ("clock", clock)):
        if value is not None and type(value) is not int:
            raise StatementError(f"{name} must be an integer")
    for name, value in (("prev", prev), ("beacon", beacon)):
        if value is not None and not isinstance(value, bytes):
            raise StatementError(f"{name} must be 32 bytes")
    if issued_at is None:
        raise StatementError("iat is missing")
    if clock is not None and clock not in (0, 1, 2, 3):
        raise StatementError(f"clock state {clock!r} is unknown")
    claims = Claims(
        kind,
        kid,
        issuer,
        subject,
        issued_at,  # type: ignore[arg-type]  # checked above, in a loop that mypy does not follow
        seq,  # type: ignore[arg-type]
        prev,  # type: ignore[arg-type]
        boot_count,  # type: ignore[arg-type]
        None if clock is None else Clock(clock),  # type: ignore[arg-type]
        beacon,  # type: ignore[arg-type]
    )
    _check(claims)
    return claims


_CLAIM_ORDER: Final = (
    CLAIM_ISS,
    CLAIM_SUB,
    CLAIM_IAT,
    CLAIM_BOOTCOUNT,
    CLAIM_SEQ,
    CLAIM_PREV,
    CLAIM_BEACON,
    CLAIM_CLOCK,
)


def _check(claims: Claims) -> None:
    """What holds for the claims of every kind, on the way out as on the way in."""
    for name, uri in (("iss", claims.issuer), ("sub", claims.subject)):
        if not is_uri(uri):
            raise StatementError(f"{name} must be a URI of at most {MAX_URI_CHARS} printable ASCII characters")
    for name, digest in (("kid", claims.kid), ("prev", claims.prev), ("beacon", claims.beacon)):
        if digest is not None and len(digest) != keys.KID_BYTES:
            raise StatementError(f"{name} must be 32 bytes")
    for name, count in (("iat", claims.issued_at), ("seq", claims.seq), ("bootcount", claims.boot_count)):
        if count is not None and not 0 <= count <= MAX_SEQ:
            raise StatementError(f"{name} is out of range")
    _check_presence(claims)


def _check_presence(claims: Claims) -> None:
    """Which claims the kind needs, and which it must not have."""
    kind = claims.kind
    if kind in STREAM_KINDS:
        if claims.seq is None or claims.prev is None:
            raise StatementError(f"a {kind.value} statement needs seq and prev")
        if (claims.seq == 0) != (claims.prev == NO_PREV):
            raise StatementError("prev is 32 zero bytes for seq 0, and only there")
    elif claims.seq is not None or claims.prev is not None:
        raise StatementError(f"a {kind.value} statement stands alone and has no seq or prev")
    if kind in DEVICE_KINDS:
        if claims.boot_count is None or claims.clock is None:
            raise StatementError(f"a {kind.value} statement needs bootcount and clock")
    elif claims.boot_count is not None or claims.clock is not None or claims.beacon is not None:
        raise StatementError(f"a {kind.value} statement has no bootcount, clock or beacon")


def _content_type(kind: Kind) -> int:
    return CONTENT_SENML_CBOR if kind is Kind.READINGS else CONTENT_CBOR
