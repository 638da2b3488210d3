"""A device's key and the statement around a payload: one COSE_Sign1, written from docs/formats/statement.md. No IO."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from tally_sim.device import encoding as cbor
from tally_sim.errors import DeviceError

P256_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
NO_LINK: Final = bytes(32)
MOST_BYTES: Final = 65_535
_DETERMINISTIC: Final = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)


class Kind(Enum):
    """What a device says: the kind inside `typ`."""

    READINGS = "readings"
    SETTLEMENT = "settlement"
    GAP = "gap"


class ClockState(IntEnum):
    """How the device's clock stands."""

    UNSET = 0
    INFORMATIVE = 1
    SYNCHRONISED = 2
    RELATIVE = 3


@dataclass(frozen=True, slots=True)
class Moment:
    """What the device's clock shows (Unix seconds), how it stands, and what time it really is."""

    shown: int
    state: ClockState
    true_at: int


_TYP: Final = {kind: cbor.text(f"application/vnd.tallystick.{kind.value}.v1+cose") for kind in Kind}
_CONTENT: Final = {kind: b"\x18\x70" if kind is Kind.READINGS else b"\x18\x3c" for kind in Kind}
"""senml+cbor (112) for readings, cbor (60) for the rest."""


class Key:
    """A P-256 key that signs ES256: deterministic (RFC 6979), and always the low one of the two values of s."""

    def __init__(self, private: ec.EllipticCurvePrivateKey) -> None:
        """Take a key of the curve P-256."""
        self._private = private
        point = private.public_key().public_numbers()
        x, y = (coordinate.to_bytes(32, "big") for coordinate in (point.x, point.y))
        self.public = b"\xa4\x01\x02\x20\x01\x21" + cbor.octets(x) + b"\x22" + cbor.octets(y)
        """The COSE key: what is enrolled."""
        self.kid = hashlib.sha256(self.public).digest()

    @classmethod
    def of_seed(cls, seed: str) -> Key:
        """A key that follows from a seed. Worth nothing outside of a simulation."""
        secret = int.from_bytes(hashlib.sha256(seed.encode()).digest(), "big") % (P256_ORDER - 1) + 1
        return cls(ec.derive_private_key(secret, ec.SECP256R1()))

    def sign(self, message: bytes) -> bytes:
        """r and s, 64 bytes."""
        r, s = decode_dss_signature(self._private.sign(message, _DETERMINISTIC))
        return r.to_bytes(32, "big") + min(s, P256_ORDER - s).to_bytes(32, "big")


@dataclass(frozen=True, slots=True)
class Said:
    """A signed statement: `encoded` is all that travels. `issued_at` is the device's clock, `signed_at` the truth."""

    kind: Kind
    subject: str
    seq: int
    issued_at: int
    encoded: bytes
    signed_at: int

    @property
    def id(self) -> bytes:
        """What the next statement links to, 32 bytes."""
        return hashlib.sha256(self.encoded).digest()


@dataclass(slots=True)
class Stream:
    """The statements of one key, numbered and linked. `boot_count`: how often the device has started."""

    uri: str
    key: Key
    seq: int = 0
    prev: bytes = NO_LINK
    boot_count: int = 1
    beacon: bytes | None = None
    """A root that was anchored before: every statement from here on carries it."""

    def say(self, kind: Kind, subject: str, payload: bytes, moment: Moment) -> Said:
        """Sign `payload` as the next statement. Raises DeviceError when it is too long to travel."""
        protected = self._protected(kind, subject, moment)
        signed = cbor.octets(protected) + b"\x40" + cbor.octets(payload)
        signature = self.key.sign(b"\x84\x6aSignature1" + signed)
        encoded = b"".join((b"\xd2\x84", cbor.octets(protected), b"\xa0", cbor.octets(payload), cbor.octets(signature)))
        if len(encoded) > MOST_BYTES:
            raise DeviceError(f"a statement of {len(encoded)} bytes does not travel, at most {MOST_BYTES} do")
        said = Said(kind, subject, self.seq, moment.shown, encoded, moment.true_at)
        self.seq, self.prev = self.seq + 1, said.id
        return said

    def _protected(self, kind: Kind, subject: str, moment: Moment) -> bytes:
        beacon = b"" if self.beacon is None else b"\x3a\x00\x01\x00\x02" + cbor.octets(self.beacon)
        return b"".join(
            (
                b"\xa5\x01\x26\x03", _CONTENT[kind], b"\x04", cbor.octets(self.key.kid),
                b"\x0f", cbor.head(cbor.MAP, 7 + bool(beacon)),
                b"\x01", cbor.text(self.uri),
                b"\x02", cbor.text(subject),
                b"\x06", cbor.integer(moment.shown),
                b"\x19\x01\x0b", cbor.integer(self.boot_count),
                b"\x3a\x00\x01\x00\x00", cbor.integer(self.seq),
                b"\x3a\x00\x01\x00\x01", cbor.octets(self.prev),
                beacon,
                b"\x3a\x00\x01\x00\x03", cbor.integer(moment.state),
                b"\x10", _TYP[kind],
            )
        )  # fmt: skip
