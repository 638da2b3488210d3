"""How long a session is good, and how fresh a proof of who it is has to be. No IO. OWASP ASVS 4.0.3, 3.3."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

IDLE_S: Final = 30 * 60
ABSOLUTE_S: Final = 12 * 3_600
FRESH_S: Final = 5 * 60
"""What is sensitive is asked for again after so long."""
SEEN_EVERY_S: Final = 60
"""How often a session's last use is written down: reading a page should cost no write."""


@dataclass(frozen=True, slots=True)
class Times:
    """Of a session, in Unix seconds: `proven_at` is when its person last proved who it is."""

    made_at: int
    seen_at: int
    proven_at: int
    ended_at: int | None = None

    def is_good(self, now: int) -> bool:
        """Whether it lets its person in."""
        return self.ended_at is None and now < self.seen_at + IDLE_S and self.made_at <= now < self.made_at + ABSOLUTE_S

    def is_fresh(self, now: int) -> bool:
        """Whether it lets its person do what is sensitive."""
        return self.is_good(now) and now < self.proven_at + FRESH_S

    def is_due(self, now: int) -> bool:
        """Whether its last use is to be written down."""
        return now >= self.seen_at + SEEN_EVERY_S
