"""From when on something is worth an alert. A lender may set its own. No IO."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from tally_finance.errors import WatchError
from tally_finance.watch.seen_papers import Ends

_DAY_S: Final = 86_400
_MONTH_S: Final = 30 * _DAY_S


@dataclass(frozen=True, slots=True)
class Limits:
    """Times in seconds. Raises WatchError.

    `floor_share`: of the floor, how little above it is near. `ahead_s`: how long before its end something is told of.
    `same_tare`: how many weighings with one tare are too many. `least_journey_s`: the shortest way between any two
    sites, `journeys_s` that of a pair (both names, sorted). `silence_tenths`: of the cadence, and `delivery_s` more,
    after which a meter is silent: readers count 1.5 cadences, and agents pack for up to 900 s. `quiet_s`: how long a
    log may fail to answer. `told_s`: how long what happened at a moment is told of.
    """

    floor_share: Decimal = Decimal("0.05")
    ahead_s: Mapping[Ends, int] = field(default_factory=lambda: dict.fromkeys(Ends, _MONTH_S))
    top_up_ahead_s: int = _DAY_S
    same_tare: int = 4
    least_journey_s: int = 600
    journeys_s: Mapping[tuple[str, str], int] = field(default_factory=dict)
    silence_tenths: int = 15
    delivery_s: int = 960
    quiet_s: int = 30
    told_s: int = _DAY_S

    def __post_init__(self) -> None:
        """Refuse limits that would never or always speak."""
        if not 0 <= self.floor_share < 1 or self.same_tare < 2 or self.silence_tenths < 10:
            raise WatchError(
                f"a floor's {self.floor_share:f}, {self.same_tare} equal tares and {self.silence_tenths} tenths of a "
                "cadence are no limits"
            )
        if self.ahead_s.keys() != set(Ends):
            raise WatchError("how long ahead something is told of is said for everything that ends")
        if min(self.least_journey_s, self.delivery_s, self.quiet_s, self.told_s, self.top_up_ahead_s) < 0:
            raise WatchError("no limit is negative")

    def journey_s(self, one: str, other: str) -> int:
        """The shortest way between two sites."""
        pair = (one, other) if one < other else (other, one)
        return self.journeys_s.get(pair, self.least_journey_s)
