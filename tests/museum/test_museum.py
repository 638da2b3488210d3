"""Every case is played, and docs/museum.md says what the plays say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.museum import frauds, page
from tests.museum.case import Case
from tests.museum.catalogue import CASES
from tests.museum.playing import played


def named(case: Case) -> str:
    return case.name


@pytest.mark.parametrize("case", CASES, ids=named)
def test_a_fraud_is_refused_as_the_page_says(case: Case) -> None:
    stops = played(case.fraud)
    assert stops
    assert page.row(case, stops) in page.PAGE.read_text("utf-8").splitlines(), "run: make museum"


def test_the_page_is_up_to_date() -> None:
    text = page.PAGE.read_text("utf-8")
    assert text == page.render(CASES, page.cells_of(text, CASES)), "run: make museum"


def test_every_case_has_a_guard_and_a_name_of_its_own() -> None:
    assert len({case.name for case in CASES}) == len({case.title for case in CASES}) == len(CASES)
    assert all(case.guards and case.does and case.remains and re.search("[一-鿿]", case.chinese) for case in CASES)
    modules = {path.stem for folder in ("frauds", "defects") for path in _folder(folder).glob("[a-z]*.py")}
    assert modules == {case.name for case in CASES}


def _folder(name: str) -> Path:
    return Path(frauds.__file__).parents[1] / name
