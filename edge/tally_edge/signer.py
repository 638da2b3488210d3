"""Signing keys in files: one implementation of `keys.Signer`.

PKCS#8, encrypted with a passphrase (scrypt and AES-256 as the cryptography package's best available scheme), mode 0600.
A secure element or an HSM implements the same three members and never lets its key out.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from tally_edge import durable, keys
from tally_edge.errors import KeyStoreError
from tally_edge.keys import P256_ORDER, PublicKey

MIN_PASSPHRASE_CHARS: Final = 12
"""Below this an attacker who copies the disk guesses faster than the key derivation slows it down."""

_DETERMINISTIC: Final = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)


class FileSigner:
    """A signer over a private key held in memory."""

    def __init__(self, private_key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> None:
        """Take a P-256 or an Ed25519 private key."""
        self._private_key = private_key
        self._public_key = keys.from_object(private_key.public_key())

    @property
    def public_key(self) -> PublicKey:
        """The public half."""
        return self._public_key

    @property
    def algorithm(self) -> int:
        """ES256 for P-256, EdDSA for Ed25519."""
        return self._public_key.algorithm

    def sign(self, message: bytes) -> bytes:
        """Sign `message` deterministically."""
        if isinstance(self._private_key, ed25519.Ed25519PrivateKey):
            return self._private_key.sign(message)
        r, s = decode_dss_signature(self._private_key.sign(message, _DETERMINISTIC))
        return r.to_bytes(32, "big") + min(s, P256_ORDER - s).to_bytes(32, "big")

    def save(self, path: Path, passphrase: str) -> None:
        """Write the key to `path`, which must not exist. Raises KeyStoreError."""
        if len(passphrase) < MIN_PASSPHRASE_CHARS:
            raise KeyStoreError(f"the passphrase has fewer than {MIN_PASSPHRASE_CHARS} characters")
        if path.exists():
            raise KeyStoreError(f"{path} exists already; a key is never overwritten")
        sealed = self._private_key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(passphrase.encode()),
        )
        durable.write_file(path, sealed, mode=0o600)


def generate(algorithm: int = keys.ES256) -> FileSigner:
    """Make a new key on this machine. Raises KeyStoreError for an algorithm outside the table."""
    if algorithm in (keys.ES256, keys.ESP256):
        return FileSigner(ec.generate_private_key(ec.SECP256R1()))
    if algorithm in (keys.EDDSA, keys.ED25519):
        return FileSigner(ed25519.Ed25519PrivateKey.generate())
    raise KeyStoreError(f"algorithm {algorithm} is not in the table of algorithms")


def load(path: Path, passphrase: str) -> FileSigner:
    """Open the key at `path`. Raises KeyStoreError when it is missing, damaged, readable by others, or locked."""
    try:
        mode = path.stat().st_mode
        sealed = path.read_bytes()
    except OSError as error:
        raise KeyStoreError(f"cannot read the key {path}: {error.strerror}") from None
    if os.name == "posix" and mode & 0o077:
        raise KeyStoreError(f"the key {path} can be read by others (mode {mode & 0o777:o}); set it to 600")
    try:
        private_key = serialization.load_pem_private_key(sealed, passphrase.encode())
    except (ValueError, TypeError):
        raise KeyStoreError(f"the key {path} does not open: wrong passphrase, or damaged") from None
    if not isinstance(private_key, ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey):
        raise KeyStoreError(f"the key {path} is of a type outside the table of algorithms")
    return FileSigner(private_key)
