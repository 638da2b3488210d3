"""What quotes make of a price: by those that stand, until one of them no longer does, and nothing by default."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tally_finance.book.goods_events import PriceDoubted, PriceSeen
from tally_finance.book.judging import Pricing, judged
from tally_finance.lending.prices import Rules
from tally_finance.lending.quotes import Quote
from tests.finance.book.ledger import digest

COPPER, QUOTED, NOW, MAX_AGE_S, BLOCK = "copper", "cathode copper", 10_000, 1_000, 9
SOURCES = tuple(digest(name) for name in ("north", "east", "south"))
STRANGER = digest("stranger")
PRICING = Pricing(QUOTED, "CNY", Rules(frozenset(one.hex() for one in SOURCES), 2, MAX_AGE_S, Decimal("0.05")))


def quote(source: bytes, yuan: int, at: int = NOW - 10, until: int = NOW + 5_000) -> Quote:
    return Quote(source, QUOTED, yuan * 100, "CNY", at, digest("how"), until)


def named(*quotes: Quote) -> dict[bytes, Quote]:
    return {digest(f"{number}"): one for number, one in enumerate(quotes)}


def said(*quotes: Quote, now: int = NOW) -> PriceSeen | PriceDoubted:
    return judged(COPPER, PRICING, named(*quotes), now, BLOCK)


def test_a_price_is_as_old_as_its_oldest_quote_and_stands_until_the_first_runs_out() -> None:
    north, east, _ = SOURCES
    found = said(quote(north, 70_000, NOW - 300), quote(east, 70_100, NOW - 10, NOW + 60))
    assert found == PriceSeen(
        COPPER, Decimal(70_000), tuple(sorted((digest("0"), digest("1")))), NOW - 300, NOW + 60, BLOCK
    )
    aged = said(quote(north, 70_000, NOW - 300), quote(east, 70_100))
    assert isinstance(aged, PriceSeen)
    assert aged.until == NOW - 300 + MAX_AGE_S


def test_who_no_longer_quotes_near_the_others_ends_the_price_with_the_lowest_word() -> None:
    north, east, south = SOURCES
    found = said(quote(north, 60_000), quote(east, 70_000, NOW - 500), quote(south, 55_000, NOW - 2 * MAX_AGE_S))
    assert isinstance(found, PriceDoubted)
    assert "too far from the median" in found.why
    assert found.lowest_per_t == 55_000  # old words make no price, and are a warning all the same
    assert len(found.sources) == 3


def test_what_has_run_out_is_of_strangers_or_of_other_goods_says_nothing() -> None:
    north, east, south = SOURCES
    over = quote(north, 70_000, until=NOW - 1)
    strange, other = quote(STRANGER, 10), replace(quote(south, 10), commodity="rice")
    dollars = replace(quote(south, 10), currency="USD")
    assert said() == said(over, strange, other, dollars)
    alone = said(over, quote(east, 70_000), strange, other, dollars)
    assert isinstance(alone, PriceDoubted)
    assert alone.lowest_per_t == 70_000


def test_a_newer_word_that_has_run_out_does_not_bring_back_the_one_before() -> None:
    north, east, _ = SOURCES
    found = said(quote(north, 70_000, NOW - 100), quote(north, 60_000, NOW - 50, NOW - 20), quote(east, 70_000))
    assert isinstance(found, PriceDoubted)


def test_what_a_clock_ahead_says_counts_at_once() -> None:
    north, east, _ = SOURCES
    before = (quote(north, 70_000), quote(east, 70_000))
    found = said(*before, quote(north, 50_000, NOW + 200))
    assert isinstance(found, PriceDoubted)
    assert found.lowest_per_t == 50_000


_QUOTES = st.lists(
    st.builds(
        lambda source, yuan, at, lasts: quote(source, yuan, at, at + lasts),
        st.sampled_from([*SOURCES, STRANGER]),
        st.integers(95, 110),
        st.integers(NOW - 1_500, NOW),
        st.integers(0, 3_000),
    ),
    max_size=8,
)


@given(_QUOTES, st.integers(0, 1_200))
def test_a_price_stands_as_long_as_it_says_and_not_a_second_longer(quotes: list[Quote], later: int) -> None:
    found = said(*quotes)
    if isinstance(found, PriceDoubted):
        return
    assert found.quoted_at is not None
    assert found.until is not None
    assert found.quoted_at <= NOW <= found.until
    then = min(NOW + later, found.until)
    assert said(*quotes, now=then) == found
    assert said(*quotes, now=found.until + 1) != found


@given(_QUOTES)
def test_a_doubt_names_no_more_than_the_lowest_word_and_a_price_no_less_than_the_lowest(quotes: list[Quote]) -> None:
    found = said(*quotes)
    by_name = named(*quotes)
    words = [by_name[one].per_t for one in found.sources]
    assert all(by_name[one].source != STRANGER for one in found.sources)
    if isinstance(found, PriceDoubted):
        assert found.lowest_per_t == min(words, default=None)
    else:
        assert min(words) <= found.per_t <= max(words)
        assert len({by_name[one].source for one in found.sources}) >= 2
