"""A statement that a person signs in the page, with a key that never leaves it: what the page is told, what comes back.

The page (`static/sign_here.js`) is told the very bytes under the signature (RFC 9052 §4.4), decodes and shows them, and
sends the signature alone. Nothing is believed: the statement is put together here and verified. No IO.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Any

from tally_edge import cose, keys, statement
from tally_edge.errors import SignatureError
from tally_edge.keys import PublicKey
from tally_edge.statement import Claims, Statement


def told(to_sign: bytes, unsigned: str, lines: Iterable[tuple[str, str]] = ()) -> dict[str, Any]:
    """The page's answer: the bytes to sign, what it brings back as it is, and what they say in the reader's words."""
    return {
        "to_sign": base64.b64encode(to_sign).decode(),
        "unsigned": unsigned,
        "lines": [[name, text] for name, text in lines],
    }


def public_key(text: str) -> PublicKey:
    """The COSE key that a page sent, in hexadecimal. Raises SignatureError, DecodeError."""
    return keys.decode_public_key(_octets(text, "a public key"))


def to_sign(claims: Claims, payload: bytes, key: PublicKey) -> tuple[bytes, bytes]:
    """The protected header, and the bytes under the signature of `key`. Raises StatementError."""
    protected = statement.encode_protected(claims, key.algorithm)
    return protected, cose.to_be_signed(protected, payload)


def taken(protected: bytes, payload: bytes, signature: str, key: PublicKey) -> Statement:
    """The statement, verified. Raises SignatureError, StatementError, DecodeError."""
    octets = _octets(signature, "a signature")
    if len(octets) != keys.SIGNATURE_BYTES:
        raise SignatureError(f"a signature has {keys.SIGNATURE_BYTES} bytes, not {len(octets)}")
    found = statement.decode(cose.Sign1(protected, {}, payload, octets).encode())
    if found.claims.kid != key.kid:
        raise SignatureError("the claims name another key than the one that signed")
    found.verify(key)
    return found


def _octets(text: str, what: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise SignatureError(f"{what} is written in hexadecimal digits") from None
