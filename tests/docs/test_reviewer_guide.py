"""The reviewer's guide walks a real year: its figures and answers are those of the demo's files.

The demo is played on the year signed in memory; with `DEMO=full` (`make demo-footprint`) through meter, agent and
gateway.
"""

from __future__ import annotations

import csv
import json
import re
import shlex
from collections.abc import Iterator
from contextlib import chdir
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from tally_edge import command
from tally_finance.factors.choice import choose
from tally_finance.factors.factor import Basis
from tally_finance.factors.shipping import shipped
from tally_finance.review.ledger import Ledger, Misstatement
from tally_finance.review.portfolio import Against, Position, financed
from tally_finance.review.sampling import LARGE
from tally_trial.footprint_demo import run
from tally_trial.footprint_demo.site import Site
from tests.docs.pages import DOCS
from tests.finance.demo import steel_in_memory
from tests.finance.demo.steel_in_memory import STEEL

TEXT = (DOCS / "reviewer-guide.md").read_text("utf-8")
PAGE = " ".join(TEXT.split())
BLOCK = re.compile(r"^ *```text\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
DIGEST = "[0-9a-f]{64}"

pytestmark = [pytest.mark.shared, pytest.mark.slow, pytest.mark.usefixtures("shared")]


@dataclass(frozen=True)
class Played:
    folder: Path
    site: Site

    def said(self, report: int) -> dict[str, Any]:
        return dict(json.loads((self.folder / "reports" / str(report) / "report.json").read_bytes()))

    def answers(self) -> Iterator[tuple[str, str]]:
        """Every command of the transcript, and its answer."""
        text = (self.folder / "transcript.txt").read_text("utf-8")
        for part in text.split("\n\n$ "):
            line, _, answer = part.removeprefix("$ ").partition("\n")
            yield line, answer


@pytest.fixture(scope="module")
def played(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Played:
    """Skips where the year is absent."""
    assert (shared / STEEL).is_file()
    folder = tmp_path_factory.mktemp("guide") / "demo"
    site = run.run(folder, steel_in_memory.played(), lambda text: None, lambda what, done, whole: None)
    return Played(folder, site)


def examples() -> list[tuple[str, list[str]]]:
    """The commands of the page, each with the lines that it shows."""
    found = []
    for block in BLOCK.findall(TEXT):
        first, *lines = [line.strip() for line in block.strip().splitlines()]
        assert first.startswith("$ tallystick "), first
        found.append((first.removeprefix("$ "), lines))
    return found


def pattern(text: str) -> str:
    """A line of the page as an expression: `…` is left out, names in capitals stand for a digest, a line or a time."""
    escaped = re.escape(text).replace("…", ".*").replace("KEYID", DIGEST)
    return escaped.replace("LINE", "'.*'").replace("TIME", r"\S+")


def answer_of(played: Played, line: str, capsys: pytest.CaptureFixture[str]) -> str:
    """From the transcript; a command that the demo does not run is typed."""
    asked = re.compile(pattern(line))
    for there, answer in played.answers():
        if asked.fullmatch(there):
            return answer
    with chdir(played.folder):
        assert command.main(shlex.split(line)[1:]) == command.OK
    return capsys.readouterr().out


@pytest.mark.parametrize(("line", "shown"), examples(), ids=lambda one: one[:60] if isinstance(one, str) else "")
def test_every_command_answers_what_the_page_shows(
    line: str, shown: list[str], played: Played, capsys: pytest.CaptureFixture[str]
) -> None:
    answered = iter(answer_of(played, line, capsys).splitlines())
    for one in shown:
        expected = re.compile(pattern(one))
        assert any(expected.fullmatch(there.strip()) for there in answered), one


def ef(*regions: str, basis: Basis = Basis.LOCATION) -> Decimal:
    return choose(shipped(), "electricity.grid", regions, 2023, basis).factor.value


def columns() -> tuple[list[Decimal], list[Decimal]]:
    with STEEL.open(encoding="utf-8-sig", newline="") as opened:
        rows = list(csv.DictReader(opened))
    return [Decimal(row["Usage_kWh"]) for row in rows], [Decimal(row["CO2(tCO2)"]) for row in rows]


def test_the_year_is_the_file(played: Played) -> None:
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


def test_the_report_of_the_demo_says_the_same(played: Played) -> None:
    said = played.said(2)
    figure = said["figures"]["total-location"]
    (power,) = said["media"]
    measured = power["percent"]["measured"]
    assert f"| measured | 实测 | {measured} % |" in PAGE
    assert f"Here every quarter hour is measured: {measured} %." in PAGE
    assert f"| 省级 | {Decimal(figure['kg']):,} kg CO2 |".removeprefix("| 省级 ") in PAGE
    assert f"| {Decimal(figure['u95_kg']):,} kg, {figure['u95_percent']} % |" in PAGE
    assert f"| {Decimal(figure['conservative_kg']):,} kg CO2 |" in PAGE
    (coil,) = said["products"]
    assert f"| {Decimal(coil['kg_per_unit']) * 1000:.3f} kg CO2 |" in PAGE
    (meter,) = [one for one in said["meters"] if one["role"] == "main"]
    assert (meter["accuracy_class"], meter["calibrated_until"]) == ("0.5S", "")
    market = said["figures"]["scope-2-market"]["kg"]
    assert f"基于市场 | {Decimal(market):,} kg" in PAGE
    first = Decimal(played.said(1)["figures"]["total-location"]["kg"])
    assert f"5 % of {first:,} kg are {first * 5 / 100:,} kg" in PAGE


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

    assert f"5 % are {int(total * 5 / 100):,} kg" in PAGE
    assert not material(20_000, -20_000)
    assert material(20_000, 8_000)
    assert f"more than {int(100 * LARGE)} % of its electricity" in PAGE
    part = financed(Position("l", 1_200_000_000, 8_000_000_000, Against.EQUITY_AND_DEBT, total, Fraction(2)))
    assert (
        f"attribution (归因) of {float(part.attribution)}: {int(part.emissions):,} kg of the {int(total):,} kg" in PAGE
    )
