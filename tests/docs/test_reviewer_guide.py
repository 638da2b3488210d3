"""The reviewer's guide walks a real year: its figures are those of the file."""

from __future__ import annotations

import csv
import re
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from tally_finance.factors.choice import choose
from tally_finance.factors.factor import Basis
from tally_finance.factors.shipping import shipped
from tally_finance.review.ledger import Ledger, Misstatement
from tally_finance.review.portfolio import Against, Position, financed
from tally_finance.review.sampling import LARGE
from tests.conftest import SHARED
from tests.docs.pages import DOCS

STEEL = SHARED / "meters" / "Steel_industry_data.csv"
PAGE = " ".join((DOCS / "reviewer-guide.md").read_text("utf-8").split())

pytestmark = pytest.mark.shared


def ef(*regions: str, basis: Basis = Basis.LOCATION) -> Decimal:
    return choose(shipped(), "electricity.grid", regions, 2023, basis).factor.value


@pytest.fixture(scope="module", autouse=True)
def _there(shared: Path) -> None:
    """Skips where the year is absent."""
    assert (shared / STEEL).is_file()


def columns() -> tuple[list[Decimal], list[Decimal]]:
    with STEEL.open(encoding="utf-8-sig", newline="") as opened:
        rows = list(csv.DictReader(opened))
    return [Decimal(row["Usage_kWh"]) for row in rows], [Decimal(row["CO2(tCO2)"]) for row in rows]


def test_the_year() -> None:
    kwh, co2_t = columns()
    total = sum(kwh)
    assert f"{len(kwh):,} quarter hours" in PAGE
    assert f"| {total:,} kWh |" in PAGE
    national, provincial = total * ef("CN"), total * ef("CN-JS", "CN")
    assert f"national factor of 2023, {ef('CN')} | 基于位置，全国 | {round(national):,} kg" in PAGE
    assert f"provincial factor (CN-JS), {ef('CN-JS', 'CN')} | 基于位置，省级 | {round(provincial):,} kg" in PAGE
    residual = ef("CN", basis=Basis.RESIDUAL)
    assert f"residual factor, {residual}, without any certificate | 基于市场 | {round(total * residual):,} kg" in PAGE
    assert f"| {sum(co2_t)} t |" in PAGE
    assert f"lie {100 * (provincial - national) / national:.1f} % of the lower one" in PAGE


def test_what_rounding_lost() -> None:
    kwh, co2_t = columns()
    factor = _column_factor(kwh, co2_t)
    assert f"({factor} t/kWh as far as its digits tell)" in PAGE
    exact = sum(kwh) * factor
    lost = 100 * (exact - sum(co2_t)) / exact
    (said,) = re.findall(r"they are ([\d.]+) % below what the column", PAGE)
    assert round(lost, 1) == Decimal(said)


def _column_factor(kwh: list[Decimal], co2_t: list[Decimal]) -> Decimal:
    """The middle of what every stated value allows: half of its last digit to both sides."""
    half = Decimal("0.005")
    told = [(used, co2) for used, co2 in zip(kwh, co2_t, strict=True) if co2]
    low, high = max((co2 - half) / used for used, co2 in told), min((co2 + half) / used for used, co2 in told)
    assert low < high
    return round((low + high) / 2, 7)


def test_ledger_and_portfolio() -> None:
    total = Fraction(round(sum(columns()[0]) * ef("CN-JS", "CN")))

    def material(*errors: int) -> bool:
        entries = [Misstatement(number, "x", "y", Fraction(one)) for number, one in enumerate(errors, 1)]
        return Ledger(entries).materiality(total).is_material

    assert f"5 % of {int(total):,} kg are {int(total * 5 / 100):,} kg" in PAGE
    assert not material(20_000, -20_000)
    assert material(20_000, 8_000)
    assert f"more than {int(100 * LARGE)} % of its electricity" in PAGE
    part = financed(Position("l", 1_200_000_000, 8_000_000_000, Against.EQUITY_AND_DEBT, total, Fraction(2)))
    assert (
        f"attribution (归因) of {float(part.attribution)}: {int(part.emissions):,} kg of the {int(total):,} kg" in PAGE
    )
