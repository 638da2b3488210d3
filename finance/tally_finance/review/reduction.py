"""A reduction (减排量) against a baseline, at equal production, and how much of it is sure. No IO.

    avoided = baseline emissions / baseline output × output now - emissions now

Whoever makes less emits less; that is no saving. So the baseline is taken at today's production, and beside it stands
what the absolute emissions did: a falling intensity with a rising total is shown as both. What both years share — the
meter's error, the factor's — cancels as far as it is shared (`estimate`), and the lower bound is what a loan may count.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Final

from tally_finance.errors import ReviewError
from tally_finance.estimate import EXACT, Estimate

COVERAGE: Final = 2
"""Standard uncertainties to the bound: about 95 % two-sided (GUM 6.3.3)."""


@dataclass(frozen=True, slots=True)
class Year:
    """Emissions in kgCO2e and output in a declared unit, each with its uncertainty; both over the same period."""

    emissions: Estimate
    output: Estimate
    days: int


@dataclass(frozen=True, slots=True)
class Reduction:
    """All in kgCO2e, but for intensities (kgCO2e per unit) and `percent` (of the baseline at today's output).

    `sure`: the lower bound, which may be below 0. `absolute`: baseline less now, whatever was made.
    """

    avoided: Estimate
    sure: Decimal
    percent: Decimal
    baseline_intensity: Decimal
    intensity: Decimal
    absolute: Decimal

    @property
    def hides_growth(self) -> bool:
        """Whether the intensity falls while the emissions rise."""
        return self.intensity < self.baseline_intensity and self.absolute < 0


def reduction(baseline: Year, now: Year) -> Reduction:
    """What was avoided. Raises ReviewError where nothing was made, or the periods differ by more than a leap day."""
    if baseline.output.value <= 0 or now.output.value <= 0:
        raise ReviewError("without output there is no intensity to compare")
    if abs(baseline.days - now.days) > 1:
        raise ReviewError(f"{baseline.days} days are not compared with {now.days}")
    with localcontext(EXACT):
        per_unit = _quotient(baseline.emissions, baseline.output)
        expected = per_unit.by(now.output)
        avoided = expected - now.emissions
        return Reduction(
            avoided,
            avoided.value - COVERAGE * avoided.u,
            100 * avoided.value / expected.value if expected.value else Decimal(0),
            per_unit.value,
            now.emissions.value / now.output.value,
            baseline.emissions.value - now.emissions.value,
        )


def _quotient(above: Estimate, below: Estimate) -> Estimate:
    """To the first order (GUM 5.1.2): d(a/b) = da/b - a·db/b²."""
    with localcontext(EXACT):
        of_above = above.times(1 / below.value)
        of_below = below.times(-above.value / (below.value * below.value))
        both = of_above + of_below
        return Estimate(above.value / below.value, both.shared, both.own_variance)
