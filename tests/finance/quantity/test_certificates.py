"""The certificates of gauges count as those of scales do."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from tally_chain.verify.facts import StatedFacts
from tally_finance.quantity.evidence import Evidence
from tally_finance.quantity.position import Position, position
from tally_finance.quantity.remark import Name
from tally_finance.quantity.store import Store
from tests.finance.quantity.yard import BEGINS, ENDS, GAUGE, SURE, evidence, level, store, sums

D = Decimal
STILL = [[*sums(BEGINS, 0, 0), *sums(ENDS, 0, 0)]]
LEVELS = [level(BEGINS, "0.1"), level(ENDS, "0.1")]
ROUGH = replace(SURE, limit=D("0.003"))
"""Wrong by up to three tonnes, 1,732 kg of standard uncertainty."""


def rough() -> Store:
    return replace(store(gauged=True), gauges={GAUGE: ROUGH})


def gauge_until(*changes: tuple[int, int | None]) -> Evidence:
    """A gauge with these certificates: (since, until)."""
    found = evidence(STILL, LEVELS)
    (first,) = found.facts.meters[GAUGE]
    found.facts.meters[GAUGE] = [
        StatedFacts(bytes(32), replace(first.facts, effective_at=since, certificate_expires_at=until))
        for since, until in changes
    ]
    return found


def named(found: Position) -> list[tuple[Name, str, str]]:
    return [(one.name, one.touches, one.sentence) for one in found.remarks]


def test_a_good_certificate_says_nothing() -> None:
    found = position(gauge_until((0, ENDS)), rough())
    assert (found.remarks, found.allows_credit) == ((), True)
    assert found.measured is not None
    assert found.measured.u.quantize(D("1")) == 1_732


def test_a_gauge_whose_certificate_ran_out_is_believed_less() -> None:
    """It ran out a second before the end: twice the limit there, and no new credit."""
    found = position(gauge_until((0, ENDS - 1)), rough())
    assert named(found) == [(Name.CERTIFICATE_EXPIRED, GAUGE, f"since {ENDS - 1}")]
    assert not found.allows_credit
    assert found.measured is not None
    assert (found.measured.u.quantize(D("1")), found.opening.u.quantize(D("1"))) == (3_464, 1_732)


def test_a_gauge_that_was_certified_anew_in_time() -> None:
    """Each end has a certificate that is good then."""
    assert position(gauge_until((0, BEGINS + 100), (BEGINS + 60, ENDS)), rough()).remarks == ()


def test_a_gauge_that_was_certified_anew_too_late() -> None:
    """What lay there at the beginning was read without a certificate."""
    found = position(gauge_until((0, BEGINS - 5), (BEGINS + 60, ENDS)), rough())
    assert named(found) == [(Name.CERTIFICATE_EXPIRED, GAUGE, f"since {BEGINS - 5}")]
    assert found.opening.u.quantize(D("1")) == 3_464


@pytest.mark.parametrize("changes", [((0, None),), ((0, None), (BEGINS + 60, ENDS))])
def test_a_gauge_that_nobody_vouches_for(changes: tuple[tuple[int, int | None], ...]) -> None:
    found = position(gauge_until(*changes), rough())
    assert named(found) == [(Name.CERTIFICATE_UNKNOWN, GAUGE, "nobody states until when it is certified")]
    assert not found.allows_credit
    assert found.opening.u.quantize(D("1")) == 3_464
