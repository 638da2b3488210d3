"""A bundle encrypted to its readers: COSE_Encrypt (RFC 9052 §5), strict both ways. Core: no IO.

    sealed    = tag 96 [ protected, { 5: nonce }, ciphertext, [ + recipient ] ]
    protected = { 1: 3 (A256GCM), 3: media type of a bundle, 16: "application/vnd.tallystick.sealed-bundle.v1+cose" }
    recipient = [ { 1: -31 }, { -1: ephemeral COSE key, 4: kid of the reader's key }, wrapped key ]

One fresh key and nonce per file. For every reader the key is wrapped anew: ECDH-ES on P-256 with an ephemeral key of
its own, HKDF-SHA-256 over COSE_KDF_Context, then AES-256 key wrap (RFC 9053 §6.4, algorithm -31).

    COSE_KDF_Context = [ -5 (A256KW), [nil, nil, nil], [nil, nil, nil], [ 256, protected header of the recipient ] ]

Sealing hides; it proves nothing. Whoever knows a reader's public key can seal anything to it, so what is inside is
verified like any other bundle. Ids of the readers' keys stand in the clear.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from tally_chain.bundle import MAX_BUNDLE_BYTES, MEDIA_TYPE
from tally_chain.errors import SealError
from tally_edge import cbor, keys
from tally_edge.cbor import Item
from tally_edge.errors import DecodeError
from tally_edge.keys import KID_BYTES, PublicKey

TYP: Final = "application/vnd.tallystick.sealed-bundle.v1+cose"
MAX_READERS: Final = 64
"""A consortium's desk; more readers each get a file of their own."""

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16
WRAPPED_BYTES: Final = KEY_BYTES + 8

_TAG_96: Final = b"\xd8\x60"
_A256GCM: Final = 3
_A256KW: Final = -5
_ECDH_ES_A256KW: Final = -31
_HEADER_ALG, _HEADER_CONTENT_TYPE, _HEADER_KID, _HEADER_IV, _HEADER_TYP = 1, 3, 4, 5, 16
_EPHEMERAL_KEY: Final = -1
_FRAME_BYTES: Final = 64 * 1024
"""Room for headers and recipients around the ciphertext."""

_PROTECTED: Final = cbor.encode({_HEADER_ALG: _A256GCM, _HEADER_CONTENT_TYPE: MEDIA_TYPE, _HEADER_TYP: TYP})
_RECIPIENT_PROTECTED: Final = cbor.encode({_HEADER_ALG: _ECDH_ES_A256KW})


class ReaderKey(Protocol):
    """A reader's private key: in a file, or in a device that never lets it out."""

    @property
    def public_key(self) -> PublicKey:
        """The public half, P-256."""
        ...

    def agree(self, other: PublicKey) -> bytes:
        """The ECDH secret with `other`: the x coordinate, 32 bytes."""
        ...


@dataclass(frozen=True, slots=True)
class Recipient:
    """A reader that a sealed file is for: the id of its key, the ephemeral key, and the wrapped content key."""

    kid: bytes
    ephemeral: PublicKey
    wrapped: bytes


@dataclass(frozen=True, slots=True)
class Sealed:
    """A parsed sealed file."""

    nonce: bytes
    ciphertext: bytes
    recipients: tuple[Recipient, ...]


def is_sealed(data: bytes) -> bool:
    """Whether a file calls itself sealed; a bundle begins with a map."""
    return data[:2] == _TAG_96


def seal(
    data: bytes,
    readers: Sequence[PublicKey],
    *,
    random: Callable[[int], bytes] = os.urandom,
    ephemeral: Callable[[], ec.EllipticCurvePrivateKey] = lambda: ec.generate_private_key(ec.SECP256R1()),
) -> bytes:
    """Encrypt an encoded bundle to `readers`. Raises SealError for none, too many, one twice, or no P-256 key."""
    if not 0 < len(readers) <= MAX_READERS:
        raise SealError(f"a sealed bundle has 1..{MAX_READERS} readers, not {len(readers)}")
    if len({reader.kid for reader in readers}) != len(readers):
        raise SealError("a reader is named twice")
    key, nonce = random(KEY_BYTES), random(NONCE_BYTES)
    ciphertext = AESGCM(key).encrypt(nonce, data, _enc_structure())
    recipients: list[Item] = []
    for reader in readers:
        private = ephemeral()
        public = keys.from_object(private.public_key())
        wrapped = aes_key_wrap(_wrapping_key(private.exchange(ec.ECDH(), _p256(reader))), key)
        unprotected: dict[int | str, Item] = {_EPHEMERAL_KEY: cbor.decode(public.encode()), _HEADER_KID: reader.kid}
        recipients.append([_RECIPIENT_PROTECTED, unprotected, wrapped])
    return _TAG_96 + cbor.encode([_PROTECTED, {_HEADER_IV: nonce}, ciphertext, recipients])


def decode(data: bytes) -> Sealed:
    """Parse a sealed file strictly; nothing is decrypted. Raises SealError."""
    if not is_sealed(data):
        raise SealError("does not begin with tag 96")
    if len(data) > MAX_BUNDLE_BYTES + _FRAME_BYTES:
        raise SealError(f"has {len(data)} bytes, more than a sealed bundle can have")
    try:
        match cbor.decode(data[2:]):
            case [bytes(protected), {5: bytes(nonce), **others}, bytes(ciphertext), list(recipients)] if not others:
                pass
            case _:
                raise SealError("is not [protected, {5: nonce}, ciphertext, recipients]")
        if protected != _PROTECTED:
            raise SealError("is not A256GCM over a bundle: algorithm, content type or typ is another")
        if len(nonce) != NONCE_BYTES or len(ciphertext) < TAG_BYTES:
            raise SealError("the nonce has not 12 bytes, or the ciphertext no room for its tag")
        if not 0 < len(recipients) <= MAX_READERS:
            raise SealError(f"has {len(recipients)} readers, 1..{MAX_READERS} are accepted")
        return Sealed(nonce, ciphertext, tuple(_recipient(number, item) for number, item in enumerate(recipients)))
    except DecodeError as error:
        raise SealError(str(error)) from None


def open_sealed(data: bytes, reader: ReaderKey) -> bytes:
    """The encoded bundle inside. Raises SealError: malformed, not for this key, or not as it was sealed."""
    sealed = decode(data)
    mine = recipient_of(sealed, reader.public_key.kid)
    return open_with(sealed, mine, _wrapping_key(reader.agree(mine.ephemeral)))


def recipient_of(sealed: Sealed, kid: bytes) -> Recipient:
    """The recipient whose key has that id. Raises SealError that names those there are."""
    mine = next((recipient for recipient in sealed.recipients if recipient.kid == kid), None)
    if mine is None:
        others = ", ".join(f"{recipient.kid.hex()[:16]}…" for recipient in sealed.recipients)
        raise SealError(f"is sealed to {others}, not to {kid.hex()[:16]}…")
    return mine


def open_with(sealed: Sealed, recipient: Recipient, wrapping_key: bytes) -> bytes:
    """The encoded bundle inside, by the 32-byte key that wraps its content key for `recipient`.

    That key is of this file alone, and only the reader's private key gives it (or that of whoever sealed the file): a
    browser that holds the reader's key hands it over and keeps the other. Raises SealError.
    """
    if len(wrapping_key) != KEY_BYTES:
        raise SealError(f"a wrapping key has {KEY_BYTES} bytes, not {len(wrapping_key)}")
    try:
        key = aes_key_unwrap(wrapping_key, recipient.wrapped)
        return AESGCM(key).decrypt(sealed.nonce, sealed.ciphertext, _enc_structure())
    except InvalidUnwrap:
        raise SealError("the wrapped key does not open: it was damaged or exchanged") from None
    except InvalidTag:
        raise SealError("the content does not open: it was damaged or exchanged") from None


def _recipient(number: int, item: Item) -> Recipient:
    match item:
        case [bytes(protected), {-1: dict(ephemeral), 4: bytes(kid), **others}, bytes(wrapped)] if not others:
            if protected != _RECIPIENT_PROTECTED:
                raise SealError(f"reader {number}: the algorithm is not -31 (ECDH-ES with A256KW)")
            if len(kid) != KID_BYTES or len(wrapped) != WRAPPED_BYTES:
                raise SealError(f"reader {number}: kid has {KID_BYTES} bytes and a wrapped key {WRAPPED_BYTES}")
            public = keys.decode_public_key(cbor.encode(ephemeral))
            _p256(public)
            return Recipient(kid, public, wrapped)
        case _:
            raise SealError(f"reader {number} is not [protected, {{-1: ephemeral key, 4: kid}}, wrapped key]")


def _p256(key: PublicKey) -> ec.EllipticCurvePublicKey:
    loaded = keys.load(key)
    if not isinstance(loaded, ec.EllipticCurvePublicKey):
        raise SealError("bundles are sealed to P-256 keys")
    return loaded


def kdf_context() -> bytes:
    """The encoded COSE_KDF_Context: the same for every recipient, since nobody is named in it."""
    nobody: Item = [None, None, None]
    return cbor.encode([_A256KW, nobody, nobody, [KEY_BYTES * 8, _RECIPIENT_PROTECTED]])


def _wrapping_key(secret: bytes) -> bytes:
    return HKDF(hashes.SHA256(), KEY_BYTES, salt=None, info=kdf_context()).derive(secret)


def _enc_structure() -> bytes:
    return cbor.encode(["Encrypt", _PROTECTED, b""])
