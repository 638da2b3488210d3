"""Every case says what it must; every code is said by a case."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tally_chain import bundle, policy_text
from tally_chain.findings import Code
from tally_chain.verify.figures import Basis
from tally_chain.verify.verdict import Verdict, to_json, to_text
from tally_chain.verify.verifier import verify
from tests.chain.verify.all_cases import ALL
from tests.chain.verify.case import CASES, Case


def judged(case: Case) -> Verdict:
    """The verdict on a case as a reader gets it: from bytes."""
    given = case.make()
    evidence = bundle.decode(bundle.encode(given.bundle))
    assert evidence == given.bundle
    assert policy_text.parse(policy_text.write(given.policy)) == given.policy
    return verify(evidence, given.policy, now=given.now)


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.folder)
def test_a_case_shows_its_codes(case: Case) -> None:
    """The codes that the case is about are found, and the verdict is as its name says."""
    verdict = judged(case)
    found = {finding.code.number for finding in verdict.findings}
    assert case.codes <= found, to_text(verdict)
    assert verdict.holds == case.holds, to_text(verdict)
    if not verdict.holds and any(number < 500 for number in case.codes):
        grave = [finding for finding in verdict.findings if finding.severity == 2 and finding.code.number < 500]
        complete = [figure for figure in verdict.figures if figure.basis in (Basis.COMPLETE, Basis.BRIDGED)]
        assert not (grave and complete), to_text(verdict)


def test_every_code_is_shown_by_a_case() -> None:
    """A code that no case can show is a check that nobody has seen at work."""
    shown = {number for case in ALL for number in case.codes}
    assert {code.number for code in Code} - shown == set()


def test_numbers_are_unique() -> None:
    """A number means one thing for ever."""
    numbers = [code.number for code in Code]
    assert len(set(numbers)) == len(numbers)


@pytest.mark.parametrize(
    ("name", "quantity", "restated", "basis"),
    [
        ("plain_day", "3.75", None, Basis.COMPLETE),
        ("plain_totals", "3.75", None, Basis.TOTAL_BY_REGISTERS),
        ("rollover", "21", None, Basis.COMPLETE),
        ("own_record", "5", None, Basis.COMPLETE),
        ("exchange", "4", None, Basis.COMPLETE),
        ("ratio_change", "21", None, Basis.COMPLETE),
        ("declared_gap", "6", None, Basis.BRIDGED),
        ("rotated_key", "3", None, Basis.COMPLETE),
        ("corrected", "3", "7", Basis.COMPLETE),
        ("corrected_twice", "3", "8", Basis.COMPLETE),
        ("totals_corrected", "3", "5", Basis.TOTAL_BY_REGISTERS),
        ("calibration_between", "3", None, Basis.TOTAL_BY_REGISTERS),
        ("a_level", "3", None, Basis.STATE),
        ("forked_stream", "13", None, Basis.INCOMPLETE),
        ("withheld_statement", "3.75", None, Basis.INCOMPLETE),
    ],
)
def test_figures(name: str, quantity: str, restated: str | None, basis: Basis) -> None:
    """What the evidence says, exactly."""
    (figure,) = judged(CASES[name]).figures
    assert (figure.quantity, figure.basis) == (Decimal(quantity), basis)
    assert figure.restated == (None if restated is None else Decimal(restated))


@pytest.mark.parametrize(
    "name",
    [
        "fork_in_totals",
        "settlement_between_shows_more",
        "settlement_between_counts_more",
        "gap_between_that_nobody_counts",
        "readings_between_that_fall",
        "two_settlements_at_once",
        "settlements_past_the_range",
        "settlements_of_a_second_key_left_out",
        "stream_of_a_second_key_left_out",
        "conflicting_readings",
        "reading_past_the_range",
    ],
)
def test_a_contradicted_figure_is_not_called_proven(name: str) -> None:
    """Neither complete nor a total by registers: the table must not say what the findings deny."""
    figures = judged(CASES[name]).figures
    assert [figure.basis for figure in figures] == [Basis.INCOMPLETE]


def test_huge_numbers_stay_exact() -> None:
    """No digit is lost, and no context of the caller matters."""
    (figure,) = judged(CASES["huge_numbers"]).figures
    assert figure.quantity == _exact(2**64 - 1 + 2**63)


def _exact(rise: int) -> Decimal:
    product = rise * 9_223_372_036_854_775_807
    return Decimal(f"{product // 10**18}.{product % 10**18:018d}")


def test_the_text_shows_both_figures_of_a_correction() -> None:
    """A restated figure never hides what was measured."""
    text = to_text(judged(CASES["corrected"]))
    assert "7 (measured 3)" in text
    assert to_json(judged(CASES["corrected"]))["figures"][0]["restated"] == "7"
