"""What travels between an authority and a second person elsewhere: a proposal out, its endorsement back. No IO.

    proposal    = { 1: protected header that the statement will have, 2: its payload without a countersignature }
    endorsement = { 1: SHA-256 of the proposal, 2: countersignature, 3: the second person's public key }

The protected header holds seq and prev, so an endorsement fits one place of one stream, and is void once it is taken.
"""

from __future__ import annotations

import dataclasses
import hashlib
from dataclasses import dataclass

from tally_edge import countersign, keys, statement
from tally_edge import wire as codec
from tally_edge.authority import COUNTERSIGNATURE, PAYLOAD_OF_KIND, PUBLIC_KEY, AuthorityPayload
from tally_edge.errors import StatementError
from tally_edge.keys import Signer
from tally_edge.statement import AUTHORITY_KINDS, MAX_STATEMENT_BYTES, Claims
from tally_edge.wire import DIGEST, octets, wire


@dataclass(frozen=True, slots=True)
class Proposal:
    """A statement that waits for its second person."""

    protected: bytes = wire(1, octets(1, 1024))
    payload: bytes = wire(2, octets(1, MAX_STATEMENT_BYTES))

    @property
    def digest(self) -> bytes:
        """What an endorsement names."""
        return hashlib.sha256(codec.encode(self)).digest()

    def read(self) -> tuple[Claims, AuthorityPayload]:
        """The claims and payload proposed. Raises DecodeError for what no authority would state."""
        claims, _ = statement.decode_protected(self.protected)
        if claims.kind not in AUTHORITY_KINDS:
            raise StatementError(f"a {claims.kind.value} is not countersigned")
        payload = codec.decode(PAYLOAD_OF_KIND[claims.kind], self.payload)
        if payload.countersignature is not None:
            raise StatementError("a proposal carries no countersignature yet")
        return claims, payload


@dataclass(frozen=True, slots=True)
class Endorsement:
    """The second person's answer to a proposal."""

    proposal: bytes = wire(1, DIGEST)
    countersignature: bytes = wire(2, COUNTERSIGNATURE)
    public_key: bytes = wire(3, PUBLIC_KEY)


def propose(claims: Claims, payload: AuthorityPayload, algorithm: int) -> Proposal:
    """A proposal of `payload` under `claims` for an authority's key of `algorithm`. Raises StatementError."""
    bare = dataclasses.replace(payload, countersignature=None)
    return Proposal(statement.encode_protected(claims, algorithm), codec.encode(bare))


def endorse(proposal: Proposal, person: Signer) -> Endorsement:
    """Sign a proposal as the second person. Raises DecodeError for a proposal that is not one."""
    _, payload = proposal.read()
    signature = countersign.endorse(proposal.protected, payload, person)
    return Endorsement(proposal.digest, signature, person.public_key.encode())


def complete(proposal: Proposal, endorsement: Endorsement, authority: Signer) -> tuple[statement.Statement, bytes]:
    """The statement, signed by both, and the second person's key id. Raises StatementError or SignatureError."""
    claims, payload = proposal.read()
    if endorsement.proposal != proposal.digest:
        raise StatementError("the endorsement is of another proposal")
    person = keys.decode_public_key(endorsement.public_key)
    whole = countersign.attach(payload, endorsement.countersignature)
    signed = statement.sign(claims, codec.encode(whole), authority)
    found = countersign.read(signed, whole)
    if found is None:
        raise StatementError("the endorsement carries no countersignature")
    found.verify(person)
    return signed, person.kid
