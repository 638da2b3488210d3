"""Which statements a bundle takes: spans and edges. What the bundles then prove is tested with the verification."""

from __future__ import annotations

import pytest

from tally_chain import bundling
from tally_chain.errors import BundleError
from tests.world import HOUR, POINT, START, World


def test_a_span_reaches_from_the_first_settlement_to_the_last() -> None:
    world = World()
    world.open()
    world.day(24)
    assert bundling.span(world.placed(), frozenset()) == (START, START + 24 * HOUR)
    assert bundling.span(world.placed(), frozenset({POINT})) == (START, START + 24 * HOUR)


def test_one_settlement_spans_nothing() -> None:
    world = World()
    world.open()
    world.log(world.settle(0, 100))
    with pytest.raises(BundleError, match="no two settlements"):
        bundling.span(world.placed(), frozenset())
    with pytest.raises(BundleError, match="no two settlements"):
        bundling.span(world.placed(), frozenset({"urn:dev:org:32473-other:m1"}))
