"""What may be lent against never exceeds what the evidence supports, however book and stocktake stand."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_finance.errors import QuantityError
from tally_finance.estimate import Estimate, total
from tally_finance.quantity.attested import Rules, Standing, attest

D = Decimal
kilograms = st.integers(0, 10**9).map(D)
spreads = st.integers(0, 10**6).map(D)
causes = st.dictionaries(st.sampled_from(["scale", "density", "gauge"]), st.integers(-(10**5), 10**5).map(D))
estimates = st.builds(lambda value, shared, own: Estimate(value, shared, own * own), kilograms, causes, spreads)


def test_more_than_booked_is_not_lent_against() -> None:
    stock = attest(Estimate(D(1_000), {}, D(1)), Estimate(D(1_100), {}, D(1)), Rules())
    assert (stock.standing, stock.quantity_kg, stock.lower_kg) == (Standing.SURPLUS, D(1_000), D(998))
    assert not stock.is_short_of(D(1_000), D(0))


@pytest.mark.parametrize(
    ("shown", "standing"),
    [(1_000, Standing.AGREE), (996, Standing.AGREE), (995, Standing.LESS), (992, Standing.LESS), (991, Standing.SHORT)],
)
def test_chance_alone_makes_no_shortage(shown: int, standing: Standing) -> None:
    """Of a difference of 2 kg's uncertainty: 4 kg are E_n 1, and 8 kg are what chance does not reach."""
    stock = attest(Estimate(D(1_000), {}, D(2)), Estimate(D(shown), {}, D(2)), Rules())
    assert stock.standing is standing
    assert stock.is_short_of(D(1_000), D(100)) is (standing is Standing.SHORT)


def test_less_than_booked_is_a_shortage_whatever_is_allowed() -> None:
    stock = attest(Estimate(D(1_000), {}, D(1)), Estimate(D(900), {}, D(1)), Rules())
    assert (stock.standing, stock.quantity_kg, stock.lower_kg) == (Standing.SHORT, D(900), D(898))
    assert stock.is_short_of(D(1_000), D(500))


def test_a_book_alone_is_short_only_beyond_noise_and_loss() -> None:
    stock = attest(Estimate(D(990), {}, D(25)), None, Rules())
    assert (stock.standing, stock.en, stock.lower_kg, stock.upper_kg) == (Standing.UNMEASURED, None, D(981), D(999))
    assert stock.is_short_of(D(1_000), D(0))
    assert not stock.is_short_of(D(1_000), D(1))


def test_witnesses_of_one_scale_are_hardly_two() -> None:
    """Weighed in and weighed again on the same scale: what the scale adds to both stays, however often it is asked."""
    book = Estimate(D(1_000), {"scale": D(10)}, D(4))
    stock = attest(book, Estimate(D(1_001), {"scale": D(10)}, D(4)), Rules())
    assert (stock.standing, stock.quantity_kg) == (Standing.AGREE, D("1000.5"))
    assert stock.u_kg**2 == D(102)  # 10 squared, and half of 4


def test_a_stocktake_that_the_book_rests_on_counts_alone() -> None:
    """The book began with a gauge and has grown less certain since; that gauge at the end is all there is to know."""
    measured = Estimate(D(1_000), {"gauge": D(10)})
    book = measured + Estimate(D(5), {"scale": D(30)})
    stock = attest(book, measured, Rules())
    assert (stock.standing, stock.quantity_kg, stock.u_kg) == (Standing.AGREE, D(1_000), D(10))


def test_what_is_certain_decides() -> None:
    counted = Estimate(D(1_000))
    assert attest(counted, counted, Rules()).lower_kg == 1_000
    assert attest(counted, Estimate(D(1_001), {}, D(1)), Rules()).quantity_kg == 1_000
    apart = attest(counted, Estimate(D(999)), Rules())
    assert (apart.standing, apart.en, apart.lower_kg) == (Standing.SHORT, None, D(999))


@pytest.mark.parametrize("rules", [Rules(k=D(-1)), Rules(step_kg=D(0))])
def test_rules_that_are_none(rules: Rules) -> None:
    with pytest.raises(QuantityError, match="are no rules"):
        attest(Estimate(D(1)), None, rules)


@given(book=estimates, measured=st.none() | estimates, k=st.sampled_from([D(0), D("1.645"), D(2), D(3)]))
def test_the_bounds(book: Estimate, measured: Estimate | None, k: Decimal) -> None:
    stock = attest(book, measured, Rules(k=k, step_kg=D(20)))
    assert 0 <= stock.lower_kg <= max(stock.quantity_kg, D(0)) <= stock.upper_kg
    assert stock.lower_kg % 20 == stock.upper_kg % 20 == 0
    witnesses = [book] if measured is None else [book, measured]
    values = [one.value for one in witnesses]
    assert min(values) - D("1e-30") <= stock.quantity_kg <= max(values) + D("1e-30")
    assert stock.u_kg <= max(one.u for one in witnesses) + D("1e-20")
    if stock.standing is Standing.AGREE:
        assert stock.u_kg <= min(one.u for one in witnesses) + D("1e-20")
    if stock.standing in (Standing.LESS, Standing.SHORT, Standing.SURPLUS):
        assert stock.lower_kg <= min(max(one.value - k * one.u, D(0)) for one in witnesses)


@given(st.lists(estimates, max_size=6))
def test_a_sum_is_as_uncertain_as_its_causes_say(every: list[Estimate]) -> None:
    whole = total(every)
    assert whole.value == sum((one.value for one in every), D(0))
    shared = {cause for one in every for cause in one.shared}
    by_cause = sum((sum((one.shared.get(cause, D(0)) for one in every), D(0)) ** 2 for cause in shared), D(0))
    assert whole.variance == by_cause + sum((one.own_variance for one in every), D(0))


@given(one=estimates, other=estimates)
def test_what_is_shared_cancels_in_a_difference(one: Estimate, other: Estimate) -> None:
    apart = one - other
    for cause in {*one.shared, *other.shared}:
        assert apart.shared.get(cause, D(0)) == one.shared.get(cause, D(0)) - other.shared.get(cause, D(0))
    assert (one - one).u ** 2 <= 2 * one.own_variance + D("1e-20")
