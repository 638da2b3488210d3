"""Data quality, materiality, reduction and financed emissions: by hand arithmetic and by properties."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_finance.errors import ReviewError
from tally_finance.estimate import Estimate
from tally_finance.review.ledger import LARGE_KG, Ledger, Misstatement
from tally_finance.review.pcaf import Option, Part, Rests, quality
from tally_finance.review.portfolio import Against, Position, financed, portfolio
from tally_finance.review.reduction import Year, reduction

VERIFIED = "TÜV's verification, unmodified, stands for it"


def part(emissions: int, rests: Rests = Rests.DEVICES) -> Part:
    return Part(rests.name, Fraction(emissions), rests)


def test_a_signature_is_no_verification() -> None:
    assert quality([part(100)], None).weighted == 2
    assert quality([part(100)], VERIFIED).weighted == 1


@pytest.mark.parametrize(
    ("rests", "alone", "verified"),
    [
        (Rests.DEVICES, Option.ENERGY, Option.VERIFIED),
        (Rests.STATED, Option.REPORTED, Option.VERIFIED),
        (Rests.CEILINGS, Option.PRODUCTION, Option.PRODUCTION),
        (Rests.PRODUCTION, Option.PRODUCTION, Option.PRODUCTION),
        (Rests.REVENUE, Option.REVENUE, Option.REVENUE),
        (Rests.ASSETS, Option.ASSETS, Option.ASSETS),
    ],
)
def test_what_a_part_rests_on_decides(rests: Rests, alone: Option, verified: Option) -> None:
    assert quality([part(1, rests)], None).parts[0].option is alone
    assert quality([part(1, rests)], VERIFIED).parts[0].option is verified


def test_scores_are_weighted_by_emissions() -> None:
    found = quality([part(90), part(10, Rests.CEILINGS)], None)
    assert found.weighted == Fraction(21, 10)
    assert found.worst == 3
    assert quality([], VERIFIED).weighted == 5
    with pytest.raises(ReviewError, match="below 0"):
        quality([part(-1)], None)


@given(st.lists(st.builds(part, st.integers(0, 10**9), st.sampled_from(Rests)), max_size=8))
def test_a_score_is_on_the_scale_and_no_verification_makes_it_worse(parts: list[Part]) -> None:
    alone, verified = quality(parts, None), quality(parts, VERIFIED)
    assert 1 <= verified.weighted <= alone.weighted <= 5
    assert alone.weighted >= 2
    assert alone.weighted <= alone.worst


def misstatement(number: int, error: int, *, corrected: bool = False) -> Misstatement:
    return Misstatement(number, "a meter left out", "point 7", Fraction(error), corrected=corrected)


def test_directions_do_not_pay_for_one_another() -> None:
    ledger = Ledger([misstatement(1, 30), misstatement(2, -40), misstatement(3, 15), misstatement(4, -8)])
    found = ledger.materiality(Fraction(1000))
    assert (found.too_high, found.too_low, found.limit) == (45, 48, 50)
    assert not found.is_material
    assert Ledger([misstatement(1, -30), misstatement(2, -21)]).materiality(Fraction(1000)).is_material
    assert not Ledger([misstatement(1, -30), misstatement(2, -20)]).materiality(Fraction(1000)).is_material


def test_one_may_be_material_alone_and_what_is_corrected_counts_no_more() -> None:
    found = Ledger([misstatement(1, 51), misstatement(2, -900, corrected=True)]).materiality(Fraction(1000))
    assert [one.number for one in found.alone] == [1]
    assert found.too_low == 0
    assert found.is_material


def test_large_sites_have_the_lower_level() -> None:
    ledger = Ledger([misstatement(1, LARGE_KG * 3 // 100)])
    assert not ledger.materiality(Fraction(LARGE_KG)).is_material
    assert ledger.materiality(Fraction(LARGE_KG + 1)).is_material


@pytest.mark.parametrize("total", [0, -1])
def test_no_total_no_materiality(total: int) -> None:
    with pytest.raises(ReviewError, match="there is none"):
        Ledger().materiality(Fraction(total))


def test_what_is_no_ledger() -> None:
    with pytest.raises(ReviewError, match="numbered"):
        Ledger([misstatement(2, 1)])
    with pytest.raises(ReviewError, match="level"):
        Ledger().materiality(Fraction(1), Fraction(1))


def year(emissions: str, output: str, shared: str = "0", own: str = "0", days: int = 365) -> Year:
    cause = {"factor": Decimal(emissions) * Decimal(shared)}
    return Year(Estimate(Decimal(emissions), cause, Decimal(own)), Estimate(Decimal(output)), days)


def test_reduction_is_taken_at_todays_output() -> None:
    found = reduction(year("1000", "100"), year("900", "60"))
    assert found.avoided.value == -300  # the baseline at 60 is 600
    assert found.absolute == 100
    assert (found.baseline_intensity, found.intensity) == (10, 15)
    assert found.percent == -50


def test_growth_behind_a_falling_intensity_is_shown() -> None:
    found = reduction(year("1000", "100"), year("1500", "200"))
    assert (found.avoided.value, found.absolute) == (500, -500)
    assert found.hides_growth
    assert not reduction(year("1000", "100"), year("800", "100")).hides_growth


def test_what_both_years_share_cancels() -> None:
    """A factor that is 5 % wrong is 5 % of the saving, and not 5 % of each year."""
    found = reduction(year("1000", "100", shared="0.05"), year("800", "100", shared="0.05"))
    assert found.avoided.value == 200
    assert found.avoided.u == 10
    assert found.sure == 180
    apart = reduction(year("1000", "100", own="2500"), year("800", "100", own="1600"))
    assert apart.avoided.variance == 4100
    assert apart.sure < 200 - 2 * 64


def test_a_saving_within_the_noise_is_not_sure() -> None:
    assert reduction(year("1000", "100", own="2500"), year("990", "100", own="2500")).sure < 0


@pytest.mark.parametrize(
    ("baseline", "now"),
    [
        (year("1", "0"), year("1", "1")),
        (year("1", "1"), year("1", "-1")),
        (year("1", "1"), year("1", "1", days=363)),
    ],
)
def test_years_that_are_not_compared(baseline: Year, now: Year) -> None:
    with pytest.raises(ReviewError):
        reduction(baseline, now)


@given(st.integers(1, 10**6), st.integers(1, 10**4), st.integers(1, 10**6), st.integers(1, 10**4))
def test_avoided_is_the_formula(base_kg: int, base_out: int, now_kg: int, now_out: int) -> None:
    found = reduction(year(str(base_kg), str(base_out)), year(str(now_kg), str(now_out)))
    exact = Fraction(base_kg, base_out) * now_out - now_kg
    assert math.isclose(found.avoided.value, exact, rel_tol=1e-30, abs_tol=1e-30)


def position(loan: str = "L-1", out: int = 250, whole: int = 1000, kg: int = 800, score: int = 2) -> Position:
    return Position(loan, out, whole, Against.EQUITY_AND_DEBT, Fraction(kg), Fraction(score))


def test_financed_emissions() -> None:
    found = portfolio([position("L-2", 750, 1000, 100, 4), position()])
    assert [one.position.loan for one in found.loans] == ["L-1", "L-2"]
    assert [one.emissions for one in found.loans] == [200, 75]
    assert found.emissions == 275
    assert found.score == Fraction(2 * 250 + 4 * 750, 1000)
    assert found.intensity == Fraction(275, 1000)
    nothing = portfolio([position(out=0)])
    assert (nothing.emissions, nothing.score) == (0, None)


@pytest.mark.parametrize(
    "wrong", [position(out=1001), position(out=-1), position(whole=0), position(kg=-1), position(score=6)]
)
def test_what_is_no_part(wrong: Position) -> None:
    with pytest.raises(ReviewError):
        financed(wrong)


def test_a_loan_counts_once() -> None:
    with pytest.raises(ReviewError, match="twice"):
        portfolio([position(), position()])
