"""What honest people do goes through, and so does what the page says remains."""

from __future__ import annotations

import pytest

from tests.museum.case import Case
from tests.museum.catalogue import CASES
from tests.museum.playing import played


def named(case: Case) -> str:
    return case.name


@pytest.mark.parametrize("case", CASES, ids=named)
def test_the_same_by_honest_people_goes_through(case: Case) -> None:
    assert played(case.honest) == ()


@pytest.mark.parametrize("case", [case for case in CASES if case.possible], ids=named)
def test_what_remains_is_possible(case: Case) -> None:
    assert case.possible is not None
    played(case.possible)
    assert "goes through" in case.remains
