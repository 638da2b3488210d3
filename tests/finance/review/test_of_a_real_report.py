"""A report as the tool makes it from signed readings is one that a review reads, in every part that it asks for."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from tally_edge.command import main
from tally_finance.bilingual import Words, within
from tally_finance.review import checklist, reported, sampling
from tally_finance.review.answer import Shown
from tally_finance.review.pcaf import quality
from tally_gateway.pages.words import Language
from tests.finance.activity import works
from tests.finance.report import mill, weighed
from tests.finance.report.test_passed_on import LESS


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("works")
    report = mill.made(works.run(works.opened(), mill.DAYS), made)
    (made / "report.json").write_bytes(report.encode())
    (made / "trace.json").write_bytes(report.trace.encode())
    (made / "bound").write_text(repr(report.bound), "utf-8")
    return made


def test_the_bound_is_what_the_report_itself_names(folder: Path) -> None:
    assert repr(reported.load(folder).bound) == (folder / "bound").read_text("utf-8")


def test_every_meter_and_line_is_read(folder: Path) -> None:
    found = reported.load(folder)
    assert {one.amount > 0 for one in found.meters} == {True}
    assert quality(found.parts_of("total-location"), None).weighted == 2
    assert quality(found.parts_of("total-market"), "verified").weighted == 1
    plan = sampling.plan(found.meters, (found.digest, found.to_at), bytes(16))
    assert {one.meter.point for one in plan.visits} <= {one.point for one in found.meters}


def test_the_checklist_answers_what_the_report_says(folder: Path) -> None:
    shown = Shown(reported.load(folder))
    items = {one.number: one for one in checklist.checklist(shown)}
    answers = {one.question.english: one.said for item in items.values() for one in item.answers}
    assert len(items) == 17
    for question in ("legal entity", "meters", "longest gap", "verification", "chosen", "sources", "U95", "refused"):
        assert answers[question] is not None, question
    for question in ("loan", "type approval", "seal", "misstatements", "the bank's conclusion", "versions"):
        assert answers[question] is None, question
    assert "GEC-2" in str(answers["refused"])
    assert answers["passed on to others"] == Words("nothing is taken off", "无扣除")


def test_the_checklist_says_what_is_passed_on(tmp_path: Path) -> None:
    text = mill.INVENTORY.replace("[market]", LESS.format(meter="furnace") + "\n[market]")
    report = mill.made(works.run(works.opened(), mill.DAYS), tmp_path, text=text)
    items = checklist.checklist(Shown(reported.decode(report.encode())))
    (said,) = (one.said for item in items for one in item.answers if one.question.english == "passed on to others")
    assert said is not None
    assert within(said, Language.ENGLISH) == "4720 kWh of purchased electricity to Tenant 1"
    assert within(said, Language.CHINESE) == "purchased electricity 4720 kWh，转供 Tenant 1"


WATER = """
[[use]]
name = "water"
medium = "water"
as = "water"

[[meter]]
name = "water"
limit_percent = 2

[market]"""


def saving(folder: Path, kwh: int, m3: int) -> str:
    """A folder with the report of a works that uses so much a day, its coils weighed."""
    folder.mkdir()
    (folder / "store.toml").write_text(weighed.STORE)
    per_day = {(works.GRID, "energy_import"): [kwh] * mill.DAYS, (works.WATER, "volume"): [m3] * mill.DAYS}
    world = weighed.weigh(works.run(weighed.opened(), mill.DAYS, per_day), mill.DAYS)
    text = weighed.INVENTORY.replace('as = "electricity"\n', 'as = "electricity"\ncoal = "energy.electricity"\n', 1)
    text = text.replace('regions = ["CN"]', 'regions = ["CN", "GB"]', 1).replace("[market]", WATER, 1)
    report = mill.made(world, folder, text=text)
    (folder / "report.json").write_bytes(report.encode())
    (folder / "trace.json").write_bytes(report.trace.encode())
    return str(folder)


@pytest.mark.parametrize(
    ("figure", "unit", "avoided"),
    [("coal", "kgce", "290.044"), ("water", "m3", "118"), ("total-location", "kgCO2e", None)],
)
def test_coal_equivalent_and_water_saved_between_two_reports(
    figure: str, unit: str, avoided: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """40 kWh and 2 m³ a day less for the same coils: 59 days, 0.1229 kgce/kWh. The output's U95 is the report's own."""
    base, now = saving(tmp_path / "base", 100, 5), saving(tmp_path / "now", 60, 3)
    command = ["finance", "review", "reduction", base, now, "--product", "coil", "--figure", figure]
    assert main([*command, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["unit"] == unit
    of = "_kg" if unit == "kgCO2e" else ""
    if avoided is not None:
        assert Decimal(told["avoided"]) == Decimal(avoided)
    assert 0 < Decimal(told[f"sure{of}"]) < Decimal(told[f"avoided{of}"])
    assert main(command) == 0
    assert f"{unit} for a unit: " in capsys.readouterr().out
