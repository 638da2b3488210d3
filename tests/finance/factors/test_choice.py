"""Which factor counts: each step of the rule, what is told beside it, and that no order of the input moves it."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_finance.errors import FactorError
from tally_finance.factors.choice import Choice, choose
from tally_finance.factors.factor import Basis, Factor
from tally_finance.factors.registry import Registry
from tests.finance.factors.examples import NOTICE, factor

REGIONS = ("CN-JS", "CN-grid:华东", "CN")


def chosen(factors: list[Factor], year: int = 2023, basis: Basis = Basis.LOCATION, per: str | None = None) -> Choice:
    return choose(Registry.of(factors), "electricity.grid", REGIONS, year, basis, per=per)


def whys(choice: Choice) -> dict[bytes, str]:
    return {one.factor.digest: one.why_not for one in choice.alternatives}


def test_the_narrowest_region_of_the_activitys_year() -> None:
    province, grid, nation = (factor(region=region, value=D(n)) for n, region in enumerate(REGIONS, 1))
    found = chosen([nation, grid, province])
    assert found.factor is province
    assert (found.fallback, found.marks) == (False, ())
    assert found.rule == "CN-JS, the narrowest region; data of 2023, the year asked for"
    assert whys(found) == {
        grid.digest: "a wider region than CN-JS",
        nation.digest: "a wider region than CN-JS",
    }


def test_a_province_that_has_none_falls_to_its_grid_and_says_so() -> None:
    found = chosen([factor(region="CN"), factor(region="CN-grid:华东")])
    assert found.factor.region == "CN-grid:华东"
    assert found.fallback
    assert found.rule == "CN-grid:华东, none of that year for CN-JS; data of 2023, the year asked for"
    assert found.marks == (found.rule,)


def test_the_years_own_factor_stands_before_the_narrower_region_of_an_older_year() -> None:
    old, nation = factor(data_year=2022), factor(region="CN")
    found = chosen([old, nation])
    assert found.factor is nation
    assert whys(found)[old.digest] == "older data: 2022"


def test_an_earlier_year_is_a_fallback_and_a_later_one_never_counts() -> None:
    factors = [factor(data_year=year) for year in (2021, 2022, 2025)]
    found = chosen(factors, 2024)
    assert found.factor.data_year == 2022
    assert found.fallback
    assert "data of 2022, the newest before 2024 (回退)" in found.rule
    assert whys(found)[factors[2].digest] == "its data are of 2025, after the year asked for"
    with pytest.raises(
        FactorError, match=r"no factor for electricity.grid in CN-JS, .*, 2020, location; there are: CN-JS 2021"
    ):
        chosen(factors, 2020)


def test_a_basis_is_never_mixed() -> None:
    others = [factor(basis=basis) for basis in Basis if basis is not Basis.LOCATION]
    with pytest.raises(FactorError, match="no factor for"):
        chosen(others)
    found = chosen([factor(), *others])
    assert found.factor.basis is Basis.LOCATION
    assert set(whys(found).values()) == {f"counts on another basis: {one.basis.value}" for one in others}


def test_nothing_at_all_names_activity_and_regions() -> None:
    with pytest.raises(FactorError, match=r"^no factor for electricity\.grid in CN-JS, CN-grid:华东, CN$"):
        chosen([])
    with pytest.raises(FactorError, match="none was named"):
        choose(Registry.of([factor()]), "electricity.grid", (), 2023, Basis.LOCATION)


def test_superseded_ones_do_not_count() -> None:
    old = factor()
    new = factor(value=D(1), supersedes=old.digest)
    found = chosen([old, new])
    assert found.factor is new
    assert whys(found) == {old.digest: f"superseded by {new.digest.hex()[:12]}"}


def test_the_one_that_counts_all_gases_then_the_admitted_one() -> None:
    carbon, all_gases = factor(), factor(unit="kgCO2e/kWh", sources=(NOTICE,))
    found = chosen([carbon, all_gases])
    assert found.factor is all_gases
    assert found.marks == ("one source (单一来源)",)
    assert whys(found) == {carbon.digest: "counts CO2 alone"}
    alone = factor(value=D(1), sources=(NOTICE,))
    found = chosen([carbon, alone])
    assert found.factor is carbon
    assert whys(found) == {alone.digest: "has one source only"}


def test_an_own_factor_names_whose_it_is() -> None:
    own = factor(data_year=2024)
    registry = Registry.of([factor()]).joined([own], "mill (key 12)")
    found = choose(registry, "electricity.grid", REGIONS, 2024, Basis.LOCATION)
    assert (found.factor, found.owner) == (own, "mill (key 12)")
    assert found.marks == ("own factor of mill (key 12) (自有因子)",)
    assert choose(registry, "electricity.grid", REGIONS, 2023, Basis.LOCATION).marks == ()


def test_two_alike_are_an_error_and_so_are_two_units() -> None:
    with pytest.raises(
        FactorError,
        match=r"alike, and none supersedes another: 1 kgCO2/kWh .*, 2 kgCO2/kWh|2 kgCO2/kWh .*, 1 kgCO2/kWh",
    ):
        chosen([factor(value=D(1)), factor(value=D(2))])
    gross, net = factor(unit="kgCO2e/kWh_gross"), factor(unit="kgCO2e/kWh_net")
    with pytest.raises(FactorError, match="per kWh_gross, kWh_net: say which is meant"):
        chosen([gross, net])
    found = chosen([gross, net], per="kWh_net")
    assert found.factor is net
    assert whys(found) == {gross.digest: "is per kWh_gross, not per kWh_net"}


MANY = st.lists(
    st.builds(
        factor,
        region=st.sampled_from([*REGIONS, "CN-ZJ"]),
        data_year=st.integers(2020, 2025),
        basis=st.sampled_from([Basis.LOCATION, Basis.RESIDUAL]),
        value=st.integers(1, 3).map(D),
    ),
    max_size=8,
)


@given(MANY, st.integers(2019, 2026), st.randoms(use_true_random=False))
def test_no_order_of_the_factors_moves_the_choice(factors: list[Factor], year: int, chance: Any) -> None:
    def said(those: list[Factor]) -> Any:
        try:
            found = chosen(those, year)
        except FactorError as error:
            return str(error)
        return found.factor.digest, found.rule, [(one.factor.digest, one.why_not) for one in found.alternatives]

    first = said(factors)
    chance.shuffle(factors)
    assert said(factors) == first


@given(MANY, st.integers(2019, 2026))
def test_every_factor_of_the_regions_is_chosen_or_told_why_not(factors: list[Factor], year: int) -> None:
    try:
        found = chosen(factors, year)
    except FactorError:
        return
    told = [found.factor.digest, *(one.factor.digest for one in found.alternatives)]
    assert sorted(told) == sorted({one.digest for one in factors if one.region in REGIONS})
    assert all(one.why_not for one in found.alternatives)
    assert found.factor.data_year <= year
