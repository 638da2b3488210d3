"""What goods are worth of which a part has a firm buyer at a fixed price (锁价). No IO.

Locked goods bring the buyer's price, and the market's where that is lower: the buyer may not pay. Where its margin
(保证金) is held they may bring more than the market: its price less the haircut on its word, and never more above the
market than the margin holds, which is all that is left if it walks away.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Final

from tally_finance.book.cover_events import PriceLocked
from tally_finance.lending.rounding import down

_STEP: Final = Decimal("0.000001")
"""To which a mean price is rounded down: of 100,000 t it cuts off ten fen."""
_G_PER_T: Final = 10**6


def locked_per_t(market_per_t: Fraction, lock: PriceLocked) -> Fraction:
    """What a tonne of locked goods is worth; `market_per_t` is for their grade, as the lock's price is."""
    agreed = Fraction(lock.per_t)
    plain = min(market_per_t, agreed)
    if lock.margin is None:
        return plain
    backed = market_per_t + Fraction(lock.margin.held) * _G_PER_T / lock.quantity_g
    return max(plain, min(agreed * (1 - Fraction(lock.margin.haircut)), backed))


def mean_per_t(market_per_t: Fraction, pledged_g: int, locks: Iterable[PriceLocked]) -> Decimal | None:
    """The mean price of a facility's goods in a lot, rounded down; None where nothing of them is locked.

    Older locks come first; more than is pledged is locked for nothing here. What leaves takes its share of locked and
    free goods alike.
    """
    free, worth = pledged_g, Fraction(0)
    for lock in locks:
        taken = min(free, lock.quantity_g)
        worth += locked_per_t(market_per_t, lock) * taken
        free -= taken
    if free == pledged_g:
        return None
    return down((worth + market_per_t * free) / pledged_g, _STEP)
