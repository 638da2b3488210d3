"""A report as the tool makes it from signed readings is one that a review reads, in every part that it asks for."""

from __future__ import annotations

from pathlib import Path

import pytest

from tally_finance.review import checklist, reported, sampling
from tally_finance.review.answer import Shown
from tally_finance.review.pcaf import quality
from tests.finance.activity import works
from tests.finance.report import mill


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
    answers = {one.question: one.said for item in items.values() for one in item.answers}
    assert len(items) == 17
    for question in ("legal entity", "meters", "longest gap", "verification", "chosen", "sources", "U95", "refused"):
        assert answers[question] is not None, question
    for question in ("loan", "type approval", "seal", "misstatements", "the bank's conclusion", "versions"):
        assert answers[question] is None, question
    assert "GEC-2" in str(answers["refused"])
