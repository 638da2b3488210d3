"""A digest as two people compare it over the telephone: digits or hex, said in groups. Core: no IO.

Forty decimal digits hold 132 bits: nobody finds a second key with the same ones by trying. Compared is all of it, never
a beginning: the first groups of a fingerprint can be met by trial.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final

DIGITS: Final = 40
_GROUP: Final = 5
_DOMAIN: Final = b"tallystick fingerprint v1\x00"
_BETWEEN: Final = re.compile(r"[\s:.,\-–—_]+")
_FULL_WIDTH: Final = {0xFF10 + value: str(value) for value in range(10)}
"""Digits as a Chinese keyboard writes them."""


def hexed(digest: bytes) -> str:
    """A digest in hex, in groups of four."""
    text = digest.hex()
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def digits(digest: bytes) -> str:
    """Forty digits in groups of five, which follow from a digest."""
    hashed = hashlib.sha256(_DOMAIN + digest).digest()
    text = f"{int.from_bytes(hashed, 'big') % 10**DIGITS:0{DIGITS}d}"
    return " ".join(text[at : at + _GROUP] for at in range(0, DIGITS, _GROUP))


def agrees(told: str, digest: bytes) -> bool:
    """Whether what somebody was told is the whole of a digest's digits or hex, however it was grouped."""
    heard = _BETWEEN.sub("", told.translate(_FULL_WIDTH)).lower()
    return heard in (digest.hex(), digits(digest).replace(" ", ""))
