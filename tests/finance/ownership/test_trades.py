"""Rings of sales, against a search over all walks."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise, permutations

from hypothesis import given
from hypothesis import strategies as st

from tally_chain.registry.identifiers import Identifier, Scheme
from tally_finance.ownership.trades import Sale, related, ring

FIRMS = [Identifier(Scheme.USCC, letter) for letter in "ABCDE"]
A, B, C, D, E = FIRMS
DAY = date(2026, 1, 1)


def sold(seller: Identifier, buyer: Identifier, day: int = 0, goods: str = "tin") -> Sale:
    return Sale(seller, buyer, goods, DAY + timedelta(days=day))


def test_the_shortest_way_back() -> None:
    long = [sold(B, C), sold(C, D), sold(D, A)]
    assert ring(sold(A, B), long, 10) == (*long, sold(A, B))
    assert ring(sold(A, B), [*long, sold(B, A, 3)], 10) == (sold(B, A, 3), sold(A, B))


def test_no_way_back() -> None:
    assert ring(sold(A, B), [sold(B, C), sold(C, B), sold(D, A)], 10) is None
    assert ring(sold(A, B), [sold(B, A, 11)], 10) is None
    assert ring(sold(A, B), [sold(B, A, goods="zinc")], 10) is None


def test_the_sale_itself_among_the_known_is_no_ring() -> None:
    assert ring(sold(A, B), [sold(A, B)], 10) is None


firms = st.sampled_from(FIRMS)
sales = st.lists(st.builds(sold, firms, firms, st.integers(-3, 3)), max_size=12)


@given(firms.filter(lambda one: one != A), sales)
def test_it_is_found_exactly_where_one_is(buyer: Identifier, known: list[Sale]) -> None:
    """The second way: every order of every set of firms between, tried out."""
    sale = sold(A, buyer)
    edges = {(one.seller, one.buyer) for one in known if abs((one.on - DAY).days) <= 2}
    between = [firm for firm in FIRMS if firm not in (A, buyer)]
    lengths = [
        len(way) + 1
        for count in range(len(between) + 1)
        for way in permutations(between, count)
        if all(step in edges for step in zip((buyer, *way), (*way, A), strict=True))
    ]
    found = ring(sale, known, 2)
    assert (None if found is None else len(found) - 1) == min(lengths, default=None)
    if found is not None:
        assert found[-1] == sale
        assert all(one.buyer == after.seller for one, after in pairwise(found))
        assert (found[0].seller, found[-2].buyer) == (buyer, A)


def test_who_is_related() -> None:
    parties = [("seller", A), ("buyer", B), ("keeper", C)]
    assert related(parties, [{A, C}, {B, D}]) == [("seller", "keeper")]
    assert related([("seller", A), ("buyer", A)], []) == [("seller", "buyer")]
