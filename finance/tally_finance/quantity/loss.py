"""What goods lose by themselves: water that dries off, and what nature takes (自然损耗). No IO.

The quotas are those of the Chinese rules for grain and oil stores (粮油仓储管理办法, annex 2): for the whole time in
store, not for each year.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Final

from tally_finance.errors import QuantityError
from tally_finance.estimate import EXACT, Estimate, rectangular

MONTH_S: Final = 30 * 86_400


@dataclass(frozen=True, slots=True)
class Quota:
    """What may be lost of a kind of goods, as shares of what came in: within six months, twelve, and ever."""

    half_year: Decimal
    year: Decimal
    ever: Decimal

    def share(self, stored_s: int) -> Decimal:
        """The share that may be gone after so many seconds."""
        if stored_s <= 6 * MONTH_S:
            return self.half_year
        return self.year if stored_s <= 12 * MONTH_S else self.ever


QUOTAS: Final = {
    "grain": Quota(Decimal("0.001"), Decimal("0.0015"), Decimal("0.002")),
    "oilseed": Quota(Decimal("0.0015"), Decimal("0.002"), Decimal("0.0023")),
    "oil": Quota(Decimal("0.0008"), Decimal("0.001"), Decimal("0.0012")),
    "none": Quota(Decimal(0), Decimal(0), Decimal(0)),
}


def expected(held_kg: Decimal, quota: Quota, stored_s: int) -> Estimate:
    """What is expected to be gone: anything between nothing and the quota, so half of it, plus or minus half."""
    with localcontext(EXACT):
        half = held_kg * quota.share(stored_s) / 2
        return Estimate(half, {}, rectangular(half) ** 2)


def dried(wet_kg: Decimal, moisture_before: Decimal, moisture_after: Decimal) -> Decimal:
    """What is left of `wet_kg` whose moisture (share of the mass) changed. Raises QuantityError.

    The dry matter stays.
    """
    for moisture in (moisture_before, moisture_after):
        if not 0 <= moisture < 1:
            raise QuantityError(f"a moisture of {moisture:f} is no share below 1")
    with localcontext(EXACT):
        return wet_kg * (1 - moisture_before) / (1 - moisture_after)
