"""Signed price quotes into the book: judged by those that stand now, whenever a quote came or the chain was read.

Every quote that is taken is kept. Which of the kept ones stand is asked anew at each judgement: of the sources that the
sheet names by then, by the keys that are good by then, the newest of each, not run out. What they make is a price
(`PriceSeen`) or none (`PriceDoubted`); it takes effect when it is judged, and is written where the book says otherwise.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import sha256
from typing import Final

from tally_edge import cbor
from tally_finance.book.events import event_to_item
from tally_finance.book.goods import Goods
from tally_finance.book.goods_events import PriceDoubted, PriceSeen
from tally_finance.book.journal import AHEAD_S, Entry, Head, Living, Recorded
from tally_finance.book.judging import Pricing, judged
from tally_finance.book.store import News
from tally_finance.desk.deciding import decided
from tally_finance.desk.desk import Desk
from tally_finance.desk.documents import Document, Kind
from tally_finance.errors import BookMovedError, DeskError, PriceError
from tally_finance.lending.quotes import Quote, SignedQuote, decode, encode
from tally_finance.quoting import admit

_decode = lru_cache(maxsize=4096)(decode)


@dataclass(frozen=True, slots=True)
class Moment:
    """When is judged: by the clock and the chain's newest block that is known.

    `seq`: only by the documents that had come before that entry of the book; None for all.
    """

    now: int
    block: int
    seq: int | None = None

    def knew(self, document: Document) -> bool:
        """Whether it had come by then."""
        return self.seq is None or document.seq < self.seq


def take_quote(desk: Desk, text: bytes) -> Recorded | None:
    """Keep a quote, and the entry that says what its commodity's price is with it; None where nothing says anything.

    Raises QuoteFileError for what is no quote, PriceError for one that does not count or is dated ahead, DeskError for
    goods that the sheet gives no price rules for.
    """
    signed = decode(text)
    commodity = _commodity(desk, signed.quote)
    moment = _now(desk)
    if signed.quote.at > desk.clock() + AHEAD_S:
        raise PriceError(f"the quote is of {signed.quote.at}, more than {AHEAD_S} s from now")
    _admitted(desk, signed, moment)
    desk.keep(Kind.QUOTE, encode(signed).encode())
    return judge(desk, (commodity,)).get(commodity)


def judge(desk: Desk, commodities: Collection[str] | None = None) -> dict[str, Recorded]:
    """The entries that say what prices are now, of all commodities or of some, written where the book says otherwise.

    Raises BookMovedError where others write all the time.
    """
    wanted = sorted(desk.sheet.prices if commodities is None else commodities)
    if not wanted:
        return {}
    return decided(desk.sheet.book, lambda: judge_at(desk, wanted, _now(desk), desk.now()))


def judge_at(desk: Desk, commodities: Sequence[str], moment: Moment, known_at: int) -> dict[str, Recorded]:
    """What `judge` does, at any moment. Raises BookMovedError where somebody else wrote meanwhile."""
    entries, said = list(desk.entries()), dict[str, Living]()
    head = Head(entries[-1].entry.seq, entries[-1].digest) if entries else desk.book.head()
    if entries:
        state = desk.state(known_at, moment.now)
        if state.head != head:
            raise BookMovedError(f"somebody else wrote into book {desk.sheet.book} at the same moment")
        said = _said(state.goods)
    quotes, found = _kept(desk, moment), dict[str, Recorded]()
    for commodity in commodities:
        event, last = _judged(desk, desk.sheet.prices[commodity], commodity, quotes, moment), said.get(commodity)
        if last is not None and _same(last.event, event):
            found[commodity] = entries[last.seq - 1]
        elif last is not None or isinstance(event, PriceSeen) or event.lowest_per_t is not None:
            news = News(moment.now, event)
            (made,) = desk.book.append((news,), key=_key(news), known_at=known_at, expected=head)
            head, found[commodity] = Head(made.entry.seq, made.digest), made
    return found


def judge_again(desk: Desk, was: Entry) -> None:
    """What a lost book says was judged, judged again: when is its word, what by the quotes that had come by then."""
    event = was.event
    if not isinstance(event, PriceSeen | PriceDoubted) or event.commodity not in desk.sheet.prices:
        return
    moment = Moment(was.effective_at, event.block or desk.view.block, was.seq)
    judge_at(desk, (event.commodity,), moment, desk.now())


def is_judgement(key: str) -> bool:
    """Whether an entry's key is one of those that are written here."""
    return key.startswith(_KEY)


_KEY: Final = "price "


def _key(news: News) -> str:
    data = cbor.encode([news.effective_at, event_to_item(news.event)])
    return _KEY + sha256(data).hexdigest()[:16]


def _said(goods: Goods) -> dict[str, Living]:
    """What a book says of each commodity's price last: a doubt comes after the price that it doubts."""
    found = {commodity: one for commodity, (one, _) in goods.prices.items()}
    return found | {commodity: one for commodity, (one, _) in goods.price_doubts.items()}


def _same(last: object, event: PriceSeen | PriceDoubted) -> bool:
    """By which block is no news."""
    return isinstance(last, PriceSeen | PriceDoubted) and replace(last, block=event.block) == event


def _now(desk: Desk) -> Moment:
    return Moment(desk.now(), desk.view.history.last_block)


def _kept(desk: Desk, moment: Moment) -> dict[bytes, SignedQuote]:
    """The quotes that had come, by their digests."""
    return {one.digest: _decode(one.body) for one in desk.documents.all(Kind.QUOTE) if moment.knew(one)}


def _judged(
    desk: Desk, pricing: Pricing, commodity: str, kept: Mapping[bytes, SignedQuote], moment: Moment
) -> PriceSeen | PriceDoubted:
    """By those of the kept ones whose keys are good by then."""
    admitted: dict[bytes, Quote] = {}
    for digest, signed in kept.items():
        if pricing.is_of(signed.quote):
            try:
                admitted[digest] = _admitted(desk, signed, moment)
            except PriceError:
                continue
    return judged(commodity, pricing, admitted, moment.now, moment.block)


def _commodity(desk: Desk, quote: Quote) -> str:
    for commodity, pricing in desk.sheet.prices.items():
        if (quote.commodity, quote.currency) == (pricing.quoted_as, pricing.currency):
            return commodity
    raise DeskError(f"nothing is lent here on {quote.commodity!r} in {quote.currency}")


def _admitted(desk: Desk, signed: SignedQuote, moment: Moment) -> Quote:
    """Raises PriceError unless its key is good in the newest block that the desk knows."""
    history = desk.view.history
    return admit(
        signed,
        history.registry,
        chain_id=history.chain_id,
        block_number=moment.block,
        time_seconds=moment.now,
        interested={*desk.sheet.interested, desk.sheet.lender},
    )
