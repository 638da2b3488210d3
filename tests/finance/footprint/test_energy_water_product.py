"""Gas at reference conditions, steam, fuel, coal equivalent; water in and out; shares that add up to one."""

from __future__ import annotations

import random
from decimal import Decimal as D
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_finance.errors import FootprintError, TraceError
from tally_finance.factors.choice import choose
from tally_finance.factors.factor import Basis
from tally_finance.factors.shipping import shipped
from tally_finance.footprint import energy, product, steps, water
from tally_finance.footprint.emission import Scope
from tally_finance.footprint.trace import Trace
from tally_finance.footprint.uncertainty import Cause, Contribution
from tests.finance.footprint.examples import amount, british, line


def conditions(kpa: str, kelvin: str, z: str = "1", causes: tuple[Cause, ...] = ()) -> energy.Conditions:
    return energy.Conditions(amount(D(kpa), "kPa"), amount(D(kelvin), "K"), amount(D(z), "1"), causes)


def test_gas_at_reference_conditions() -> None:
    flowed = line(1000, "m3", "gas")
    same = energy.at_reference(flowed, conditions("101.325", "293.15"))
    assert same.amount.number == 1000
    denser = energy.at_reference(flowed, conditions("405.3", "283.15", "1.01"))
    assert denser.amount.number == 1000 * 4 * Fraction(29315, 28315) * Fraction(101, 100)
    normal = energy.at_reference(flowed, conditions("101.325", "293.15"), energy.Reference.NORMAL)
    assert normal.amount.number == 1000 * Fraction(27315, 29315)
    assert same.unstated == ("conditions of gas",)
    measured = energy.at_reference(flowed, conditions("101.325", "293.15", causes=(Cause("p", D("0.001"), "p"),)))
    assert measured.unstated == ()
    assert [one.group for one in measured.contributions] == ["meter main", "p"]


def test_gas_by_volume_and_by_calorific_value() -> None:
    gas = line(1000, "m3", "gas")
    by_volume = energy.burned(gas, british("fuel.natural_gas", Basis.COMBUSTION, "m3"))
    assert (by_volume.kg.number, by_volume.scope) == (Fraction(D("2066.72")), Scope.DIRECT)
    gross = energy.in_energy(gas, steps.given(D("11.2"), "kWh_gross/m3", "calorific value", {"bill": "June"}))
    assert energy.burned(gross, british("fuel.natural_gas", Basis.COMBUSTION, "kWh_gross")).kg.number == Fraction(
        D("11200") * D("0.18296")
    )
    with pytest.raises(TraceError, match="has no unit here"):
        energy.burned(gross, british("fuel.natural_gas", Basis.COMBUSTION, "kWh_net"))
    assert gross.unstated == ("calorific value of gas",)


def test_chinese_gas_by_net_calorific_value() -> None:
    """38.93 MJ/m3 and 55.54 t/TJ are 2.1621722 kg/m3."""
    net = energy.in_energy(line(1, "m3", "gas"), steps.given(D("0.03893"), "GJ_net/m3", "NCV", {"standard": "default"}))
    factor = choose(shipped(), "fuel.natural_gas", ("CN",), 2023, Basis.COMBUSTION)
    assert energy.burned(net, factor).kg.number == Fraction(D("2.1621722"))


def test_steam_by_enthalpy() -> None:
    carried = energy.steam(line(1000, "kg", "steam"), amount(D("2800.5"), "kJ/kg"), amount(D("84.5"), "kJ/kg", "feed"))
    assert (carried.amount.number, carried.amount.unit) == (Fraction(D("2.716")), "GJ")
    assert carried.unstated == ("enthalpy of steam",)
    with pytest.raises(FootprintError, match="carries more than the water"):
        energy.steam(line(1, "kg"), amount(84, "kJ/kg"), amount(84, "kJ/kg"))


@pytest.mark.parametrize("bad", [("0", "293.15", "1"), ("100", "0", "1"), ("100", "293.15", "-1")])
def test_conditions_lie_above_zero(bad: tuple[str, str, str]) -> None:
    with pytest.raises(FootprintError, match="above zero"):
        energy.at_reference(line(1, "m3"), conditions(*bad))


def test_coal_equivalent() -> None:
    factor = choose(shipped(), "energy.electricity", ("CN",), 2023, Basis.ENERGY)
    found = energy.coal_equivalent(line(10_000), factor)
    assert (found.number, found.unit) == (1229, "kgce")


def test_water_is_supplied_and_what_returns_is_treated() -> None:
    taken = line(100, "m3", "water")
    returned = water.drained(taken, D("0.8"), "cooling tower, survey of May")
    assert water.treated(returned, british("water.treatment", Basis.UPSTREAM)).kg.number == 80 * Fraction(D("0.17088"))
    assert "water: share that returns" in returned.unstated
    balance = water.balance([taken], [line(70, "m3", "drain"), line(20, "m3", "product")])
    assert (balance.unaccounted.number, balance.share.number) == (10, Fraction(1, 10))
    assert water.saved(line(120, "m3", "baseline"), taken).number == 20


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (lambda: water.drained(line(1, "m3"), D(2), "x"), "no share of the water"),
        (lambda: water.drained(line(1, "m3"), D("NaN"), "x"), "no share of the water"),
        (lambda: water.drained(line(1, "m3"), D(1), " "), "with its reason"),
        (lambda: water.supplied(line(1), british("water.supply", Basis.UPSTREAM)), "water is in m3"),
        (lambda: water.supplied(line(-1, "m3"), british("water.supply", Basis.UPSTREAM)), "from zero on"),
        (lambda: water.balance([line(0, "m3")], [line(1, "m3")]), "nothing to balance"),
    ],
)
def test_water_that_can_not_be(made: Any, why: str) -> None:
    with pytest.raises(FootprintError, match=why):
        made()


QUANTITIES = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 10**9), min_size=1).filter(
    lambda found: any(found.values())
)


@given(QUANTITIES, st.fractions(0, 10**9), st.integers(0, 99))
def test_shares_add_up_to_one_and_all_is_shared_out(quantities: dict[str, int], kg: Fraction, seed: int) -> None:
    def computed() -> bytes:
        nodes = {name: amount(value, "kg", name) for name, value in quantities.items()}
        shares = product.by_quantity(nodes)
        assert sum(share.number for share in shares.values()) == 1
        emitted = steps.given(kg, "kgCO2e", "site", {"of": "site"})
        parts = product.allocated(emitted, (Contribution("c", emitted, emitted, "g"),), shares)
        assert sum(part.kg.number for part in parts) == kg
        assert sum(part.contributions[0].u.number for part in parts) == kg
        return Trace.of({f"kg.{part.product}": part.kg for part in parts}).encode()

    first = computed()
    names = list(quantities)
    random.Random(seed).shuffle(names)
    quantities = {name: quantities[name] for name in names}
    assert computed() == first


def test_a_product_per_unit() -> None:
    kg = amount(300, "kgCO2e")
    thirds = product.stated({"a": Fraction(1, 3), "b": Fraction(2, 3)}, "machine hours of the year")
    first, second = product.allocated(kg, (), thirds)
    found = product.intensity(first, amount(8, "piece"))
    assert (found.per_unit.number, found.per_unit.unit) == (Fraction(25, 2), "kgCO2e/piece")
    assert (found.kg.number, second.kg.number) == (100, 200)


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (lambda: product.by_quantity({}), "from zero on"),
        (lambda: product.by_quantity({"a": amount(-1, "kg")}), "from zero on"),
        (lambda: product.by_quantity({"a": amount(0, "kg")}), "over nothing"),
        (lambda: product.stated({"a": Fraction(1, 3), "b": Fraction(2, 3) - Fraction(1, 10**30)}, "x"), "exactly one"),
        (lambda: product.stated({"a": Fraction(2), "b": Fraction(-1)}, "x"), "none is below zero"),
        (lambda: product.stated({"a": Fraction(1)}, " "), "with their reason"),
        (lambda: product.allocated(amount(1), (), {"a": amount(D("0.999"), "1")}), "exactly one"),
        (
            lambda: product.intensity(product.Allocated("a", amount(1, "1"), amount(1), ()), amount(0, "kg")),
            "nothing was made",
        ),
    ],
)
def test_shares_that_can_not_be(made: Any, why: str) -> None:
    with pytest.raises(FootprintError, match=why):
        made()
