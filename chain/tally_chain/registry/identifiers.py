"""What the law calls an organisation, in one spelling, and the commitment that stands on the chain in its place. No IO.

    USCC   统一社会信用代码, GB 32100-2015: 18 of 31 characters (no I, O, S, V, Z), the last one a check character
    LEI    ISO 17442: 20 letters and digits, the last two check digits (ISO 7064, modulus 97-10)

A commitment is SHA-256 over a domain, a 32-byte salt and the identifier. USCCs can be enumerated, so the salt is what
hides it; who needs to know the organisation gets identifier and salt, the opening, and computes the commitment again.
"""

from __future__ import annotations

import enum
import hashlib
import unicodedata
from dataclasses import dataclass

from tally_chain.errors import IdentifierError
from tally_edge import cbor

SALT_BYTES = 32
_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
_COMMITMENT_DOMAIN = b"tallystick organisation 1\0"
# What people put between groups of characters when they write an identifier down.
_SEPARATORS = frozenset("-._ /")
# Longer text is not an identifier, and normalising it is work that somebody else pays.
MAX_TEXT = 200


class Scheme(enum.Enum):
    """Who gave the identifier."""

    USCC = "USCC"
    LEI = "LEI"


@dataclass(frozen=True)
class Identifier:
    """An identifier in its one spelling; make it with `identifier`."""

    scheme: Scheme
    text: str


def identifier(scheme: Scheme, text: str) -> Identifier:
    """Reads an identifier as people write it: any case, full-width characters, spaces and dashes between groups.

    Raises IdentifierError when it is not one, or its check characters do not fit.
    """
    if len(text) > MAX_TEXT:
        raise IdentifierError(f"a {scheme.value} of {len(text)} characters")
    plain = "".join(char for char in unicodedata.normalize("NFKC", text) if char not in _SEPARATORS).upper()
    if scheme is Scheme.USCC:
        _check_uscc(plain)
    else:
        _check_lei(plain)
    return Identifier(scheme, plain)


def _check_uscc(text: str) -> None:
    if len(text) != 18 or any(char not in _USCC_ALPHABET for char in text):
        raise IdentifierError(f"{text!r} is not a USCC: 18 digits and letters, none of them I, O, S, V or Z")
    total = sum(_USCC_ALPHABET.index(char) * weight for char, weight in zip(text[:17], _USCC_WEIGHTS, strict=True))
    if text[17] != _USCC_ALPHABET[-total % 31]:
        raise IdentifierError(f"{text!r} is not a USCC: its check character does not fit, so a character is wrong")


def _check_lei(text: str) -> None:
    if len(text) != 20 or not (text.isascii() and text.isalnum() and text[18:].isdigit()):
        raise IdentifierError(f"{text!r} is not an LEI: 18 letters and digits and two check digits")
    if int("".join(str(int(char, 36)) for char in text)) % 97 != 1:
        raise IdentifierError(f"{text!r} is not an LEI: its check digits do not fit, so a character is wrong")


def commitment(name: Identifier, salt: bytes) -> bytes:
    """The commitment that is registered for an organisation. Raises IdentifierError unless the salt has 32 bytes."""
    if len(salt) != SALT_BYTES:
        raise IdentifierError(f"a salt has {SALT_BYTES} bytes, not {len(salt)}")
    return hashlib.sha256(_COMMITMENT_DOMAIN + salt + cbor.encode([name.scheme.value, name.text])).digest()


def opens(registered: bytes, name: Identifier, salt: bytes) -> bool:
    """Whether an opening belongs to a registered commitment."""
    return commitment(name, salt) == registered
