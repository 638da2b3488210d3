"""Secrets drawn at random: 256 bits as 64 hexadecimal digits, of which the SHA-256 is kept. No guess finds one."""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import Final

_BYTES: Final = 32
FORM: Final = re.compile(r"[0-9a-f]{64}")


def draw() -> str:
    """A new one."""
    return secrets.token_hex(_BYTES)


def kept(secret: str) -> bytes:
    """What is kept of it."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
