"""What a reader accepts as history, and what it notices."""

from __future__ import annotations

import pytest

from tally_chain.anchoring.reading import read_anchors, read_head
from tally_chain.errors import AnchorHistoryError, ForeignContractError, UnknownLogError
from tests.chain.anchoring.engines import Truncating
from tests.chain.contracts import oracle
from tests.chain.contracts.stage import OWNER, TX_KEY, Stage, fresh_log_id

SIZES = (2, 3, 8, 21)


@pytest.fixture
def log_id(stage: Stage) -> bytes:
    """A log with anchors that stand apart."""
    log_id = stage.registered().log_id
    for old, new in zip((0, *SIZES), SIZES, strict=False):
        stage.send(TX_KEY, "anchor", log_id, new, oracle.root(0, new), oracle.proof(old, new))
        stage.registered()
    return log_id


@pytest.mark.parametrize("span", [1, 2, 3, 1000])
def test_history_is_complete_for_every_page(stage: Stage, log_id: bytes, span: int) -> None:
    anchors = read_anchors(stage.engine, stage.contract, log_id, span_blocks=span)
    assert [(a.sequence, a.size, a.root) for a in anchors] == [
        (number, size, oracle.root(0, size)) for number, size in enumerate(SIZES, 1)
    ]
    for anchor in anchors:
        block = stage.engine.block(anchor.block_number)
        outcome = stage.engine.outcome(anchor.tx_hash)
        assert block is not None
        assert outcome is not None
        assert (anchor.block_hash, anchor.block_time_seconds) == (block.hash, block.time_seconds)
        assert outcome.block_hash == block.hash


@pytest.mark.parametrize("missing", range(1, 5))
def test_a_missing_event_is_noticed(stage: Stage, log_id: bytes, missing: int) -> None:
    wanted = missing.to_bytes(32, "big")
    engine = Truncating(stage.engine, lambda event: event.topics[2] != wanted)
    with pytest.raises(AnchorHistoryError, match=f"no anchor {missing}"):
        read_anchors(engine, stage.contract, log_id)  # type: ignore[arg-type]


def test_before_the_first_anchor(stage: Stage) -> None:
    log_id = stage.registered().log_id
    assert read_anchors(stage.engine, stage.contract, log_id) == []
    assert read_head(stage.engine, stage.contract, log_id).size == 0


def test_nothing_there(stage: Stage) -> None:
    with pytest.raises(UnknownLogError):
        read_anchors(stage.engine, stage.contract, fresh_log_id())
    with pytest.raises(ForeignContractError):
        read_head(stage.engine, OWNER.address, fresh_log_id())
