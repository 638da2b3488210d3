"""The sale of pledged goods: in order of rank, not a coin lost, the surplus to the pledgor."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_finance.errors import LendingError
from tally_finance.lending.waterfall import Claim, Rank, settle

D = Decimal
CLAIMS = (
    Claim("second bank", Rank.PLEDGE, D(300), 20),
    Claim("bank", Rank.PLEDGE, D(600), 10),
    Claim("keeper", Rank.KEEPER, D(50)),
    Claim("court", Rank.COSTS, D(30)),
)


@pytest.mark.parametrize(
    ("proceeds", "paid", "surplus"),
    [
        (1_000, [30, 50, 600, 300], 20),
        (800, [30, 50, 600, 120], 0),
        (60, [30, 30, 0, 0], 0),
        (0, [0, 0, 0, 0], 0),
    ],
)
def test_in_order(proceeds: int, paid: list[int], surplus: int) -> None:
    settled = settle(D(proceeds), CLAIMS)
    assert [one.claim.creditor for one in settled.paid] == ["court", "keeper", "bank", "second bank"]
    assert ([one.amount for one in settled.paid], settled.surplus) == (paid, surplus)
    assert [one.shortfall for one in settled.paid] == [one.claim.amount - one.amount for one in settled.paid]


def test_of_one_second_they_share() -> None:
    three = [Claim(name, Rank.PLEDGE, D(100), 10) for name in ("a", "b", "c")]
    assert [one.amount for one in settle(D(100), three).paid] == [D("33.34"), D("33.33"), D("33.33")]


def test_who_was_never_registered_is_last() -> None:
    """民法典 Art. 414: registered before unregistered, and among those by size."""
    late, other = (Claim(name, Rank.PLEDGE, D(100)) for name in ("late", "other"))
    claims = [late, Claim("bank", Rank.PLEDGE, D(50), 10), other]
    assert [(one.claim.creditor, one.amount) for one in settle(D(100), claims).paid] == [
        ("bank", D(50)),
        ("late", D(25)),
        ("other", D(25)),
    ]


def test_nothing_is_negative() -> None:
    with pytest.raises(LendingError, match="not negative"):
        settle(D(-1), ())


coins = st.integers(0, 10**7).map(lambda fen: D(fen) / 100)
claims = st.builds(Claim, st.sampled_from("abcd"), st.sampled_from(Rank), coins, st.integers(0, 2))


@given(coins, st.lists(claims, max_size=8))
def test_not_a_coin_is_lost(proceeds: Decimal, every: list[Claim]) -> None:
    settled = settle(proceeds, every)
    assert sum((one.amount for one in settled.paid), settled.surplus) == proceeds
    assert sorted(one.claim.creditor for one in settled.paid) == sorted(claim.creditor for claim in every)
    assert all(0 <= one.amount <= one.claim.amount for one in settled.paid)
    if settled.surplus:
        assert all(one.shortfall == 0 for one in settled.paid)
    order = [(one.claim.rank, one.claim.registered_at if one.claim.rank is Rank.PLEDGE else 0) for one in settled.paid]
    for key, one in zip(order, settled.paid, strict=True):
        if one.amount:  # who is paid anything stands behind nobody of a better rank who is not paid in full
            assert all(other.shortfall == 0 for at, other in zip(order, settled.paid, strict=True) if at < key)
