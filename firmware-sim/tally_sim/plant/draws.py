"""Numbers that look random and are a function of (seed, name, number) alone: the same everywhere, in any order."""

from __future__ import annotations

import hashlib
from typing import Final

MILLION: Final = 1_000_000


class Draws:
    """One seed's numbers. Two names never share a number, so asking for one more changes no other."""

    def __init__(self, seed: str) -> None:
        """Any text is a seed."""
        self._key = hashlib.sha256(seed.encode()).digest()

    def octets(self, name: str, number: int = 0) -> bytes:
        """32 bytes."""
        return hashlib.blake2b(f"{name}/{number}".encode(), digest_size=32, key=self._key).digest()

    def below(self, bound: int, name: str, number: int = 0) -> int:
        """0..`bound`-1. The bias of a remainder of 64 bits is below any instrument's resolution."""
        return int.from_bytes(self.octets(name, number)[:8], "big") % bound

    def between(self, low: int, high: int, name: str, number: int = 0) -> int:
        """`low`..`high`, both included."""
        return low + self.below(high - low + 1, name, number)

    def happens(self, ppm: int, name: str, number: int = 0) -> bool:
        """True in `ppm` of a million cases."""
        return self.below(MILLION, name, number) < ppm

    def around(self, value: int, spread_ppm: int, name: str, number: int = 0) -> int:
        """`value`, up to `spread_ppm` millionths more or less, evenly."""
        return value + value * self.between(-spread_ppm, spread_ppm, name, number) // MILLION
