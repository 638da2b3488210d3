"""Estimates: values with an uncertainty that remembers what caused it. Exact until a root is taken; no IO.

JCGM 100:2008 (the GUM). Two estimates that were made with one scale, one density, one set of standard weights are wrong
together, so their errors add or cancel; those of two scales with nothing in common add as squares. Each estimate
therefore keeps, beside its value, one signed standard uncertainty per shared cause (5.2.2: within a cause everything is
fully correlated, between causes nothing), and the variance of what is its own.

A weighing in has the sensitivity +1 to its scale's error, a weighing out -1: what the scale adds to both cancels in
what is left.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Context, Decimal, localcontext
from typing import Final

_DIGITS: Final = 50
"""Of the calculations: values have at most some twenty digits, so what a root cuts off lies far behind any rounding."""

EXACT: Final = Context(prec=_DIGITS)


@dataclass(frozen=True, slots=True)
class Estimate:
    """`value`, `shared`: standard uncertainty with its sign by cause, and `own_variance`, all in one unit (squared)."""

    value: Decimal
    shared: Mapping[str, Decimal] = field(default_factory=dict)
    own_variance: Decimal = Decimal(0)

    @property
    def variance(self) -> Decimal:
        """Of the whole."""
        with localcontext(EXACT):
            return sum((part * part for part in self.shared.values()), self.own_variance)

    @property
    def u(self) -> Decimal:
        """The standard uncertainty (标准不确定度)."""
        with localcontext(EXACT):
            return self.variance.sqrt()

    def __add__(self, other: Estimate) -> Estimate:
        """The sum. What is each one's own is taken as independent: add no estimate to itself."""
        return total((self, other))

    def __neg__(self) -> Estimate:
        """With the other sign, and so every sensitivity."""
        return Estimate(-self.value, {cause: -part for cause, part in self.shared.items()}, self.own_variance)

    def __sub__(self, other: Estimate) -> Estimate:
        """The difference: what both share cancels."""
        return total((self, -other))

    def times(self, factor: Decimal) -> Estimate:
        """Multiplied by an exact number."""
        with localcontext(EXACT):
            shared = {cause: part * factor for cause, part in self.shared.items()}
            return Estimate(self.value * factor, shared, self.own_variance * factor * factor)

    def by(self, other: Estimate) -> Estimate:
        """The product of two estimates, to the first order (GUM 5.1.2): each one's error times the other's value."""
        with localcontext(EXACT):
            left, right = self.times(other.value), other.times(self.value)
            return Estimate(self.value * other.value, *_joined((left, right)))

    def covariance(self, other: Estimate) -> Decimal:
        """What both share, as a covariance (协方差): what is each one's own adds nothing to it."""
        with localcontext(EXACT):
            return sum((part * other.shared.get(cause, Decimal(0)) for cause, part in self.shared.items()), Decimal(0))


def total(estimates: Iterable[Estimate]) -> Estimate:
    """The sum of many."""
    every = tuple(estimates)
    with localcontext(EXACT):
        return Estimate(sum((one.value for one in every), Decimal(0)), *_joined(every))


def _joined(estimates: Iterable[Estimate]) -> tuple[dict[str, Decimal], Decimal]:
    shared: dict[str, Decimal] = {}
    own = Decimal(0)
    for one in estimates:
        own += one.own_variance
        for cause, part in one.shared.items():
            shared[cause] = shared.get(cause, Decimal(0)) + part
    return shared, own


def rounded_off(shown: Decimal) -> Decimal:
    """The variance of what a reading leaves off behind its last digit."""
    with localcontext(EXACT):
        digit = Decimal(1).scaleb(int(shown.as_tuple().exponent))
        return digit * digit / 12


def rectangular(limit: Decimal) -> Decimal:
    """The standard uncertainty of an error that lies anywhere within ±`limit` (GUM 4.3.7)."""
    with localcontext(EXACT):
        return limit / Decimal(3).sqrt()
