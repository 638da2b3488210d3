"""What goods lose by themselves: water that dries off, and what nature takes (自然损耗). No IO.

The quotas are those of the Chinese rules for grain and oil stores (粮油仓储管理办法, annex 2): for the whole time in
store, not for each year.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, localcontext
from itertools import pairwise
from typing import Final

from tally_finance.errors import QuantityError
from tally_finance.estimate import EXACT, Estimate, rectangular

MONTH_S: Final = 30 * 86_400


@dataclass(frozen=True, slots=True)
class Quota:
    """What may be lost of a kind of goods, as shares of what lies there: within six months, twelve, and ever.

    Between these it is taken to go evenly, "ever" to be reached after two years: the rules say only how much by when.
    """

    half_year: Decimal
    year: Decimal
    ever: Decimal

    def share(self, stored_s: int) -> Decimal:
        """The share that may be gone after so many seconds in store."""
        steps = ((0, Decimal(0)), (6, self.half_year), (12, self.year), (24, self.ever))
        with localcontext(EXACT):
            for (since, before), (until, after) in pairwise(steps):
                if stored_s <= until * MONTH_S:
                    part = Decimal(stored_s - since * MONTH_S) / ((until - since) * MONTH_S)
                    return before + (after - before) * part
        return self.ever


QUOTAS: Final = {
    "grain": Quota(Decimal("0.001"), Decimal("0.0015"), Decimal("0.002")),
    "oilseed": Quota(Decimal("0.0015"), Decimal("0.002"), Decimal("0.0023")),
    "oil": Quota(Decimal("0.0008"), Decimal("0.001"), Decimal("0.0012")),
    "none": Quota(Decimal(0), Decimal(0), Decimal(0)),
}


def expected(held_kg: Decimal, quota: Quota, stored_s: int, period_s: int) -> Estimate:
    """What is expected to go in the last `period_s` of `stored_s`: nothing to the quota, so half, give or take half."""
    with localcontext(EXACT):
        half = held_kg * (quota.share(stored_s) - quota.share(max(0, stored_s - period_s))) / 2
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
