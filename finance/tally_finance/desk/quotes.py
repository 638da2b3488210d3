"""A signed price quote into the book: whose key signed it is asked of the registry, and enough of them make a price.

A quote that makes no price yet (too few sources, too far apart) is kept all the same and counts when others come.
"""

from __future__ import annotations

from decimal import Decimal

from tally_finance.book.goods_events import PriceSeen
from tally_finance.book.journal import Recorded
from tally_finance.book.store import News
from tally_finance.desk.desk import Desk
from tally_finance.desk.documents import Document, Kind
from tally_finance.desk.sheet import Pricing
from tally_finance.errors import DeskError, PriceError
from tally_finance.lending.prices import price_at
from tally_finance.lending.quotes import Quote, SignedQuote, decode, encode, speaking
from tally_finance.quoting import admit


def take_quote(desk: Desk, text: bytes) -> tuple[Recorded, ...]:
    """The entry of the price that a quote makes together with those before it; none where they make no price.

    Raises QuoteFileError for what is no quote, PriceError for one that does not count, DeskError for goods that the
    sheet gives no price rules for.
    """
    signed = decode(text)
    commodity, _ = _pricing(desk, signed.quote)
    _admitted(desk, signed)
    kept = desk.keep(Kind.QUOTE, encode(signed).encode())
    return append(desk, kept, commodity, desk.now())


def append(desk: Desk, kept: Document, commodity: str, now: int) -> tuple[Recorded, ...]:
    """Write the price that the kept quotes make at `now`, under the one that made it."""
    key = f"quote {kept.digest.hex()}"
    written = desk.book.under(key)
    found = None if written else price_of(desk, commodity, now, kept.arrival)
    return written if found is None else desk.append((found,), key=key)


def price_of(desk: Desk, commodity: str, now: int, arrival: int) -> News | None:
    """The price of a commodity at `now` by the quotes up to one, as old as the oldest that it rests on."""
    pricing = desk.sheet.prices[commodity]
    rules, known = pricing.rules, {}
    for document in desk.documents.all(Kind.QUOTE):
        signed = decode(document.body)
        if document.arrival <= arrival:
            known[signed.digest] = signed.quote
    told = speaking(now, known.values(), pricing.quoted_as, pricing.currency)
    try:
        per_t = price_at(now, told, rules)
    except PriceError:
        return None
    resting = [one for one in told if one.source in rules.sources and now - one.at <= rules.max_age_s]
    rests = {(one.source, one.at, one.per_t) for one in resting}
    sources = sorted(digest for digest, quote in known.items() if _said(quote) in rests and _is_of(quote, pricing))
    return News(min(one.at for one in resting), PriceSeen(commodity, per_t, tuple(sources[:32])))


def commodity_of(desk: Desk, body: bytes) -> str:
    """The commodity that a kept quote prices. Raises DeskError."""
    return _pricing(desk, decode(body).quote)[0]


def _said(quote: Quote) -> tuple[str, int, Decimal]:
    return quote.source.hex(), quote.at, quote.per_t


def _is_of(quote: Quote, pricing: Pricing) -> bool:
    return (quote.commodity, quote.currency) == (pricing.quoted_as, pricing.currency)


def _pricing(desk: Desk, quote: Quote) -> tuple[str, Pricing]:
    for commodity, pricing in desk.sheet.prices.items():
        if _is_of(quote, pricing):
            return commodity, pricing
    raise DeskError(f"nothing is lent here on {quote.commodity!r} in {quote.currency}")


def _admitted(desk: Desk, signed: SignedQuote) -> Quote:
    """Raises PriceError unless its key was good in the newest block that the desk has read."""
    history = desk.view.history
    return admit(
        signed,
        history.registry,
        chain_id=history.chain_id,
        block_number=history.last_block,
        time_seconds=desk.now(),
        interested={*desk.sheet.interested, desk.sheet.lender},
    )
