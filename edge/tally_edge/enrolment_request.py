"""An enrolment request: a device asks an authority to enrol its new key. Verdict-critical: no IO.

The statement (kind enrolment-request) stands alone and is signed by the key that it asks for, which proves that the
device holds it. The authority copies what it agrees with into an `authority.Enrolment`; nothing follows from a
request by itself.
"""

from __future__ import annotations

from dataclasses import dataclass

from tally_edge import keys, statement, wire
from tally_edge.authority import MAX_POINTS, PUBLIC_KEY, SigningPlace, StreamPlace
from tally_edge.errors import StatementError
from tally_edge.keys import Signer
from tally_edge.statement import Claims, Kind, Statement
from tally_edge.wire import URI, array, enum, nested, text
from tally_edge.wire import wire as field


@dataclass(frozen=True, slots=True)
class EnrolmentRequest:
    """`public_key` would speak for `points`. `predecessor`: where the stream that it replaces was last seen in a
    log."""

    device: str = field(1, URI)
    public_key: bytes = field(2, PUBLIC_KEY)
    points: tuple[str, ...] = field(3, array(URI, MAX_POINTS))
    place: SigningPlace = field(4, enum(SigningPlace))
    model: str = field(5, text(128))
    predecessor: StreamPlace | None = field(6, nested(StreamPlace), optional=True)


def sign(request: EnrolmentRequest, signer: Signer, issued_at: int) -> Statement:
    """Sign `request` with the key that it asks for. `issued_at` is Unix seconds. Raises StatementError."""
    if request.public_key != signer.public_key.encode():
        raise StatementError("an enrolment request is signed by the key that it asks for")
    claims = Claims(Kind.ENROLMENT_REQUEST, signer.public_key.kid, request.device, request.device, issued_at)
    return statement.sign(claims, wire.encode(request), signer)


def read(data: bytes) -> EnrolmentRequest:
    """Parse a request and verify that its own key signed it. Raises DecodeError or SignatureError."""
    signed = statement.decode(data)
    if signed.claims.kind is not Kind.ENROLMENT_REQUEST:
        raise StatementError(f"is a {signed.claims.kind.value}, not an enrolment request")
    request = wire.decode(EnrolmentRequest, signed.payload)
    key = keys.decode_public_key(request.public_key)
    if key.kid != signed.claims.kid or request.device != signed.claims.issuer:
        raise StatementError("the request speaks of another key or device than the one that signed it")
    signed.verify(key)
    return request
