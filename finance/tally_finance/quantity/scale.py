"""A weighbridge (地磅) as a measuring instrument: what it may be wrong by, and how wrong its weighings are together.

Limits are those of OIML R 76-1 for class III, in service twice those at verification. Within one verification period
a scale's error is the same in every weighing of that load: over N trucks it adds up N times, not by the root of N. What
is each weighing's own (wind, the place of the axles, rounding) adds up by the root.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Final

from tally_finance.errors import QuantityError
from tally_finance.estimate import EXACT, Estimate, rectangular

_BANDS: Final = ((Decimal(500), Decimal("0.5")), (Decimal(2000), Decimal(1)), (Decimal(10000), Decimal("1.5")))
"""Up to so many verification intervals the limit at verification is so many of them (OIML R 76-1, class III)."""

IN_SERVICE: Final = 2
EXPIRED: Final = 2
"""After its certificate has run out a scale is held to twice its limits in service. Assumed: nobody vouches for it, and
what a scale drifts by in a year more is of the size that a year of service allows."""


@dataclass(frozen=True, slots=True)
class Standard:
    """Weights (砝码) that several scales were adjusted with: they are wrong together. `relative` is a standard
    uncertainty as a share of what is weighed."""

    name: str
    relative: Decimal


@dataclass(frozen=True, slots=True)
class Scale:
    """One scale in one verification period, which `name` names; e and repeatability in kg.

    `repeatability_kg` is the standard deviation of a net weighing's own error. The certificate is good until
    `certified_until` (Unix seconds).
    """

    name: str
    interval_kg: Decimal
    repeatability_kg: Decimal
    certified_until: int
    standards: tuple[Standard, ...] = ()

    def limit_kg(self, load_kg: Decimal) -> Decimal:
        """What it may be wrong by in service at a load. Raises QuantityError above what class III reaches."""
        for most, intervals in _BANDS:
            if load_kg <= most * self.interval_kg:
                return intervals * self.interval_kg * IN_SERVICE
        raise QuantityError(
            f"{load_kg:f} kg is more than {_BANDS[-1][0]:f} intervals of {self.interval_kg:f} kg, "
            f"and scale {self.name} has no class there"
        )

    def net(self, gross_kg: Decimal, tare_kg: Decimal, at: int) -> Estimate:
        """The net weight of one truck, weighed full and empty, at a time (Unix seconds). Raises QuantityError."""
        if not 0 <= tare_kg <= gross_kg:
            raise QuantityError(f"scale {self.name} shows {gross_kg:f} kg full and {tare_kg:f} kg empty")
        wider = EXPIRED if at > self.certified_until else 1
        net = gross_kg - tare_kg
        with localcontext(EXACT):
            shared = {
                f"{self.name}/full": rectangular(self.limit_kg(gross_kg) * wider),
                f"{self.name}/empty": -rectangular(self.limit_kg(tare_kg) * wider),
            }
            for standard in self.standards:
                shared[f"standard/{standard.name}"] = standard.relative * net
            return Estimate(net, shared, self.repeatability_kg * self.repeatability_kg)
