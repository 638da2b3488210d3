"""A reader's key: P-256, in a file, encrypted with a passphrase. What bundles are sealed to; it signs nothing."""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tally_edge import durable, keys
from tally_edge.errors import KeyStoreError
from tally_edge.keys import PublicKey
from tally_edge.signer import MIN_PASSPHRASE_CHARS


class FileReaderKey:
    """A `sealing.ReaderKey` over a private key held in memory."""

    def __init__(self, private_key: ec.EllipticCurvePrivateKey) -> None:
        """Take a P-256 private key."""
        self._private_key = private_key
        self._public_key = keys.from_object(private_key.public_key())

    @property
    def public_key(self) -> PublicKey:
        """The public half."""
        return self._public_key

    def agree(self, other: PublicKey) -> bytes:
        """See sealing.ReaderKey. Raises KeyStoreError for a key of another curve."""
        loaded = keys.load(other)
        if not isinstance(loaded, ec.EllipticCurvePublicKey):
            raise KeyStoreError("only P-256 keys can agree with a reader's key")
        return self._private_key.exchange(ec.ECDH(), loaded)

    def save(self, path: Path, passphrase: str) -> None:
        """Write the key to `path`, which must not exist. Raises KeyStoreError."""
        if len(passphrase) < MIN_PASSPHRASE_CHARS:
            raise KeyStoreError(f"the passphrase has fewer than {MIN_PASSPHRASE_CHARS} characters")
        if path.exists():
            raise KeyStoreError(f"{path} exists already; a key is never overwritten")
        encrypted = self._private_key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(passphrase.encode()),
        )
        durable.write_file(path, encrypted, mode=0o600)


def generate() -> FileReaderKey:
    """A new key."""
    return FileReaderKey(ec.generate_private_key(ec.SECP256R1()))


def load(path: Path, passphrase: str) -> FileReaderKey:
    """Open the key at `path`. Raises KeyStoreError when it is missing, damaged, readable by others, or locked."""
    try:
        mode = path.stat().st_mode
        encrypted = path.read_bytes()
    except OSError as error:
        raise KeyStoreError(f"cannot read the key {path}: {error.strerror}") from None
    if os.name == "posix" and mode & 0o077:
        raise KeyStoreError(f"the key {path} can be read by others (mode {mode & 0o777:o}); set it to 600")
    try:
        private_key = serialization.load_pem_private_key(encrypted, passphrase.encode())
    except (ValueError, TypeError):
        raise KeyStoreError(f"the key {path} does not open: wrong passphrase, or damaged") from None
    if not isinstance(private_key, ec.EllipticCurvePrivateKey) or not isinstance(private_key.curve, ec.SECP256R1):
        raise KeyStoreError(f"the key {path} is no P-256 key")
    return FileReaderKey(private_key)
