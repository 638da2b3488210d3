"""Stocktakes (盘点): how much lies there by its volume, or by the serials that are seen. No IO.

A stocktake is another witness than the scale: it sees what lies there now, however it came and went.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext

from tally_finance.errors import QuantityError
from tally_finance.estimate import EXACT, Estimate, rectangular, rounded_off, total


@dataclass(frozen=True, slots=True)
class Gauge:
    """A level gauge over a store. `volume_m3` is that of the full store, with its standard uncertainty.

    `limit` is what the gauge may be wrong by for as long as it hangs there, `flicker` the standard deviation of one
    reading's own error; both as shares of the full height.
    """

    name: str
    volume_m3: Decimal
    volume_u_m3: Decimal
    limit: Decimal
    flicker: Decimal

    def volume(self, levels: Sequence[Decimal]) -> Estimate:
        """Cubic metres by readings of one level, shares of the full height: each flickers anew.

        Raises QuantityError for one that is no share.
        """
        for level in levels:
            if not 0 <= level <= 1:
                raise QuantityError(f"gauge {self.name} shows {level:f}, which is no share of its height")
        with localcontext(EXACT):
            mean = sum(levels, Decimal(0)) / len(levels)
            shared = {f"{self.name}/level": rectangular(self.limit)}
            own = self.flicker * self.flicker / len(levels) + rounded_off(levels[0])
            shown = Estimate(mean, shared, own)
            return shown.by(Estimate(self.volume_m3, {f"{self.name}/volume": self.volume_u_m3}))


@dataclass(frozen=True, slots=True)
class Density:
    """How dense goods lie (堆积密度), kg/m3, with its standard uncertainty. `name`: what was measured together.

    `spread` is the standard deviation by which goods of another time lie denser or looser than the measured ones.
    """

    name: str
    kg_per_m3: Decimal
    u: Decimal
    spread: Decimal = Decimal(0)

    @property
    def estimate(self) -> Estimate:
        """As an estimate: wrong by the same wherever goods were measured together, and by its own at each time."""
        return Estimate(self.kg_per_m3, {f"density/{self.name}": self.u}, self.spread * self.spread)


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Goods with serials: the mass of those that enough witnesses saw, and the serials that too few did."""

    mass: Estimate
    serials: tuple[str, ...]
    missing: tuple[str, ...]


def by_serials(
    weights: Mapping[str, Estimate], seen: Mapping[str, Mapping[str, int]], *, since: int, witnesses: int
) -> Confirmed:
    """The serials of `weights` (kg, from their own weighing) that at least `witnesses` kinds of readers saw.

    `seen` has, by kind of reader, when each serial was seen last; before `since` (Unix seconds) it does not count. A
    serial that nobody weighed counts nowhere.
    """
    if witnesses < 1:
        raise QuantityError("goods that no witness needs to see are no stocktake")
    confirmed: list[str] = []
    missing: list[str] = []
    for serial in sorted(weights):
        saw = sum(last.get(serial, since - 1) >= since for last in seen.values())
        (confirmed if saw >= witnesses else missing).append(serial)
    return Confirmed(total(weights[serial] for serial in confirmed), tuple(confirmed), tuple(missing))


def misses_that_count(read_rate: Decimal, chance: Decimal) -> int:
    """After how many misses in a row a serial is missing: honest goods are missed as often with less than `chance`.

    `read_rate`: how many of the tags that are there one inventory reads. Raises QuantityError.
    """
    if not 0 < read_rate <= 1 or not 0 < chance < 1:
        raise QuantityError(f"a read rate of {read_rate:f} and a chance of {chance:f} decide nothing")
    with localcontext(EXACT):
        misses, left = 1, 1 - read_rate
        while left >= chance:
            misses, left = misses + 1, left * (1 - read_rate)
        return misses
