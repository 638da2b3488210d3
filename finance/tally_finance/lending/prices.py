"""A price that may be lent on (盯市价), from signed quotes of several sources. No IO.

The median of what enough sources said lately, if they do not stray too far from one another; and of several ways to
price the same goods the lowest (就低原则). There is no price by default: who has none may not draw.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext

from tally_finance.errors import PriceError
from tally_finance.estimate import EXACT


@dataclass(frozen=True, slots=True)
class Quote:
    """What a source said at a time (Unix seconds): money per tonne."""

    source: str
    at: int
    per_t: Decimal


@dataclass(frozen=True, slots=True)
class Rules:
    """When quotes make a price. Raises PriceError.

    From `sources`, the newest of each no older than `max_age_s`, at least `quorum` of them, each within `max_spread` (a
    share) of their median.
    """

    sources: frozenset[str]
    quorum: int
    max_age_s: int
    max_spread: Decimal

    def __post_init__(self) -> None:
        if not 0 < self.quorum <= len(self.sources) or self.max_age_s <= 0 or self.max_spread <= 0:
            raise PriceError(
                f"{self.quorum} of {len(self.sources)} sources, {self.max_age_s} s and {self.max_spread:f}"
            )
        if self.quorum * 2 <= len(self.sources):
            raise PriceError(
                f"{self.quorum} of {len(self.sources)} sources is no majority: two prices could hold at once"
            )


def price_at(now: int, quotes: Iterable[Quote], rules: Rules) -> Decimal:
    """Money per tonne. Raises PriceError, saying what is wrong with the quotes.

    Quotes from later than `now` and from other sources say nothing. Of an even number the lower middle one counts.
    """
    newest: dict[str, Quote] = {}
    torn: dict[str, Decimal] = {}  # another price in the same second
    for quote in quotes:
        if quote.source not in rules.sources or quote.at > now:
            continue
        known = newest.get(quote.source, quote)
        if quote.at >= known.at:
            newest[quote.source] = quote
            if quote.at > known.at:
                torn.pop(quote.source, None)
            elif quote.per_t != known.per_t:
                torn[quote.source] = known.per_t
    for source, quote in sorted(newest.items()):
        if quote.per_t <= 0:
            raise PriceError(f"{source} quotes {quote.per_t:f} at {quote.at}, which is no price")
        if source in torn:
            both = sorted((torn[source], quote.per_t))
            raise PriceError(f"{source} quotes {both[0]:f} and {both[1]:f} at {quote.at}")
    fresh = sorted((one for one in newest.values() if now - one.at <= rules.max_age_s), key=lambda one: one.per_t)
    if len(fresh) < rules.quorum:
        silent = ", ".join(sorted(rules.sources - {one.source for one in fresh}))
        raise PriceError(
            f"{len(fresh)} of {len(rules.sources)} sources quoted within {rules.max_age_s} s, {rules.quorum} are "
            f"needed; not {silent}"
        )
    median = fresh[(len(fresh) - 1) // 2].per_t
    for quote in (fresh[0], fresh[-1]):
        with localcontext(EXACT):
            apart = abs(quote.per_t - median) / median
        if apart > rules.max_spread:
            raise PriceError(f"{quote.source} quotes {quote.per_t:f}, too far from the median of {median:f}")
    return median


def lowest(spot: Decimal, futures_less_basis: Decimal | None, days: Sequence[Decimal]) -> Decimal:
    """The lowest of the spot price, the futures price less the basis, and the mean of the days before."""
    with localcontext(EXACT):
        ways = [spot]
        if futures_less_basis is not None:
            ways.append(futures_less_basis)
        if days:
            ways.append(sum(days, Decimal(0)) / len(days))
        least = min(ways)
    if least <= 0:
        raise PriceError(f"the lowest of the prices is {least:f}")
    return least


@dataclass(frozen=True, slots=True)
class PriceLock:
    """A buyer who has agreed a price until a time (锁价).

    `secured`: the lender holds the buyer's margin or guarantee, and lends on the agreed price less `haircut` for the
    buyer; else never on more than the market.
    """

    per_t: Decimal
    until: int
    secured: bool
    haircut: Decimal = Decimal(0)

    def __post_init__(self) -> None:
        if self.per_t <= 0 or not 0 <= self.haircut < 1:
            raise PriceError(f"a lock at {self.per_t:f} less {self.haircut:f} of it is no price")

    def price(self, market: Decimal, now: int) -> Decimal:
        """The price that counts."""
        if now > self.until:
            return market
        if not self.secured:
            return min(market, self.per_t)
        with localcontext(EXACT):
            return self.per_t * (1 - self.haircut)
