"""Every cheat ends in what docs/cheats.md says, honest people are told nothing, and each check is needed."""

from __future__ import annotations

import re

import pytest

from tests.finance.cheats import page, playing
from tests.finance.cheats.case import Case, Guard
from tests.finance.cheats.catalogue import CASES

GUARDS = [(case, guard) for case in CASES for guard in case.guards]


def named(one: object) -> str | None:
    return one.name if isinstance(one, Case) else one.target if isinstance(one, Guard) else None


@pytest.mark.parametrize("case", CASES, ids=named)
def test_a_cheat_ends_in_what_the_page_says(case: Case) -> None:
    playing.check_fraud(case)


@pytest.mark.parametrize("case", CASES, ids=named)
def test_of_honest_people_nothing_is_said(case: Case) -> None:
    playing.check_honest(case)


@pytest.mark.parametrize("case", [case for case in CASES if case.possible], ids=named)
def test_what_remains_is_told_by_nobody(case: Case) -> None:
    playing.check_possible(case)
    assert "(played)" in case.remains


@pytest.mark.parametrize(("case", "guard"), GUARDS, ids=named)
def test_without_its_check_a_cheat_passes(case: Case, guard: Guard) -> None:
    playing.check_guard(case, guard)


def test_the_page_is_that_of_the_catalogue() -> None:
    assert page.PAGE.read_text("utf-8") == page.render(CASES), "run: make pages"


def test_every_case_says_what_it_is() -> None:
    assert len({case.name for case in CASES}) == len(CASES) == 20
    for case in CASES:
        assert case.says
        assert all(text.endswith(".") for text in (case.done, case.played, case.remains))
        assert re.search("[一-鿿]", case.chinese)
