"""The way through a log of heads, bent in every place: nothing of it is believed any more, and nothing else counts."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tally_chain import bundle, policy_text
from tally_chain.bundle import AnchorClaim, Via
from tally_chain.errors import PolicyError
from tally_chain.policy import PinnedRoot, RootSource
from tally_chain.verify.verifier import verify
from tests.chain.verify.case import NOW, plain, resection
from tests.chain.verify.cases_via import ANCHORED_AT, HeadsLog, reader

WORLD, HEADS = plain(), HeadsLog()
VIA = HEADS.via(HEADS.take_head_of(WORLD))
BUNDLE = resection(WORLD.bundle(hours=3), via=VIA)
READER = reader(WORLD, HEADS.trusted())


def found(via: Via) -> set[int]:
    """The codes about the log, of a bundle with this way."""
    evidence = bundle.decode(bundle.encode(resection(BUNDLE, via=via)))
    return {finding.code.number for finding in verify(evidence, READER, now=NOW).findings if finding.code.number < 300}


def test_the_way_is_believed_as_it_is() -> None:
    assert found(VIA) == {211, 218}


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(("entry", "proof")), st.data())
def test_one_changed_byte_and_nothing_is_believed(member: str, data: st.DataObject) -> None:
    """No byte of head entry or proof is without a meaning."""
    changed = bytearray(getattr(VIA, member))
    changed[data.draw(st.integers(0, len(changed) - 1))] ^= data.draw(st.integers(1, 255))
    codes = found(dataclasses.replace(VIA, **{member: bytes(changed)}))
    assert 218 not in codes
    assert 206 in codes
    assert codes & {219, 220}


def test_the_claimed_anchor_is_nobodys_statement() -> None:
    """Whatever it says, the verdict is the same."""
    claim = AnchorClaim(1, bytes(32), 1, bytes(32), bytes(20), bytes(32), 1, bytes(32), 1)
    assert found(dataclasses.replace(VIA, anchor=claim)) == {211, 218}


@pytest.mark.parametrize("source", [RootSource.PUBLIC, RootSource.CONSORTIUM, RootSource.OUT_OF_BAND])
def test_a_log_of_heads_vouches_as_strongly_as_its_own_head_is_held(source: RootSource) -> None:
    held = PinnedRoot(len(HEADS.entries), HEADS.root(), source, ANCHORED_AT)
    verdict = verify(BUNDLE, reader(WORLD, HEADS.trusted(held)), now=NOW)
    assert verdict.holds
    (log,) = verdict.logs
    assert log.vouched_by == (
        f"{source.value} head of size {len(WORLD.entries)}, through the log of heads tallystick.example/heads/1",
    )


def test_a_policy_with_aggregators_reads_back_and_names_each_once() -> None:
    assert policy_text.parse(policy_text.write(READER)) == READER
    twice = policy_text.write(READER).replace('origin = "tallystick.example/heads/1"', f'origin = "{WORLD.origin}"')
    with pytest.raises(PolicyError, match="once"):
        policy_text.parse(twice)
    broken = policy_text.write(READER).replace("[[aggregator.root]]", 'checkpoint_key = "x"\n[[aggregator.root]]')
    with pytest.raises(PolicyError, match="checkpoint_key"):
        policy_text.parse(broken)
