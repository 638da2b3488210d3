"""The second person's signature inside an authority's statement. Verdict-critical: no IO.

The countersignature is a detached COSE_Sign1 in the payload's label 99:

    protected     {1: alg, 4: kid of the person, 16: "application/vnd.tallystick.countersignature.v1+cose"}
    payload       nil; signed over is the statement's payload without label 99
    external_aad  the statement's protected header

so it approves this content at this place of this stream, and can not be moved to another.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Final

from tally_edge import cbor, cose, keys, statement, wire
from tally_edge.authority import AuthorityPayload
from tally_edge.errors import SignatureError, StatementError
from tally_edge.keys import PublicKey, Signer
from tally_edge.statement import Claims, Statement

TYP: Final = "application/vnd.tallystick.countersignature.v1+cose"


@dataclass(frozen=True, slots=True)
class Countersignature:
    """A parsed countersignature: who signed, and the bytes under the signature."""

    kid: bytes
    algorithm: int
    signature: bytes
    signed_bytes: bytes

    def verify(self, key: PublicKey) -> None:
        """Verify with the second person's key. Raises SignatureError."""
        if key.kid != self.kid:
            raise SignatureError("the countersignature is of another key")
        keys.verify(key, self.algorithm, self.signature, self.signed_bytes)


def sign(claims: Claims, payload: AuthorityPayload, authority: Signer, person: Signer | None) -> Statement:
    """Sign `payload` as the authority, countersigned by `person` first. Raises StatementError."""
    if person is not None:
        proposal = statement.encode_protected(claims, authority.algorithm)
        payload = attach(payload, endorse(proposal, payload, person))
    return statement.sign(claims, wire.encode(payload), authority)


def endorse(proposal: bytes, payload: AuthorityPayload, person: Signer) -> bytes:
    """The countersignature of `person` over `payload` under the protected header `proposal`. Raises StatementError."""
    protected = cbor.encode(
        {cose.HEADER_ALG: person.algorithm, cose.HEADER_KID: person.public_key.kid, cose.HEADER_TYP: TYP}
    )
    bare = wire.encode(dataclasses.replace(payload, countersignature=None))
    signature = person.sign(cose.to_be_signed(protected, bare, proposal))
    return cose.Sign1(protected, {}, None, signature).encode()


def attach(payload: AuthorityPayload, countersignature: bytes) -> AuthorityPayload:
    """`payload` with `countersignature` in its place."""
    return dataclasses.replace(payload, countersignature=countersignature)


def read(signed: Statement, payload: AuthorityPayload) -> Countersignature | None:
    """The countersignature of a decoded statement, None where there is none. Raises StatementError or CoseError."""
    if payload.countersignature is None:
        return None
    sign1 = cose.decode_sign1(payload.countersignature)
    header = cbor.decode(sign1.protected)
    if not isinstance(header, dict) or list(header) != [cose.HEADER_ALG, cose.HEADER_KID, cose.HEADER_TYP]:
        raise StatementError("the countersignature's protected header must hold 1, 4 and 16, and nothing else")
    algorithm, kid, typ = header.values()
    if typ != TYP or sign1.unprotected or sign1.payload is not None:
        raise StatementError("the countersignature is not a detached one of its kind")
    if type(algorithm) is not int or not isinstance(kid, bytes) or len(kid) != keys.KID_BYTES:
        raise StatementError("the countersignature names no key or no algorithm")
    bare = wire.encode(dataclasses.replace(payload, countersignature=None))
    outer = cose.decode_sign1(signed.encoded).protected
    return Countersignature(kid, algorithm, sign1.signature, cose.to_be_signed(sign1.protected, bare, outer))
