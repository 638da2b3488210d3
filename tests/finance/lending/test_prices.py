"""Prices: what makes one, and what makes none."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tally_finance.errors import PriceError
from tally_finance.lending.prices import PriceLock, Quote, Rules, lowest, price_at

D = Decimal
RULES = Rules(frozenset("abc"), 2, 3_600, D("0.05"))


def quotes(*told: tuple[str, int, str]) -> list[Quote]:
    return [Quote(source, at, D(per_t)) for source, at, per_t in told]


def test_the_median_of_the_newest() -> None:
    told = quotes(("a", 0, "97"), ("a", 100, "100"), ("b", 90, "102"), ("c", 80, "101"), ("stranger", 100, "1"))
    assert price_at(100, told, RULES) == 101
    assert price_at(95, [*told, Quote("b", 96, D(500))], RULES) == 101  # at 95 nobody knew of 500, nor of 100


def test_only_the_newest_of_a_source_is_judged() -> None:
    """In whatever order they come: an old quote that was none, or two at one time, is past."""
    told = quotes(("a", 0, "0"), ("a", 1, "90"), ("a", 1, "91"), ("a", 50, "100"), ("b", 50, "100"))
    for order in (told, told[::-1]):
        assert price_at(100, order, RULES) == 100


def test_of_two_the_lower() -> None:
    assert price_at(100, quotes(("a", 100, "100"), ("b", 100, "103")), RULES) == 100


@pytest.mark.parametrize(
    ("told", "now", "why"),
    [
        ([("a", 0, "100"), ("b", 3_601, "100")], 3_601, "1 of 3 sources quoted within 3600 s, 2 are needed; not a, c"),
        ([("a", 0, "100"), ("b", 0, "106")], 0, "b quotes 106, too far from the median of 100"),
        ([("a", 0, "94"), ("b", 0, "100"), ("c", 0, "100")], 0, "a quotes 94, too far"),
        ([("a", 0, "0"), ("b", 0, "100")], 0, "a quotes 0 at 0, which is no price"),
        ([("a", 0, "99"), ("a", 0, "100")], 0, "a quotes 99 and 100 at 0"),
        ([("a", 2, "100"), ("b", 2, "100")], 1, "0 of 3 sources"),
    ],
)
def test_no_price(told: list[tuple[str, int, str]], now: int, why: str) -> None:
    with pytest.raises(PriceError, match=why):
        price_at(now, quotes(*told), RULES)


@pytest.mark.parametrize(
    ("quorum", "why"), [(0, "0 of 3 sources"), (4, "4 of 3 sources"), (1, "is no majority: two prices could hold")]
)
def test_rules_that_are_none(quorum: int, why: str) -> None:
    with pytest.raises(PriceError, match=why):
        Rules(frozenset("abc"), quorum, 3_600, D("0.05"))


def test_the_lowest_counts() -> None:
    assert lowest(D(100), None, []) == 100
    assert lowest(D(100), D(99), [D(98), D(99)]) == D("98.5")
    with pytest.raises(PriceError, match="the lowest of the prices is -37"):
        lowest(D(20), D(-37), [])


def test_a_locked_price() -> None:
    lock = PriceLock(D(110), until=100, secured=False)
    assert [lock.price(D(market), 100) for market in (100, 120)] == [100, 110]
    assert PriceLock(D(110), 100, secured=True, haircut=D("0.1")).price(D(90), 100) == 99
    assert lock.price(D(120), 101) == 120
    with pytest.raises(PriceError, match="a lock at 110 less 1 of it is no price"):
        PriceLock(D(110), 100, secured=True, haircut=D(1))
