"""One-time codes of an authenticator app (TOTP, RFC 6238: SHA-1, six digits, 30 s), and recovery codes. No IO.

A code is good once: the step of the last one that was taken is kept, and no step at or before it is taken again.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from typing import Final

import pyotp
import segno

STEP_S: Final = 30
WINDOW: Final = 1
"""Steps on either side: clocks of telephones."""
SECRET_BYTES: Final = 20
"""As long as the hash, RFC 4226, section 4."""
RECOVERY_CODES: Final = 10

_CODE: Final = re.compile(r"\d{6}", re.ASCII)
_RECOVERY_ALPHABET: Final = "23456789abcdefghjkmnpqrstuvwxyz"
_RECOVERY_CHARS: Final = 16
"""79 bits; a hash of them needs no salt."""


def new_secret() -> bytes:
    """A secret for one authenticator."""
    return secrets.token_bytes(SECRET_BYTES)


def step_of(secret: bytes, code: str, now: int, last_step: int) -> int | None:
    """The step that a code is of, if it is good now and younger than the last that was taken."""
    text = code.replace(" ", "")
    if _CODE.fullmatch(text) is None:
        return None
    totp, found = pyotp.TOTP(_base32(secret)), None
    for step in range(now // STEP_S - WINDOW, now // STEP_S + WINDOW + 1):
        if hmac.compare_digest(totp.generate_otp(step), text) and step > last_step:
            found = step
    return found


def address(secret: bytes, account: str, portal: str) -> str:
    """What the square says: `otpauth://totp/…`."""
    return pyotp.TOTP(_base32(secret)).provisioning_uri(name=account, issuer_name=portal)


def typed(secret: bytes) -> str:
    """The secret to type in, in groups of four, where nothing can be photographed."""
    text = _base32(secret)
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def square(text: str) -> str:
    """A QR code as SVG without style: its colours are attributes, as the pages' policy wants it."""
    return segno.make(text, error="m").svg_inline(scale=4, border=4, dark="#000", light="#fff", svgclass="qr")


def new_recovery_codes() -> tuple[str, ...]:
    """Ten, to print and lock away: each lets its person in once in place of the one-time code."""

    def one() -> str:
        text = "".join(secrets.choice(_RECOVERY_ALPHABET) for _ in range(_RECOVERY_CHARS))
        return "-".join(text[at : at + 4] for at in range(0, len(text), 4))

    return tuple(one() for _ in range(RECOVERY_CODES))


def kept_recovery(code: str) -> bytes:
    """What is kept of a recovery code, however it was typed."""
    plain = "".join(char for char in code.casefold() if char.isalnum())
    return hashlib.sha256(b"tallystick recovery " + plain.encode("utf-8", "surrogatepass")).digest()


def _base32(secret: bytes) -> str:

    return base64.b32encode(secret).decode().rstrip("=")
