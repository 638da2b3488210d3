"""What a verification hands out to calculate with: nothing that a failure touches, and all that none does."""

from __future__ import annotations

import pytest

from tally_chain.findings import Severity
from tally_chain.verify.verifier import examine, verify
from tests.chain.verify.all_cases import ALL
from tests.chain.verify.case import Case


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.folder)
def test_what_is_handed_out(case: Case) -> None:
    given = case.make()
    examined = examine(given.bundle, given.policy, now=given.now)
    assert examined.verdict == verify(given.bundle, given.policy, now=given.now)
    failures = [one for one in examined.verdict.findings if one.severity is Severity.FAILURE]
    if any(one.code.number < 500 for one in failures):
        assert examined.statements == ()
        return
    shown = {one.statement.claims.subject for one in examined.statements}
    touched = {point for point in shown if any(one.touches in (point, *_registers(one.touches)) for one in failures)}
    assert not {point for point in touched if any(one.touches.split("/")[0] == point for one in failures)}
    figures = {figure.point for figure in examined.verdict.figures}
    assert shown >= {point for point in figures if not any(point in one.touches for one in failures)}


def _registers(touches: str) -> tuple[str, ...]:
    return (touches.split("/", maxsplit=1)[0],)
