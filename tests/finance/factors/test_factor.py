"""A factor: what it must say, what its digest binds, when it is admitted."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_finance.errors import FactorError
from tally_finance.factors.factor import Basis, Factor, Read, Source, factor_of, form_of
from tally_finance.factors.registry import Registry
from tally_finance.factors.unit import Gas, Unit
from tests.finance.factors.examples import BASE, NOTICE, PRESS, factor

TEXT = st.text(st.characters(codec="utf-8", categories=("L", "N")), min_size=1, max_size=20).map(
    lambda text: normalize("NFC", text)
)
SOURCES = st.builds(Source, TEXT, TEXT, st.sampled_from(Read))
VALUES = st.decimals(min_value=0, max_value=10**6, places=8).map(abs)
FACTORS = st.builds(
    factor,
    region=TEXT,
    data_year=st.integers(1990, 2100),
    basis=st.sampled_from(Basis),
    value=VALUES,
    unit=st.sampled_from(["kgCO2/kWh", "lbCO2/MWh", "tCO2/TJ_net", "kgCO2e/m3", "kgCO2e/kgCH4"]),
    sources=st.lists(SOURCES, min_size=1, max_size=4).map(tuple),
    u_percent=st.none() | st.decimals(min_value=0, max_value=99, places=2).map(abs),
)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"activity": "Electricity"}, "is no activity"),
        ({"activity": "electricity..grid"}, "is no activity"),
        ({"region": " CN"}, "is no region"),
        ({"region": ""}, "is no region"),
        ({"data_year": 202}, "years lie from"),
        ({"reporting_year": 20223}, "years lie from"),
        ({"value": D(-1)}, "no exact number"),
        ({"value": D("-0")}, "no exact number"),
        ({"value": D("NaN")}, "no exact number"),
        ({"value": D("0." + "1" * 31)}, "no exact number"),
        ({"u_percent": D(100)}, "no standard uncertainty"),
        ({"u_percent": D(-1)}, "no standard uncertainty"),
        ({"licence": " "}, "under which licence"),
        ({"sources": ()}, "1 to 8 sources"),
        ({"sources": (NOTICE,) * 9}, "1 to 8 sources"),
    ],
)
def test_what_no_factor_can_be_is_refused(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(FactorError, match=why):
        factor(**changes)


@pytest.mark.parametrize(("title", "locator"), [("", "page 1"), ("a notice", ""), ("a notice", "  "), ("a\nb", "p")])
def test_a_source_that_nobody_can_look_up_is_none(title: str, locator: str) -> None:
    with pytest.raises(FactorError, match="nobody can look its value up"):
        Source(title, locator, Read.PRIMARY)


@pytest.mark.parametrize("text", ["kgCO2", "kgCO2/parsec", "kg/kWh", "kgCO2/kWh/kWh", "KGCO2/kWh", "kgCO2/kWh "])
def test_an_unknown_unit_is_refused(text: str) -> None:
    with pytest.raises(FactorError, match="is no unit"):
        Unit.parse(text)


def test_units_become_common_ones_exactly() -> None:
    for written, common, value in (
        ("lbCO2/MWh", "kgCO2/kWh", D("0.00045359237")),
        ("gCO2/kWh", "kgCO2/kWh", D("0.001")),
        ("tCO2/MWh", "kgCO2/kWh", D(1)),
        ("tCO2/TJ_net", "kgCO2/GJ_net", D(1)),
        ("tCO2/GJ", "kgCO2/GJ", D(1000)),
        ("kgCO2e/t", "kgCO2e/kg", D("0.001")),
        ("kgCO2e/kWh_gross", "kgCO2e/kWh_gross", D(1)),
        ("kgce/kWh", "kgce/kWh", D(1)),
    ):
        unit = Unit.parse(written)
        assert (str(unit), str(unit.common), unit.to_common) == (written, common, value)
    assert Unit.parse("kgCO2e/kWh").gas is Gas.CO2E


def test_one_source_is_marked_and_a_primary_one_is_not() -> None:
    assert factor().admitted
    assert factor().mark == ""
    twice = Source(f" {NOTICE.title.upper()}  ", "another page", Read.TRANSCRIPTION)
    for sources in ((NOTICE,), (NOTICE, NOTICE), (NOTICE, twice), (Source("x", "y", Read.COPY),)):
        found = factor(sources=sources)
        assert not found.admitted
        assert found.mark == "one source (单一来源)"
    assert factor(sources=(Source("workbook", "'Fuels'!D39", Read.PRIMARY),)).admitted


def test_everything_that_a_factor_says_is_in_its_digest() -> None:
    changes: list[dict[str, Any]] = [
        {"activity": "electricity.grid.losses"},
        {"region": "CN-ZJ"},
        {"data_year": 2022},
        {"basis": Basis.RESIDUAL},
        {"value": D("0.58270")},
        {"unit": "kgCO2e/kWh"},
        {"sources": (NOTICE,)},
        {"licence": "other"},
        {"reporting_year": 2025},
        {"u_percent": D(2)},
        {"note": "about"},
        {"supersedes": bytes(32)},
    ]
    assert {key for one in changes for key in one} == set(Factor.__dataclass_fields__)
    digests = [factor(**one).digest for one in changes]
    assert len({factor().digest, *digests}) == len(changes) + 1
    assert factor(sources=(PRESS, NOTICE)).digest == factor().digest
    assert factor().digest == Factor(**BASE).digest


@given(FACTORS)
def test_a_factor_comes_back_from_what_is_hashed(one: Factor) -> None:
    again = factor_of(form_of(one))
    assert again.digest == one.digest
    assert form_of(again) == form_of(one)


@given(st.lists(FACTORS, max_size=6), st.randoms(use_true_random=False))
def test_a_registry_is_the_same_in_every_order(factors: list[Factor], chance: Any) -> None:
    registry = Registry.of(factors)
    chance.shuffle(factors)
    again = Registry.of(factors)
    assert registry.digest == again.digest
    assert [one.digest for one in registry] == [one.digest for one in again]


def test_what_is_superseded_stays_and_is_told() -> None:
    old = factor()
    new = factor(value=D("0.5830"), supersedes=old.digest)
    registry = Registry.of([new, old])
    assert registry.superseded_by(old) is new
    assert registry.superseded_by(new) is None
    assert registry.get(old.digest) is old
    assert registry.found(old.digest.hex()[:20]) is old
    assert registry.digest != Registry.of([old]).digest


def test_supersession_is_one_to_one_and_of_the_same_thing() -> None:
    old = factor()
    with pytest.raises(FactorError, match="which is not here"):
        Registry.of([factor(value=D(1), supersedes=old.digest)])
    with pytest.raises(FactorError, match="superseded twice"):
        Registry.of([old, *(factor(value=D(one), supersedes=old.digest) for one in (1, 2))])
    with pytest.raises(FactorError, match="for something else"):
        Registry.of([old, factor(region="CN-ZJ", supersedes=old.digest)])
    with pytest.raises(FactorError, match="another digest"):
        Registry({bytes(32): old})
    with pytest.raises(FactorError, match="no factor"):
        Registry.of([old]).get(bytes(32))
    with pytest.raises(FactorError, match="2 factors have a digest"):
        Registry.of([old, factor(value=D(2))]).found("")


def test_an_own_factor_names_its_owner_and_a_shipped_one_keeps_none() -> None:
    shipped, own = factor(), factor(region="supplier:one", basis=Basis.SUPPLIER)
    registry = Registry.of([shipped]).joined([shipped, own], "mill")
    assert dict(registry.owners) == {own.digest: "mill"}
    assert len(registry) == 2
