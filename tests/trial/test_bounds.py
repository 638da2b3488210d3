"""Bounds beside what tables and closed forms say."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tally_trial import bounds


@pytest.mark.parametrize(
    ("found", "runs", "bound"),
    # All of n: the n-th root of 0.05. The others: tables of the beta distribution.
    [(0, 20, "0"), (20, 20, "0.8609"), (60, 60, "0.9513"), (59, 60, "0.9234"), (5, 10, "0.2224"), (1, 1, "0.05")],
)
def test_a_share_is_bounded_from_below(found: int, runs: int, bound: str) -> None:
    assert abs(bounds.share_at_least(found, runs) - Decimal(bound)) < Decimal("0.0001")


@pytest.mark.parametrize(
    # Half of the 95 % point of chi-square with 2(n + 1) degrees of freedom.
    ("events", "bound"),
    [(0, "2.9957"), (1, "4.7439"), (2, "6.2958"), (10, "16.9622")],
)
def test_a_count_is_bounded_from_above(events: int, bound: str) -> None:
    assert abs(bounds.count_at_most(events) - Decimal(bound)) < Decimal("0.0001")
