"""What a company says of its product: read, or refused by file and key; and from unit to unit."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_edge.errors import ConfigError
from tally_edge.units import PRIMARY_UNITS, SECONDARY_UNITS
from tally_finance.errors import PactError
from tally_finance.export import product_sheet, product_units
from tally_finance.export.pact_extension import DIGITS, told
from tally_finance.export.product_units import per_declared_unit
from tally_finance.pact.fields import UNITS
from tests.finance.export import coil

FILE = Path("product.toml")
AMOUNT = st.decimals(min_value="0.001", max_value=10**6, places=3)


def read(before: str, after: str) -> product_sheet.Sheet:
    assert before in coil.SHEET
    return product_sheet.parse(coil.SHEET.replace(before, after), FILE)


def test_the_example_on_the_page_is_a_sheet() -> None:
    _, _, example = str(product_sheet.__doc__).partition("no IO.\n\n")
    found = product_sheet.parse(example, FILE)
    assert (found.unit.of, found.unit.mass_kg) == ("piece", 12500)
    assert found.valid == (datetime(2023, 12, 31, 16, tzinfo=UTC), datetime(2026, 12, 30, 16, tzinfo=UTC))
    assert found.reasons == {"exempted": "bought slabs come with a footprint of their own"}
    assert found.exempted.percent == Decimal("4.5")


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('of = "kilogram"', 'of = "bundle"', "unit.of: 'bundle' is not one of"),
        ('of = "kilogram"', 'of = "piece"', "unit.mass_kg: is missing: what a piece"),
        ('of = "kilogram"', 'of = "kilogram"\ncolour = 1', "unit.*colour"),
        ('country = "CN"', 'country = "CN"\nregion = "Asia"', "geography.country: of country, region one stands"),
        ('country = "CN"', 'region = "China"', "geography.region: 'China' is no region"),
        ("fossil = 0.002", "", "carbon.fossil: is missing"),
        ("fossil = 0.002", "fossil = -1", "carbon.fossil"),
        ("percent = 0", "", "exempted.percent: is missing"),
        ('standards = ["ISO14067"]', "", "standards: is missing"),
        ("[catenax]", '[validity]\nfrom = 2026-03-01T00:00:00Z\n[catenax]', "validity.to: is missing"),
        ("[catenax]", '[reasons]\nnothing = "x"\n[catenax]', "reasons.*nothing"),
        ("[catenax]", "[catenax", "product.toml: "),
    ],
)  # fmt: skip
def test_faults_name_file_and_key(before: str, after: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        read(before, after)


def test_what_can_not_be() -> None:
    with pytest.raises(PactError, match=r"unit.amount: 0 is no amount"):
        read('of = "kilogram"', 'of = "kilogram"\namount = 0')
    with pytest.raises(PactError, match=r"exempted.reason: is missing"):
        read('reason = "toll', 'reason = " " # "toll')


@pytest.mark.parametrize(
    ("counted", "declared", "amount", "mass", "units"),
    [
        ("kg", "kilogram", 1, 1, 1),
        ("t", "kilogram", 1, 1, Fraction(1, 1000)),
        ("t", "piece", 1, 12500, Fraction(25, 2)),
        ("kWh", "megajoule", 36, 0, 10),
        ("MWh", "kilowatt hour", 1, 0, Fraction(1, 1000)),
        ("J", "megajoule", 1, 0, 10**6),
        ("m3", "liter", 500, 500, Fraction(1, 2)),
        ("l", "cubic meter", 1, 1000, 1000),
        ("min", "hour", 2, 0, 120),
        ("count", "piece", 12, 3, 12),
        ("kg", "square meter", 1, 7, 7),
    ],
)
def test_from_unit_to_unit(counted: str, declared: str, amount: int, mass: int, units: Fraction) -> None:
    assert per_declared_unit(counted, declared, Decimal(amount), Decimal(mass)) == units


def test_nothing_leads_from_one_to_the_other() -> None:
    for counted, declared in (("kWh", "kilogram"), ("count", "kilogram"), ("Cel", "piece"), ("t", "ton kilometer")):
        with pytest.raises(PactError, match=f"in {counted}, and nothing leads from there to {declared}"):
            per_declared_unit(counted, declared, Decimal(1), Decimal(0))
    assert set(product_units._COUNTED) - {"L"} <= PRIMARY_UNITS | SECONDARY_UNITS
    assert set(product_units._DECLARED) <= set(UNITS)


@given(AMOUNT, AMOUNT, AMOUNT)
def test_a_footprint_of_all_that_was_made_is_the_same_in_every_unit(kg: Decimal, made: Decimal, mass: Decimal) -> None:
    """By the kilogram, by the tonne that was counted, by the piece: times what was made it is the whole."""
    whole = Fraction(kg)
    for counted, count in (("kg", Fraction(made)), ("t", Fraction(made) / 1000)):
        for declared, weight in (("kilogram", Decimal(1)), ("piece", mass)):
            units = per_declared_unit(counted, declared, Decimal(1), weight)
            assert whole / count * units * (count / units) == whole
            assert count / units == Fraction(made) / Fraction(weight)


@given(st.fractions(min_value=0, max_value=10**12))
def test_ten_digits_are_told(value: Fraction) -> None:
    near, above = Fraction(told(value)), Fraction(told(value, "ROUND_CEILING"))
    assert abs(near - value) <= value / 10**DIGITS * 5
    assert 0 <= above - value <= value / 10 ** (DIGITS - 1)
    assert Fraction(told(near)) == near
