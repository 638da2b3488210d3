"""A head entry: the signed head of one log as an entry of another, the log of heads. Verdict-critical: no IO.

    head entry = COSE_Sign1 (tag 18)
    protected  = as of a proof: { 1: alg, 4: kid, 15: claims with origin and tree size, 16: typ, 395: 1 }
    unprotected = {}
    payload    = root: bstr .size 32
    signature  = the proof key's, over that root

A proof's signature is over a detached root. RFC 9052 signs the same bytes whether a payload is carried or not, so the
signature that a gateway has made for its proofs is the signature of its head entry: it signs nothing new.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tally_edge import cose, proof
from tally_edge.errors import CoseError
from tally_edge.keys import PublicKey
from tally_edge.proof import HASH_BYTES, HeadSignature

MEDIA_TYPE: Final = "application/cose"
MAX_BYTES: Final = 2_048
"""The longest origin in four-byte characters, and all else twice over; a protected header has no other free text."""


@dataclass(frozen=True, slots=True)
class HeadEntry:
    """A head and its root (32 bytes), signed together."""

    head: HeadSignature
    root: bytes

    def encode(self) -> bytes:
        """Deterministic, tagged."""
        return cose.Sign1(self.head.protected, {}, self.root, self.head.signature).encode()

    def verify(self, key: PublicKey) -> None:
        """Verify that `key` signed this head. Raises SignatureError."""
        self.head.verify(self.root, key)


def decode(data: bytes) -> HeadEntry:
    """Parse a head entry strictly. Raises CoseError or CborError; who signed it is not looked at."""
    if len(data) > MAX_BYTES:
        raise CoseError(f"a head entry has at most {MAX_BYTES} bytes, not {len(data)}")
    frame = cose.decode_sign1(data)
    if frame.unprotected:
        raise CoseError("a head entry's unprotected header is empty")
    if frame.payload is None or len(frame.payload) != HASH_BYTES:
        raise CoseError(f"a head entry's payload is the root, {HASH_BYTES} bytes")
    return HeadEntry(proof.decode_head(frame.protected, frame.signature), frame.payload)
