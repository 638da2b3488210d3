"""Secrets that must be read again (of one-time codes) are sealed, so that a copy of the database alone opens none.

AES-256-GCM under a key that stands in a file of the portal's folder, mode 0600, and never in the database. What a
secret belongs to is authenticated with it: a sealed secret does not open at another account.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tally_edge import durable
from tally_edge.errors import ConfigError
from tally_finance.errors import AccountError

KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12


class Sealing:
    """Seals and opens under one key of 32 bytes."""

    def __init__(self, key: bytes) -> None:
        self._box = AESGCM(key)

    def seal(self, secret: bytes, whose: str) -> bytes:
        """Nonce and sealed secret."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._box.encrypt(nonce, secret, whose.encode())

    def open(self, sealed: bytes, whose: str) -> bytes:
        """Raises AccountError where it was sealed by another key, for somebody else, or changed."""
        try:
            return self._box.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], whose.encode())
        except InvalidTag:
            raise AccountError(f"the secret of {whose} does not open under the portal's key") from None


def make_key(path: Path) -> None:
    """A new key in a file. Raises ConfigError where there is one: what it sealed would be lost."""
    if path.exists():
        raise ConfigError(f"{path} exists already; a key is never overwritten")
    durable.write_file(path, secrets.token_bytes(KEY_BYTES), mode=0o600)


def load(path: Path) -> bytes:
    """The key of a file. Raises ConfigError for one that is missing, damaged or readable by others."""
    try:
        mode, key = path.stat().st_mode, path.read_bytes()
    except OSError as error:
        raise ConfigError(f"cannot read the portal's key {path}: {error.strerror}") from None
    if os.name == "posix" and mode & 0o077:
        raise ConfigError(f"the portal's key {path} can be read by others (mode {mode & 0o777:o}); set it to 600")
    if len(key) != KEY_BYTES:
        raise ConfigError(f"the portal's key {path} has {len(key)} bytes, not {KEY_BYTES}")
    return key
