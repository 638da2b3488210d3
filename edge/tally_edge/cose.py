"""COSE_Sign1 (RFC 9052) as this project writes it. Verdict-critical: no IO.

    COSE_Sign1 = 18([ protected: bstr .cbor map, unprotected: map, payload: bstr / nil, signature: bstr ])
    signed     = ["Signature1", protected as received, external_aad, payload]

Tagged always; deterministic throughout; a payload that is nil is detached and must be given from outside.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tally_edge import cbor
from tally_edge.cbor import Item
from tally_edge.errors import CoseError
from tally_edge.keys import SIGNATURE_BYTES

HEADER_ALG: Final = 1
HEADER_CONTENT_TYPE: Final = 3
HEADER_KID: Final = 4
HEADER_CWT_CLAIMS: Final = 15
HEADER_TYP: Final = 16
HEADER_RECEIPTS: Final = 394
HEADER_VDS: Final = 395
HEADER_VDP: Final = 396

_TAG_AND_ARRAY: Final = b"\xd2\x84"
CONTEXT: Final = b"\x84\x6aSignature1"
"""How every Sig_structure of a COSE_Sign1 begins."""


@dataclass(frozen=True, slots=True)
class Sign1:
    """One COSE_Sign1: the protected header's bytes, the unprotected map, the payload (None: detached) and signature."""

    protected: bytes
    unprotected: dict[int | str, Item]
    payload: bytes | None
    signature: bytes

    def encode(self) -> bytes:
        """Deterministic, tagged."""
        payload = b"\xf6" if self.payload is None else cbor.head(2, len(self.payload)) + self.payload
        return b"".join(
            (
                _TAG_AND_ARRAY,
                cbor.head(2, len(self.protected)),
                self.protected,
                b"\xa0" if not self.unprotected else cbor.encode(self.unprotected),
                payload,
                cbor.head(2, len(self.signature)),
                self.signature,
            )
        )

    def to_be_signed(self, *, external_aad: bytes = b"", detached: bytes | None = None) -> bytes:
        """The bytes under the signature. `detached` is the payload where none is carried. Raises CoseError."""
        payload = self.payload if self.payload is not None else detached
        if payload is None:
            raise CoseError("the payload is detached and was not given")
        return to_be_signed(self.protected, payload, external_aad)


def to_be_signed(protected: bytes, payload: bytes, external_aad: bytes = b"") -> bytes:
    """The Sig_structure of RFC 9052 §4.4. An empty map must be the empty string there."""
    header = b"" if protected == b"\xa0" else protected
    return b"".join(
        (
            CONTEXT,
            cbor.head(2, len(header)),
            header,
            cbor.head(2, len(external_aad)),
            external_aad,
            cbor.head(2, len(payload)),
            payload,
        )
    )


def decode_sign1(data: bytes) -> Sign1:
    """Parse a tagged COSE_Sign1 that fills `data`. Raises CoseError or CborError naming what was wrong and where."""
    if data[:2] != _TAG_AND_ARRAY:
        raise CoseError("does not begin with tag 18 and an array of four")
    try:
        protected, at = _byte_string(data, 2, "protected header")
        if data[at] == 0xA0:
            unprotected: Item = {}
            at += 1
        else:
            unprotected, at = cbor.decode_prefix(data, at)
        if not isinstance(unprotected, dict):
            raise CoseError("the unprotected header is not a map")
        if data[at] == 0xF6:
            payload = None
            at += 1
        else:
            payload, at = _byte_string(data, at, "payload")
        signature, at = _byte_string(data, at, "signature")
    except IndexError:
        raise CoseError(f"ends too early, at byte {len(data)}") from None
    if at != len(data):
        raise CoseError(f"{len(data) - at} trailing bytes after byte {at}")
    if len(signature) != SIGNATURE_BYTES:
        raise CoseError(f"the signature has {len(signature)} bytes, not {SIGNATURE_BYTES}")
    return Sign1(protected, unprotected, payload, signature)


def _byte_string(data: bytes, at: int, name: str) -> tuple[bytes, int]:
    major, length, start = cbor.read_head(data, at)
    if major != 2:
        raise CoseError(f"the {name} at byte {at} is not a byte string")
    if start + length > len(data):
        raise CoseError(f"the {name} at byte {at} runs past the end")
    return data[start : start + length], start + length
