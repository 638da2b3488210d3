"""Every case is played, and docs/museum.md says what the plays say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tally_chain import solidity
from tests.museum import frauds, page
from tests.museum.case import Broken, Case, Silenced
from tests.museum.catalogue import CASES
from tests.museum.hall import TAKER, Hall, PlayError, Stop
from tests.museum.playing import played, prove

COMPILED = ("tradetrust_nominee", "tinlake_stale")
"""Cases whose guards are taken out here as well; `make museum` does it for all."""
BROKEN = [(case, guard) for case in CASES for guard in case.guards if isinstance(guard, Broken)]
SILENCED = [(case, guard) for case in CASES for guard in case.guards if isinstance(guard, Silenced)]


def named(case: object) -> str | None:
    return case.name if isinstance(case, Case) else None


@pytest.mark.parametrize("case", CASES, ids=named)
def test_a_fraud_is_refused_as_the_page_says(case: Case) -> None:
    stops = played(case.fraud)
    assert stops
    assert page.row(case, stops) in page.PAGE.read_text("utf-8").splitlines(), "run: make museum"


@pytest.mark.parametrize("case", CASES, ids=named)
def test_the_same_by_honest_people_goes_through(case: Case) -> None:
    assert played(case.honest) == ()


@pytest.mark.parametrize("case", [case for case in CASES if case.possible], ids=named)
def test_what_remains_is_possible(case: Case) -> None:
    assert case.possible is not None
    assert played(case.possible) == ()
    assert "goes through" in case.remains


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


# A play that does not go as it says fails


def through(hall: Hall) -> None:
    receipt = hall.issue(hall.stocked(), 100)
    with hall.refuses("ReceiptsHeld"):
        hall.endorse(receipt, TAKER)


def otherwise(hall: Hall) -> None:
    with hall.refuses("ReceiptsHeld"):
        hall.issue(hall.stocked(), 101)


def refused(hall: Hall) -> None:
    hall.issue(hall.stocked(), 101)


def unsaid(hall: Hall) -> None:
    hall.says("quantity", ["leak"], "short")


def alarmed(hall: Hall) -> None:
    hall.silent("quantity", ["leak"])


@pytest.mark.parametrize(
    ("play", "why"),
    [
        (through, "ReceiptsHeld: it went through"),
        (otherwise, "Issue: LotsMoreThanWeighed, not ReceiptsHeld"),
        (refused, "Issue: LotsMoreThanWeighed was to go through"),
        (unsaid, r"quantity: nothing says short; said is \['leak'\]"),
        (alarmed, r"quantity: \['leak'\]"),
    ],
)
def test_a_play_fails_where_it_goes_otherwise(play: object, why: str) -> None:
    with pytest.raises(PlayError, match=why):
        played(play)  # type: ignore[arg-type]


def test_a_guard_that_nobody_misses_is_told() -> None:
    (case,) = (case for case in CASES if case.name == "agrivault_loan")
    needless = Silenced("tally_finance.book.rules.down", lambda number: number, "nothing at all")
    with pytest.raises(PlayError, match="nobody notices that a guard is gone"):
        prove(case, needless)
