"""How fast somebody may try again: the first tries are free, each one after them waits twice as long. No IO.

OWASP ASVS 4.0.3, 2.2.1: at most 100 tries in an hour at one account. Here they are 5, and some 12 in the first hour.
The wait counts for a name whether or not there is such an account, so it tells nobody which names there are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

FIRST_WAIT_S: Final = 2
LONGEST_WAIT_S: Final = 900
"""A quarter of an hour: whoever keeps guessing at a name does not shut its owner out for the day."""
FORGOTTEN_S: Final = 24 * 3_600


@dataclass(frozen=True, slots=True)
class Tries:
    """How often in vain, and when last (Unix seconds)."""

    failed: int = 0
    last_at: int = 0


@dataclass(frozen=True, slots=True)
class Pace:
    """`free`: tries in vain that cost no wait."""

    free: int

    def wait_s(self, tries: Tries, now: int) -> int:
        """How long until the next try; 0 where it may come now."""
        if tries.failed < self.free or now - tries.last_at >= FORGOTTEN_S:
            return 0
        doubled = min(tries.failed - self.free, 16)
        wait = min(FIRST_WAIT_S << doubled, LONGEST_WAIT_S)
        return max(0, tries.last_at + wait - now)

    def after(self, tries: Tries, now: int) -> Tries:
        """The tries with one more in vain."""
        failed = 0 if now - tries.last_at >= FORGOTTEN_S else tries.failed
        return Tries(failed + 1, now)


OF_ACCOUNT: Final = Pace(free=5)
OF_NETWORK: Final = Pace(free=30)
"""Behind one address there may be an office."""
