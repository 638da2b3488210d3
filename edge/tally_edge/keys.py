"""Public keys as COSE keys, their thumbprints, and the algorithms a signature may use. Verdict-critical: no IO.

A key's id (`kid`) is its COSE key thumbprint (RFC 9679): SHA-256 over the deterministic encoding of the required
members alone, {1: kty, -1: crv, -2: x, -3: y} for EC2 and {1: kty, -1: crv, -2: x} for OKP.

Algorithms are a table, so that another one is a row:

    id    name     key              signature
    -7    ES256    EC2 P-256        r || s, 64 bytes, s at most n/2   (RFC 9053)
    -9    ESP256   EC2 P-256        the same, fully specified         (RFC 9864)
    -8    EdDSA    OKP Ed25519      64 bytes                          (RFC 9053)
    -19   Ed25519  OKP Ed25519      64 bytes                          (RFC 9864)

Only the low-s form of an ECDSA signature is accepted: its twin (r, n-s) verifies too, and anybody can compute it, so a
stranger could make an honest device look as if it had signed two statements in one place.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from tally_edge import cbor
from tally_edge.errors import CoseError, SignatureError

ES256: Final = -7
EDDSA: Final = -8
ESP256: Final = -9
ED25519: Final = -19

P256_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
SIGNATURE_BYTES: Final = 64
KID_BYTES: Final = 32

_KTY, _CRV, _X, _Y = 1, -1, -2, -3
_KTY_OKP, _KTY_EC2 = 1, 2
_CRV_P256, _CRV_ED25519 = 1, 6
_COORDINATE_BYTES: Final = 32

CURVE_OF_ALGORITHM: Final = {ES256: _CRV_P256, ESP256: _CRV_P256, EDDSA: _CRV_ED25519, ED25519: _CRV_ED25519}
NAME_OF_ALGORITHM: Final = {ES256: "ES256", ESP256: "ESP256", EDDSA: "EdDSA", ED25519: "Ed25519"}

_ECDSA_SHA256: Final = ec.ECDSA(hashes.SHA256())

PublicKeyObject = ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key: its curve (COSE number), coordinates (32 bytes each; y empty for Ed25519) and its id."""

    curve: int
    x: bytes
    y: bytes = b""

    def encode(self) -> bytes:
        """The COSE key with its required members alone, deterministic: what is enrolled and what the id hashes."""
        if self.curve == _CRV_P256:
            return cbor.encode({_KTY: _KTY_EC2, _CRV: _CRV_P256, _X: self.x, _Y: self.y})
        return cbor.encode({_KTY: _KTY_OKP, _CRV: _CRV_ED25519, _X: self.x})

    @property
    def kid(self) -> bytes:
        """The key's id: its RFC 9679 thumbprint, 32 bytes."""
        return hashlib.sha256(self.encode()).digest()

    @property
    def algorithm(self) -> int:
        """The algorithm id that signatures of this key carry by default."""
        return ES256 if self.curve == _CRV_P256 else EDDSA


class Signer(Protocol):
    """Signs with one key.

    `sign` returns 64 bytes in the one form the profile accepts (low-s for ECDSA) and is deterministic where the
    algorithm allows it (RFC 6979): after a crash the same statement signs to the same bytes, so it can not fork itself.
    An implementation that can not be deterministic must store a signature before it lets it out.
    """

    @property
    def public_key(self) -> PublicKey:
        """The public half."""
        ...

    @property
    def algorithm(self) -> int:
        """The COSE algorithm id of the signatures."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Sign `message`. Raises KeyStoreError where the key can not be used."""
        ...


def decode_public_key(data: bytes) -> PublicKey:
    """Parse a COSE key of the profile. Raises CoseError or CborError; the point is checked to lie on its curve."""
    item = cbor.decode(data)
    if not isinstance(item, dict):
        raise CoseError("a COSE key is a map")
    x, y = item.get(_X), item.get(_Y)
    match item:
        case {1: 2, -1: 1} if len(item) == 4 and isinstance(x, bytes) and isinstance(y, bytes):
            key = PublicKey(_CRV_P256, x, y)
        case {1: 1, -1: 6} if len(item) == 3 and isinstance(x, bytes):
            key = PublicKey(_CRV_ED25519, x)
        case _:
            raise CoseError("a COSE key is {1:2, -1:1, -2:x, -3:y} for P-256 or {1:1, -1:6, -2:x} for Ed25519")
    if len(key.x) != _COORDINATE_BYTES or (key.curve == _CRV_P256 and len(key.y) != _COORDINATE_BYTES):
        raise CoseError(f"a coordinate has {_COORDINATE_BYTES} bytes")
    if key.encode() != data:  # true counts as 1 and 1.0 as 1 where Python compares, not where bytes are hashed
        raise CoseError("kty and crv must be integers")
    try:
        load(key)
    except ValueError:
        raise CoseError("the key is not a point of its curve") from None
    if key.curve == _CRV_ED25519:
        _check_ed25519_point(key.x)
    return key


_ED25519_PRIME: Final = 2**255 - 19
_ED25519_D: Final = -121665 * pow(121666, -1, _ED25519_PRIME) % _ED25519_PRIME
_ORDER_8: Final = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
_SMALL_ORDER: Final = frozenset({0, 1, _ED25519_PRIME - 1, _ORDER_8, _ED25519_PRIME - _ORDER_8})
"""The y coordinates of the eight points whose order divides 8. Under such a key anybody can sign anything."""


def _check_ed25519_point(encoded: bytes) -> None:
    """RFC 8032 §5.1.3, which the library leaves to the first verification. Raises CoseError."""
    y = int.from_bytes(encoded, "little") & 2**255 - 1
    if y >= _ED25519_PRIME:
        raise CoseError("the key is not a point of its curve: y is not below the prime")
    square = (y * y - 1) * pow(_ED25519_D * y * y + 1, -1, _ED25519_PRIME) % _ED25519_PRIME
    if square and pow(square, (_ED25519_PRIME - 1) // 2, _ED25519_PRIME) != 1:
        raise CoseError("the key is not a point of its curve")
    if y in _SMALL_ORDER:
        raise CoseError("the key is a point of small order: anybody could sign for it")


def from_object(key: PublicKeyObject) -> PublicKey:
    """The COSE form of a key object of the cryptography package. Raises CoseError for a curve outside the table."""
    if isinstance(key, ed25519.Ed25519PublicKey):
        return PublicKey(_CRV_ED25519, key.public_bytes_raw())
    if not isinstance(key.curve, ec.SECP256R1):
        raise CoseError(f"curve {key.curve.name} is not in the table of algorithms")
    numbers = key.public_numbers()
    return PublicKey(_CRV_P256, numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big"))


@lru_cache(maxsize=4096)
def load(key: PublicKey) -> PublicKeyObject:
    """The key object that verifies; parsed once. Raises ValueError for a point off the curve."""
    if key.curve == _CRV_P256:
        numbers = ec.EllipticCurvePublicNumbers(
            int.from_bytes(key.x, "big"), int.from_bytes(key.y, "big"), ec.SECP256R1()
        )
        return numbers.public_key()
    return ed25519.Ed25519PublicKey.from_public_bytes(key.x)


def verify(key: PublicKey, algorithm: int, signature: bytes, message: bytes) -> None:
    """Verify `signature` over `message`. Raises SignatureError that says whether its form or its value is wrong."""
    if CURVE_OF_ALGORITHM.get(algorithm) != key.curve:
        raise SignatureError(f"algorithm {algorithm} does not go with this key")
    if len(signature) != SIGNATURE_BYTES:
        raise SignatureError(f"a signature has {SIGNATURE_BYTES} bytes, not {len(signature)}")
    loaded = load(key)
    try:
        if isinstance(loaded, ec.EllipticCurvePublicKey):
            loaded.verify(_der_of(signature), message, _ECDSA_SHA256)
        else:
            loaded.verify(signature, message)
    except InvalidSignature:
        raise SignatureError("the signature does not verify") from None


def _der_of(signature: bytes) -> bytes:
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    if not (0 < r < P256_ORDER and 0 < s < P256_ORDER):
        raise SignatureError("r or s lies outside 1..n-1")
    if s > P256_ORDER // 2:
        raise SignatureError("s is above n/2: the twin of a signature, refused")
    return encode_dss_signature(r, s)
