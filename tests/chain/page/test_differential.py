"""Both verifiers say the same of what nobody made on purpose: word for word, or both that it is no bundle."""

from __future__ import annotations

import os

from tests.chain.page.differential import questions
from tests.chain.page.verifier_page import VerifierPage

ROUNDS = int(os.environ.get("TALLYSTICK_ALIKE_ROUNDS", "20"))
"""Of five questions each. The long form is on demand: docs/verifier-in-javascript.md."""

AT_ONCE = 200


def test_the_browser_answers_as_python_does(verifier_page: VerifierPage) -> None:
    """Whatever is asked, there is a verdict or a FormatError; any other error ends the test in the page itself."""
    seed = os.environ.get("TALLYSTICK_SEED", "7")
    print("seed", seed)
    asked = list(questions(seed, ROUNDS))
    refused = 0
    for start in range(0, len(asked), AT_ONCE):
        some = asked[start : start + AT_ONCE]
        got = verifier_page.run("/bundles.js", "verdicts", [question.to_json() for question in some])
        for question, answer in zip(some, got, strict=True):
            assert answer == question.answer(), question.name
            refused += "refused" in answer
    assert 0 < refused < len(asked)
    assert verifier_page.faults == []
