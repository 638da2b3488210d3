"""What a registry lets a key be used for. Verdict-critical: no IO."""

from __future__ import annotations

import enum


class KeyRole(enum.IntEnum):
    """What a key may be used for; the numbers are the contract's."""

    OPERATOR = 1
    AUTHORITY = 2
    KEEPER = 3
    LENDER = 4
    INSPECTOR = 5
    VERIFIER = 6
    PRICE_SOURCE = 7
    COURT_LIAISON = 8
    REGISTRY_ADMIN = 9
    HOLDER = 10
    SITE_OWNER = 11
    AUCTIONEER = 12

    @property
    def word(self) -> str:
        """How policies and people write it."""
        return self.name.lower().replace("_", "-")
