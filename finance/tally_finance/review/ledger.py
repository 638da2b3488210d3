"""The ledger of misstatements (错报汇总): what a reviewer found wrong, and whether it is material. No IO.

A misstatement is material alone or together with others (Commission Implementing Regulation (EU) 2018/2067, article 3).
What was found too high does not pay for what was found too low: each direction is added up by itself, and a reviewer
who finds 4 % in each has found 4 % twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, unique
from fractions import Fraction
from typing import Final

from tally_finance.errors import ReviewError

LEVEL: Final = Fraction(5, 100)
"""Of the total: what those who verify emissions of sites up to 500 kt go by (2018/2067, article 23)."""

LEVEL_OF_LARGE: Final = Fraction(2, 100)
LARGE_KG: Final = 500_000_000
"""Sites above 500 kt a year have the lower level."""


@unique
class Sort(Enum):
    """How a misstatement is known."""

    FACTUAL = "factual"
    JUDGED = "judged"
    PROJECTED = "projected from a sample"


@dataclass(frozen=True, slots=True)
class Misstatement:
    """Stated less what is right, in kgCO2e: above 0 is stated too high. `where`: what it opens to."""

    number: int
    text: str
    where: str
    error: Fraction
    sort: Sort = Sort.FACTUAL
    corrected: bool = False


@dataclass(frozen=True, slots=True)
class Materiality:
    """Sums over what is not corrected, in kgCO2e, each not below 0; `limit` is the level times the total."""

    too_high: Fraction
    too_low: Fraction
    limit: Fraction
    alone: tuple[Misstatement, ...]

    @property
    def is_material(self) -> bool:
        """Whether the report as it stands misleads."""
        return bool(self.alone) or max(self.too_high, self.too_low) > self.limit


class Ledger:
    """Misstatements in order of their numbers, from 1 on without a gap. Raises ReviewError for others."""

    def __init__(self, entries: Iterable[Misstatement] = ()) -> None:
        self.entries: Sequence[Misstatement] = tuple(entries)
        if [one.number for one in self.entries] != list(range(1, len(self.entries) + 1)):
            raise ReviewError("misstatements are numbered from 1 on, none left out")

    def materiality(self, total_kg: Fraction, level: Fraction | None = None) -> Materiality:
        """Against a total of the footprint, above 0, in kgCO2e. Raises ReviewError."""
        if total_kg <= 0:
            raise ReviewError("materiality is a part of a total, and there is none")
        if level is None:
            level = LEVEL_OF_LARGE if total_kg > LARGE_KG else LEVEL
        if not 0 < level < 1:
            raise ReviewError(f"a level of materiality of {Decimal(level.numerator) / level.denominator:f} is none")
        limit = level * total_kg
        left = [one for one in self.entries if not one.corrected]
        return Materiality(
            sum((one.error for one in left if one.error > 0), Fraction(0)),
            -sum((one.error for one in left if one.error < 0), Fraction(0)),
            limit,
            tuple(one for one in left if abs(one.error) > limit),
        )
