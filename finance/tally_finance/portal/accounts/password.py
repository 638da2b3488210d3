"""Passwords: long, not among the worst, not the names at hand; no rules of composition. Kept as argon2id alone.

OWASP ASVS 4.0.3: 2.1.1 (at least 12 characters), 2.1.2 (up to 128), 2.1.7 (not a common one), 2.1.9 (no composition),
2.4.1 (argon2id). A hash takes 64 MiB for a moment, so that only two are computed at a time.
"""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Iterable
from importlib import resources
from itertools import pairwise
from typing import Final

from argon2 import PasswordHasher, Type
from argon2.exceptions import Argon2Error, InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

from tally_finance.errors import AccountError

MIN_CHARS: Final = 12
MAX_CHARS: Final = 128
_AT_ONCE: Final = 2
_FEWEST_DIFFERENT: Final = 5


class Passwords:
    """Makes and checks hashes. `hasher`: with other costs, for tests."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
        if self._hasher.type is not Type.ID:
            raise ValueError("argon2id, and no other variant")
        self._turn = threading.BoundedSemaphore(_AT_ONCE)
        self._nobodys = ""

    def hash(self, password: str) -> str:
        """What is kept. Whether the password is a good one is `must_be_good`'s business."""
        with self._turn:
            return self._hasher.hash(normal(password))

    def is_of(self, password: str, kept: str | None) -> bool:
        """Whether it is the one that was kept. With None it takes as long, and is not."""
        if not self._nobodys:
            self._nobodys = self.hash("nobody has this one")
        with self._turn:
            try:
                matches = self._hasher.verify(kept or self._nobodys, normal(password)[: 4 * MAX_CHARS])
            except (VerificationError, InvalidHashError, Argon2Error):
                return False
        return matches and kept is not None

    def is_outdated(self, kept: str) -> bool:
        """Whether it was hashed at other costs than today's: it is hashed again when its person signs in."""
        return self._hasher.check_needs_rehash(kept)


def normal(password: str) -> str:
    """One form for what looks the same on two keyboards (NFKC, NIST SP 800-63B)."""
    return unicodedata.normalize("NFKC", password.encode("utf-8", "replace").decode())


def must_be_good(password: str, names: Iterable[str]) -> None:
    """Raises AccountError for one that is short, common, or made of `names` (account, organisation)."""
    text = normal(password)
    if not MIN_CHARS <= len(text) <= MAX_CHARS:
        raise AccountError(f"a password has {MIN_CHARS} to {MAX_CHARS} characters; any will do, also spaces")
    plain = "".join(char for char in text.casefold() if char.isalnum())
    if len(set(text)) < _FEWEST_DIFFERENT or _is_a_run(text):
        raise AccountError("a password is no run of a few characters")
    if plain in worst():
        raise AccountError("this password is among those that are tried first")
    for name in names:
        word = "".join(char for char in normal(name).casefold() if char.isalnum())
        if len(word) >= 3 and len(plain.replace(word, "")) < MIN_CHARS // 2:
            raise AccountError("a password is not made of the account's or the organisation's name")


def worst() -> frozenset[str]:
    """Those of 12 characters and more that are tried first, in small letters and digits."""
    text = resources.files(__package__).joinpath("worst_passwords.txt").read_text("utf-8")
    return frozenset(line for line in text.split("\n") if line and not line.startswith("#"))


def _is_a_run(text: str) -> bool:
    """Whether each character follows the one before by the same step: 123456789012, abcdefghijkl."""
    steps = {ord(after) - ord(before) for before, after in pairwise(text)}
    return len({step % 10 for step in steps} if text.isdecimal() else steps) == 1
