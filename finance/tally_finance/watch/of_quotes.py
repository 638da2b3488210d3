"""What signed quotes say at a moment, as a watch sees it: one market for each kind of goods that is lent on. No IO."""

from __future__ import annotations

from collections.abc import Mapping

from tally_finance.lending.prices import Rules
from tally_finance.lending.quotes import Quote, speaking
from tally_finance.watch.seen_loans import Market


def market_of(
    now: int, goods: str, admitted: Mapping[bytes, Quote], *, quoted_as: str, currency: str, rules: Rules
) -> Market:
    """The market of `goods` at `now`, by quotes that were admitted (`quoting.admit`), each under its file's digest.

    Its evidence are the newest quotes of the sources that count, also where they are too old to make a price.
    """
    told = speaking(now, admitted.values(), quoted_as, currency)
    newest: dict[bytes, tuple[int, bytes]] = {}
    for digest, quote in admitted.items():
        counts = (quote.commodity, quote.currency) == (quoted_as, currency) and quote.source.hex() in rules.sources
        if counts and quote.at <= now:
            newest[quote.source] = max(newest.get(quote.source, (0, b"")), (quote.at, digest))
    return Market(goods, tuple(told), rules, tuple(digest for _, digest in sorted(newest.values())))
