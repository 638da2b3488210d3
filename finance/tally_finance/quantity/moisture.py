"""Goods that dry (含水率): masses of different times made comparable by their dry matter. No IO."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext

from tally_finance.estimate import EXACT, Estimate, rectangular
from tally_finance.quantity.evidence import Shown, near
from tally_finance.quantity.tickets import Ticket


@dataclass(frozen=True, slots=True)
class Moisture:
    """What goods may have had when they came (from, to), and how wrong a measured moisture may be; shares of the mass.

    All samples are wrong together, and so are all gauges.
    """

    intake: tuple[Decimal, Decimal]
    limit: Decimal


@dataclass(frozen=True, slots=True)
class Drying:
    """The moisture of a store by time: the mean of what its gauges show. Every method raises QuantityError."""

    store: str
    moisture: Moisture
    series: Mapping[str, Sequence[Shown]]
    """By metering point."""

    def dry(self, mass: Estimate, at: int) -> Estimate:
        """The dry matter of a mass in store at a time."""
        return mass.by(self._dry_share(at))

    def dry_load(self, net: Estimate, ticket: Ticket) -> Estimate:
        """The dry matter of a load: by its sample; without one by the store it left, or by the range of what comes."""
        if ticket.moisture is not None:
            sampled = Estimate(1 - ticket.moisture, {f"{self.store}/samples": -rectangular(self.moisture.limit)})
            return net.by(sampled)
        if not ticket.came:
            return self.dry(net, ticket.at)
        low, high = self.moisture.intake
        with localcontext(EXACT):
            middle, half = (low + high) / 2, (high - low) / 2
        return net.by(Estimate(1 - middle, {f"{self.store}/moisture at intake": rectangular(half)}))

    def wet(self, dry: Estimate, at: int) -> Estimate:
        """The mass of dry matter at the moisture of a time."""
        share = self._dry_share(at)
        with localcontext(EXACT):
            inverse = 1 / share.value
            parts = {cause: -part * inverse * inverse for cause, part in share.shared.items()}
        return dry.by(Estimate(inverse, parts))

    def _dry_share(self, at: int) -> Estimate:
        shown = [near(series, at, f"{point}/moisture").value for point, series in self.series.items()]
        with localcontext(EXACT):
            mean = sum(shown, Decimal(0)) / len(shown)
        return Estimate(1 - mean, {f"{self.store}/moisture": -rectangular(self.moisture.limit)})
