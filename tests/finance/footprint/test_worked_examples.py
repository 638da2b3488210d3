"""Published worked examples, and the steel year by hand arithmetic to the last digit."""

from __future__ import annotations

import csv
import re
from decimal import Decimal as D
from fractions import Fraction
from pathlib import Path

import pytest

from tally_finance.factors.choice import choose
from tally_finance.factors.factor import Basis
from tally_finance.factors.shipping import shipped
from tally_finance.footprint import steps
from tally_finance.footprint.certificates import admitted
from tally_finance.footprint.operations import Op
from tally_finance.footprint.replay import replay
from tally_finance.footprint.scope2 import location, losses, market
from tally_finance.footprint.trace import Node, Trace
from tally_finance.footprint.water import supplied, treated
from tests.finance.factors.examples import factor
from tests.finance.footprint.examples import british, certificate, claim, line, national


def expected(shared: Path, name: str) -> list[D]:
    with (shared / "carbon" / "worked_examples.csv").open(encoding="utf-8-sig") as file:
        row = next(row for row in csv.DictReader(file) if row["id"] == name)
    return [D(number) for number in re.findall(r"\d+\.\d+", row["expected"])]


@pytest.mark.shared
def test_w1_green_certificates_and_the_residual_factor(shared: Path) -> None:
    """25,000 kWh, 5,000 of them green; the printed location factor is the lecture's own, so it comes in a file."""
    by_place, by_market = expected(shared, "W1")
    load = line(25_000)
    printed = factor(region="CN", data_year=2021, value=D("0.5586"))
    registry = shipped().joined([printed], "the lecture")
    chosen = choose(registry, "electricity.grid", ("CN",), 2021, Basis.LOCATION)
    assert location(load, chosen).kg.number == Fraction(by_place) * 1000
    green = admitted([certificate(str(n)) for n in range(5)], [], claim())
    found = market(load, green, national(Basis.RESIDUAL, 2021))
    assert sum(one.kg.number for one in found.emissions) == Fraction(by_market) * 1000
    assert (found.covered.number, found.remainder.number) == (5_000, 20_000)


@pytest.mark.shared
def test_w2_a_reduction_with_its_deduction(shared: Path) -> None:
    """Baseline less project less leakage, times a deduction for uncertainty, as a trace of its own."""

    def tonnes(name: str, *values: str) -> Node:
        parts = [steps.given(D(value), "tCO2e", f"{name} {n}", {"example": "W2"}) for n, value in enumerate(values)]
        return steps.total(name, parts)

    gross = steps.difference("baseline less project", tonnes("baseline", "8", "4"), tonnes("p", ".4", ".2", ".3", ".1"))
    gross = steps.difference("gross reduction", gross, tonnes("leakage", ".8", ".2"))
    net = steps.product("net reduction", gross, steps.constant(D(".89"), "1", "deduction for uncertainty"))
    units = steps.rounded("units", net, D("0.01"), Op.ROUND_DOWN)
    assert [gross.number, net.number] == [Fraction(number) for number in expected(shared, "W2")]
    assert units.number * 100 == 890
    assert replay(Trace.of({"net": units})) == {"net": Fraction(D("8.9"))}


@pytest.mark.shared
def test_w3_electricity_and_water_in_the_united_kingdom(shared: Path) -> None:
    numbers = expected(shared, "W3")
    load, water = line(1000), line(100, "m3", "water")
    found = [
        location(load, british("electricity.grid", Basis.LOCATION)),
        losses(load, british("electricity.grid.losses", Basis.UPSTREAM)),
        supplied(water, british("water.supply", Basis.UPSTREAM)),
        treated(water, british("water.treatment", Basis.UPSTREAM)),
    ]
    assert [one.kg.number for one in found] == [Fraction(number) for number in numbers]


@pytest.mark.shared
def test_w4_follows_from_no_factor(shared: Path) -> None:
    """150 kWh times any factor that ends somewhere: what is printed is not that, for 3 divides 150 and not its digits.

    Its file prints no factor either; so it is told as what it is, and reproduced by nobody.
    """
    printed = expected(shared, "W4")[0]
    per_kwh = Fraction(printed) / 150
    assert per_kwh.denominator % 3 == 0
    assert all(round(per_kwh, places) * 150 != Fraction(printed) for places in range(1, 40))


@pytest.mark.shared
def test_the_steel_year_by_nation_and_province(shared: Path) -> None:
    """Yearly kWh exact; with what the file's own rounded column would have lost."""
    with (shared / "meters" / "Steel_industry_data.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    kwh = sum((D(row["Usage_kWh"]) for row in rows), D(0))
    for region, value in (("CN", "0.5306"), ("CN-JS", "0.5827")):
        found = location(line(kwh), national(Basis.LOCATION, 2023, region))
        assert found.kg.number == Fraction(kwh * D(value))
    exact = sum(Fraction(D(row["Usage_kWh"])) * Fraction(D("0.4585")) / 1000 for row in rows)
    rounded = sum((D(row["CO2(tCO2)"]) for row in rows), D(0))
    assert round((exact - Fraction(rounded)) / exact * 1000) == 82
