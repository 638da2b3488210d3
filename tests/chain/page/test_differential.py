"""Both verifiers say the same of what nobody made on purpose: word for word, or both that it is no bundle."""

from __future__ import annotations

import os

import pytest

from tests.chain.page.differential import questions
from tests.chain.page.verifier_page import VerifierPage

SHORT_ROUNDS, LONG_ROUNDS = 30, 2_500
AT_ONCE = 200


@pytest.mark.parametrize("rounds", [SHORT_ROUNDS, pytest.param(LONG_ROUNDS, marks=pytest.mark.slow)])
def test_the_browser_answers_as_python_does(verifier_page: VerifierPage, rounds: int) -> None:
    """Whatever is asked, there is a verdict or a FormatError; any other error ends the test in the page itself."""
    seed = os.environ.get("TALLYSTICK_SEED", "7")
    print("seed", seed)
    asked = list(questions(seed, rounds))
    refused = 0
    for start in range(0, len(asked), AT_ONCE):
        some = asked[start : start + AT_ONCE]
        got = verifier_page.run("/bundles.js", "verdicts", [question.to_json() for question in some])
        for question, answer in zip(some, got, strict=True):
            assert answer == question.answer(), question.name
            refused += "refused" in answer
    assert 0 < refused < len(asked)
    assert verifier_page.faults == []
