"""A guard that is taken out is missed: each check off the chain, and of contracts a few; `make museum` proves all."""

from __future__ import annotations

import pytest

from tally_chain import solidity
from tests.museum import page
from tests.museum.case import Broken, Case, Silenced
from tests.museum.catalogue import CASES
from tests.museum.hall import Stop
from tests.museum.playing import prove

COMPILED = ("tradetrust_nominee", "tinlake_recover")
BROKEN = [(case, guard) for case in CASES for guard in case.guards if isinstance(guard, Broken)]
SILENCED = [(case, guard) for case in CASES for guard in case.guards if isinstance(guard, Silenced)]


def named(case: object) -> str | None:
    return case.name if isinstance(case, Case) else None


@pytest.mark.parametrize(("case", "guard"), SILENCED, ids=named)
def test_a_check_that_finds_nothing_is_missed(case: Case, guard: Silenced) -> None:
    prove(case, guard)


@pytest.mark.parametrize(("case", "guard"), [one for one in BROKEN if one[0].name in COMPILED], ids=named)
def test_a_guard_of_a_contract_that_is_taken_out_is_missed(case: Case, guard: Broken) -> None:
    prove(case, guard)


@pytest.mark.parametrize(("case", "guard"), BROKEN, ids=named)
def test_a_guard_stands_in_its_contract_once(case: Case, guard: Broken) -> None:
    text = (solidity.SOURCES / guard.mutant.source).read_text("utf-8")
    assert text.count(guard.mutant.before) == 1
    assert Stop(guard.kind, guard.says) in page.cells_of(page.PAGE.read_text("utf-8"), CASES)[case.name]
