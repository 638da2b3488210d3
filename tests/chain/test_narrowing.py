"""A bundle with less in it has the same root, and verifies as one that the gateway made so."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally_chain import bundling, narrowing, pruned
from tally_chain.bundle import Content
from tally_chain.errors import BundleError
from tally_chain.granting import root_of
from tally_chain.verify.verifier import verify
from tests.chain.verify.case import NOW
from tests.world import HOUR, POINT, START, World

DAY = World()
DAY.open()
DAY.day(6)
WHOLE = DAY.bundle(hours=6)


@given(st.sets(st.integers(0, len(DAY.entries) - 1), min_size=1), st.data())
def test_a_cut_section_is_the_one_that_the_log_would_give(kept: set[int], data: st.DataObject) -> None:
    """From any section with more in it: the same entries, the same hashes, byte for byte."""
    smaller = sorted(data.draw(st.sets(st.sampled_from(sorted(kept)))))
    section = bundling.section(DAY, sorted(kept))
    assert narrowing.cut(section, smaller) == bundling.section(DAY, smaller)


def test_totals_of_a_full_bundle_verify() -> None:
    """The owner withholds the load curve by itself; the total stays what it was."""
    totals = narrowing.narrowed(WHOLE, content=Content.TOTALS)
    assert totals == replace(DAY.bundle(Content.TOTALS, hours=6), created_at=WHOLE.created_at)
    verdict = verify(totals, DAY.policy(), now=NOW)
    assert verdict.holds
    assert [f"{figure.quantity}" for figure in verdict.figures] == ["7.50"]
    assert root_of(totals.sections[0]) == root_of(WHOLE.sections[0])


def test_a_shorter_period_and_a_point() -> None:
    """The run of the stream that touches the period stays whole."""
    shorter = narrowing.narrowed(WHOLE, points=frozenset({POINT}), from_at=START + HOUR, to_at=START + 3 * HOUR)
    assert len(shorter.sections[0].entries) < len(WHOLE.sections[0].entries)
    assert root_of(shorter.sections[0]) == DAY.root


@pytest.mark.parametrize(
    ("asked", "fragment"),
    [
        ({"from_at": START - 1}, "inside"),
        ({"from_at": START + HOUR, "to_at": START + HOUR}, "inside"),
        ({"points": frozenset({"urn:example:nothing"})}, "says nothing of urn:example:nothing"),
        ({"content": Content.TOTALS, "from_at": START + HOUR}, "has no settlement"),
    ],
)
def test_what_the_bundle_does_not_hold(asked: dict[str, object], fragment: str) -> None:
    with pytest.raises(BundleError, match=fragment):
        narrowing.narrowed(WHOLE, **asked)  # type: ignore[arg-type]


def test_totals_do_not_grow_back() -> None:
    """Nor do entries that were cut, nor hashes that do not fit."""
    totals = narrowing.narrowed(WHOLE, content=Content.TOTALS)
    with pytest.raises(BundleError, match="no statements between"):
        narrowing.narrowed(totals, content=Content.FULL)
    with pytest.raises(BundleError, match="not carried"):
        narrowing.cut(totals.sections[0], [7])
    for hashes in (totals.sections[0].hashes[:-1], (*totals.sections[0].hashes, bytes(32))):
        with pytest.raises(BundleError, match="hash"):
            narrowing.cut(replace(totals.sections[0], hashes=hashes), [0])
    assert pruned.cut_hashes(DAY.nodes, [0], len(DAY.entries))
