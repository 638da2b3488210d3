"""What a verification hands out to calculate with: nothing that a failure touches, and all that none does."""

from __future__ import annotations

import re

import pytest

from tally_chain.bundle import Bundle
from tally_chain.findings import Code, Severity
from tally_chain.verify.figures import Basis
from tally_chain.verify.verifier import GAPS, examine
from tally_edge import statement
from tally_edge.authority import FactsEvent
from tally_edge.errors import DecodeError
from tally_edge.statement import DEVICE_KINDS, Kind
from tests.chain.verify.all_cases import ALL
from tests.chain.verify.case import Case
from tests.world import HOUR, POINT, START, World


def spoken_of(bundle: Bundle) -> set[str]:
    """The metering points that a device speaks of."""
    points = set()
    for section in bundle.sections:
        for entry in section.entries:
            try:
                claims = statement.decode(entry.statement).claims
            except DecodeError:
                continue
            if claims.kind in DEVICE_KINDS:
                points.add(claims.subject)
    return points


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.folder)
def test_what_is_handed_out(case: Case) -> None:
    given = case.make()
    examined = examine(given.bundle, given.policy, now=given.now)
    shown = {one.statement.claims.subject for one in examined.statements}
    failures = [one for one in examined.verdict.findings if one.severity is Severity.FAILURE]
    if any(not 500 <= one.code.number < 600 for one in failures):
        assert shown == set()
        return
    codes = {
        point: {one.code for one in failures if re.match(re.escape(point) + r"($|/| seq |,)", one.touches)}
        for point in spoken_of(given.bundle)
    }
    touched = {point for point, of_point in codes.items() if of_point}
    assert shown == spoken_of(given.bundle) - touched
    assert all(one.statement.claims.kind in DEVICE_KINDS for one in examined.statements)
    gapped = {point for point in touched if codes[point] <= GAPS}
    assert {one.statement.claims.subject for one in examined.gapped} == gapped


def test_cases_of_each_sort_are_there() -> None:
    """Whole bundles, such as lack a meter, and such of which nothing is handed out."""
    handed = {case.folder: examine(given.bundle, given.policy, now=given.now) for case in ALL if (given := case.make())}
    some = [one for one in handed.values() if one.statements]
    assert len(some) > 20
    assert len(some) < len(handed) - 20
    assert any(not one.verdict.holds for one in some)
    assert sum(bool(one.gapped) for one in handed.values()) > 5


@pytest.mark.parametrize("hour", [0, 10])
def test_an_exchange_that_nobody_read_fails_by_itself_alone(hour: int) -> None:
    """The new meter's register lies below the old one's, and is no register that fell."""
    world = World()
    world.open()
    at = START + hour * HOUR + (1800 if hour else 0)
    world.state(Kind.METER_FACTS, POINT, world.facts(FactsEvent.EXCHANGE, at, serial="B-2"), at=at)
    world.log(world.readings(*((one, 500 + one if one <= hour else one) for one in range(25))))
    examined = examine(world.bundle(), world.policy(), now=START + 60 * 86_400)
    codes = {one.code for one in examined.verdict.findings if one.severity is Severity.FAILURE}
    assert codes == {Code.EXCHANGE_BETWEEN}
    assert not examined.statements
    assert {one.statement.claims.subject for one in examined.gapped} == {POINT}
    (figure,) = examined.verdict.figures
    assert figure.basis is Basis.INCOMPLETE
    assert figure.quantity == hour + (13 if hour else 23)
