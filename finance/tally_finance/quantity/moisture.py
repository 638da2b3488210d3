"""Goods that dry (含水率): how much of a mass is dry matter, which stays the same. No IO."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, localcontext

from tally_finance.errors import QuantityError
from tally_finance.estimate import EXACT, Estimate, rectangular, rounded_off
from tally_finance.quantity.evidence import Shown


@dataclass(frozen=True, slots=True)
class Moisture:
    """What goods may have had when they came (from, to), and how wrong a measured moisture may be; shares of the mass.

    All samples are wrong together, and so are all gauges; `sample_u` is the standard deviation of a sample's own error,
    and what is rounded off is each reading's own.
    """

    intake: tuple[Decimal, Decimal]
    limit: Decimal
    sample_u: Decimal = Decimal(0)

    def of_sample(self, shown: Decimal, store: str) -> Estimate:
        """The dry share of a load by its sample."""
        own = rounded_off(shown) + self.sample_u * self.sample_u
        return Estimate(1 - shown, {f"{store}/samples": -rectangular(self.limit)}, own)

    def of_gauge(self, shown: Sequence[Shown], store: str) -> Estimate:
        """The dry share under a gauge. Readings of one state round alike, so many are no surer than one.

        Raises QuantityError for a moisture that is no share.
        """
        for one in shown:
            if not 0 <= one.value < 1:
                raise QuantityError(f"{store}: a gauge shows a moisture of {one.value:f}, which is no share below 1")
        with localcontext(EXACT):
            mean = sum((one.value for one in shown), Decimal(0)) / len(shown)
        return replace(self.of_store(1 - mean, store), own_variance=rounded_off(shown[0].value))

    def of_store(self, dry_share: Decimal, store: str) -> Estimate:
        """The dry share of a whole store, by what its gauges see."""
        return Estimate(dry_share, {f"{store}/moisture": -rectangular(self.limit)})

    def at_intake(self, store: str) -> Estimate:
        """The dry share of a load that nobody sampled: anything in the range, and all loads alike."""
        low, high = self.intake
        with localcontext(EXACT):
            middle, half = (low + high) / 2, (high - low) / 2
        return Estimate(1 - middle, {f"{store}/moisture at intake": rectangular(half)})
