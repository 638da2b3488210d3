"""How many rows of the audit log people may cause who are nobody: a log that strangers fill tells nothing any more.

Counted by network and over all, by the hour, in memory. The last row that is written says that further ones are not.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import Final

HOUR_S: Final = 3_600
MOST_OF_NETWORK: Final = 300
"""An office that mistypes all morning makes fewer."""
MOST: Final = 5_000

FURTHER: Final = " (further ones of this hour are not written down)"


@dataclass(slots=True)
class Knocks:
    """Of one portal. May be asked from any thread."""

    most_of_network: int = MOST_OF_NETWORK
    most: int = MOST
    _hour: int = -1
    _all: int = 0
    _networks: dict[str, int] = field(default_factory=dict)
    _turn: Lock = field(default_factory=Lock)

    def note(self, about: str, network: str, now: int, *, is_known: bool = False) -> str | None:
        """What to write down of a stranger's request: `about`, the same with a notice, or nothing. `now`: Unix s.

        `is_known`: it was about somebody's account, of which many networks together tell all.
        """
        with self._turn:
            if self._hour != now // HOUR_S:
                self._hour, self._all = now // HOUR_S, 0
                self._networks.clear()
            own = self._networks.get(network, 0)
            if own >= self.most_of_network or (self._all >= self.most and not is_known):
                return None
            self._networks[network], self._all = own + 1, self._all + 1
            is_last = own + 1 == self.most_of_network or self._all == self.most
            return about[:80] + FURTHER if is_last else about
