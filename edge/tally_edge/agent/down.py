"""What comes down from the gateway: told apart, parsed, and checked to be signed by its proof key. No IO.

An answer is signed by nobody: what it shows proves itself (standing.py). The paths of a confirmation are checked where
the entries are that they prove (delivery.py).
"""

from __future__ import annotations

from typing import Final

from tally_edge import proof, statement, wire
from tally_edge.answers import AnchorNotice, Answer, Refusal
from tally_edge.errors import DecodeError, SignatureError, StatementError
from tally_edge.keys import PublicKey
from tally_edge.proof import Proof
from tally_edge.statement import Kind, Statement

_FIRST_BYTE_OF_ANSWER: Final = 0xA0
_FIRST_BYTE_MASK: Final = 0xF0


def read(payload: bytes, proof_key: PublicKey) -> Answer | Refusal | AnchorNotice | Proof:
    """What `payload` says. Raises DecodeError for what is none of these, SignatureError for another signer."""
    if payload and payload[0] & _FIRST_BYTE_MASK == _FIRST_BYTE_OF_ANSWER:
        return wire.decode(Answer, payload)
    try:
        signed = statement.decode(payload)
    except DecodeError:
        return proof.decode(payload)  # or its decoder says what is wrong
    return _said_by(signed, proof_key)


def _said_by(signed: Statement, proof_key: PublicKey) -> Refusal | AnchorNotice:
    kind = signed.claims.kind
    if kind not in (Kind.REFUSAL, Kind.ANCHOR_NOTICE):
        raise StatementError(f"a {kind.value} statement comes from no gateway")
    if signed.claims.kid != proof_key.kid:
        raise SignatureError(f"the {kind.value} is signed by another key than the gateway's")
    signed.verify(proof_key)
    if kind is Kind.REFUSAL:
        return wire.decode(Refusal, signed.payload)
    return wire.decode(AnchorNotice, signed.payload)
