"""What signed quotes make of a price at a moment (盯市): a price, or a doubt with what is careful meanwhile. No IO.

1. of each source that the rules name the newest quote stands, if it has not run out       lending.quotes.standing
2. enough of them, fresh and near to one another, make their median the price              lending.prices.price_at
3. it is as old as the oldest quote that it rests on, and stands until the first of these runs out or is too old
4. where they make none, the lowest that stands is all that goods may be worth
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from tally_finance.book.goods_events import PriceDoubted, PriceSeen
from tally_finance.errors import PriceError
from tally_finance.lending import prices
from tally_finance.lending.quotes import Quote, standing

_MOST_SOURCES: Final = 32
_MOST_WHY: Final = 200


@dataclass(frozen=True, slots=True)
class Pricing:
    """How a commodity of the book is priced: what quotes call it, in which currency, and when they make a price."""

    quoted_as: str
    currency: str
    rules: prices.Rules

    def is_of(self, quote: Quote) -> bool:
        """Whether a quote is of this commodity, by a source that counts."""
        its_own = (quote.commodity, quote.currency) == (self.quoted_as, self.currency)
        return its_own and quote.source.hex() in self.rules.sources


def judged(
    commodity: str, pricing: Pricing, quotes: Mapping[bytes, Quote], now: int, block: int
) -> PriceSeen | PriceDoubted:
    """What `quotes`, each under its digest, say of a commodity at `now` (Unix seconds).

    They are admitted (`quoting.admit`) by the chain's `block`. One that is dated ahead counts as if it were said now:
    what is known takes effect at once.
    """
    rules = pricing.rules
    known = {digest: replace(one, at=min(one.at, now)) for digest, one in quotes.items() if pricing.is_of(one)}
    stands = standing(now, known, pricing.quoted_as, pricing.currency)
    try:
        told = [prices.Quote(one.source.hex(), one.at, one.per_t) for one in stands.values()]
        per_t = prices.price_at(now, told, rules)
    except PriceError as error:
        lowest = min((one.per_t for one in stands.values()), default=None)
        return PriceDoubted(commodity, str(error)[:_MOST_WHY], _named(stands), lowest, block)
    resting = {digest: one for digest, one in stands.items() if now - one.at <= rules.max_age_s}
    quoted_at = min(one.at for one in resting.values())
    until = min(min(one.until, one.at + rules.max_age_s) for one in resting.values())
    return PriceSeen(commodity, per_t, _named(resting), quoted_at, until, block)


def _named(quotes: Mapping[bytes, Quote]) -> tuple[bytes, ...]:
    return tuple(sorted(quotes)[:_MOST_SOURCES])
