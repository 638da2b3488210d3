"""What is lost where each interval is rounded by itself, as tables of small numbers do. Exact, no IO."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from tally_chain.verify.figures import EXACT
from tally_finance.activity.column import decimal_of, summed
from tally_finance.activity.load import Load


@dataclass(frozen=True, slots=True)
class Rounded:
    """A load times a factor: as a whole, and as the sum of intervals that were each rounded first."""

    exact: Decimal
    rounded: Decimal

    @property
    def lost_share(self) -> Fraction | None:
        """What rounding took, as a share of the whole; below zero where it added. None of nothing."""
        return 1 - Fraction(self.rounded) / Fraction(self.exact) if self.exact else None


def rounded(load: Load, factor: Decimal, last_digit: Decimal) -> Rounded:
    """`load` times `factor`, each interval rounded half even to `last_digit` (0.01: hundredths), and not."""
    parts = []
    for number, times in Counter(load.quantity.tolist()).items():  # few different ones: a meter has few digits
        part = EXACT.multiply(decimal_of(number, load.places), factor)
        digits = round(Fraction(part) / Fraction(last_digit))
        parts.append(EXACT.multiply(last_digit, Decimal(digits * times)))
    return Rounded(EXACT.multiply(load.total, factor), summed(parts))
